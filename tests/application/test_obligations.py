"""The clock opens, meets and misses obligations; policy officers give more time and let off, for reasons they sign."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.obligations import (
    ExtendObligation,
    FulfilObligation,
    MissObligation,
    ObligationExists,
    OpenObligation,
    WaiveObligation,
)
from domain.codes import Reason, Role
from domain.dates import PartialDate
from domain.errors import NotPermitted
from domain.obligation import Obligation
from tests.application.society import Society
from tests.domain.test_obligation import terms


@pytest.fixture
def society() -> Society:
    return Society()


def opened(society: Society, rule_id: str = "TX-30", clinic: UUID | None = None) -> UUID:
    return society.by(Role.system, OpenObligation(terms=terms(rule_id), clinic_id=clinic)).aggregate_id


def test_an_obligation_is_opened_once(society: Society) -> None:
    opened(society)

    with pytest.raises(ObligationExists):
        opened(society)


def test_a_missed_duty_of_the_society_is_recorded_and_told_in_one_step(society: Society) -> None:
    clinic = society.identified()
    obligation = opened(society, "EN-60", clinic)
    society.to_day(2026, 4, 2)

    society.by(Role.system, MissObligation(obligation_id=obligation))

    assert society.names_of(obligation) == ["ObligationOpened", "ObligationMissed", "SocietyDutyMissed"]
    told = [event for event in society.store.log if isinstance(event, Obligation.SocietyDutyMissed)]
    assert [(event.context.actor_person, event.context.clinic_id) for event in told] == [(None, None)]


def test_a_late_report_is_met_late_after_the_miss(society: Society) -> None:
    obligation = opened(society, clinic=society.identified())
    society.to_day(2026, 4, 2)
    society.by(Role.system, MissObligation(obligation_id=obligation))

    meeting = FulfilObligation(
        obligation_id=obligation, fulfilled_on=PartialDate("2026-04-02"), fulfilled_by=f"{UUID(int=7)}/2"
    )
    society.by(Role.system, meeting)

    assert society.store.log[-1].late_days == 2


def test_a_policy_officer_gives_time_and_lets_off(society: Society) -> None:
    obligation = opened(society)
    reason = {"obligation_id": obligation, "reason": Reason.other, "explanation": "The laboratory burnt down."}

    society.by(Role.policy_officer, ExtendObligation(until=PartialDate("2026-05-01"), **reason))
    society.by(Role.policy_officer, WaiveObligation(**reason))

    assert society.names_of(obligation) == ["ObligationOpened", "ObligationExtended", "ObligationWaived"]
    assert all(event.context.sealed for event in society.store.log[-2:])


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.system, Role.unrecognised}))
def test_nobody_but_the_clock_opens_meets_or_misses(society: Society, role: Role) -> None:
    obligation = opened(society)
    for command in (
        OpenObligation(terms=terms("FU-30")),
        MissObligation(obligation_id=obligation),
        FulfilObligation(obligation_id=obligation, fulfilled_on=PartialDate("2026-03-02"), fulfilled_by="x/1"),
    ):
        with pytest.raises(NotPermitted):
            society.by(role, command)
