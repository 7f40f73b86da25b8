from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.derived_ids import adverse_event_id, follow_up_id
from application.follow_ups import CorrectFollowUp
from application.treatments import SupplementTreatment, WithdrawConsent
from domain.adverse_event_codes import Outcome, Seriousness
from domain.codes import Reason, YesNo
from domain.dates import PartialDate
from domain.errors import InvalidInput, NotFound
from domain.held import FieldChange
from domain.measurement import Measurement
from domain.participation import ParticipationState
from domain.patient import FollowUpWords
from domain.treatment_codes import FollowUpResult, VitalStatus
from domain.treatment_content import Course, Malignancy
from domain.treatment_errors import (
    AdverseEventElsewhere,
    ComplicationUnnamed,
    ConsentIsWithdrawn,
    ContactOutsideWindow,
    DeathAlreadyRecorded,
    FollowUpAlreadyRecorded,
    NoFollowUp,
    NotFirstOfCourse,
    NotOfThisCourse,
    ScheduleEnded,
    TimePointUnknown,
)
from tests.application.treated import Treated, days, on
from tests.domain.clinics import LETTER, POST, act_on


@pytest.fixture
def treated() -> Treated:
    return Treated()


def test_a_follow_up_is_recorded_at_a_time_point_of_the_schedule(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-06-01"))
    score = Measurement(instrument="KOOS", version="1.0", language="de", score="78")

    treated.as_clinic(
        treated.follow_up(
            treatment, time_point_months=3, contact=on("2025-09-02"), measurement=score, attempts=1,
            vital_status=VitalStatus.alive, words=FollowUpWords(comment="Comment-Civet"),
        )
    )  # fmt: skip

    event = treated.last(treatment)
    assert event.follow_up.measurement == score
    assert event.context.occurred_on == "2025-09-02"
    assert "Civet" not in repr(event)
    with pytest.raises(TimePointUnknown):
        treated.as_clinic(treated.follow_up(treatment, time_point_months=7))
    with pytest.raises(InvalidInput):
        treated.as_clinic(treated.follow_up(treatment, contact=on("2026-09-02")))


def test_an_imported_follow_up_is_recognised_by_its_id(treated: Treated) -> None:
    treatment = treated.submitted()
    derived = follow_up_id(treated.registry.sealer, treatment, "recovery", "17")

    treated.as_clinic(treated.follow_up(treatment, follow_up_id=derived, contact=days("22.0")), key="a")
    repeat = treated.as_clinic(treated.follow_up(treatment, follow_up_id=derived, contact=days("22.0")), key="a")

    assert repeat.repeat
    with pytest.raises(FollowUpAlreadyRecorded):
        treated.as_clinic(treated.follow_up(treatment, follow_up_id=derived, contact=days("22.0")), key="b")
    assert len(treated.events(treatment)) == 2


def test_a_death_opens_its_adverse_event_in_the_same_command(treated: Treated) -> None:
    treatment = treated.submitted()

    treated.as_clinic(treated.follow_up(treatment, FollowUpResult.deceased, contact=on("2026-02-20")))

    recorded, reported = treated.registry.store.log[-2:]
    (opened,) = recorded.follow_up.adverse_events
    assert recorded.follow_up.vital_status is VitalStatus.dead
    assert reported.originator_id == opened
    assert (reported.content.grading.grade, reported.content.outcome) == (5, Outcome.fatal)
    assert reported.content.seriousness == (Seriousness.death,)
    assert reported.content.treatments == (treatment,)
    assert reported.context.clinic_id == treated.clinic_id
    assert reported.context.salt != recorded.context.salt


def test_a_death_names_the_adverse_event_that_is_reported_already(treated: Treated) -> None:
    treatment = treated.submitted()
    derived = adverse_event_id(treated.registry.sealer, treatment, "death", "17")
    treated.as_clinic(
        treated.report(
            adverse_event_id=derived, treatments=(str(treatment),), outcome="fatal", grade="5", seriousness=("death",)
        )
    )
    before = len(treated.registry.store.log)

    receipt = treated.as_clinic(
        treated.follow_up(treatment, FollowUpResult.deceased, contact=days("17.0"), adverse_events=(derived,))
    )

    assert len(treated.registry.store.log) == before + 1
    assert receipt.remarks == ()
    assert treated.last(treatment).follow_up.adverse_events == (derived,)
    assert treated.last(treatment).context.occurred_on == "2026-02-20"


def test_a_death_whose_adverse_event_is_not_fatal_is_remarked(treated: Treated) -> None:
    treatment = treated.submitted()
    other = treated.reported(treatments=(str(treatment),), outcome="recovered")

    receipt = treated.as_clinic(
        treated.follow_up(treatment, FollowUpResult.deceased, contact=days("17"), adverse_events=(other,))
    )

    assert [remark.field for remark in receipt.remarks] == ["adverse_events"]


def test_a_disease_after_death_is_named_in_the_answer_whichever_came_first(treated: Treated) -> None:
    late = {"onset_days": "20", "verbatim_term": "disease"}
    first, second = treated.submitted(own_reference="1"), treated.submitted(own_reference="2")
    dead: dict[str, Any] = {"result": FollowUpResult.deceased, "contact": days("16.8")}

    treated.as_clinic(treated.follow_up(first, **dead))
    report = treated.as_clinic(treated.report(treatments=(str(first),), **late))
    disease = treated.reported(treatments=(str(second),), **late)
    death = treated.reported(treatments=(str(second),), outcome="fatal", grade="5", seriousness=("death",))
    follow_up = treated.as_clinic(treated.follow_up(second, **dead, adverse_events=(death, disease)))

    assert ("onset", True) in [(each.field, "after the death" in each.problem) for each in report.remarks]
    assert [(each.field, str(disease) in each.problem) for each in follow_up.remarks] == [("adverse_events", True)]


def test_a_complication_names_or_opens_an_adverse_event(treated: Treated) -> None:
    treatment, other = treated.submitted(), treated.submitted(own_reference="other")
    elsewhere = treated.reported(treatments=(str(other),))
    harmed: dict[str, Any] = {"complication": YesNo.yes}

    with pytest.raises(ComplicationUnnamed):
        treated.as_clinic(treated.follow_up(treatment, **harmed))
    with pytest.raises(AdverseEventElsewhere):
        treated.as_clinic(treated.follow_up(treatment, **harmed, adverse_events=(elsewhere,)))
    with pytest.raises(NotFound):
        treated.as_clinic(treated.follow_up(treatment, **harmed, adverse_events=(UUID(int=4),)))
    treated.as_clinic(treated.follow_up(treatment, **harmed, words=FollowUpWords(complication="Swelling-Puma")))

    recorded, reported = treated.registry.store.log[-2:]
    assert recorded.follow_up.adverse_events == (reported.originator_id,)
    assert reported.content.outcome is None
    assert "Puma" not in repr(recorded) + repr(reported)
    assert treated.registry.opened(reported)[0].verbatim_term == "Swelling-Puma"


def test_death_ends_the_schedule_but_what_lies_before_is_taken(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))
    treated.as_clinic(treated.follow_up(treatment, FollowUpResult.deceased, contact=on("2025-08-01")))

    treated.as_clinic(treated.follow_up(treatment, time_point_months=3, contact=on("2025-05-01")))
    late = treated.as_clinic(treated.follow_up(treatment, contact=on("2025-09-01")))

    assert [remark.field for remark in late.remarks] == ["contact"]
    with pytest.raises(ScheduleEnded):
        treated.as_clinic(treated.follow_up(treatment, FollowUpResult.unreachable, time_point_months=12))
    with pytest.raises(ScheduleEnded):
        treated.as_clinic(treated.follow_up(treatment, time_point_months=12, contact=on("2026-02-01")))
    with pytest.raises(DeathAlreadyRecorded):
        treated.as_clinic(treated.follow_up(treatment, FollowUpResult.deceased))


def test_a_wrong_death_is_corrected_and_the_schedule_goes_on(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))
    treated.as_clinic(treated.follow_up(treatment, FollowUpResult.deceased, contact=on("2025-08-01")))
    wrong = treated.last(treatment).follow_up.follow_up_id
    change: dict[str, Any] = {"treatment_id": treatment, "reason": Reason.data_entry_error}

    treated.as_clinic(
        CorrectFollowUp(**change, follow_up_id=wrong, result=FollowUpResult.unreachable, contact=on("2025-08-01"))
    )

    event = treated.last(treatment)
    assert event.corrects == 2
    assert FieldChange(field="result", held_by=2) in event.changes
    assert event.content is None
    treated.as_clinic(treated.follow_up(treatment, time_point_months=12, contact=on("2026-02-01")))
    with pytest.raises(NoFollowUp):
        treated.as_clinic(CorrectFollowUp(**change, follow_up_id=UUID(int=3), result=FollowUpResult.partial))


@pytest.mark.parametrize("by_follow_up", [True, False])
def test_withdrawn_consent_ends_follow_up(treated: Treated, by_follow_up: bool) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))
    if by_follow_up:
        treated.as_clinic(treated.follow_up(treatment, FollowUpResult.consent_withdrawn, contact=on("2025-06-01")))
    else:
        treated.as_clinic(WithdrawConsent(treatment_id=treatment, withdrawn_on=PartialDate("2025-06-01")))

    treated.as_clinic(treated.follow_up(treatment, time_point_months=3, contact=on("2025-05-01")))

    for contact in (None, on("2025-08-01")):
        with pytest.raises(ConsentIsWithdrawn):
            treated.as_clinic(treated.follow_up(treatment, time_point_months=6, contact=contact))


def test_a_follow_up_of_the_first_of_a_course_serves_the_others(treated: Treated) -> None:
    first = treated.submitted(own_reference="1", course=Course(course_number=1, administration_number=1))
    second = treated.submitted(own_reference="2", course=Course(course_number=1, administration_number=2))
    other_course = treated.submitted(own_reference="3", course=Course(course_number=2, administration_number=1))
    other_patient = treated.submitted(own_reference="4", patient_pseudonym="somebody else")

    treated.as_clinic(treated.follow_up(first, serves=(second,)))

    assert treated.last(first).follow_up.serves == (second,)
    with pytest.raises(NotFirstOfCourse):
        treated.as_clinic(treated.follow_up(second, serves=(first,)))
    for wrong in (other_course, other_patient, first):
        with pytest.raises(NotOfThisCourse):
            treated.as_clinic(treated.follow_up(first, serves=(wrong,)))


def test_vital_status_and_result_agree(treated: Treated) -> None:
    treatment = treated.submitted()

    with pytest.raises(InvalidInput):
        treated.as_clinic(treated.follow_up(treatment, vital_status=VitalStatus.dead))
    with pytest.raises(InvalidInput):
        treated.as_clinic(treated.follow_up(treatment, FollowUpResult.deceased, vital_status=VitalStatus.alive))
    with pytest.raises(InvalidInput):
        treated.as_clinic(treated.follow_up(treatment, died=on("2026-02-20")))
    with pytest.raises(InvalidInput):
        treated.as_clinic(treated.follow_up(treatment, FollowUpResult.unrecognised))


@pytest.mark.parametrize("result", [FollowUpResult.completed, FollowUpResult.partial, FollowUpResult.unreachable])
def test_a_contact_outside_the_window_answers_no_time_point(treated: Treated, result: FollowUpResult) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))

    for months, contact in (
        (240, on("2025-02-06")), (240, days("5")), (240, None), (3, on("2025-03-31")), (3, on("2025-06-01")),
        (3, days("58")), (3, days("120")), (3, on("2025-03")),
    ):  # fmt: skip
        with pytest.raises(ContactOutsideWindow):
            treated.as_clinic(treated.follow_up(treatment, result, time_point_months=months, contact=contact))
    assert len(treated.events(treatment)) == 1

    for contact in (on("2025-04-01"), on("2025-05-31"), days("59"), days("119"), on("2025-04"), on("2025"), None):
        treated.as_clinic(treated.follow_up(treatment, result, time_point_months=3, contact=contact))
    treated.as_clinic(treated.follow_up(treatment, result, contact=on("2025-02-06")))


def test_a_follow_up_is_not_corrected_into_a_window_it_missed(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))
    treated.as_clinic(treated.follow_up(treatment, contact=on("2025-02-06")))
    recorded = treated.last(treatment).follow_up.follow_up_id

    with pytest.raises(ContactOutsideWindow):
        treated.as_clinic(
            CorrectFollowUp(
                treatment_id=treatment, follow_up_id=recorded, reason=Reason.data_entry_error,
                result=FollowUpResult.completed, time_point_months=12, contact=on("2025-02-06"),
            )
        )  # fmt: skip


def test_days_after_an_uncertain_treatment_move_with_its_window(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025"))

    for number in ("5", "150"):
        with pytest.raises(ContactOutsideWindow):
            treated.as_clinic(treated.follow_up(treatment, time_point_months=3, contact=days(number)))
    treated.as_clinic(treated.follow_up(treatment, time_point_months=3, contact=days("90")))


def test_a_death_ends_the_schedule_whenever_it_came(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))

    treated.as_clinic(
        treated.follow_up(treatment, FollowUpResult.deceased, time_point_months=240, contact=on("2025-02-06"))
    )

    with pytest.raises(ScheduleEnded):
        treated.as_clinic(treated.follow_up(treatment, time_point_months=3, contact=on("2025-05-02")))


def test_an_interval_that_ends_in_the_future_is_no_contact_but_days_after_an_interval_are(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2026"))

    for wrong in ("2026-02-04/2040", "2026-02-04/2026-12-31"):
        with pytest.raises(InvalidInput, match="contact"):
            treated.as_clinic(treated.follow_up(treatment, contact=on(wrong)))
    treated.as_clinic(treated.follow_up(treatment, contact=days("10")))


@pytest.mark.parametrize("ending", ["2040", "2200", "2026-12"])
def test_a_treatment_is_not_dated_into_the_future(treated: Treated, ending: str) -> None:
    with pytest.raises(InvalidInput, match="occurred_on"):
        treated.submitted(performed_on=PartialDate(f"2024-01-01/{ending}"))


def _fallen_silent(treated: Treated, *, agreement: bool = True) -> None:
    """Let the clinic's participation lapse on 31 January, also after its agreement ended."""
    clinic = treated.clinic
    if not agreement:
        clinic.withdraw(act_on("2026-01-05"))
        clinic.invite(act_on("2026-01-06"), LETTER, (POST,))
        clinic.accept_invitation(act_on("2026-01-07"))
    clinic.record(
        clinic.ParticipationLapsed, act_on("2026-01-31"), rule="PL-2Q", policy_version=1,
        due_on=PartialDate("2026-01-31"), quarters=(),
    )  # fmt: skip
    treated.registry.put(clinic)
    treated.registry.surroundings.advance(2)


def _late_data(treated: Treated, treatment: UUID) -> tuple[Any, ...]:
    harmed = FollowUpWords(complication="Swelling")
    return (
        treated.follow_up(treatment, contact=on("2025-12-01")),
        treated.follow_up(treatment, contact=on("2025-12-01"), complication=YesNo.yes, words=harmed),
        SupplementTreatment(treatment_id=treatment, malignancy=Malignancy(prior=YesNo.no, active=YesNo.no)),
    )


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_silent_clinic_resumes_with_a_follow_up_or_late_results(treated: Treated, which: int) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))
    _fallen_silent(treated)

    receipt = treated.as_clinic(_late_data(treated, treatment)[which])

    resumed = treated.last(treated.clinic_id)
    assert treated.clinic.participation is ParticipationState.enrolled
    assert type(resumed).__name__ == "ParticipationResumed"
    assert resumed.first_data == f"{treatment}/2"
    assert receipt.aggregate_id == treatment
    assert type(treated.registry.store.log[-1]).__name__ == "ParticipationResumed"


@pytest.mark.parametrize("which", [0, 1, 2])
def test_what_is_owed_after_the_agreement_ended_is_taken_and_resumes_nothing(treated: Treated, which: int) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))
    _fallen_silent(treated, agreement=False)

    treated.as_clinic(_late_data(treated, treatment)[which])

    assert len(treated.events(treatment)) == 2
    assert treated.clinic.participation is ParticipationState.not_participating
