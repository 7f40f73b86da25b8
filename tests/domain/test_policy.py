"""Version 1 is the table of duties; later versions are whole, approved by two, and never reach back."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.chronology import ImpossibleDate
from domain.codes import Role, Sha256
from domain.dates import PartialDate, day
from domain.errors import InvalidInput
from domain.first_policy import FIRST_POLICY
from domain.policy import (
    POLICY_ID,
    Approval,
    LimitUnit,
    Policy,
    PolicyContradictory,
    PolicyIncomplete,
    PolicyNotApprovedByTwo,
    PolicyNotInFuture,
    PolicyTerms,
    Rule,
    RuleKind,
)
from tests.domain.clinics import SOME_HASH, TODAY, act_on, last

DUTIES = {
    "AE-7": 7, "AE-7C": 15, "AE-15": 15, "AE-90": 90, "TX-30": 30, "TC-30": 30, "FU-30": 30, "AT-30": 30,
    "AT-365": 365, "AG-90": 90,
}  # fmt: skip
WAITS = {"IN-90": 90, "LI-30": 30, "PL-90": 90, "PL-2Q": 2, "RV-365": 365, "IT-30": 30}
RIGHTS = {"RE-30": 30, "AP-30": 30}
SOCIETY = {"EN-60": 60, "AS-30": 30, "DI-14": 14, "CA-180": 180, "WD-2": 2, "DQ-7": 7}


def approval(at: datetime = datetime(2026, 3, 3, 8, tzinfo=UTC)) -> Approval:
    return Approval(role=Role.policy_officer, approved_at=at, meaning="approved", shown_hash=SOME_HASH)


BOTH = (approval(), approval())


def adopted() -> Policy:
    return Policy.adopt_first(act_on(), FIRST_POLICY, BOTH)


def test_version_1_is_the_table_of_duties() -> None:
    for kind, rules in (
        (RuleKind.duty, DUTIES),
        (RuleKind.wait, WAITS),
        (RuleKind.right, RIGHTS),
        (RuleKind.society_duty, SOCIETY),
    ):
        assert {rule.rule_id: rule.limit for rule in FIRST_POLICY.rules if rule.kind is kind} == rules
    quarters = [rule.rule_id for rule in FIRST_POLICY.rules if rule.unit is LimitUnit.quarters]
    assert quarters == ["PL-2Q"]
    assert {rule.rule_id: rule.reminders for rule in FIRST_POLICY.rules if rule.reminders} == {"IN-90": (30, 60)}
    assert (FIRST_POLICY.completeness_threshold_percent, FIRST_POLICY.small_cells_below) == (90, 5)


def test_the_first_version_takes_effect_at_once() -> None:
    policy = adopted()

    assert policy.id == POLICY_ID
    event = last(policy)
    assert (event.policy_version, event.effective_on) == (1, TODAY.isoformat())


def test_a_later_version_takes_effect_after_its_day_and_old_days_keep_the_old_one() -> None:
    policy = adopted()
    longer = dataclasses.replace(FIRST_POLICY, small_cells_below=10)

    with pytest.raises(PolicyNotInFuture):
        policy.adopt(act_on(), day(TODAY), longer, BOTH)
    policy.adopt(act_on(), day(TODAY + timedelta(10)), longer, BOTH)

    replayed: Any = None
    for event in policy.pending_events:
        replayed = event.mutate(replayed)
    assert replayed.versions == policy.versions
    assert replayed.version == 2
    assert policy.version_on(TODAY + timedelta(9)).number == 1
    assert policy.version_on(TODAY + timedelta(10)).number == 2
    assert policy.version_on(date(2000, 1, 1)).number == 1


def test_versions_take_effect_in_their_order_on_exact_days() -> None:
    policy = adopted()
    policy.adopt(act_on(), day(TODAY + timedelta(10)), FIRST_POLICY, BOTH)

    with pytest.raises(ImpossibleDate):
        policy.adopt(act_on(), day(TODAY + timedelta(10)), FIRST_POLICY, BOTH)
    with pytest.raises(InvalidInput, match="effective_on"):
        policy.adopt(act_on(), PartialDate("2027-01"), FIRST_POLICY, BOTH)


@pytest.mark.parametrize("approvals", [(), (approval(),), (approval(), approval(), approval())])
def test_a_version_has_two_approvals(approvals: tuple[Approval, ...]) -> None:
    with pytest.raises(PolicyNotApprovedByTwo):
        adopted().adopt(act_on(), day(TODAY + timedelta(10)), FIRST_POLICY, approvals)


def test_nobody_approves_in_the_future() -> None:
    ahead = approval(datetime(2026, 3, 4, tzinfo=UTC))

    with pytest.raises(ImpossibleDate):
        adopted().adopt(act_on(), day(TODAY + timedelta(10)), FIRST_POLICY, (approval(), ahead))


@pytest.mark.parametrize(
    "rules",
    [
        FIRST_POLICY.rules[1:],
        (*FIRST_POLICY.rules, FIRST_POLICY.rules[0]),
        (*FIRST_POLICY.rules, Rule(rule_id="XX-1", kind=RuleKind.duty, what="x", limit=1)),
    ],
)
def test_a_version_has_every_rule_once(rules: tuple[Rule, ...]) -> None:
    with pytest.raises(PolicyIncomplete):
        adopted().adopt(act_on(), day(TODAY + timedelta(10)), dataclasses.replace(FIRST_POLICY, rules=rules), BOTH)


@pytest.mark.parametrize(
    ("rule_id", "changes", "said"),
    [
        ("AE-7", {"kind": RuleKind.wait}, "AE-7 is a duty, not a wait"),
        ("WD-2", {"kind": RuleKind.duty}, "WD-2 is a society_duty, not a duty"),
        ("PL-2Q", {"unit": LimitUnit.days}, "PL-2Q is counted in quarters, not in days"),
        ("TX-30", {"unit": LimitUnit.quarters}, "TX-30 is counted in days, not in quarters"),
        ("IN-90", {"reminders": (30,)}, "IN-90 has 2 reminders, not 1"),
        ("RE-30", {"reminders": (3,)}, "RE-30 has 0 reminders, not 1"),
        ("AE-7", {"limit": 16}, "AE-7 (16 days) is due after AE-7C (15 days)"),
        ("AE-15", {"limit": 91}, "AE-15 (91 days) is due after AE-90 (90 days)"),
    ],
)
def test_a_version_that_contradicts_itself_or_the_table_is_refused(
    rule_id: str, changes: dict[str, Any], said: str
) -> None:
    policy = adopted()
    rules = tuple(
        dataclasses.replace(each, **changes) if each.rule_id == rule_id else each for each in FIRST_POLICY.rules
    )

    with pytest.raises(PolicyContradictory, match=re.escape(said)):
        policy.adopt(act_on(), day(TODAY + timedelta(10)), dataclasses.replace(FIRST_POLICY, rules=rules), BOTH)
    assert len(policy.versions) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rule(rule_id="IN-90", kind=RuleKind.wait, what="x", limit=0),
        lambda: Rule(rule_id="IN-90", kind=RuleKind.wait, what="x", limit=90, reminders=(60, 30)),
        lambda: Rule(rule_id="IN-90", kind=RuleKind.wait, what="x", limit=90, reminders=(90,)),
        lambda: PolicyTerms(rules=(), completeness_threshold_percent=101),
        lambda: PolicyTerms(rules=(), small_cells_below=0),
        lambda: Approval(
            role=Role.policy_officer,
            approved_at=datetime(2026, 3, 3),  # noqa: DTZ001
            meaning="x",
            shown_hash=SOME_HASH,
        ),
        lambda: Approval(
            role=Role.policy_officer, approved_at=datetime(2026, 3, 3, tzinfo=UTC), meaning="x", shown_hash=Sha256("y")
        ),
    ],
)
def test_wrong_parameters_cannot_be_held(make: Any) -> None:
    with pytest.raises(InvalidInput):
        make()


@pytest.mark.parametrize(("unit", "longest"), [(LimitUnit.days, 36_500), (LimitUnit.quarters, 400)])
def test_no_limit_leaves_the_calendar(unit: LimitUnit, longest: int) -> None:
    Rule(rule_id="TX-30", kind=RuleKind.duty, what="submit", limit=longest, unit=unit)

    for limit in (0, longest + 1):
        with pytest.raises(InvalidInput, match=str(longest)):
            Rule(rule_id="TX-30", kind=RuleKind.duty, what="submit", limit=limit, unit=unit)
