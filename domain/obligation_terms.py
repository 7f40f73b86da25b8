"""What is owed under which rule: who holds it, what kind it is, when its clock starts and when it is due.

Source: domain.md, Duties.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.clinic_details import require_time_zone
from domain.codes import Code
from domain.dates import PartialDate, first_day, last_day, partial_date
from domain.errors import InvalidInput, Refused
from domain.policy import RULE_IDS, RULE_KINDS, RuleKind
from domain.public_ids import public_id

SOCIETY_DUTIES = frozenset(rule for rule, kind in RULE_KINDS.items() if kind is RuleKind.society_duty)
"""Rules that bind the society; missing one of them is public."""

WITHIN_SOCIETY = frozenset({"CA-180", "DQ-7"})
"""Duties of the society in processes that are its own: what they are about is restricted, so they name no clinic."""

_SOCIETY_WAITS = frozenset({"RV-365", "IT-30", "LI-30"})
_ASKED_OF_MANY = frozenset({"AT-30", "AG-90"})
_RIGHTS = frozenset(rule for rule, kind in RULE_KINDS.items() if kind is RuleKind.right)
_WAITS = frozenset(rule for rule, kind in RULE_KINDS.items() if kind is RuleKind.wait)


class UnknownRule(Refused):
    """There is no rule {rule}."""

    remedy = "Name a rule of the policy, such as TX-30; nothing was recorded."


class ObligationKind(Code):
    """What follows when the due day has passed: for a duty a miss, for a right its end, for a wait the next step."""

    unrecognised = "unrecognised"
    duty = "duty"
    right = "right"
    wait = "wait"


class ObligationEnding(Code):
    """Why an obligation asks for nothing more although nobody met it."""

    unrecognised = "unrecognised"
    voided = "voided"
    nullified = "nullified"
    deceased = "deceased"
    consent_withdrawn = "consent_withdrawn"
    left = "left"
    closed = "closed"
    retired = "retired"
    replaced = "replaced"


class Holder(Code):
    """Whose obligation it is; only a clinic's duties count for its standing."""

    unrecognised = "unrecognised"
    clinic = "clinic"
    society = "society"


def kind_of(rule_id: str) -> ObligationKind:
    """Return what kind of obligation a rule opens; raise UnknownRule."""
    if rule_id not in RULE_IDS:
        raise UnknownRule(rule=rule_id)
    if rule_id in _RIGHTS:
        return ObligationKind.right
    return ObligationKind.wait if rule_id in _WAITS else ObligationKind.duty


def holder_of(rule_id: str) -> Holder:
    """Return who holds what a rule opens; raise UnknownRule."""
    if rule_id not in RULE_IDS:
        raise UnknownRule(rule=rule_id)
    return Holder.society if rule_id in SOCIETY_DUTIES | _SOCIETY_WAITS else Holder.clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationTerms:
    """What is owed, by which rule, from when until when."""

    rule_id: str
    """Rule of the policy, such as `TX-30`."""
    policy_version: int
    """Version of the policy under which it was opened; it keeps that version."""
    about: UUID
    """Treatment, adverse event, registry, guideline, clinic, case or entry that it is about."""
    item: str = ""
    """What of it: a time point, a quarter, a version."""
    clock_start: PartialDate
    """Day 0, an exact day."""
    due_on: PartialDate
    """Last day on which it is met in time, an exact day."""
    time_zone: str
    """IANA time zone in which the due day ends."""
    opened_by: str
    """Event that opened it, `<aggregate id>/<version>`."""
    number: int = 1
    """1 at first; the next where it had ended, or its clock was corrected, and it is owed again."""

    def __post_init__(self) -> None:
        if self.rule_id not in RULE_IDS:
            raise UnknownRule(rule=self.rule_id)
        for name, text in (("clock_start", self.clock_start), ("due_on", self.due_on)):
            exact_day(partial_date(text, name), name)
        if last_day(self.due_on) < last_day(self.clock_start):
            raise InvalidInput(field="due_on", problem=f"{self.due_on} lies before the clock's start")
        require_time_zone(self.time_zone)

    def id_for(self, clinic_id: UUID | None) -> UUID:
        """Return the id that follows from rule, subject, item and opening event: a repeat is recognised.

        One event of a guideline or registry asks every clinic concerned: there the clinic makes the difference.
        """
        asked = f"/{clinic_id}" if self.rule_id in _ASKED_OF_MANY and clinic_id else ""
        return public_id("obligation", f"{self.rule_id}/{self.about}/{self.item}/{self.opened_by}/{self.number}{asked}")


def named_clinic(rule_id: str, clinic_id: UUID | None) -> UUID | None:
    """Return the clinic that the events of an obligation name: what lies within the society is party to none."""
    return None if rule_id in WITHIN_SOCIETY else clinic_id


def exact_day(text: PartialDate, field: str) -> date:
    """Return the one day that a date means; raise InvalidInput naming the field."""
    if first_day(text) != last_day(text):
        raise InvalidInput(field=field, problem="needs an exact day")
    return last_day(text)
