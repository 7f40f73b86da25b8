"""The ground every aggregate stands on: events with explicit names, and nothing read from the surroundings.

Time, ids, randomness and the acting person come in with the `Act`; an event made without a time is refused.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from eventsourcing.domain import BaseAggregate, CanInitAggregate, CanMutateAggregate, DomainEvent

from domain.codes import Channel, Reason, Role, Sha256, Via
from domain.dates import PartialDate
from domain.sealed import SealedPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a statement came from when its author did not enter it: paper, a telephone call, a file."""

    channel: Channel
    """How it arrived."""
    reference: str | None = None
    """The society's own filing reference, never a patient's name."""
    document_hash: Sha256 | None = None
    """SHA-256 of the document, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every event carries beside its own content: who, why, for whom, and by which way."""

    salt: bytes
    """16 random bytes, so that a commitment does not give its content away."""
    actor_person: UUID | None
    """Person who acted; absent in public events, where only the role is shown."""
    actor_role: Role
    """In what capacity the person acted."""
    on_behalf_of: UUID | None = None
    """The clinic or person acted for."""
    via: Via
    """By which door the command came in."""
    software: str
    """Name and version of the software that recorded it."""
    key_hmac: bytes
    """HMAC-SHA-256 of the command's idempotency key."""
    correlation_id: UUID
    """Shared by everything that belongs to one piece of work."""
    causation_id: UUID | None = None
    """The command or event that caused this one."""
    source: Source | None = None
    """Where it came from, when it was not entered by its author."""
    reason: Reason | None = None
    """Why something was changed or voided; the words beyond the code are sealed."""
    occurred_on: PartialDate
    """When it happened: ISO 8601-2 date, month, year or interval (`2024-05-03`, `2024-05`, `2024`, `1985/1989`)."""
    clinic_id: UUID | None = None
    """The clinic concerned; absent where none is."""
    sealed: tuple[SealedPart, ...] = ()
    """Personal fields, readable only with their subject's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One person's act at one moment: everything a decision may not read from its surroundings."""

    recorded_at: datetime
    """Time of recording, UTC."""
    context: Context
    """Who, why and by which way."""

    def __post_init__(self) -> None:
        if self.recorded_at.utcoffset() is None:
            msg = "an act needs a time with a time zone"
            raise ValueError(msg)

    def replace(self, **changes: Any) -> Act:
        """Return the same act with these fields of its context changed."""
        return dataclasses.replace(self, context=dataclasses.replace(self.context, **changes))


class RegistryEvent(CanMutateAggregate[UUID], DomainEvent):
    """A fact about one aggregate; `timestamp` is the time of recording."""

    TOPIC: ClassVar[str]
    """Stored topic: name and schema version, `AdverseEventReported.v1`."""

    context: Context
    """Who, why and by which way."""

    @staticmethod
    def create_timestamp() -> datetime:
        """Refuse: a recorded time is an argument, never read from a clock here."""
        msg = "an event needs its time from the act; domain code reads no clock"
        raise TypeError(msg)


class Opening(RegistryEvent, CanInitAggregate[UUID]):
    """Mixin of the events that begin an aggregate: `class ClinicIdentified(Opening, Event)`.

    The library wants it outside the aggregate: a nested one has no explicit topic of its own.
    """

    originator_topic: str
    """Topic of the aggregate's class; follows from the event and is not stored."""


class Aggregate(BaseAggregate[UUID]):
    """A thing with a history: its events are its only truth, its attributes are what the next decision needs.

    Each aggregate nests its events, all derived from a nested `class Event(RegistryEvent)` of its own, and sets
    TOPIC on itself and on each event.
    """

    TOPIC: ClassVar[str]

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic that this aggregate's events concern, if there is one."""
        return None

    @classmethod
    def begin(cls, event_class: type[Opening], aggregate_id: UUID, act: Act, **content: Any) -> Self:
        """Make a new aggregate from its first event."""
        return cls._create(event_class, id=aggregate_id, timestamp=act.recorded_at, context=act.context, **content)

    def record(self, event_class: type[CanMutateAggregate[UUID]], act: Act, **content: Any) -> None:
        """Record a further event; it takes the clinic concerned from the aggregate."""
        context = act.replace(clinic_id=self.concerns).context if self.concerns else act.context
        self.trigger_event(event_class, timestamp=act.recorded_at, context=context, **content)
