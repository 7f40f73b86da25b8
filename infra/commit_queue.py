"""Commands wait in the order in which they came, and at most one thread of the process commits at any time.

Who holds the turn commits: the writer thread with all that waits, or a command's own thread when it came alone, which
saves two changes of threads. When the queue is full, whoever comes waits before it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence

from domain.recording import StoreUnavailable
from infra.append import Outcome, Submission

EVENTS_PER_GROUP = 500
ROOM = 5000
"""Commands that may wait."""
LINGER = 0.4
"""For how long a group may wait to become as large as expected: this share of the time the last commit took."""
LONGEST_LINGER = 0.002
"""Seconds that no group waits longer than."""


class Ticket:
    """One command, and once it is answered its outcome or the error to raise."""

    __slots__ = ("_answered", "_error", "_outcome", "submission")

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self._answered = threading.Lock()
        self._answered.acquire()
        self._outcome: Outcome | None = None
        self._error: Exception | None = None

    def answer(self, outcome: Outcome) -> None:
        """Wake who waits for this command."""
        self._outcome = outcome
        self._answered.release()

    def fail(self, error: Exception) -> None:
        """Let an error be raised where the command is waited for, unless it was answered."""
        if self._outcome is None and self._error is None:
            self._error = error
            self._answered.release()

    def result(self) -> Outcome:
        """Wait for the answer and return it, or raise the error."""
        self._answered.acquire()
        if self._outcome is None:
            assert self._error is not None
            raise self._error
        return self._outcome


class CommitQueue:
    """Tickets that wait, and the turn to commit."""

    def __init__(self) -> None:
        self._waiting: deque[Ticket] = deque()
        self._mutex = threading.Lock()
        self._filled = threading.Condition(self._mutex)
        self._emptied = threading.Condition(self._mutex)
        self._taken = False
        self._taken_at = 0.0
        self._linger = 0.0
        self._expected = 1
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, ticket: Ticket) -> bool:
        """Put a command into the queue, or return True: then it came alone and its thread has the turn.

        Raises: StoreUnavailable when the queue is closed
        """
        with self._mutex:
            while len(self._waiting) >= ROOM and not self._closed:
                self._emptied.wait()
            if self._closed:
                raise StoreUnavailable(problem="this process is closing it")
            if not self._taken and not self._waiting and self._expected == 1:
                self._take()
                return True
            self._waiting.append(ticket)
            # The first one wakes the writer, the last one expected ends its lingering.
            if not self._taken and (len(self._waiting) == 1 or len(self._waiting) >= self._expected):
                self._filled.notify()
            return False

    def leave(self) -> None:
        """Give the turn back."""
        with self._mutex:
            self._taken = False
            self._linger = min(LINGER * (time.monotonic() - self._taken_at), LONGEST_LINGER)
            if self._waiting or self._closed:
                self._filled.notify()

    def next_group(self) -> Sequence[Ticket]:
        """Wait, take the turn, and return what waits in its order; nothing at the end.

        Those who were answered together come back together: for a moment as many as lately are waited for, because
        two groups cost twice what one costs. Whoever writes alone is soon not waited for any more.
        """
        with self._mutex:
            while self._taken or not self._waiting:
                if self._closed and not self._taken:
                    return ()
                self._filled.wait()
            self._wait_for_more()
            self._take()
            return self._group()

    def clear(self) -> list[Ticket]:
        """Take away all that waits."""
        with self._mutex:
            waiting = list(self._waiting)
            self._waiting.clear()
            self._emptied.notify_all()
            return waiting

    def close(self) -> None:
        """Refuse what comes; what waits is still given out."""
        with self._mutex:
            self._closed = True
            self._filled.notify_all()
            self._emptied.notify_all()

    def _take(self) -> None:
        self._taken = True
        self._taken_at = time.monotonic()

    def _wait_for_more(self) -> None:
        until = time.monotonic() + self._linger
        while len(self._waiting) < self._expected and not self._closed:
            left = until - time.monotonic()
            if left <= 0 or not self._filled.wait(left):
                return

    def _group(self) -> list[Ticket]:
        was_full = len(self._waiting) >= ROOM
        group: list[Ticket] = []
        events = 0
        while self._waiting and len(group) < EVENTS_PER_GROUP:
            events += self._waiting[0].submission.events
            if group and events > EVENTS_PER_GROUP:
                break
            group.append(self._waiting.popleft())
        self._expected = max(len(group), self._expected - 1)
        if was_full:
            self._emptied.notify_all()
        return group
