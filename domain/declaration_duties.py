"""What a clinic owes each quarter: to declare its treatments by registry (TC-30), zero being a declaration.

It is owed for every quarter in which the clinic was enrolled in the registry on any day. Each treatment declared and
not submitted is a missed TX-30. Quarters that nobody declared are found for the day asked; no event opens them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.dates import next_quarter, quarter_end, quarter_of
from domain.duties import Duty, Limits, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A time during which a clinic was enrolled in a registry."""

    registry_id: UUID
    joined_on: date
    joined_by: str
    """Event that enrolled it."""
    left_on: date | None = None
    """First day on which it was not enrolled any more."""

    def covers(self, day: date) -> bool:
        """Tell whether the clinic was enrolled on a day."""
        return self.joined_on <= day and (self.left_on is None or day < self.left_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicFacts:
    """What the rules need to know of a clinic itself."""

    clinic_id: UUID
    time_zone: str
    memberships: tuple[Membership, ...] = ()
    guidelines: tuple[UUID, ...] = ()
    """Guidelines that it was ever asked for or attested to."""

    def enrolled_on(self, day: date) -> bool:
        """Tell whether it was enrolled in any registry on a day."""
        return any(each.covers(day) for each in self.memberships)

    @property
    def current(self) -> tuple[Membership, ...]:
        """Return the memberships that go on."""
        return tuple(each for each in self.memberships if each.left_on is None)

    @property
    def first_enrolled_on(self) -> date | None:
        """Return the day of its first enrolment."""
        return min((each.joined_on for each in self.memberships), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationFacts:
    """One quarter's declaration for one registry."""

    clinic_id: UUID
    registry_id: UUID
    quarter: str
    declared: int
    """Number of treatments as last declared."""
    declared_on: date
    """Day of the first declaration, which stopped the clock."""
    declared_by: str
    opened_by: str | None
    """Event that enrolled the clinic; None where it was not enrolled in that quarter and owed nothing."""
    policy_version: int
    tc_30: int
    tx_30: int
    missed_after: int = 0
    """Number of treatments that stood when a declaration was corrected after they were due."""
    missed_up_to: int = 0
    """The same and those missed by then, which no correction unmakes."""
    declared_most: int = 0
    """The highest number that was ever declared and corrected since."""


def membership_in(clinic: ClinicFacts, registry_id: UUID, quarter: str) -> Membership | None:
    """Return the membership because of which a quarter is owed."""
    last = quarter_end(quarter)
    for each in clinic.memberships:
        if each.registry_id == registry_id and each.joined_on <= last and _last_day(each) >= _first_day(quarter):
            return each
    return None


def declaration_duty(facts: DeclarationFacts) -> Duty | None:
    """Return the duty that a declaration met, if it was owed."""
    if facts.opened_by is None:
        return None
    start = quarter_end(facts.quarter)
    return Duty(
        rule=Rule.tc_30,
        clinic_id=facts.clinic_id,
        about=facts.registry_id,
        item=facts.quarter,
        policy_version=facts.policy_version,
        start=start,
        due=start + timedelta(days=facts.tc_30),
        opened_by=facts.opened_by,
        fulfilled_on=facts.declared_on,
        fulfilled_by=facts.declared_by,
    )


def undeclared_duties(
    clinic: ClinicFacts, declared: Mapping[tuple[UUID, str], DeclarationFacts], limits_on: Callable[[date], Limits],
    day: date,
) -> Iterator[Duty]:  # fmt: skip
    """Yield TC-30 for every quarter that ended by the day, was owed, and that nobody declared."""
    seen: set[tuple[UUID, str]] = set()
    for membership in clinic.memberships:
        for quarter in _quarters(membership, day):
            about = (membership.registry_id, quarter)
            if about in seen or about in declared:
                continue
            seen.add(about)
            limits = limits_on(quarter_end(quarter))
            yield Duty(
                rule=Rule.tc_30,
                clinic_id=clinic.clinic_id,
                about=membership.registry_id,
                item=quarter,
                policy_version=limits.version,
                start=quarter_end(quarter),
                due=limits.due(Rule.tc_30, quarter_end(quarter)),
                opened_by=membership.joined_by,
            )


def treatments_due(facts: DeclarationFacts) -> date:
    """Return the last day on which the treatments declared are submitted in time."""
    return quarter_end(facts.quarter) + timedelta(days=facts.tx_30)


def declared_anew(facts: DeclarationFacts, declared: int, on: date, submitted: int, standing: int) -> DeclarationFacts:
    """Return the facts after a corrected number; treatments missed by that day stay missed until they come.

    A treatment that was submitted and voided since was not missed.
    """
    facts = dataclasses.replace(facts, declared_most=max(facts.declared_most, facts.declared))
    missed = facts.declared - submitted
    if on <= treatments_due(facts) or missed <= 0:
        return dataclasses.replace(facts, declared=declared)
    up_to = max(standing + missed, facts.missed_up_to)
    after = min(standing, facts.missed_after) if facts.missed_up_to else standing
    return dataclasses.replace(facts, declared=declared, missed_after=after, missed_up_to=up_to)


def missing_treatments(facts: DeclarationFacts, submitted: int) -> Iterator[Duty]:
    """Yield a TX-30 for each treatment declared and not submitted; its clock starts on the quarter's last day."""
    start, of = quarter_end(facts.quarter), max(facts.declared, facts.missed_up_to)
    missing = {
        *range(submitted + 1, facts.declared + 1),
        *range(max(submitted, facts.missed_after) + 1, facts.missed_up_to + 1),
    }
    for number in sorted(missing):
        yield Duty(
            rule=Rule.tx_30,
            clinic_id=facts.clinic_id,
            about=facts.registry_id,
            item=f"{facts.quarter}, treatment {number} of {of} declared",
            policy_version=facts.policy_version,
            start=start,
            due=treatments_due(facts),
            opened_by=facts.declared_by,
        )


def _quarters(membership: Membership, day: date) -> Iterator[str]:
    quarter, last = quarter_of(membership.joined_on), min(_last_day(membership), day)
    while quarter_end(quarter) <= day and _first_day(quarter) <= last:
        yield quarter
        quarter = next_quarter(quarter)


def _first_day(quarter: str) -> date:
    last = quarter_end(quarter)
    return date(last.year, last.month - 2, 1)


def _last_day(membership: Membership) -> date:
    # Who leaves on the day of joining was enrolled on that day.
    left_on = membership.left_on
    return date.max if left_on is None else max(left_on - timedelta(days=1), membership.joined_on)
