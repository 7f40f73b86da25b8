"""A duty, right or wait as a record of its own: opened under a rule and a policy version, then met, missed or let off.

Day 0 is the day the clock starts; the due day ends where its holder's day ends. What was missed stays missed: meeting
it later only adds by how many days it was late. Source: domain.md, Duties.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.codes import SOCIETY_ROLES
from domain.dates import PartialDate, day, last_day, local_day, partial_date
from domain.errors import Refused
from domain.obligation_terms import (
    SOCIETY_DUTIES,
    WITHIN_SOCIETY,
    Holder,
    ObligationEnding,
    ObligationKind,
    ObligationTerms,
    exact_day,
    holder_of,
    kind_of,
)


class ObligationSettled(Refused):
    """The obligation {obligation} is {status} already; nothing more can become of it."""

    remedy = "Look at its history; nothing was recorded."


class ObligationAlreadyMissed(Refused):
    """The obligation {obligation} was missed on {due_on}; what was missed stays missed."""

    remedy = "It can still be met, late. To contest the miss, contest the standing that rests on it."


class DueDayNotOver(Refused):
    """The obligation {obligation} can be met until the end of {due_on}; on {today} nothing is missed."""

    remedy = "Wait until the day after; nothing was recorded."


class ExtensionNotLonger(Refused):
    """An extension ends after {due_on}, the day on which the obligation {obligation} is due; {until} does not."""

    remedy = "Name a later day; nothing was recorded."


class NotASocietyDutyMissed(Refused):
    """The obligation {obligation} is no duty of the society that was missed; there is nothing to tell."""

    remedy = "Nothing was recorded."


class NamesClinic(Refused):
    """An obligation under {rule} lies within the society; naming the clinic {clinic} would tell that clinic of it."""

    remedy = "Open it without a clinic; its subject says what it is about. Nothing was recorded."


class PersonNeeded(Refused):
    """An obligation is extended or let off by a person, for a reason; not by {role}."""

    remedy = "Act as an officer, with a reason; nothing was recorded."


class ObligationStatus(StrEnum):
    """Where an obligation stands: `late` was met after its due day, `ended` lost its ground before it."""

    open = "open"
    fulfilled = "fulfilled"
    missed = "missed"
    late = "late"
    waived = "waived"
    ended = "ended"


SETTLED = frozenset(
    {ObligationStatus.fulfilled, ObligationStatus.late, ObligationStatus.waived, ObligationStatus.ended}
)
"""Statuses after which nothing more can happen."""


class Obligation(Aggregate):
    """One obligation; its id follows from what it is (`ObligationTerms.id_for`)."""

    TOPIC = "Obligation"

    def __init__(self) -> None:
        self.terms: ObligationTerms | None = None
        self.clinic_id: UUID | None = None
        self.due_on: PartialDate | None = None
        self.status = ObligationStatus.open
        self.society_told = False
        self.settled_by = ""
        self.missed_by = ""

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic that it is of, or about."""
        return self.clinic_id

    class Event(RegistryEvent):
        """An event of an obligation."""

    class ObligationOpened(Opening, Event):
        """An obligation began to run."""

        TOPIC = "ObligationOpened.v1"

        kind: ObligationKind
        """What follows when its due day has passed."""
        holder: Holder
        """Whose it is."""
        terms: ObligationTerms
        """What is owed, by which rule, from when until when."""

        def apply(self, obligation: Obligation) -> None:
            """Keep what it is."""
            obligation.terms = self.terms
            obligation.due_on = self.terms.due_on
            obligation.clinic_id = self.context.clinic_id

    class ObligationFulfilled(Event):
        """It was met, in time or late."""

        TOPIC = "ObligationFulfilled.v1"

        fulfilled_on: PartialDate
        """Day on which it was met."""
        late_days: int
        """By how many days it was late; 0 in time."""
        fulfilled_by: str
        """Event that met it, `<aggregate id>/<version>`."""

        def apply(self, obligation: Obligation) -> None:
            """Settle it."""
            obligation.status = ObligationStatus.late if self.late_days else ObligationStatus.fulfilled
            obligation.settled_by = self.fulfilled_by

    class ObligationMissed(Event):
        """Its due day passed without its being met; recorded by the clock."""

        TOPIC = "ObligationMissed.v1"

        due_on: PartialDate
        """The day that passed."""

        def apply(self, obligation: Obligation) -> None:
            """Remember it for good."""
            obligation.status = ObligationStatus.missed
            obligation.missed_by = f"{self.originator_id}/{self.originator_version}"

    class ObligationExtended(Event):
        """A person gave it more time, for a reason."""

        TOPIC = "ObligationExtended.v1"

        due_before: PartialDate
        """Day on which it had been due."""
        due_on: PartialDate
        """Day on which it is due now."""

        def apply(self, obligation: Obligation) -> None:
            """Move its due day."""
            obligation.due_on = self.due_on

    class ObligationWaived(Event):
        """Its holder was let off before it was missed: by a person for a reason, or because its ground went away."""

        TOPIC = "ObligationWaived.v1"

        ending: ObligationEnding | None = None
        """Why its ground went away; absent where a person let its holder off."""
        ended_by: str | None = None
        """Event that took its ground away, `<aggregate id>/<version>`."""

        def apply(self, obligation: Obligation) -> None:
            """Settle it."""
            obligation.status = ObligationStatus.ended if self.ended_by else ObligationStatus.waived
            obligation.settled_by = self.ended_by or ""

    class SocietyDutyMissed(Event):
        """The society did not do in time what it owes; public, and about no clinic by name."""

        TOPIC = "SocietyDutyMissed.v1"

        rule_id: str
        """Rule that was missed, such as `EN-60`."""
        due_on: PartialDate
        """The day that passed."""

        def apply(self, obligation: Obligation) -> None:
            """Remember that it was told."""
            obligation.society_told = True

    @classmethod
    def open(cls, act: Act, terms: ObligationTerms) -> Obligation:
        """Open it; `act` names the clinic that it is of, or about, unless it lies within the society."""
        if act.context.clinic_id is not None and terms.rule_id in WITHIN_SOCIETY:
            raise NamesClinic(rule=terms.rule_id, clinic=act.context.clinic_id)
        return cls.begin(
            cls.ObligationOpened,
            terms.id_for(act.context.clinic_id),
            act,
            kind=kind_of(terms.rule_id),
            holder=holder_of(terms.rule_id),
            terms=terms,
        )

    def fulfil(self, act: Act, fulfilled_on: date, fulfilled_by: str) -> None:
        """Record that it was met on a day by an event; what was missed before is met late."""
        self._require_unsettled()
        late = max((fulfilled_on - self._due).days, 0)
        self.record(
            self.ObligationFulfilled,
            act,
            fulfilled_on=day(fulfilled_on),
            # Missed by the due day of then, an extension or a correction later makes it no less late than a day.
            late_days=max(late, 1) if self.status is ObligationStatus.missed else late,
            fulfilled_by=fulfilled_by,
        )

    def miss(self, act: Act) -> None:
        """Record that its due day is over; refused while that day lasts where the holder is."""
        self._require_unsettled()
        if self.status is ObligationStatus.missed:
            raise ObligationAlreadyMissed(obligation=self.id, due_on=self.due_on)
        assert self.terms is not None
        today = local_day(act.recorded_at, self.terms.time_zone)
        if today <= self._due:
            raise DueDayNotOver(obligation=self.id, due_on=self.due_on, today=today)
        self.record(self.ObligationMissed, act, due_on=self.due_on)

    def overdue_on(self, on: date) -> bool:
        """Say whether its due day was over on a day."""
        return self._due < on

    @property
    def tells_public(self) -> bool:
        """Say whether this is a duty of the society that was missed and not yet told to the public."""
        society_duty = self.terms is not None and self.terms.rule_id in SOCIETY_DUTIES
        return society_duty and self.status is ObligationStatus.missed and not self.society_told

    def tell_public(self, act: Act) -> None:
        """Tell the public that the society missed this duty of its own; the act shows no clinic and no person."""
        if not self.tells_public or self.terms is None:
            raise NotASocietyDutyMissed(obligation=self.id)
        content = {"rule_id": self.terms.rule_id, "due_on": self.due_on}
        # Not by `record`, which would name the clinic concerned.
        self.trigger_event(self.SocietyDutyMissed, timestamp=act.recorded_at, context=act.context, **content)

    def extend(self, act: Act, until: PartialDate) -> None:
        """Give it more time, by a person and for a reason."""
        self._require_open()
        _require_person(act)
        if exact_day(partial_date(until, "until"), "until") <= self._due:
            raise ExtensionNotLonger(obligation=self.id, due_on=self.due_on, until=until)
        self.record(self.ObligationExtended, act, due_before=self.due_on, due_on=until)

    def waive(self, act: Act) -> None:
        """Let its holder off, by a person and for a reason."""
        self._require_open()
        _require_person(act)
        self.record(self.ObligationWaived, act)

    def end(self, act: Act, ending: ObligationEnding, ended_by: str) -> None:
        """Record that an event took its ground away before it was missed."""
        self._require_open()
        self.record(self.ObligationWaived, act, ending=ending, ended_by=ended_by)

    @property
    def _due(self) -> date:
        assert self.due_on is not None
        return last_day(self.due_on)

    def _require_unsettled(self) -> None:
        if self.status in SETTLED:
            raise ObligationSettled(obligation=self.id, status=self.status)

    def _require_open(self) -> None:
        self._require_unsettled()
        if self.status is ObligationStatus.missed:
            raise ObligationAlreadyMissed(obligation=self.id, due_on=self.due_on)


def _require_person(act: Act) -> None:
    if act.context.actor_role not in SOCIETY_ROLES or act.context.reason is None:
        raise PersonNeeded(role=act.context.actor_role)
