"""How a clinic stands to its duties on a day: pure functions of facts, policy and a date, nothing judged by a clock.

The rules stand in rooms of one subject each: `treatment_duties` (TX-30, FU-30), `declaration_duties` (TC-30),
`adverse_event_duties` (AE-7, AE-7C, AE-15, AE-90) and `attestation_duties` (AT-30, AT-365, AG-90).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.adverse_event_duties import AdverseEventFacts
from domain.attestation_duties import AttestationFacts
from domain.dates import quarter_of
from domain.declaration_duties import (
    ClinicFacts,
    DeclarationFacts,
    declaration_duty,
    missing_treatments,
    undeclared_duties,
)
from domain.duties import Duty, DutyStatus, Limits, Rule
from domain.treatment_duties import TreatmentFacts, complete_items, counts_for_completeness, treatment_duties

LimitsOn = Callable[[date], Limits]
"""The limits of the policy in force on a day."""

Submitted = Mapping[tuple[UUID, str], int]
"""Number of standing treatments by registry and quarter."""

_REPORTING = frozenset(Rule) - {Rule.fu_30, Rule.at_30, Rule.at_365, Rule.ag_90}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """All that the rules need to know of one clinic."""

    clinic: ClinicFacts
    treatments: tuple[TreatmentFacts, ...] = ()
    adverse_events: tuple[AdverseEventFacts, ...] = ()
    attestations: tuple[AttestationFacts, ...] = ()
    closed: tuple[Duty, ...] = ()
    """Attestation duties that were met or ended."""
    declarations: tuple[DeclarationFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDuty:
    """A duty and how it stands on the day asked."""

    duty: Duty
    status: DutyStatus
    late_days: int
    """Days by which it was met late, or has been overdue up to the day asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSummary:
    """How many duties of one rule stand how."""

    rule: Rule
    counts: dict[DutyStatus, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFigures:
    """How complete and timely a clinic's data are; a percentage is None where there is nothing to divide by."""

    complete: int
    """Follow-ups completed, partial or deceased, of the time points due."""
    points_due: int
    completeness_percent: float | None
    timely: int
    """Reports, submissions and declarations made in time."""
    reports_due: int
    """Those made, and those overdue."""
    timeliness_percent: float | None
    declared: int
    """Treatments in the quarters declared, as declared."""
    submitted: int
    """Treatments submitted for these quarters, at most as many as declared for each."""
    submitted_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """A clinic's compliance status as of a day."""

    clinic_id: UUID
    day: date
    duties: tuple[JudgedDuty, ...]
    """Every duty, by due day."""
    summary: tuple[RuleSummary, ...]
    figures: DataFigures


def judge(accounts: Accounts, limits_on: LimitsOn, day: date) -> Compliance:
    """Return how a clinic stands at the end of a day."""
    submitted = count_submitted(accounts.treatments)
    judged = tuple(sorted(judged_duties(accounts, submitted, limits_on, day), key=in_order))
    return Compliance(
        clinic_id=accounts.clinic.clinic_id,
        day=day,
        duties=judged,
        summary=_summary(judged),
        figures=_figures(accounts, judged, submitted, day),
    )


def judged_duties(accounts: Accounts, submitted: Submitted, limits_on: LimitsOn, day: date) -> Iterator[JudgedDuty]:
    """Yield every duty of a clinic as it stands on a day."""
    for duty in _duties(accounts, submitted, limits_on, day):
        status = duty.status(day)
        late = (day - duty.due).days if status is DutyStatus.overdue else 0
        yield JudgedDuty(
            duty=duty, status=status, late_days=duty.late_days if status is DutyStatus.fulfilled_late else late
        )


def count_submitted(treatments: tuple[TreatmentFacts, ...]) -> Submitted:
    """Return how many treatments stand in each registry and quarter."""
    return Counter((facts.registry_id, quarter_of(facts.treated_on)) for facts in treatments if not facts.voided)


def in_order(judged: JudgedDuty) -> tuple[str, ...]:
    """Return by what duties of one clinic are ordered: due day, rule, subject, item, who opened and who closed it."""
    duty = judged.duty
    # One attestation opens its renewal twice when the clinic leaves and returns; pages need an order without ties.
    closed_by = duty.fulfilled_by or "", duty.ended_by or ""
    return duty.due.isoformat(), duty.rule.value, duty.about.hex, duty.item, duty.opened_by, *closed_by


def _duties(accounts: Accounts, submitted: Submitted, limits_on: LimitsOn, day: date) -> Iterator[Duty]:
    for treatment in accounts.treatments:
        yield from treatment_duties(treatment)
    for adverse_event in accounts.adverse_events:
        yield from adverse_event.duties
    for attestation in accounts.attestations:
        yield from attestation.open
    yield from accounts.closed
    declared = {(each.registry_id, each.quarter): each for each in accounts.declarations}
    for declaration in accounts.declarations:
        met = declaration_duty(declaration)
        if met is not None:
            yield met
            yield from missing_treatments(declaration, submitted.get((declaration.registry_id, declaration.quarter), 0))
    yield from undeclared_duties(accounts.clinic, declared, limits_on, day)


def _summary(judged: tuple[JudgedDuty, ...]) -> tuple[RuleSummary, ...]:
    counted = Counter((each.duty.rule, each.status) for each in judged)
    return tuple(
        RuleSummary(rule=rule, counts={status: counted[rule, status] for status in DutyStatus}) for rule in Rule
    )


def _figures(accounts: Accounts, judged: tuple[JudgedDuty, ...], submitted: Submitted, day: date) -> DataFigures:
    complete, points_due = _completeness(accounts, judged, day)
    statuses = Counter(each.status for each in judged if each.duty.rule in _REPORTING)
    timely = statuses[DutyStatus.fulfilled]
    reports_due = timely + statuses[DutyStatus.fulfilled_late] + statuses[DutyStatus.overdue]
    declared = sum(each.declared for each in accounts.declarations)
    arrived = sum(
        min(each.declared, submitted.get((each.registry_id, each.quarter), 0)) for each in accounts.declarations
    )
    return DataFigures(
        complete=complete,
        points_due=points_due,
        completeness_percent=_percent(complete, points_due),
        timely=timely,
        reports_due=reports_due,
        timeliness_percent=_percent(timely, reports_due),
        declared=declared,
        submitted=arrived,
        submitted_percent=_percent(arrived, declared),
    )


def _completeness(accounts: Accounts, judged: tuple[JudgedDuty, ...], day: date) -> tuple[int, int]:
    """Return how many time points are complete, and how many are due; a voided treatment has neither."""
    complete = {facts.treatment_id: complete_items(facts, day) for facts in accounts.treatments if not facts.voided}
    due = [each.duty for each in judged if counts_for_completeness(each.duty, day) and each.duty.about in complete]
    return sum(duty.item in complete[duty.about] for duty in due), len(due)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
