"""What the application needs from its surroundings; each interface is a promise that `infra` keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from domain.aggregate import Aggregate, RegistryEvent
from domain.recording import (
    CommandRecord,
    Erased,
    KeyReused,
    Saved,
    StoreUnavailable,
    SubjectErased,
    SubjectKind,
    TimeAhead,
    TimeBehind,
    VersionConflict,
)
from domain.sealed import SealedPart

__all__ = [
    "A",
    "ClinicIndex",
    "CommandRecord",
    "Erased",
    "KeyReused",
    "Saved",
    "Sealer",
    "Store",
    "StoreUnavailable",
    "SubjectErased",
    "SubjectKind",
    "Surroundings",
    "TimeAhead",
    "TimeBehind",
    "VersionConflict",
]

A = TypeVar("A", bound=Aggregate)


class Store(Protocol):
    """Keep events for ever, and never half a command."""

    def load(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """Return the aggregate as its events make it, or None; the caller may change it and must save or drop it."""
        ...

    def save(self, aggregates: Sequence[Aggregate], record: CommandRecord) -> Saved:
        """Append the pending events of all of them, and the record, in one transaction.

        Returns after the commit. An earlier command with the same actor, key and request is answered with what it
        did (`repeat`). Raises VersionConflict, KeyReused, TimeBehind, TimeAhead, StoreUnavailable.
        """
        ...

    def recall(self, record: CommandRecord) -> Saved | None:
        """Return what an earlier command with this actor and key did; raise KeyReused when it was another request."""
        ...

    def history(self, aggregate_id: UUID) -> Iterable[RegistryEvent]:
        """Return an aggregate's events, oldest first; raise StoreUnavailable."""
        ...


class Sealer(Protocol):
    """Keep one key per subject, and derive ids from what people enter."""

    def subject(self, kind: SubjectKind, *identity: str) -> UUID:
        """Return the subject known by this identity; a new one is committed with its key before this returns.

        Raises SubjectErased when its key was destroyed.
        """
        ...

    def seal(self, subject: UUID, part: Any, *, topic: str, aggregate_id: UUID, salt: bytes) -> SealedPart:
        """Encrypt a personal part (a dataclass of `domain.personal`) for one event."""
        ...

    def open(self, sealed: SealedPart, *, topic: str, aggregate_id: UUID, salt: bytes) -> Any | Erased:
        """Decrypt a sealed part of an event."""
        ...

    def digest(self, *parts: str) -> bytes:
        """Return the HMAC-SHA-256 (32 bytes) of these texts under the id key, unambiguous about where each ends."""
        ...


class Surroundings(Protocol):
    """Time, ids and randomness, handed in so that a simulation can replay them."""

    def now(self) -> datetime:
        """Return the present time, UTC."""
        ...

    def new_id(self) -> UUID:
        """Return a random id."""
        ...

    def salt(self) -> bytes:
        """Return 16 random bytes."""
        ...


class ClinicIndex(Protocol):
    """Answer, from the store and not from a read model, what no single clinic's history tells."""

    def claim(self, clinic_id: UUID, keys: Sequence[tuple[str, bytes]]) -> None:
        """Note that a clinic has these match keys (kind, HMAC); committed before this returns, so that of two who
        claim the same key at once at least one finds the other. A claim may outlive a command that then failed.
        """
        ...

    def matching(self, keys: Sequence[tuple[str, bytes]]) -> Sequence[tuple[UUID, str]]:
        """Return every clinic that claimed one of these keys, with the kind of key; the asking clinic included."""
        ...

    def last_recorded(self, clinic_id: UUID, event_names: Sequence[str]) -> tuple[str, datetime] | None:
        """Return the newest stored event with one of these names (of any schema version) that concerns the clinic:
        its id as evidence, `<aggregate id>/<version>`, and when it was recorded.
        """
        ...

    def recorded_in(self, clinic_id: UUID, event_names: Sequence[str]) -> Sequence[UUID]:
        """Return the aggregates that have an event with one of these names which concerns the clinic."""
        ...
