"""What the cache believes is at most so old: before that, what other processes appended is found out and noted.

Positions have no gaps. So when a commit of ours begins right behind the last known position, nobody else has appended
anything since, and all that is kept is true at that moment without asking.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import LiteralString

from infra.aggregate_cache import AggregateCache
from infra.reader import Reader

_LIMIT = 1000
_CHANGED: LiteralString = """
    SELECT position, originator_id, originator_version
    FROM registry.events
    WHERE position > %(known)s
    ORDER BY position
    LIMIT %(limit)s
"""
_HEAD: LiteralString = "SELECT coalesce(max(position), 0) FROM registry.events"


class Freshness:
    """Keeps a cache from believing something for longer than `bound` seconds that others have changed."""

    def __init__(self, reader: Reader, cache: AggregateCache, bound: float) -> None:
        self._reader = reader
        self._cache = cache
        self._bound = bound
        self._lock = Lock()
        self._known = -1
        self._true_at = float("-inf")

    def ensure(self) -> None:
        """Return when what the cache believes was true less than `bound` seconds before the call."""
        called_at = time.monotonic()
        if self._true_at >= called_at - self._bound:
            return
        with self._lock:
            # Whoever waited for another thread's question has its answer when it was asked after the call.
            if self._true_at < called_at - self._bound:
                self._ask()

    def appended(self, first: int, last: int, sent_at: float) -> None:
        """Take note of a commit of this process; never waits."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if first == self._known + 1:
                self._known = last
                self._true_at = max(self._true_at, sent_at)
        finally:
            self._lock.release()

    def doubt(self) -> None:
        """Ask at the next call, whatever was true a moment ago."""
        self._true_at = float("-inf")

    def _ask(self) -> None:
        asked_at = time.monotonic()
        changed = self._reader.rows(_CHANGED, {"known": self._known, "limit": _LIMIT}) if self._known >= 0 else None
        if changed is None or len(changed) == _LIMIT:
            self._known = self._reader.rows(_HEAD, {})[0][0]
            self._cache.clear()
        elif changed:
            self._cache.outdate((aggregate_id, version) for _, aggregate_id, version in changed)
            self._known = changed[-1][0]
        self._true_at = asked_at
