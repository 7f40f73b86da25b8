"""The society's policy: every rule's limit as data, in versions that are adopted and never changed.

Everything in it is public. A duty keeps the version it was opened under, so old versions stay in force for old duties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.chronology import ImpossibleDate
from domain.codes import Code, Role, Sha256
from domain.dates import PartialDate, day, first_day, last_day, partial_date
from domain.errors import InvalidInput, Refused
from domain.public_ids import public_id
from domain.signature import sha256_text

POLICY_ID = public_id("policy", "society")
"""Id of the society's one policy."""


class PolicyNotInFuture(Refused):
    """A new policy version takes effect after the day of its adoption; {effective_on} is not after {today}."""


class PolicyNotApprovedByTwo(Refused):
    """A policy version needs the approval of two different persons."""


class PolicyIncomplete(Refused):
    """A policy version has every rule once; missing, unknown or doubled: {rules}."""


class PolicyContradictory(Refused):
    """The rules of a policy version contradict each other or the table of duties: {rules}."""

    remedy = "Correct what is named; `icms policy adopt --example` shows the version that was adopted first."


class RuleKind(Code):
    """Who is bound: a duty binds the clinic, a society_duty the society; rights and waits bind nobody."""

    unrecognised = "unrecognised"
    duty = "duty"
    right = "right"
    wait = "wait"
    society_duty = "society_duty"


class LimitUnit(Code):
    """What a limit is counted in."""

    unrecognised = "unrecognised"
    days = "days"
    quarters = "quarters"


_RULES: Mapping[RuleKind, tuple[str, ...]] = MappingProxyType(
    {
        RuleKind.duty: ("AE-7", "AE-7C", "AE-15", "AE-90", "TX-30", "TC-30", "FU-30", "AT-30", "AT-365", "AG-90"),
        RuleKind.right: ("RE-30", "AP-30"),
        RuleKind.wait: ("IN-90", "LI-30", "PL-90", "PL-2Q", "RV-365", "IT-30"),
        RuleKind.society_duty: ("EN-60", "AS-30", "DI-14", "CA-180", "WD-2", "DQ-7"),
    }
)
RULE_KINDS: Mapping[str, RuleKind] = MappingProxyType({rule: kind for kind, rules in _RULES.items() for rule in rules})
"""What each rule of the table of duties is, whatever limit a version gives it."""

RULE_IDS = frozenset(RULE_KINDS)
"""Every rule of the table of duties; an id names the rule, whatever limit a later version gives it."""

_IN_QUARTERS = "PL-2Q"
_REMINDED, _REMINDERS = "IN-90", 2
_NO_LATER_THAN = (("AE-7", "AE-7C"), ("AE-7", "AE-15"), ("AE-15", "AE-90"))
"""Pairs of which the first is due no later: what is graver is reported sooner, and reported before it is complete."""

LONGEST_LIMITS: Mapping[LimitUnit, int] = MappingProxyType({LimitUnit.days: 36_500, LimitUnit.quarters: 400})
"""Longest limit in each unit, a hundred years: a duty's last day stays in the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table of duties."""

    rule_id: str
    """Id, such as `AE-7`."""
    kind: RuleKind
    """Whom it binds."""
    what: str
    """What has to be done, or is waited for."""
    limit: int
    """How long; the starting day is day 0, the limit its last day."""
    unit: LimitUnit = LimitUnit.days
    """What the limit is counted in."""
    reminders: tuple[int, ...] = ()
    """Days after the start on which a reminder is due."""

    def __post_init__(self) -> None:
        longest = LONGEST_LIMITS.get(self.unit, 1)
        if not 1 <= self.limit <= longest:
            raise InvalidInput(field=f"rules.{self.rule_id}", problem=f"needs a limit from 1 to {longest}")
        if any(not 0 < each < self.limit for each in self.reminders) or list(self.reminders) != sorted(
            set(self.reminders)
        ):
            raise InvalidInput(field=f"rules.{self.rule_id}", problem="reminders lie before the limit, in order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One of the two approvals of a version: the capacity and time, never the person."""

    role: Role
    """In what capacity it was approved."""
    approved_at: datetime
    """When."""
    meaning: str
    """What the approver said by it."""
    shown_hash: Sha256
    """SHA-256 of what the approver was shown."""

    def __post_init__(self) -> None:
        if self.approved_at.utcoffset() is None:
            raise InvalidInput(field="approvals", problem="the time needs a time zone")
        sha256_text(self.shown_hash, "shown_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTerms:
    """The content of one version."""

    rules: tuple[Rule, ...]
    """Every rule of the table of duties, each once."""
    completeness_threshold_percent: int = 90
    """Follow-up completeness below which no rate or effect is shown."""
    small_cells_below: int = 5
    """Counts under this are suppressed in anything public."""

    def __post_init__(self) -> None:
        if not 0 < self.completeness_threshold_percent <= 100:
            raise InvalidInput(field="completeness_threshold_percent", problem="lies between 1 and 100")
        if self.small_cells_below < 1:
            raise InvalidInput(field="small_cells_below", problem="is at least 1")


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version in force from a day on."""

    number: int
    """1, 2, 3 …"""
    effective_on: PartialDate
    """First day on which it is in force."""
    terms: PolicyTerms
    """Its whole content."""

    def rule(self, rule_id: str) -> Rule:
        """Return one of its rules."""
        return next(rule for rule in self.terms.rules if rule.rule_id == rule_id)


class Policy(Aggregate):
    """All versions of the society's policy; its id is `POLICY_ID`."""

    TOPIC = "Policy"

    def __init__(self) -> None:
        self.versions: tuple[PolicyVersion, ...] = ()

    class Event(RegistryEvent):
        """An event of the policy."""

    class PolicyAdopted(Opening, Event):
        """A version of the policy was adopted by two; the first takes effect at once, later ones in the future."""

        TOPIC = "PolicyAdopted.v1"

        policy_version: int
        """Number of the version: 1, 2, 3 …"""
        effective_on: PartialDate
        """First day on which it is in force: an exact day."""
        terms: PolicyTerms
        """The version's whole content."""
        approvals: tuple[Approval, ...]
        """The two approvals."""

        def mutate(self, aggregate: Any) -> Any:
            """Begin the policy with its first version and go on with every later one: one event says both."""
            if aggregate is None:
                return CanInitAggregate.mutate(self, None)
            return CanMutateAggregate.mutate(self, aggregate)

        def apply(self, policy: Policy) -> None:
            """Keep the version."""
            version = PolicyVersion(self.policy_version, self.effective_on, self.terms)
            policy.versions = (*policy.versions, version)

    @classmethod
    def adopt_first(cls, act: Act, terms: PolicyTerms, approvals: tuple[Approval, ...]) -> Policy:
        """Adopt version 1, in force at once."""
        require_whole(terms)
        _require_approved(act, approvals)
        content = {"policy_version": 1, "effective_on": day(_today(act)), "terms": terms, "approvals": approvals}
        return cls.begin(cls.PolicyAdopted, POLICY_ID, act, **content)

    def adopt(self, act: Act, effective_on: PartialDate, terms: PolicyTerms, approvals: tuple[Approval, ...]) -> None:
        """Adopt the next version, in force from a day after its adoption and after its predecessor's."""
        require_whole(terms)
        _require_approved(act, approvals)
        partial_date(effective_on, "effective_on")
        if first_day(effective_on) != last_day(effective_on):
            raise InvalidInput(field="effective_on", problem="needs an exact day")
        if first_day(effective_on) <= _today(act):
            raise PolicyNotInFuture(effective_on=effective_on, today=_today(act))
        newest = self.versions[-1]
        if first_day(effective_on) <= first_day(newest.effective_on):
            problem = f"{effective_on} does not lie after version {newest.number}'s, {newest.effective_on}"
            raise ImpossibleDate(field="effective_on", problem=problem)
        self.record(
            self.PolicyAdopted,
            act,
            originator_topic=self.TOPIC,
            policy_version=newest.number + 1,
            effective_on=effective_on,
            terms=terms,
            approvals=approvals,
        )

    def version_on(self, on: date) -> PolicyVersion:
        """Return the version in force on a day; before the first one, the first."""
        in_force = [version for version in self.versions if first_day(version.effective_on) <= on]
        return in_force[-1] if in_force else self.versions[0]


def _today(act: Act) -> date:
    return act.recorded_at.astimezone(UTC).date()


def _require_approved(act: Act, approvals: tuple[Approval, ...]) -> None:
    if len(approvals) != 2:
        raise PolicyNotApprovedByTwo
    if any(approval.approved_at > act.recorded_at for approval in approvals):
        raise ImpossibleDate(field="approvals", problem="an approval lies after the time of recording")


def require_whole(terms: PolicyTerms) -> None:
    """Refuse terms that are no whole policy; raise PolicyIncomplete, PolicyContradictory."""
    named = Counter(rule.rule_id for rule in terms.rules)
    wrong = {rule_id for rule_id, times in named.items() if times > 1} | (set(named) ^ RULE_IDS)
    if wrong:
        raise PolicyIncomplete(rules=", ".join(sorted(wrong)))
    found = [problem for rule in terms.rules for problem in _contradictions(rule)]
    limits = {rule.rule_id: rule.limit for rule in terms.rules}
    found += [
        f"{first} ({limits[first]} days) is due after {second} ({limits[second]} days)"
        for first, second in _NO_LATER_THAN
        if limits[first] > limits[second]
    ]
    if found:
        raise PolicyContradictory(rules="; ".join(found))


def _contradictions(rule: Rule) -> Iterator[str]:
    """Yield what of a rule contradicts the table of duties."""
    kind = RULE_KINDS[rule.rule_id]
    if rule.kind is not kind:
        yield f"{rule.rule_id} is a {kind.value}, not a {rule.kind.value}"
    unit = LimitUnit.quarters if rule.rule_id == _IN_QUARTERS else LimitUnit.days
    if rule.unit is not unit:
        yield f"{rule.rule_id} is counted in {unit.value}, not in {rule.unit.value}"
    reminders = _REMINDERS if rule.rule_id == _REMINDED else 0
    if len(rule.reminders) != reminders:
        yield f"{rule.rule_id} has {reminders} reminders, not {len(rule.reminders)}"
