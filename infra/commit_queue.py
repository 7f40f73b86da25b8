"""Commands wait in the order in which they came, and at most one thread of the process commits at any time.

Who holds the turn commits: the writer thread with all that waits, or a command's own thread when it came alone, which
saves two changes of threads. When the queue is full, whoever comes waits before it.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Sequence

from domain.recording import StoreUnavailable
from infra.append import Outcome, Submission

EVENTS_PER_GROUP = 500
ROOM = 5000
"""Commands that may wait."""
GROUPS_ON_THE_WAY = 2
"""Groups that are sent before the first of them is answered: one that PostgreSQL does, and the one it does next."""
WORTH_SENDING_AHEAD = 4
"""Commands for which a second transaction costs PostgreSQL less than it saves."""
LINGER = 0.0003
"""Seconds for which the first group after a pause waits to become as large as expected."""
_NEVER = ROOM * 1000


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


def answer_all(group: Sequence[Ticket], outcomes: Sequence[Outcome]) -> None:
    """Wake everybody of a group."""
    for ticket, outcome in zip(group, outcomes, strict=True):
        ticket.answer(outcome)


class Bell:
    """Wakes one thread that also waits for a socket."""

    def __init__(self) -> None:
        self.heard, self._rope = os.pipe()
        os.set_blocking(self.heard, False)
        os.set_blocking(self._rope, False)

    def ring(self) -> None:
        """Wake who waits, now or when it waits next."""
        try:
            os.write(self._rope, b"!")
        except BlockingIOError:
            return  # it has been rung often enough

    def wait(self, seconds: float | None = None) -> bool:
        """Return when it was rung, or so many seconds have passed; say whether it was rung."""
        rung = bool(select.select([self.heard], (), (), seconds)[0])
        if rung:
            self.hush()
        return rung

    def hush(self) -> None:
        """Take note that it was rung."""
        try:
            os.read(self.heard, 4096)
        except BlockingIOError:
            return  # it was not

    def close(self) -> None:
        """Take it down."""
        os.close(self.heard)
        os.close(self._rope)


class CommitQueue:
    """Tickets that wait, and the turn to commit."""

    def __init__(self) -> None:
        self.bell = Bell()
        """Rings for the writer when there is something for it to do."""
        self._waiting: deque[Ticket] = deque()
        self._mutex = threading.Lock()
        self._emptied = threading.Condition(self._mutex)
        self._taken = False
        self._expected = 1
        self._enough = _NEVER
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
                self._taken, self._enough = True, _NEVER
                return True
            self._waiting.append(ticket)
            if len(self._waiting) >= self._enough:
                self._enough = _NEVER
                # Under the lock: the writer, which ends only when nothing waits, has not taken the bell down.
                self.bell.ring()
            return False

    def leave(self) -> None:
        """Give the turn back."""
        with self._mutex:
            self._taken = False
            ring = bool(self._waiting) or self._closed
            self._enough = _NEVER if ring else 1
            if ring:
                self.bell.ring()

    def next_group(self) -> Sequence[Ticket]:
        """Wait, take the turn, and return what waits in its order; nothing at the end.

        Those who were answered together come back together: for a moment as many as lately are waited for, because
        two groups cost PostgreSQL more than one. Whoever writes alone is soon not waited for any more.
        """
        patient = True
        while True:
            with self._mutex:
                if not self._taken and (group := self._group(self._expected if patient else 1)):
                    self._taken = True
                    return group
                if self._closed and not self._taken:
                    return ()
                linger = LINGER if self._waiting and not self._taken else None
                self._enough = _NEVER if self._taken else self._expected if linger else 1
            patient = self.bell.wait(linger)

    def group_behind(self, on_the_way: Sequence[Sequence[Ticket]]) -> Sequence[Ticket]:
        """Return what is sent now behind groups that are not answered yet; nothing: wait for them or for the bell.

        A group waits until it is as large as the one before it: so there are two groups in turns, of which PostgreSQL
        does one while Python makes the other.
        """
        with self._mutex:
            self._enough = _NEVER
            if len(on_the_way) >= GROUPS_ON_THE_WAY:
                return ()
            enough = max(len(on_the_way[-1]), WORTH_SENDING_AHEAD) if on_the_way else self._expected
            group = self._group(enough)
            if on_the_way and not group:
                self._enough = enough
            return group

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
            again, self._closed = self._closed, True
            self._emptied.notify_all()
            if not again:
                self.bell.ring()

    def _group(self, at_least: int) -> list[Ticket]:
        if not self._waiting or (len(self._waiting) < at_least and not self._closed):
            return []
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
