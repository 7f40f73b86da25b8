"""A store in which nobody else records: what was read stays true until the simulation itself changes it.

Most of what a clock asks at each tick has not changed since the last one. Somebody who records in a simulated store
beside the simulation is noticed when something is saved on an older state; then everything is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from application.ports import Store
from domain.aggregate import Aggregate, RegistryEvent
from domain.recording import CommandRecord, Saved, VersionConflict

A = TypeVar("A", bound=Aggregate)

SIZE = 50_000
"""How many events of how many aggregates are remembered, each."""


class SoleStore:
    """Implements `application.ports.Store` around the real one, with a memory of histories."""

    def __init__(self, store: Store, size: int = SIZE) -> None:
        self._store = store
        self._size = size
        self._histories: OrderedDict[UUID, tuple[RegistryEvent, ...]] = OrderedDict()
        self._events = 0

    def load(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """Return the aggregate as the store has it; what is known not to be there is not asked for again."""
        if self._histories.get(aggregate_id) == ():
            return None
        found = self._store.load(kind, aggregate_id)
        if found is None:
            self.history(aggregate_id)
        return found

    def save(self, aggregates: Sequence[Aggregate], record: CommandRecord) -> Saved:
        """Save, and forget what was changed."""
        changed = [each.id for each in aggregates]
        try:
            return self._store.save(aggregates, record)
        except VersionConflict:
            changed = list(self._histories)
            raise
        finally:
            for each in changed:
                self._forget(each)

    def recall(self, record: CommandRecord) -> Saved | None:
        """Return what an earlier command did."""
        return self._store.recall(record)

    def history(self, aggregate_id: UUID) -> Iterable[RegistryEvent]:
        """Return an aggregate's events."""
        known = self._histories.get(aggregate_id)
        if known is None:
            known = tuple(self._store.history(aggregate_id))
            self._histories[aggregate_id] = known
            self._events += len(known)
            while self._events > self._size or len(self._histories) > self._size:
                self._forget(next(iter(self._histories)))
        else:
            self._histories.move_to_end(aggregate_id)
        return known

    def _forget(self, aggregate_id: UUID) -> None:
        self._events -= len(self._histories.pop(aggregate_id, ()))
