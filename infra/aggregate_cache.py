"""The cache holds aggregates as their stored events made them; nobody outside ever holds the same object.

Who borrows gets a copy, so a decision that was refused or failed leaves no trace; what was saved is folded in from the
saved events. An aggregate that somebody else is known to have changed is handed out marked as behind.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from threading import Lock
from typing import Any
from uuid import UUID

from domain.aggregate import Aggregate, RegistryEvent

SIZE = 4096
_SHARED = (
    type(None), bool, int, float, str, bytes, UUID, Enum, datetime, date, time, timedelta, tzinfo, Decimal, type,
)  # fmt: skip


class _Entry:
    """An aggregate up to `version`: what was folded, and the saved events that still wait to be folded in."""

    __slots__ = ("_aggregate", "_changeable", "_waiting", "known", "version")

    def __init__(self, aggregate: Aggregate | None, version: int) -> None:
        self._aggregate = aggregate
        self._waiting: list[RegistryEvent] = []
        self._changeable: tuple[str, ...] | None = None
        self.version = version
        self.known = version

    def add(self, event: RegistryEvent) -> None:
        self._waiting.append(event)
        self.version = event.originator_version
        self._changeable = None

    def twin(self) -> Aggregate:
        """Return a copy; what has to be copied in it is found out once for each version."""
        kept = self.aggregate()
        if self._changeable is None:
            self._changeable = tuple(name for name, value in vars(kept).items() if not _stays(value))
        twin: Aggregate = object.__new__(type(kept))
        copies = twin.__dict__
        copies.update(vars(kept))
        for name in self._changeable:
            copies[name] = _copied(copies[name])
        return twin

    def aggregate(self) -> Aggregate:
        for event in self._waiting:
            self._aggregate = event.mutate(self._aggregate)
        self._waiting = []
        assert self._aggregate is not None
        return self._aggregate


class AggregateCache:
    """The most recently used aggregates, by id; safe for many threads."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._entries: OrderedDict[UUID, _Entry] = OrderedDict()
        self._lock = Lock()

    def borrow(self, aggregate_id: UUID) -> tuple[Aggregate | None, bool]:
        """Return a copy, and whether it is all that is known of the aggregate; (None, False) when it isn't kept."""
        with self._lock:
            entry = self._entries.get(aggregate_id)
            if entry is None:
                return None, False
            self._entries.move_to_end(aggregate_id)
            return entry.twin(), entry.known <= entry.version

    def keep(self, aggregate: Aggregate) -> None:
        """Keep a copy of an aggregate that was just read, unless a newer one is kept."""
        with self._lock:
            entry = self._entries.get(aggregate.id)
            if entry is None or entry.version < aggregate.version:
                self._put(aggregate.id, _Entry(copied(aggregate), aggregate.version))

    def advance(self, events: Iterable[RegistryEvent]) -> None:
        """Take note of events that were just saved; they are folded when the aggregate is borrowed."""
        with self._lock:
            for event in events:
                entry = self._entries.get(event.originator_id)
                if entry is None and event.originator_version == 1:
                    entry = self._put(event.originator_id, _Entry(None, 0))
                if entry is None:
                    continue
                if event.originator_version == entry.version + 1:
                    entry.add(event)
                elif event.originator_version > entry.version:
                    del self._entries[event.originator_id]

    def forget(self, aggregate_ids: Iterable[UUID]) -> None:
        """Drop aggregates about which there was a conflict."""
        with self._lock:
            for aggregate_id in aggregate_ids:
                self._entries.pop(aggregate_id, None)

    def outdate(self, versions: Iterable[tuple[UUID, int]]) -> None:
        """Take note of versions that the store has."""
        with self._lock:
            for aggregate_id, version in versions:
                entry = self._entries.get(aggregate_id)
                if entry is not None:
                    entry.known = max(entry.known, version)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._entries.clear()

    def _put(self, aggregate_id: UUID, entry: _Entry) -> _Entry:
        self._entries[aggregate_id] = entry
        self._entries.move_to_end(aggregate_id)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)
        return entry


def copied(aggregate: Aggregate) -> Aggregate:
    """Return an aggregate of its own: containers are copied, what cannot change is shared."""
    twin: Aggregate = object.__new__(type(aggregate))
    twin.__dict__.update({name: _copied(value) for name, value in vars(aggregate).items()})
    return twin


def _copied(value: Any) -> Any:
    kind = type(value)
    how = _HOW.get(kind)
    if how is None:
        how = _HOW[kind] = _choose(kind)
    return how(value)


def _choose(kind: type[Any]) -> Callable[[Any], Any]:
    if issubclass(kind, _SHARED):
        return _same
    parameters = getattr(kind, "__dataclass_params__", None)
    if parameters is not None and dataclasses.is_dataclass(kind):
        return _same if parameters.frozen else _copied_dataclass
    return copy.deepcopy


def _same(value: Any) -> Any:
    return value


def _copied_dataclass(value: Any) -> Any:
    twin = copy.copy(value)
    for each in dataclasses.fields(value):
        setattr(twin, each.name, _copied(getattr(value, each.name)))
    return twin


def _copied_tuple(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return value if all(_is_shared(each) for each in value) else tuple(map(_copied, value))


def _copied_set(value: frozenset[Any] | set[Any]) -> Any:
    # What is in a set can be hashed, and is therefore never changed.
    return value if isinstance(value, frozenset) else set(value)


def _copied_list(value: Sequence[Any]) -> list[Any]:
    return [_copied(each) for each in value]


def _copied_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    return {key: _copied(each) for key, each in value.items()}


def _stays(value: Any) -> bool:
    """Say whether nothing in a value can ever change."""
    return all(map(_is_shared, value)) if type(value) is tuple else type(value) is frozenset or _is_shared(value)


def _is_shared(value: Any) -> bool:
    kind = type(value)
    if kind not in _HOW:
        _HOW[kind] = _choose(kind)
    return _HOW[kind] is _same


_HOW: dict[type[Any], Callable[[Any], Any]] = {
    tuple: _copied_tuple,
    frozenset: _copied_set,
    set: _copied_set,
    list: _copied_list,
    dict: _copied_dict,
}
