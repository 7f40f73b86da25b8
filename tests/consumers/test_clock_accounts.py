"""What lost its ground by a correction asks for nothing more; what was missed before stays missed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from application.obligation_keeping import KeepObligations
from application.obligations import MissObligation
from consumers.clock_accounts import ClinicGround, clinic_duties_owed, treatment_owed
from domain.codes import Role
from domain.declaration_duties import ClinicFacts, DeclarationFacts, declared_anew
from domain.duties import Limits
from domain.obligation import Obligation, ObligationStatus
from domain.owed import Owed
from domain.treatment_duties import FollowUpFact, TreatmentFacts, with_follow_up, with_terms
from tests.application.society import Society

ZONE = "Europe/Berlin"
REGISTRY, TREATMENT = UUID(int=5), UUID(int=6)


@pytest.fixture
def society() -> Society:
    return Society()


def treatment(clinic: UUID) -> TreatmentFacts:
    return TreatmentFacts(
        treatment_id=TREATMENT,
        clinic_id=clinic,
        registry_id=REGISTRY,
        retrospective=False,
        treated_on=date(2026, 3, 1),
        submitted_on=date(2026, 3, 2),
        submitted_by=f"{TREATMENT}/1",
        policy_version=1,
        tx_30=30,
        fu_30=30,
        schedule=((3, 30), (6, 30)),
    )


def keep(society: Society, *owed: Owed) -> dict[str, ObligationStatus]:
    """Let the clock keep these, and return how each stands by its item."""
    society.by(Role.system, KeepObligations(owed=owed))
    return standing(society)


def standing(society: Society) -> dict[str, ObligationStatus]:
    opened = [event for event in society.store.log if isinstance(event, Obligation.ObligationOpened)]
    found = {}
    for event in opened:
        obligation = society.store.load(Obligation, event.originator_id)
        assert obligation is not None
        found[event.terms.item or event.terms.rule_id] = obligation.status
    return found


def test_a_treatment_that_became_retrospective_owes_nothing_more(society: Society) -> None:
    clinic = society.enrolled()
    facts = treatment(clinic)
    before = keep(society, *treatment_owed(facts, date(2026, 3, 3), ZONE, f"{TREATMENT}/1"))
    assert before == {"TX-30": ObligationStatus.fulfilled, "3 months": ObligationStatus.open}

    corrected = dataclasses.replace(facts, retrospective=True, treated_on=date(2020, 3, 1))
    after = keep(society, *treatment_owed(corrected, date(2026, 3, 9), ZONE, f"{TREATMENT}/2"))

    assert after == {"TX-30": ObligationStatus.fulfilled, "3 months": ObligationStatus.ended}
    assert society.store.log[-1].ended_by == f"{TREATMENT}/2"


def test_a_missed_follow_up_stays_missed_whatever_the_date_becomes(society: Society) -> None:
    clinic = society.enrolled()
    facts = treatment(clinic)
    keep(society, *treatment_owed(facts, date(2026, 3, 3), ZONE, f"{TREATMENT}/1"))
    missed = next(each for each in reversed(society.store.log) if isinstance(each, Obligation.ObligationOpened))
    society.to_day(2026, 9, 1)
    society.by(Role.system, MissObligation(obligation_id=missed.originator_id))
    head = len(society.store.log)

    corrected = dataclasses.replace(facts, retrospective=True, treated_on=date(2020, 3, 1))
    owed = treatment_owed(corrected, date(2026, 9, 2), ZONE, f"{TREATMENT}/2")
    with pytest.raises(Exception, match="recorded as it should be"):
        keep(society, *owed)

    assert standing(society)["3 months"] is ObligationStatus.missed
    assert len(society.store.log) == head


def test_of_a_retrospective_treatment_only_what_was_missed_before_is_owed_and_can_be_met() -> None:
    facts = with_terms(
        treatment(UUID(int=1)), registry_id=REGISTRY, treated_on=date(2020, 3, 1), retrospective=True,
        schedule=((3, 30), (6, 30)), corrected_on=date(2026, 9, 1),
    )  # fmt: skip

    (owed,) = [each for each in treatment_owed(facts, date(2026, 9, 2), ZONE, f"{TREATMENT}/2") if not each.if_open]

    assert (owed.terms.item, owed.terms.due_on, owed.fulfilled_by) == ("3 months", "2026-07-31", None)
    by = f"{TREATMENT}/3"
    fact = FollowUpFact(follow_up_id=UUID(int=9), months=3, on=date(2026, 9, 5), by=by, complete=True)
    met = treatment_owed(with_follow_up(facts, fact), date(2026, 9, 6), ZONE, by)
    assert [each.fulfilled_by for each in met if each.terms.item == "3 months"] == [by]


def test_a_retrospective_treatment_that_was_never_corrected_is_not_looked_up() -> None:
    facts = dataclasses.replace(treatment(UUID(int=1)), retrospective=True)

    assert treatment_owed(facts, date(2026, 3, 3), ZONE, facts.submitted_by) == ()


def declared(clinic: UUID, facts: DeclarationFacts, by: str) -> list[Owed]:
    own = ClinicFacts(clinic_id=clinic, time_zone=ZONE)
    moment = datetime(2026, 4, 10, 12, tzinfo=UTC)
    ground = ClinicGround(own, (facts,), {}, lambda _: Limits(version=1), moment, by)
    return list(clinic_duties_owed(ground))


def test_a_number_declared_too_high_and_corrected_in_time_leaves_nothing_open(society: Society) -> None:
    clinic = society.enrolled()
    society.to_day(2026, 4, 10)
    facts = DeclarationFacts(
        clinic_id=clinic,
        registry_id=REGISTRY,
        quarter="2026-Q1",
        declared=3,
        declared_on=date(2026, 4, 5),
        declared_by=f"{clinic}/4",
        opened_by=f"{clinic}/3",
        policy_version=1,
        tc_30=30,
        tx_30=30,
    )
    before = keep(society, *declared(clinic, facts, f"{clinic}/4"))
    assert [each.value for each in before.values()] == ["fulfilled", "open", "open", "open"]

    anew = declared_anew(facts, 1, date(2026, 4, 10), 0, 0)
    after = keep(society, *declared(clinic, anew, f"{clinic}/5"))

    assert [each.value for each in after.values()] == ["fulfilled", "open", "ended", "ended"]
    assert society.store.log[-1].ended_by == f"{clinic}/5"
