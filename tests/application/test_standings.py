"""A standing is assessed by the clock alone, for a quarter that is over, from misses that the store holds."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.obligations import MissObligation, OpenObligation
from application.standings import AssessStanding
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import NotPermitted
from domain.obligation_terms import ObligationTerms
from domain.standing import NotMissedThen, NotRated, QuarterAlreadyAssessed, QuarterNotOver, StandingStep
from tests.application.society import Society


@pytest.fixture
def society() -> Society:
    return Society()


def missed(society: Society, clinic: UUID, rule_id: str = "TX-30") -> UUID:
    """Let a clinic miss a duty in the second quarter of 2026; return its id."""
    terms = ObligationTerms(
        rule_id=rule_id,
        policy_version=1,
        about=clinic,
        clock_start=PartialDate("2026-04-01"),
        due_on=PartialDate("2026-05-01"),
        time_zone="Europe/Berlin",
        opened_by=f"{clinic}/1",
    )
    obligation = society.by(Role.system, OpenObligation(terms=terms, clinic_id=clinic)).aggregate_id
    society.to_day(2026, 5, 3)
    society.by(Role.system, MissObligation(obligation_id=obligation))
    return obligation


def test_an_assessment_carries_what_it_rests_on(society: Society) -> None:
    clinic = society.enrolled()
    obligation = missed(society, clinic, "AE-7")
    society.to_day(2026, 7, 2)

    assessing = AssessStanding(clinic_id=clinic, quarter="2026-Q2", missed=(obligation,), overdue=(obligation,))
    society.by(Role.system, assessing)

    event = society.store.log[-1]
    assert (event.before, event.step) == (StandingStep.good_standing, StandingStep.probation)
    assert (event.rule_ids, event.evidence_ids) == (("AE-7",), (f"{obligation}/2",))
    assert (event.context.occurred_on, event.context.clinic_id) == ("2026-06-30", clinic)
    with pytest.raises(QuarterAlreadyAssessed):
        society.by(Role.system, AssessStanding(clinic_id=clinic, quarter="2026-Q2"))


def test_nothing_else_is_assessed(society: Society) -> None:
    clinic, other = society.enrolled(), society.identified(legal_name="Klinik am Berg")
    obligation = missed(society, clinic)
    head = len(society.store.log)

    with pytest.raises(QuarterNotOver):
        society.by(Role.system, AssessStanding(clinic_id=clinic, quarter="2026-Q2"))
    society.to_day(2026, 7, 2)
    with pytest.raises(NotRated):
        society.by(Role.system, AssessStanding(clinic_id=other, quarter="2026-Q2"))
    with pytest.raises(NotMissedThen):
        society.by(Role.system, AssessStanding(clinic_id=clinic, quarter="2026-Q1", missed=(obligation,)))
    with pytest.raises(NotMissedThen):
        society.by(Role.system, AssessStanding(clinic_id=clinic, quarter="2026-Q2", missed=(UUID(int=9),)))
    with pytest.raises(NotPermitted):
        society.by(Role.registrar, AssessStanding(clinic_id=clinic, quarter="2026-Q2"))
    assert len(society.store.log) == head
