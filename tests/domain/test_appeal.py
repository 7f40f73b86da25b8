"""A refused clinic appeals once and in time; who refused it does not decide."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.appeal import (
    AlreadyAppealed,
    AppealOutcome,
    AppealTooLate,
    DecidedFirst,
    NotAppealed,
    NothingToAppeal,
)
from domain.chronology import ImpossibleDate
from domain.clinic import Clinic
from domain.clinic_state import NotIndependent
from domain.codes import Role
from domain.dates import day
from domain.errors import InvalidInput
from domain.participation import ParticipationState
from tests.domain.clinics import IN_STATE, KNEE, TODAY, act_on, applied, last

OTHERS = UUID(int=11)
WHY = ("the licence was overlooked",)
LATER = TODAY + timedelta(20)


def refused() -> Clinic:
    clinic = applied()
    clinic.refuse_enrolment(act_on(), ("no licence",), "Board", day(LATER))
    return clinic


def decide(clinic: Clinic, person: UUID | None = OTHERS, outcome: AppealOutcome = AppealOutcome.overturned) -> None:
    clinic.decide_appeal(act_on(LATER).replace(actor_person=person), outcome, WHY)


def test_an_appeal_in_time_is_decided_by_somebody_else() -> None:
    clinic = refused()
    refusal = last(clinic).evidence
    clinic.appeal_refusal(act_on(LATER), "There is a licence.")
    appeal = last(clinic).evidence

    decide(clinic)

    assert (last(clinic).appeal, last(clinic).refusal) == (appeal, refusal)
    assert clinic.participation is ParticipationState.refused
    clinic.request_enrolment(act_on(LATER), (KNEE,))
    clinic.enrol(act_on(LATER), (KNEE,))
    assert clinic.participation is ParticipationState.enrolled


def test_who_refused_does_not_decide_nor_does_the_clinic() -> None:
    clinic = refused()
    clinic.appeal_refusal(act_on().replace(actor_role=Role.clinic, actor_person=OTHERS), "There is a licence.")

    for person in (UUID(int=9), None):
        with pytest.raises(DecidedFirst):
            decide(clinic, person)
    with pytest.raises(NotIndependent):
        decide(clinic)
    assert type(last(clinic)).__name__ == "EnrolmentAppealed"


def test_an_appeal_is_made_once_and_decided_once() -> None:
    clinic = refused()
    with pytest.raises(NotAppealed):
        decide(clinic)
    clinic.appeal_refusal(act_on(), "There is a licence.")

    with pytest.raises(AlreadyAppealed):
        clinic.appeal_refusal(act_on(), "Again.")
    decide(clinic, outcome=AppealOutcome.upheld)

    with pytest.raises(NotAppealed):
        decide(clinic)


def test_a_late_early_or_empty_appeal_is_refused() -> None:
    clinic = refused()

    with pytest.raises(AppealTooLate):
        clinic.appeal_refusal(act_on(LATER + timedelta(1)), "There is a licence.")
    with pytest.raises(ImpossibleDate):
        clinic.appeal_refusal(act_on(TODAY - timedelta(1)), "There is a licence.")
    for grounds in (" ", "x" * 4001):
        with pytest.raises(InvalidInput):
            clinic.appeal_refusal(act_on(), grounds)


def test_a_letter_that_came_in_time_is_recorded_later() -> None:
    clinic = refused()

    clinic.appeal_refusal(act_on(LATER, recorded=LATER + timedelta(3)), "There is a licence.")

    assert type(last(clinic)).__name__ == "EnrolmentAppealed"


@pytest.mark.parametrize("state", sorted(set(IN_STATE) - {ParticipationState.refused}))
def test_only_a_refusal_is_appealed(state: ParticipationState) -> None:
    clinic = IN_STATE[state]()

    with pytest.raises(NothingToAppeal):
        clinic.appeal_refusal(act_on(LATER), "There is a licence.")
    with pytest.raises(NothingToAppeal):
        decide(clinic)


def test_a_decision_has_an_outcome_and_reasons() -> None:
    clinic = refused()
    clinic.appeal_refusal(act_on(), "There is a licence.")
    act = act_on(LATER).replace(actor_person=OTHERS)

    for outcome, reasons in (
        (AppealOutcome.unrecognised, WHY),
        (AppealOutcome.upheld, ()),
        (AppealOutcome.upheld, ("",)),
    ):
        with pytest.raises(InvalidInput):
            clinic.decide_appeal(act, outcome, reasons)
    before = act_on(TODAY - timedelta(1), recorded=LATER).replace(actor_person=OTHERS)
    with pytest.raises(ImpossibleDate):
        clinic.decide_appeal(before, AppealOutcome.upheld, WHY)
