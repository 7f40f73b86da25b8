"""Nothing learnt before an erasure is used for long after it, however many threads learn and forget at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

NOTICE = 1.0
"""Seconds after which every process has noticed an erasure."""

_REMEMBERED = 20_000


class ErasureWatch:
    """Counts the erasures at most every NOTICE seconds, and has everything forgotten when there are more."""

    def __init__(self, count: Callable[[], int], forget: Callable[[], None], clock: Callable[[], float]) -> None:
        self._count = count
        self._forget = forget
        self._clock = clock
        self._seen = -1
        self._fresh_until = float("-inf")
        self._generation = 0
        self._lock = Lock()

    def look(self) -> int:
        """Return the present generation of what may be remembered, after a look no older than NOTICE."""
        if self._clock() >= self._fresh_until:
            with self._lock:
                # Time first: an erasure during the count is seen now or by the next look.
                started = self._clock()
                if started >= self._fresh_until:
                    self._compare(self._count())
                    self._fresh_until = started + NOTICE
        return self._generation

    def _compare(self, count: int) -> None:
        if count != self._seen:
            self._seen = count
            self._generation += 1
            self._forget()

    @contextmanager
    def unless_erased_since(self, generation: int) -> Iterator[bool]:
        """Say whether what was read in that generation may still be remembered, and hold that while it is done."""
        with self._lock:
            yield generation == self._generation


class Memory(Generic[K, V]):
    """The most recently used values, up to a number."""

    def __init__(self, limit: int = _REMEMBERED) -> None:
        self._limit = limit
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """Return what is remembered, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: K, value: V) -> None:
        """Remember a value and forget the one that was used least recently, when there are too many."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._limit:
                self._values.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
