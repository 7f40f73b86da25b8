"""Whoever waits for an event learns at once that it is there, and no commit ever waits for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from application.ports import Store
from domain.aggregate import Aggregate, RegistryEvent
from domain.recording import CommandRecord, Saved

A = TypeVar("A", bound=Aggregate)


class WakingStore:
    """A store that tells the relay after each commit; the relay would find out by itself within a second."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake

    def load(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """Return the aggregate as the store has it."""
        return self._store.load(kind, aggregate_id)

    def save(self, aggregates: Sequence[Aggregate], record: CommandRecord) -> Saved:
        """Save, then wake the relay."""
        saved = self._store.save(aggregates, record)
        self._wake()
        return saved

    def recall(self, record: CommandRecord) -> Saved | None:
        """Return what an earlier command did."""
        return self._store.recall(record)

    def history(self, aggregate_id: UUID) -> Iterable[RegistryEvent]:
        """Return an aggregate's events."""
        return self._store.history(aggregate_id)
