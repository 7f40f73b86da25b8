"""What every decision about a clinic needs to know, and the one way in which its events change it.

The rooms of a clinic (identification, invitation, enrolment, appeal, expulsion, reporting, attestation, inspection,
verification) hold its events and decisions; `domain.clinic` puts them together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import CanMutateAggregate

from domain.aggregate import Act, Aggregate, RegistryEvent
from domain.chronology import require_past
from domain.clinic_details import ClinicDetails
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import Refused
from domain.participation import ParticipationState, require_possible, state_after

LEAVING = frozenset({"ClinicWithdrew", "ClinicExpelled", "ClinicClosed", "ClinicMergedInto"})
"""Events by which a clinic leaves; treatments performed up to then are still taken."""


class ClinicNeverEnrolled(Refused):
    """The clinic {clinic} was never enrolled, so there is nothing of the kind to record."""


class NotIndependent(Refused):
    """The person {person} acts for the clinic {clinic}, and so cannot judge it for the society."""

    remedy = "Let somebody without an interest in the clinic do it; nothing was recorded."


class LimitNotReached(Refused):
    """{rule} runs until the end of {due_on}; on {today} nothing has lapsed."""

    remedy = "Wait until the day after; nothing was recorded."


def event_id(aggregate_id: UUID | str, version: int) -> str:
    """Return the id under which an event is cited as evidence: `<aggregate id>/<version>`."""
    return f"{aggregate_id}/{version}"


@dataclass(slots=True)
class Reminder:
    """A reminder of the invitation now running."""

    on: PartialDate
    evidence: str
    proved: bool


@dataclass(slots=True)
class RunningInvitation:
    """The last invitation and what is proved of it."""

    on: PartialDate
    evidence: str
    channels: frozenset[str]
    delivered_on: PartialDate | None = None
    delivery: str = ""
    delivered_by: frozenset[str] = frozenset()
    returned_by: frozenset[str] = frozenset()
    reminders: dict[int, Reminder] = field(default_factory=dict)


@dataclass(slots=True)
class Agreement:
    """The participation agreement in force."""

    on: PartialDate
    evidence: str


@dataclass(slots=True)
class HeldAttestation:
    """The last attestation to one guideline."""

    on: PartialDate
    version: str
    valid_until: PartialDate
    evidence: str
    verified: bool = False
    lapsed: bool = False
    verification: str = ""
    """Id of the event by which its documents were checked; empty where they were not, or no longer count."""


@dataclass(slots=True)
class HeldInspection:
    """An inspection from its planning on; known by the event that scheduled it."""

    guideline_id: UUID
    version: str
    scheduled: str
    scheduled_on: PartialDate
    inspectors: tuple[UUID, ...]
    performed: str = ""
    performed_on: PartialDate | None = None
    valid_until: PartialDate | None = None
    open_items: frozenset[str] = frozenset()
    """Items found not met for which no corrective action was accepted yet."""
    actions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Items of each corrective action asked for and not yet accepted, by the event that asked."""
    accepted: frozenset[str] = frozenset()
    """Events that asked for the actions accepted."""
    ended: str = ""
    """Id of the event by which it was replaced, expired or withdrawn."""


@dataclass(slots=True)
class Refusal:
    """The last refusal to enrol, and its appeal."""

    evidence: str
    on: PartialDate
    decided_by: UUID | None
    appeal_until: PartialDate
    appeal: str = ""
    appealed_on: PartialDate | None = None
    appeal_decided: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """The last declaration for a quarter."""

    evidence: str
    nil: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """Registries joined by one enrolment, and until when."""

    registries: tuple[UUID, ...]
    since: PartialDate
    until: PartialDate | None = None


def ended(memberships: tuple[Membership, ...], on: PartialDate) -> tuple[Membership, ...]:
    """Return memberships of which the last goes on no longer than a day."""
    if not memberships or memberships[-1].until is not None:
        return memberships
    return (*memberships[:-1], dataclasses.replace(memberships[-1], until=on))


class ClinicState(Aggregate):
    """The attributes of a clinic; changed by its events alone."""

    def __init__(self) -> None:
        self.participation = ParticipationState.prospect
        self.details: ClinicDetails | None = None
        self.details_evidence = ""
        self.site_ids: frozenset[UUID] = frozenset()
        self.suspected: frozenset[UUID] = frozenset()
        self.merged_into: UUID | None = None
        self.invitation: RunningInvitation | None = None
        self.accepted_on: PartialDate | None = None
        self.accepted_evidence = ""
        self.agreement: Agreement | None = None
        self.requested_on: PartialDate | None = None
        self.requested: tuple[UUID, ...] = ()
        self.registries: tuple[UUID, ...] = ()
        self.memberships: tuple[Membership, ...] = ()
        self.first_enrolled_on: PartialDate | None = None
        self.enrolled_on: PartialDate | None = None
        self.enrolled_evidence = ""
        self.active_since: PartialDate | None = None
        self.lapsed_on: PartialDate | None = None
        self.left_on: PartialDate | None = None
        self.attestations: dict[UUID, HeldAttestation] = {}
        self.declarations: dict[str, Declaration] = {}
        self.inspections: dict[str, HeldInspection] = {}
        self.refusal: Refusal | None = None
        self.expulsion_case: UUID | None = None
        self.successor: UUID | None = None
        self.own_people: frozenset[UUID] = frozenset()

    @property
    def concerns(self) -> UUID:
        """Return the clinic's own id."""
        return self.id

    @property
    def time_zone(self) -> str:
        """Return the IANA time zone whose days are the clinic's days."""
        return self.details.time_zone if self.details else "UTC"

    @property
    def once_enrolled(self) -> bool:
        """Tell whether the clinic was ever enrolled."""
        return self.enrolled_on is not None

    def record(self, event_class: type[CanMutateAggregate[UUID]], act: Act, **content: Any) -> None:
        """Record a further event if the participation table allows it and it has happened already."""
        require_possible(event_class.__name__, self.participation)
        require_past(act, self.time_zone)
        super().record(event_class, act, **content)

    def require_independent(self, persons: Iterable[UUID | None]) -> None:
        """Refuse persons who ever spoke as this clinic; interests that officers declared are the desk's to look at."""
        for person in persons:
            if person in self.own_people:
                raise NotIndependent(person=person, clinic=self.id)

    def require_once_enrolled(self) -> None:
        """Refuse what only a clinic that is or was enrolled has."""
        if not self.once_enrolled:
            raise ClinicNeverEnrolled(clinic=self.id)


class ClinicEvent(RegistryEvent):
    """An event of a clinic."""

    @property
    def evidence(self) -> str:
        """Return the id under which this event is cited."""
        return event_id(self.originator_id, self.originator_version)

    def apply(self, clinic: ClinicState) -> None:
        """Follow the participation table, then remember what later decisions need."""
        clinic.participation = state_after(type(self).__name__, clinic.participation)
        if type(self).__name__ in LEAVING:
            clinic.left_on = clinic.left_on or self.context.occurred_on
            clinic.memberships = ended(clinic.memberships, self.context.occurred_on)
        elif clinic.participation is ParticipationState.enrolled:
            clinic.left_on = None
        if self.context.actor_role is Role.clinic and self.context.actor_person is not None:
            clinic.own_people |= {self.context.actor_person}
        self._remember(clinic)

    def _remember(self, clinic: ClinicState) -> None:
        """Change what the clinic knows beside its participation; most events have something."""


def require_over(rule: str, due_on: date, today: date) -> None:
    """Refuse a lapse up to the end of its last day at the clinic."""
    if today <= due_on:
        raise LimitNotReached(rule=rule, due_on=due_on, today=today)
