"""An obligation is met in time or late, missed for good, extended or let off by persons alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.aggregate import Act
from domain.codes import Reason, Role
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.obligation import (
    DueDayNotOver,
    ExtensionNotLonger,
    NotASocietyDutyMissed,
    Obligation,
    ObligationAlreadyMissed,
    ObligationSettled,
    ObligationStatus,
    PersonNeeded,
)
from domain.obligation_terms import (
    SOCIETY_DUTIES,
    Holder,
    ObligationKind,
    ObligationTerms,
    UnknownRule,
    holder_of,
    kind_of,
)
from domain.policy import RULE_IDS
from tests.domain.clinics import CLINIC
from tests.domain.clinics import act_on as act_of

DUE = date(2026, 3, 31)
SUBJECT = UUID(int=7)


def act_on(on: str = "2026-03-04", hour: int = 12) -> Act:
    """Return an act that is recorded on a day, at an hour of UTC."""
    recorded_at = datetime.fromisoformat(on).replace(hour=hour, tzinfo=UTC)
    return Act(recorded_at=recorded_at, context=act_of(on).context)


def terms(rule_id: str = "TX-30", **changes: Any) -> ObligationTerms:
    given: dict[str, Any] = {
        "rule_id": rule_id,
        "policy_version": 1,
        "about": SUBJECT,
        "clock_start": PartialDate("2026-03-01"),
        "due_on": PartialDate(DUE.isoformat()),
        "time_zone": "Pacific/Auckland",
        "opened_by": f"{SUBJECT}/1",
    }
    return ObligationTerms(**{**given, **changes})


def opened(rule_id: str = "TX-30") -> Obligation:
    return Obligation.open(act_on("2026-03-01").replace(clinic_id=CLINIC), terms(rule_id))


def missed(rule_id: str = "TX-30") -> Obligation:
    obligation = opened(rule_id)
    obligation.miss(act_on("2026-04-02"))
    return obligation


def by_officer(on: str = "2026-03-10") -> Act:
    return act_on(on).replace(actor_role=Role.policy_officer, reason=Reason.other)


def names(obligation: Obligation) -> list[str]:
    return [type(event).__name__ for event in obligation.pending_events]


def test_every_rule_has_a_kind_and_a_holder() -> None:
    found = {rule: (kind_of(rule), holder_of(rule)) for rule in RULE_IDS}

    assert {rule for rule, (kind, _) in found.items() if kind is ObligationKind.right} == {"RE-30", "AP-30"}
    assert found["TX-30"] == (ObligationKind.duty, Holder.clinic)
    assert found["IN-90"] == (ObligationKind.wait, Holder.clinic)
    assert all(found[rule] == (ObligationKind.duty, Holder.society) for rule in SOCIETY_DUTIES)


def test_a_rule_that_there_is_not_is_refused() -> None:
    for refused in (kind_of, holder_of, terms):
        with pytest.raises(UnknownRule, match="ZZ-1"):
            refused("ZZ-1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("due_on", "2026-03"),
        ("due_on", "2026-02-28"),
        ("clock_start", "2026/2027"),
        ("due_on", "soon"),
        ("time_zone", "Mars/Olympus"),
    ],
)
def test_impossible_terms_are_refused_by_their_field(field: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        terms(**{field: value})


def test_the_same_obligation_has_the_same_id_and_another_has_another() -> None:
    same = {terms().id_for(None) for _ in range(2)}
    others = {
        terms(rule_id="FU-30").id_for(None),
        terms(item="12").id_for(None),
        terms(about=UUID(int=8)).id_for(None),
        terms(opened_by=f"{SUBJECT}/2").id_for(None),
    }

    assert len(same) == 1
    assert len(others | same) == 5


@pytest.mark.parametrize(("day", "late"), [(date(2026, 3, 1), 0), (DUE, 0), (date(2026, 4, 3), 3)])
def test_it_is_met_in_time_until_its_due_day_and_late_by_days_after_it(day: date, late: int) -> None:
    obligation = opened()

    obligation.fulfil(act_on("2026-04-05"), day, f"{SUBJECT}/2")

    assert obligation.pending_events[-1].late_days == late
    assert obligation.status is (ObligationStatus.late if late else ObligationStatus.fulfilled)


@pytest.mark.parametrize("rule_id", ["AT-30", "AG-90"])
def test_what_one_event_asks_of_many_is_an_obligation_of_each(rule_id: str) -> None:
    of_each = {terms(rule_id).id_for(UUID(int=clinic)) for clinic in (1, 2, 3, 3)}

    assert len(of_each) == 3


def test_what_was_missed_stays_missed_and_is_met_late() -> None:
    obligation = missed()
    for refused in (
        lambda: obligation.extend(by_officer(), PartialDate("2026-05-01")),
        lambda: obligation.waive(by_officer()),
    ):
        with pytest.raises(ObligationAlreadyMissed):
            refused()

    obligation.fulfil(act_on("2026-04-20"), date(2026, 4, 10), f"{SUBJECT}/2")

    assert names(obligation) == ["ObligationOpened", "ObligationMissed", "ObligationFulfilled"]
    assert obligation.status is ObligationStatus.late
    assert obligation.pending_events[-1].late_days == 10


def test_nothing_is_missed_while_the_due_day_lasts_where_the_holder_is() -> None:
    obligation = opened()

    with pytest.raises(DueDayNotOver, match="2026-03-31"):
        obligation.miss(act_on("2026-03-31", hour=10))
    # In Auckland the day is over.
    obligation.miss(act_on("2026-03-31", hour=12))

    assert obligation.status is ObligationStatus.missed


def test_it_is_missed_once() -> None:
    with pytest.raises(ObligationAlreadyMissed, match="2026-03-31"):
        missed().miss(act_on("2026-04-03"))


def test_an_extension_moves_the_due_day() -> None:
    obligation = opened()

    obligation.extend(by_officer(), PartialDate("2026-04-30"))

    with pytest.raises(DueDayNotOver, match="2026-04-30"):
        obligation.miss(act_on("2026-04-10"))
    obligation.fulfil(act_on("2026-04-30"), date(2026, 4, 30), f"{SUBJECT}/2")
    assert obligation.status is ObligationStatus.fulfilled


@pytest.mark.parametrize("until", ["2026-03-31", "2026-03-01"])
def test_an_extension_that_gives_no_time_is_refused(until: str) -> None:
    with pytest.raises(ExtensionNotLonger):
        opened().extend(by_officer(), PartialDate(until))


@pytest.mark.parametrize("changes", [{"actor_role": Role.system}, {"actor_role": Role.clinic}, {"reason": None}])
def test_only_a_person_with_a_reason_gives_time_or_lets_off(changes: dict[str, Any]) -> None:
    obligation, act = opened(), by_officer().replace(**changes)

    with pytest.raises(PersonNeeded):
        obligation.extend(act, PartialDate("2026-04-30"))
    with pytest.raises(PersonNeeded):
        obligation.waive(act)


def test_nothing_more_becomes_of_what_is_settled() -> None:
    waived, met = opened(), opened()
    waived.waive(by_officer())
    met.fulfil(act_on("2026-03-10"), date(2026, 3, 10), f"{SUBJECT}/2")

    for obligation in (waived, met):
        for refused in (
            lambda settled=obligation: settled.waive(by_officer()),
            lambda settled=obligation: settled.miss(act_on("2026-05-01")),
            lambda settled=obligation: settled.extend(by_officer(), PartialDate("2026-06-01")),
            lambda settled=obligation: settled.fulfil(act_on("2026-05-01"), DUE, f"{SUBJECT}/3"),
        ):
            with pytest.raises(ObligationSettled, match=obligation.status.value):
                refused()


def test_a_missed_duty_of_the_society_is_told_without_naming_a_clinic() -> None:
    obligation = missed("EN-60")
    assert obligation.tells_public

    obligation.tell_public(act_on("2026-04-02"))

    told = obligation.pending_events[-1]
    assert isinstance(told, Obligation.SocietyDutyMissed)
    assert (told.rule_id, told.due_on) == ("EN-60", "2026-03-31")
    assert told.context.clinic_id is None
    assert not obligation.tells_public


def test_nothing_else_is_told_to_the_public() -> None:
    for obligation in (opened("EN-60"), missed("TX-30"), missed("RV-365")):
        with pytest.raises(NotASocietyDutyMissed):
            obligation.tell_public(act_on("2026-04-02"))
