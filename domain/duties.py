"""A duty has a rule, a holder, a first and a last day, and evidence; how it stands depends on the day asked.

Day 0 is the day the clock starts; the duty is met in time until the end of the due day in the clinic's time zone.
A duty keeps the policy version it was opened under. Once missed, it stays missed: meeting it later only adds how late.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.dates import due_day


class Rule(StrEnum):
    """Id of a rule about clinics' duties (domain.md, Duties)."""

    ae_7 = "AE-7"
    ae_7c = "AE-7C"
    ae_15 = "AE-15"
    ae_90 = "AE-90"
    tx_30 = "TX-30"
    tc_30 = "TC-30"
    fu_30 = "FU-30"
    at_30 = "AT-30"
    at_365 = "AT-365"
    ag_90 = "AG-90"


class DutyStatus(StrEnum):
    """How a duty stands on a day."""

    not_due = "not_due"
    open = "open"
    overdue = "overdue"
    fulfilled = "fulfilled"
    fulfilled_late = "fulfilled_late"
    ended = "ended"

    @property
    def missed(self) -> bool:
        """Tell whether the due day passed without the duty being met."""
        return self in (DutyStatus.overdue, DutyStatus.fulfilled_late)


class RecordedStatus(StrEnum):
    """How a duty stands on a day by what is recorded of it: `overdue` until the clock has recorded the miss."""

    not_due = "not_due"
    open = "open"
    extended = "extended"
    overdue = "overdue"
    missed = "missed"
    fulfilled = "fulfilled"
    fulfilled_late = "fulfilled_late"
    ended = "ended"
    waived = "waived"


class Ending(StrEnum):
    """Why a duty no longer asks for anything."""

    voided = "voided"
    nullified = "nullified"
    deceased = "deceased"
    consent_withdrawn = "consent_withdrawn"
    left = "left"
    closed = "closed"
    retired = "retired"
    replaced = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One duty of one clinic."""

    rule: Rule
    """The rule it follows from."""
    clinic_id: UUID
    """Who has to do it."""
    about: UUID
    """Treatment, adverse event, registry or guideline it is about."""
    item: str = ""
    """What of it: a time point, a quarter, a version."""
    policy_version: int
    """Policy under which it was opened; 0 before any was adopted."""
    start: date
    """Day 0: the clinic knew, or the period closed."""
    due: date
    """Last day on which it is met in time."""
    opened_by: str
    """Event that opened it, `<aggregate id>/<version>`."""
    fulfilled_on: date | None = None
    """Day on which it was met."""
    fulfilled_by: str | None = None
    """Event that met it."""
    ended_on: date | None = None
    """Day from which it asks for nothing more."""
    ended_by: str | None = None
    """Event that ended it."""
    ending: Ending | None = None
    """Why it ended."""

    @property
    def late_days(self) -> int:
        """Return by how many days it was met late; 0 while it is not met."""
        return max((self.fulfilled_on - self.due).days, 0) if self.fulfilled_on else 0

    @property
    def ended_in_time(self) -> bool:
        """Tell whether it ended, unmet, before it could be missed."""
        return self.fulfilled_on is None and self.ended_on is not None and self.ended_on <= self.due

    def status(self, day: date) -> DutyStatus:
        """Return how it stands at the end of a day."""
        if self.fulfilled_on is not None and self.fulfilled_on <= day:
            return DutyStatus.fulfilled_late if self.fulfilled_on > self.due else DutyStatus.fulfilled
        if self.ended_on is not None and self.ended_on <= min(day, self.due):
            return DutyStatus.ended
        if self.due < day:
            return DutyStatus.overdue
        return DutyStatus.open if self.start <= day else DutyStatus.not_due


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one policy version, in days."""

    version: int = 0
    ae_7: int = 7
    ae_7c: int = 15
    ae_15: int = 15
    ae_90: int = 90
    tx_30: int = 30
    tc_30: int = 30
    fu_30: int = 30
    at_30: int = 30
    at_365: int = 365
    ag_90: int = 90

    def due(self, rule: Rule, start: date) -> date:
        """Return the due day of a duty whose clock starts on a day."""
        return due_day(start, getattr(self, rule.name))


@dataclass(frozen=True, slots=True)
class Exposure:
    """Between which days some duty of an account is overdue at most: what a list for a day needs to look at."""

    first_due: date | None = None
    """Earliest due day that was not, or not yet, kept; None where all were."""
    settled_on: date | None = None
    """Day on which the last one was met late; None while one is unmet."""

    def including(self, due: date, fulfilled_on: date | None) -> Exposure:
        """Return the exposure with one more duty that did not end in time."""
        if fulfilled_on is not None and fulfilled_on <= due:
            return self
        if self.first_due is None:
            return Exposure(due, fulfilled_on)
        unmet = self.settled_on is None or fulfilled_on is None
        settled_on = None if unmet else max(self.settled_on or due, fulfilled_on or due)
        return Exposure(min(self.first_due, due), settled_on)


def exposure_of(duties: Iterable[Duty]) -> Exposure:
    """Return the exposure of several duties together."""
    exposure = Exposure()
    for duty in duties:
        if not duty.ended_in_time:
            exposure = exposure.including(duty.due, duty.fulfilled_on)
    return exposure
