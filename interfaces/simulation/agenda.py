"""Who does what when: lives wait for moments, the agenda wakes them in the order of time, and that order is the log's.

A life is a generator: it yields the moment until which it sleeps, and acts when it is woken. Equal seeds give equal
agendas, because nothing here depends on anything but the moments and the order in which lives were begun.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

Life: TypeAlias = Iterator[datetime]


class Agenda:
    """Lives, each waiting for its moment."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.now = start
        self.end = end
        self._waiting: list[tuple[datetime, int, Life]] = []
        self._begun = 0

    def begin(self, life: Life, at: datetime | None = None) -> None:
        """Begin a life now, or at a later moment."""
        self._put(max(at or self.now, self.now), life)

    def once(self, deed: Callable[[], object], at: datetime) -> None:
        """Do one thing at a later moment."""
        self.begin(_once(deed), at)

    def run(self) -> Iterator[datetime]:
        """Wake one life after the other until the end; yield the time after each."""
        while self._waiting and self._waiting[0][0] <= self.end:
            self.now, _, life = heapq.heappop(self._waiting)
            until = next(life, None)
            if until is not None:
                self._put(max(until, self.now), life)
            yield self.now

    def _put(self, moment: datetime, life: Life) -> None:
        self._begun += 1
        heapq.heappush(self._waiting, (moment, self._begun, life))


def _once(deed: Callable[[], object]) -> Life:
    deed()
    yield from ()
