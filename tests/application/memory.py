"""A registry in memory for tests of the application: it keeps the promises of `application.ports`, nothing for ever."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from application.command import Actor, Command, CommandHandler, Receipt, Request
from application.ports import (
    A,
    CommandRecord,
    Erased,
    KeyReused,
    Saved,
    SubjectErased,
    SubjectKind,
    TimeBehind,
    VersionConflict,
)
from domain.aggregate import Act, Aggregate, Context, RegistryEvent, Source
from domain.codes import Role, Via
from domain.dates import day
from domain.officer import Officer
from domain.sealed import SealedPart

STARTING_TIME = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning; tests move on from here with `MemorySurroundings.move_to`."""


class MemoryStore:
    """Events and command records in lists; `log` is every event in order, position = index + 1."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self._streams: dict[UUID, list[Any]] = {}
        self._commands: dict[tuple[UUID, bytes], tuple[bytes, Saved]] = {}

    def load(self, kind: type[A], aggregate_id: UUID) -> A | None:
        aggregate: Any = None
        for event in self._streams.get(aggregate_id, ()):
            aggregate = event.mutate(aggregate)
        return aggregate if isinstance(aggregate, kind) else None

    def save(self, aggregates: Sequence[Aggregate], record: CommandRecord) -> Saved:
        if (earlier := self.recall(record)) is not None:
            return earlier
        groups = [list(aggregate.pending_events) for aggregate in aggregates]
        for group in groups:
            if group and group[0].originator_version != len(self._streams.get(group[0].originator_id, ())) + 1:
                raise VersionConflict(aggregate_id=group[0].originator_id)
        events = [event for group in groups for event in group]
        if self.log and events and events[0].timestamp < self.log[-1].timestamp - timedelta(seconds=2):
            raise TimeBehind
        first = len(self.log) + 1 if events else 0
        for event in events:
            self._streams.setdefault(event.originator_id, []).append(event)
        self.log.extend(events)
        for aggregate in aggregates:
            aggregate.collect_events()
        named = next(each for each in aggregates if each.id == record.aggregate_id)
        saved = Saved(
            aggregate_id=record.aggregate_id,
            version=named.version,
            first_position=first,
            last_position=len(self.log) if events else 0,
            repeat=False,
        )
        self._commands[record.actor, record.key_hmac] = (record.request_hmac, saved)
        return saved

    def recall(self, record: CommandRecord) -> Saved | None:
        found = self._commands.get((record.actor, record.key_hmac))
        if found is None:
            return None
        request_hmac, saved = found
        if request_hmac != record.request_hmac:
            raise KeyReused
        return Saved(
            aggregate_id=saved.aggregate_id,
            version=saved.version,
            first_position=saved.first_position,
            last_position=saved.last_position,
            repeat=True,
        )

    def history(self, aggregate_id: UUID) -> list[Any]:
        return self.events_of(aggregate_id)

    def events_of(self, aggregate_id: UUID) -> list[Any]:
        """Return the events of one aggregate, oldest first."""
        return list(self._streams.get(aggregate_id, ()))


class MemorySealer:
    """Subjects, their parts and match keys in dictionaries; what it seals cannot be read off the event's bytes."""

    def __init__(self) -> None:
        self._subjects: dict[bytes, UUID] = {}
        self._erased: set[UUID] = set()
        self._clear: dict[tuple[UUID, bytes], tuple[Any, tuple[str, UUID, bytes]]] = {}
        self._random = random.Random(20260302)

    def subject(self, kind: SubjectKind, *identity: str) -> UUID:
        known_by = self.digest("subject", kind.value, *identity)
        subject = self._subjects.setdefault(known_by, UUID(int=self._random.getrandbits(128), version=4))
        if subject in self._erased:
            raise SubjectErased(subject=subject)
        return subject

    def seal(self, subject: UUID, part: Any, *, topic: str, aggregate_id: UUID, salt: bytes) -> SealedPart:
        if subject in self._erased:
            raise SubjectErased(subject=subject)
        nonce = self._random.randbytes(12)
        self._clear[subject, nonce] = (part, (topic, aggregate_id, salt))
        content = hmac.new(nonce, repr(part).encode(), hashlib.sha256).digest()
        return SealedPart(subject=subject, schema_id=0, nonce=nonce, content=content)

    def open(self, sealed: SealedPart, *, topic: str, aggregate_id: UUID, salt: bytes) -> Any | Erased:
        if sealed.subject in self._erased:
            return Erased(sealed.subject)
        part, bound_to = self._clear[sealed.subject, sealed.nonce]
        assert bound_to == (topic, aggregate_id, salt), "the part was sealed for another event"
        return part

    def digest(self, *parts: str) -> bytes:
        text = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.new(b"id key of the tests", text, hashlib.sha256).digest()

    def erase(self, subject: UUID) -> None:
        """Destroy the key of a subject."""
        self._erased.add(subject)


class MemoryIndex:
    """Match keys in a set, and the store's log to look into."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._claims: set[tuple[str, bytes, UUID]] = set()

    def claim(self, clinic_id: UUID, keys: Sequence[tuple[str, bytes]]) -> None:
        self._claims |= {(kind, key, clinic_id) for kind, key in keys}

    def matching(self, keys: Sequence[tuple[str, bytes]]) -> Sequence[tuple[UUID, str]]:
        return sorted({(clinic_id, kind) for kind, key, clinic_id in self._claims if (kind, key) in keys})

    def last_recorded(self, clinic_id: UUID, event_names: Sequence[str]) -> tuple[str, datetime] | None:
        for event in reversed(self._store.log):
            if event.context.clinic_id == clinic_id and type(event).__name__ in event_names:
                return f"{event.originator_id}/{event.originator_version}", event.timestamp
        return None

    def recorded_in(self, clinic_id: UUID, event_names: Sequence[str]) -> Sequence[UUID]:
        named = (each for each in self._store.log if type(each).__name__ in event_names)
        return sorted({each.originator_id for each in named if each.context.clinic_id == clinic_id})


class MemorySurroundings:
    """A clock that moves a millisecond per reading and when told to, and ids and salts that repeat."""

    def __init__(self, start: datetime = STARTING_TIME) -> None:
        self._now = start
        self._random = random.Random(7)

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def new_id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def salt(self) -> bytes:
        return self._random.randbytes(16)

    def move_to(self, moment: datetime) -> None:
        """Set the clock."""
        self._now = moment

    def advance(self, days: int) -> None:
        """Set the clock so many days on."""
        self._now += timedelta(days=days)


@dataclass
class MemoryRegistry:
    """Store, sealer, surroundings and handler together, with the few phrases that tests repeat."""

    store: MemoryStore = field(default_factory=MemoryStore)
    sealer: MemorySealer = field(default_factory=MemorySealer)
    surroundings: MemorySurroundings = field(default_factory=MemorySurroundings)

    def __post_init__(self) -> None:
        self.index = MemoryIndex(self.store)
        self.handler = CommandHandler(self.store, self.sealer, self.surroundings, "icms tests", self.index)
        self._keys = 0

    def appoint(self, *roles: Role) -> UUID:
        """Appoint an officer with these roles directly in the store; return the person's id."""
        person = self.surroundings.new_id()
        officer = Officer.begin(Officer.OfficerAppointed, person, self.founding_act())
        for role in roles:
            officer.grant(self.founding_act(), role, founding=True)
        self._keys += 1
        key = self.sealer.digest("appointed", str(self._keys))
        self.store.save([officer], CommandRecord(actor=person, key_hmac=key, request_hmac=key, aggregate_id=person))
        return person

    def put(self, aggregate: Aggregate) -> None:
        """Save an aggregate that a test made on the domain itself."""
        self._keys += 1
        key = self.sealer.digest("put", str(self._keys))
        self.store.save(
            [aggregate], CommandRecord(actor=UUID(int=0), key_hmac=key, request_hmac=key, aggregate_id=aggregate.id)
        )

    def do(
        self,
        command: Command,
        role: Role,
        *,
        person: UUID | None = None,
        key: str | None = None,
        on_behalf_of: UUID | None = None,
        source: Source | None = None,
        via: Via = Via.cli,
    ) -> Receipt:
        """Carry out a command in a role; without a key every call is a new request."""
        self._keys += 1
        request = Request(
            actor=Actor(person=person or UUID(int=1), role=role),
            key=key or f"key {self._keys}",
            via=via,
            on_behalf_of=on_behalf_of,
            source=source,
        )
        return self.handler.execute(command, request)

    def opened(self, event: RegistryEvent) -> list[Any]:
        """Return the clear personal parts of a stored event."""
        return [
            self.sealer.open(part, topic=event.TOPIC, aggregate_id=event.originator_id, salt=event.context.salt)
            for part in event.context.sealed
        ]

    def founding_act(self) -> Act:
        now = self.surroundings.now()
        context = Context(
            salt=self.surroundings.salt(),
            actor_person=None,
            actor_role=Role.system,
            via=Via.cli,
            software="icms tests",
            key_hmac=bytes(32),
            correlation_id=self.surroundings.new_id(),
            occurred_on=day(now.date()),
        )
        return Act(recorded_at=now, context=context)
