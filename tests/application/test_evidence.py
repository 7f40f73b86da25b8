"""What each event that corrects, voids or nullifies changes of what was recorded before it, by the real commands."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from application.adverse_events import LinkAdverseEvent, NullifyAdverseEvent
from application.enrolments import CountEntry, DeclareTreatmentCount
from application.follow_ups import CorrectFollowUp
from application.reports import SupplementAdverseEvent
from application.treatments import CorrectTreatment, VoidTreatment
from domain.adverse_event_codes import Causality, LinkKind
from domain.codes import Reason, YesNo
from domain.dates import PartialDate
from domain.determination import EvidenceChange
from domain.evidence import Changed, changed_by
from domain.treatment_codes import FollowUpResult
from domain.treatment_content import Characteristics
from tests.application.questioned import DoubtingSociety
from tests.application.test_adverse_events import JUDGED, assessment
from tests.application.treated import Treated, on
from tests.domain.clinics import KNEE, SOME_HASH

CORRECTED, VOIDED, NULLIFIED = EvidenceChange.corrected, EvidenceChange.voided, EvidenceChange.nullified
SIGNED: dict[str, Any] = {"printed_name": "Rosa Riester", "shown_hash": SOME_HASH}
TOLD: dict[str, Any] = {
    "first_awareness": "2026-02-20", "onset": "2026-02-18", "seriousness": ("hospitalisation",), "related": "yes",
    "outcome": "not_recovered",
}  # fmt: skip


@pytest.fixture
def treated() -> Treated:
    return Treated()


def last_changed(events: Sequence[Any]) -> Changed | None:
    return changed_by(events[-1], events[:-1])


def ids(aggregate: UUID, *versions: int) -> frozenset[str]:
    return frozenset(f"{aggregate}/{version}" for version in versions)


@pytest.mark.parametrize(
    ("supplement", "expected"),
    [
        ({"comment": "more"}, None),
        ({"outcome": "recovered"}, None),
        ({"actions": ("surgery",)}, None),
        ({"seriousness": ("hospitalisation", "death")}, "duties"),
        ({"seriousness": ("medically_important",)}, "duties"),
        ({"onset": "2026-02-19"}, "duties"),
        ({"related": "no"}, "record"),
    ],
)
def test_a_supplement_corrects_what_it_replaces_unless_that_goes_on_by_itself(
    treated: Treated, supplement: dict[str, Any], expected: str | None
) -> None:
    reported = treated.reported(**TOLD)
    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, **supplement))

    changed = last_changed(treated.events(reported))

    if expected is None:
        assert changed is None
        return
    about = frozenset({reported}) if expected == "duties" else frozenset()
    assert changed == Changed(change=CORRECTED, events=ids(reported, 1), duties_about=about)


def test_what_was_empty_is_filled_and_the_awareness_is_corrected_by_an_officer(treated: Treated) -> None:
    reported = treated.reported()
    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, first_awareness="2026-02-20"))
    assert last_changed(treated.events(reported)) is None
    correcting = SupplementAdverseEvent(
        adverse_event_id=reported, first_awareness="2026-03-01", reason=Reason.data_entry_error, **SIGNED
    )

    treated.as_safety_officer_with_source(correcting)

    changed = Changed(change=CORRECTED, events=ids(reported, 1, 2), duties_about=frozenset({reported}))
    assert last_changed(treated.events(reported)) == changed


def test_an_assessment_changes_what_was_held_of_the_seriousness_and_the_judgement_before_it(treated: Treated) -> None:
    reported = treated.reported(**TOLD)
    treated.as_safety_officer(assessment(reported))
    assert last_changed(treated.events(reported)) is None
    treated.as_safety_officer(assessment(reported))
    assert last_changed(treated.events(reported)) is None
    other = dataclasses.replace(JUDGED, causality=Causality.possible)
    treated.as_safety_officer(assessment(reported, causalities=(other,)))
    assert last_changed(treated.events(reported)) == Changed(change=CORRECTED, events=ids(reported, 3))

    treated.as_safety_officer(assessment(reported, causalities=(other,), serious=YesNo.no, seriousness=()))

    about = frozenset({reported})
    assert last_changed(treated.events(reported)) == Changed(
        change=CORRECTED, events=ids(reported, 1, 2, 3, 4), duties_about=about
    )


def test_a_duplicate_and_a_nullified_report_do_not_stand_as_they_were(treated: Treated) -> None:
    first, second = treated.reported(), treated.reported(verbatim_term="Another")
    linking: Callable[[LinkKind], LinkAdverseEvent] = lambda kind: LinkAdverseEvent(  # noqa: E731
        adverse_event_id=second, kind=kind, other=first
    )
    treated.as_safety_officer(linking(LinkKind.same_lot))
    assert last_changed(treated.events(second)) is None
    treated.as_safety_officer(linking(LinkKind.duplicate_of))
    about = frozenset({second})
    assert last_changed(treated.events(second)) == Changed(
        change=CORRECTED, events=ids(second, 1, 2), duties_about=about
    )

    nullifying = NullifyAdverseEvent(adverse_event_id=second, reason=Reason.duplicate, explanation="Told twice.")
    treated.as_safety_officer(nullifying)

    assert last_changed(treated.events(second)) == Changed(
        change=NULLIFIED, events=ids(second, 1, 2, 3), duties_about=about
    )


def test_a_corrected_treatment_moves_duties_only_by_what_they_follow_from(treated: Treated) -> None:
    treatment = treated.submitted(characteristics=Characteristics(viability_percent=91.5))
    change: dict[str, Any] = {"treatment_id": treatment, "reason": Reason.data_entry_error}
    treated.as_clinic(CorrectTreatment(**change, characteristics=Characteristics(viability_percent=19.5)))
    assert last_changed(treated.events(treatment)) == Changed(change=CORRECTED, events=ids(treatment, 1))
    about = frozenset({treatment})
    treated.as_registrar(CorrectTreatment(**change, performed_on=PartialDate("2026-02-04"), **SIGNED))
    assert last_changed(treated.events(treatment)) == Changed(
        change=CORRECTED, events=ids(treatment, 1, 2), duties_about=about
    )

    treated.as_registrar(VoidTreatment(treatment_id=treatment, reason=Reason.not_performed, explanation="Never was."))

    assert last_changed(treated.events(treatment)) == Changed(
        change=VOIDED, events=ids(treatment, 1, 2, 3), duties_about=about
    )


def test_a_corrected_follow_up_meets_other_duties(treated: Treated) -> None:
    treatment = treated.submitted(performed_on=PartialDate("2025-02-01"))
    recording = treated.follow_up(treatment, time_point_months=6, contact=on("2025-08-01"))
    treated.as_clinic(recording)
    follow_up = treated.last(treatment).follow_up.follow_up_id

    treated.as_clinic(
        CorrectFollowUp(
            treatment_id=treatment, follow_up_id=follow_up, reason=Reason.data_entry_error,
            result=FollowUpResult.unreachable, time_point_months=6, contact=on("2025-08-01"),
        )
    )  # fmt: skip

    assert last_changed(treated.events(treatment)) == Changed(
        change=CORRECTED, events=ids(treatment, 1, 2), duties_about=frozenset({treatment})
    )


def test_another_number_corrects_the_declaration_and_the_duties_that_it_opened() -> None:
    society = DoubtingSociety()
    clinic = society.clinic_id
    society.to_day(2026, 4, 2)

    def declared(treatments: int, **reason: Any) -> Changed | None:
        count = (CountEntry(registry="knee", treatments=treatments),)
        society.as_clinic(clinic, DeclareTreatmentCount(clinic_id=clinic, quarter="2026-Q1", counts=count, **reason))
        return last_changed(society.store.events_of(clinic))

    assert declared(5) is None
    first = f"{clinic}/{society.clinic(clinic).version}"
    found = declared(3, reason=Reason.data_entry_error)

    assert found == Changed(
        change=CORRECTED, events=frozenset({first}), duties_about=frozenset({KNEE}), opened_by=frozenset({first})
    )


def test_other_details_correct_the_earlier_ones_unless_the_clinic_moved() -> None:
    society = DoubtingSociety()
    corrected = society.corrected()
    before, after = society.store.events_of(society.clinic_id)[:-1], society.store.events_of(society.clinic_id)[-1]

    assert corrected == f"{society.clinic_id}/{after.originator_version}"
    assert changed_by(after, before) == Changed(change=CORRECTED, events=ids(society.clinic_id, 1))
    society.corrected("Kiel", reason=Reason.new_information)
    assert last_changed(society.store.events_of(society.clinic_id)) is None
