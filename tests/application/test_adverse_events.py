from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.adverse_events import (
    AssessAdverseEvent,
    CloseAdverseEvent,
    LinkAdverseEvent,
    NullifyAdverseEvent,
    ProveAdverseEventNotice,
    ReopenAdverseEvent,
)
from application.reports import SupplementAdverseEvent
from domain.adverse_event_codes import Causality, CausalityMethod, LinkKind, Outcome, Seriousness, SuspectFactor
from domain.adverse_event_content import FactorCausality
from domain.adverse_event_errors import (
    AdjudicatorReported,
    AdverseEventIsClosed,
    AdverseEventIsNullified,
    AdverseEventIsOpen,
    AlreadyLinked,
    AssessmentEmpty,
    AssessmentNeeded,
    ClinicKnowsAlready,
    DuplicateInCircle,
    DuplicatesStand,
    JudgementContradictory,
    LinkedToItself,
    NoClinicToTell,
)
from domain.chronology import ImpossibleDate
from domain.codes import Reason, YesNo
from domain.dates import PartialDate
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.letters import InvitationChannel
from domain.patient import AssessmentWords
from tests.application.treated import Treated
from tests.domain.clinics import LETTER, PROOF

JUDGED = FactorCausality(factor=SuspectFactor.delivery, causality=Causality.probable, method=CausalityMethod.who_umc)
GRAVE: dict[str, Any] = {"seriousness": ("hospitalisation",)}


@pytest.fixture
def treated() -> Treated:
    return Treated()


def assessment(adverse_event: UUID, **changes: Any) -> AssessAdverseEvent:
    values: dict[str, Any] = {
        "adverse_event_id": adverse_event, "causalities": (JUDGED,), "serious": YesNo.yes,
        "seriousness": (Seriousness.hospitalisation,),
    }  # fmt: skip
    return AssessAdverseEvent(**(values | changes))


def test_a_safety_officer_who_did_not_report_assesses(treated: Treated) -> None:
    reported = treated.reported(**GRAVE)

    treated.as_safety_officer(assessment(reported, reasoning="Because-Serval"))
    treated.as_safety_officer(assessment(reported, serious=YesNo.no, seriousness=()))

    first, second = treated.events(reported)[1:]
    assert first.causalities == (JUDGED,)
    assert treated.registry.opened(first) == [AssessmentWords(reasoning="Because-Serval")]
    assert "Serval" not in repr(first)
    assert second.serious is YesNo.no
    with pytest.raises(NotPermitted):
        treated.as_clinic(assessment(reported))


def test_who_reported_or_supplemented_does_not_judge(treated: Treated) -> None:
    own = treated.as_safety_officer(treated.report(**GRAVE)).aggregate_id
    supplemented = treated.reported(**GRAVE)
    treated.as_safety_officer_with_source(SupplementAdverseEvent(adverse_event_id=supplemented, comment="seen"))

    for adverse_event in (own, supplemented):
        with pytest.raises(AdjudicatorReported):
            treated.as_safety_officer(assessment(adverse_event))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"causalities": ()}, AssessmentEmpty),
        ({"causalities": (JUDGED, JUDGED)}, AssessmentEmpty),
        ({"seriousness": ()}, JudgementContradictory),
        ({"serious": YesNo.no}, JudgementContradictory),
        ({"grade": 5}, JudgementContradictory),
        ({"outcome": Outcome.fatal}, JudgementContradictory),
        ({"seriousness": (Seriousness.death,), "grade": 4}, JudgementContradictory),
        ({"seriousness": (Seriousness.death,), "outcome": Outcome.recovered}, JudgementContradictory),
        ({"grade": 6}, InvalidInput),
        ({"outcome": Outcome.unrecognised}, InvalidInput),
        ({"serious": YesNo.unrecognised, "seriousness": ()}, InvalidInput),
        (
            {
                "causalities": (
                    FactorCausality(
                        factor=SuspectFactor.unrecognised, causality=Causality.certain, method=CausalityMethod.other
                    ),
                )
            },
            InvalidInput,
        ),
    ],
)
def test_a_judgement_that_is_none_is_refused(
    treated: Treated, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    reported = treated.reported(**GRAVE)

    with pytest.raises(refusal):
        treated.as_safety_officer(assessment(reported, **changes))


def test_a_serious_event_is_closed_when_it_was_assessed(treated: Treated) -> None:
    grave, light = treated.reported(**GRAVE), treated.reported(serious="no")

    treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=light))
    with pytest.raises(AssessmentNeeded):
        treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=grave))
    treated.as_safety_officer(assessment(grave))
    treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=grave))

    with pytest.raises(AdverseEventIsClosed):
        treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=grave))
    with pytest.raises(AdverseEventIsClosed):
        treated.as_safety_officer(assessment(grave))


def test_a_supplement_reopens_a_closed_event_which_is_assessed_anew(treated: Treated) -> None:
    reported = treated.reported(**GRAVE)
    treated.as_safety_officer(assessment(reported))
    treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=reported))

    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, outcome="not_recovered"))

    assert [type(event).__name__ for event in treated.events(reported)[-2:]] == [
        "AdverseEventReopened",
        "AdverseEventSupplemented",
    ]
    with pytest.raises(AssessmentNeeded):
        treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=reported))


def test_what_became_known_after_the_assessment_is_assessed_before_closing(treated: Treated) -> None:
    reported = treated.reported(**GRAVE)
    treated.as_safety_officer(assessment(reported))

    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, outcome="not_recovered"))

    with pytest.raises(AssessmentNeeded):
        treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=reported))


def test_it_is_reopened_by_an_officer_only_when_closed(treated: Treated) -> None:
    reported = treated.reported(serious="no")
    reopen = ReopenAdverseEvent(adverse_event_id=reported, reason=Reason.new_information, explanation="Why-Genet")

    with pytest.raises(AdverseEventIsOpen):
        treated.as_safety_officer(reopen)
    treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=reported))
    treated.as_safety_officer(reopen)

    assert treated.last(reported).context.reason is Reason.new_information
    assert "Genet" not in repr(treated.last(reported))


def test_links_name_another_event_once_and_in_one_direction(treated: Treated) -> None:
    first, second, third = treated.reported(), treated.reported(**GRAVE), treated.reported()

    def link(one: UUID, other: UUID, kind: LinkKind = LinkKind.duplicate_of) -> None:
        treated.as_safety_officer(LinkAdverseEvent(adverse_event_id=one, kind=kind, other=other))

    link(second, first)
    link(second, third, LinkKind.same_lot)

    for one, other, kind, refusal in (
        (first, first, LinkKind.same_lot, LinkedToItself),
        (second, first, LinkKind.duplicate_of, AlreadyLinked),
        (second, third, LinkKind.duplicate_of, AlreadyLinked),
        (second, third, LinkKind.same_lot, AlreadyLinked),
        (first, second, LinkKind.duplicate_of, DuplicateInCircle),
        (first, UUID(int=3), LinkKind.same_lot, NotFound),
        (first, third, LinkKind.unrecognised, InvalidInput),
    ):
        with pytest.raises(refusal):
            link(one, other, kind)
    treated.as_safety_officer(CloseAdverseEvent(adverse_event_id=second))


def duplicate(one: UUID, other: UUID) -> LinkAdverseEvent:
    return LinkAdverseEvent(adverse_event_id=one, kind=LinkKind.duplicate_of, other=other)


def test_who_told_of_the_same_event_in_a_duplicate_does_not_judge(treated: Treated) -> None:
    first, third = treated.reported(**GRAVE), treated.reported(**GRAVE)
    own = treated.as_safety_officer(treated.report(**GRAVE)).aggregate_id
    treated.as_safety_officer(duplicate(own, first))
    treated.as_safety_officer(duplicate(third, first))

    for each in (first, third):
        with pytest.raises(AdjudicatorReported):
            treated.as_safety_officer(assessment(each))


def test_a_judged_event_takes_no_duplicate_that_its_judge_reported(treated: Treated) -> None:
    judged = treated.reported(**GRAVE)
    own = treated.as_safety_officer(treated.report(**GRAVE)).aggregate_id
    treated.as_safety_officer(assessment(judged))

    with pytest.raises(AdjudicatorReported):
        treated.as_safety_officer(duplicate(own, judged))


def test_what_duplicates_are_counted_by_is_nullified_after_them(treated: Treated) -> None:
    counted, again = treated.reported(), treated.reported()
    treated.as_safety_officer(duplicate(again, counted))

    def nullify(each: UUID) -> None:
        treated.as_safety_officer(
            NullifyAdverseEvent(adverse_event_id=each, reason=Reason.wrong_patient, explanation="Wrong-Fossa")
        )

    with pytest.raises(DuplicatesStand):
        nullify(counted)
    nullify(again)
    nullify(counted)

    assert treated.last(counted).context.reason is Reason.wrong_patient


def test_a_nullified_event_takes_nothing_more(treated: Treated) -> None:
    reported, other = treated.reported(), treated.reported()
    nullify = NullifyAdverseEvent(adverse_event_id=reported, reason=Reason.wrong_patient, explanation="Wrong-Fossa")

    with pytest.raises(InvalidInput):
        treated.as_safety_officer(
            NullifyAdverseEvent(adverse_event_id=reported, reason=Reason.wrong_patient, explanation=" ")
        )
    treated.as_safety_officer(nullify)

    assert treated.last(reported).context.reason is Reason.wrong_patient
    assert treated.last(reported).context.clinic_id == treated.clinic_id
    for command in (
        nullify,
        assessment(reported),
        CloseAdverseEvent(adverse_event_id=reported),
        ReopenAdverseEvent(adverse_event_id=reported, reason=Reason.other),
        LinkAdverseEvent(adverse_event_id=reported, kind=LinkKind.same_lot, other=other),
        LinkAdverseEvent(adverse_event_id=other, kind=LinkKind.same_lot, other=reported),
    ):
        with pytest.raises(AdverseEventIsNullified):
            treated.as_safety_officer(command)
    with pytest.raises(AdverseEventIsNullified):
        treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, comment="more"))


def test_a_clinic_is_told_once_of_what_another_reported(treated: Treated) -> None:
    def notice(adverse_event: UUID, **changes: Any) -> ProveAdverseEventNotice:
        told = {"letter": LETTER, "channel": InvitationChannel.post, "proof": PROOF, **changes}
        return ProveAdverseEventNotice(adverse_event_id=adverse_event, **told)

    own = treated.reported(**GRAVE)
    anothers = treated.as_safety_officer(treated.report(reporter="patient", **GRAVE)).aggregate_id

    with pytest.raises(ClinicKnowsAlready):
        treated.as_safety_officer(notice(own))
    with pytest.raises(ImpossibleDate):
        treated.as_safety_officer(notice(anothers, occurred_on=PartialDate("2031-01-01")))
    treated.as_safety_officer(notice(anothers))
    with pytest.raises(ClinicKnowsAlready):
        treated.as_safety_officer(notice(anothers))

    event = treated.last(anothers)
    assert type(event).__name__ == "AdverseEventNoticeDelivered"
    assert (event.context.clinic_id, event.letter) == (treated.clinic_id, LETTER)
    assert event.content.seriousness == (Seriousness.hospitalisation,)
    nowhere = treated.as_safety_officer(treated.report(clinic_id=None, reporter="patient", **GRAVE)).aggregate_id
    with pytest.raises(NoClinicToTell):
        treated.as_safety_officer(notice(nowhere))
