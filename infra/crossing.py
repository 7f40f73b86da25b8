"""PostgreSQL never waits for Python: while it does one group of commands, the next is made and sent.

Groups are done and answered in the order in which they were sent. Nobody is answered before the commit. Whatever goes
wrong is left for the writer to settle: groups that were refused, and groups of which nobody knows.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import psycopg

from infra.append import Convoy, Outcome
from infra.commit_queue import CommitQueue, Ticket, answer_all
from infra.crash_points import crash_point
from infra.postgres import lost


class Sent(NamedTuple):
    """A group on its way, when it was sent, and how long it is worth trying (both monotonic)."""

    group: Sequence[Ticket]
    at: float
    deadline: float


class Crossing:
    """Sends what waits, a group ahead of the answers, until nothing waits or something goes wrong."""

    def __init__(self, queue: CommitQueue, patience: float, tell: Callable[[Sequence[Outcome], float], None]) -> None:
        self.on_the_way: deque[Sent] = deque()
        """Sent and not answered; after a lost connection nobody knows what became of them."""
        self.refused: list[tuple[Sent, psycopg.Error]] = []
        """Groups of which nothing was recorded, and why."""
        self._queue = queue
        self._patience = patience
        self._tell = tell

    def run(self, connection: psycopg.Connection[Any], group: Sequence[Ticket]) -> None:
        """Send this group and what comes after it; return when everything is answered or refused.

        Raises: psycopg.Error when the connection was lost
        """
        convoy = Convoy(connection)
        self._send(convoy, group)
        while self.on_the_way:
            if convoy.wait(self.on_the_way[0].deadline, self._queue.bell.heard):
                self._queue.bell.hush()
            answered: list[tuple[Sequence[Ticket], list[Outcome]]] = []
            try:
                while self.on_the_way and (outcomes := self._arrived(convoy)) is not None:
                    answered.append((self.on_the_way.popleft().group, outcomes))
                # Sent before anybody is woken, so that PostgreSQL does not wait for those who are woken.
                self._send_more(convoy)
            finally:
                if answered:
                    crash_point("store.after_commit")
                for answered_group, outcomes in answered:
                    answer_all(answered_group, outcomes)
        convoy.close()

    def _arrived(self, convoy: Convoy) -> list[Outcome] | None:
        """Return the outcomes of the oldest group, None while it is on its way; what was refused is put aside."""
        while self.on_the_way:
            try:
                outcomes = convoy.answer()
            except psycopg.Error as error:
                if lost(error):
                    raise
                self.refused.append((self.on_the_way.popleft(), error))
                continue
            if outcomes is not None:
                self._tell(outcomes, self.on_the_way[0].at)
            return outcomes
        return None

    def _send_more(self, convoy: Convoy) -> None:
        """Send what waits, unless something was refused: that is settled first."""
        if self.refused:
            return
        group = self._queue.group_behind([sent.group for sent in self.on_the_way])
        if group:
            self._send(convoy, group)

    def _send(self, convoy: Convoy, group: Sequence[Ticket]) -> None:
        now = time.monotonic()
        self.on_the_way.append(Sent(group, now, now + self._patience))
        crash_point("store.before_send")
        convoy.send([ticket.submission for ticket in group])
        crash_point("store.after_send")
