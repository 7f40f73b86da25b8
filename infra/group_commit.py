"""What is acknowledged is committed, and what is sent twice takes effect once.

Commands of all threads wait in one queue; one writer takes what waits as a group, commits it in one round trip and
answers everybody. A command that comes alone is committed by its own thread, in the writer's place. When the
connection is lost the fate of the group is unknown: it is sent again as it was, and the store knows by its keys what
it has already. Whoever gets StoreUnavailable must not assume that nothing happened: the command may have taken effect,
and repeating it with the same key tells the truth.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import errors

from domain.errors import Unavailable
from domain.recording import StoreUnavailable
from infra.append import Outcome, Submission, append, prepare_connection
from infra.commit_queue import CommitQueue, Ticket, answer_all
from infra.crash_points import crash_point
from infra.crossing import Crossing
from infra.postgres import lost
from infra.postgres_refusals import DatabaseUnreachable, TooManyConnections

Connect = Callable[[], psycopg.Connection[Any]]
Appended = Callable[[int, int, float], None]
"""Told of each commit: its first and last position, and the moment (monotonic) at which it was sent."""

# PostgreSQL is there and could not do it now; nothing was recorded and nobody else's command is to blame.
_OUT_OF_ORDER = (
    errors.InsufficientResources,
    errors.DiskFull,
    errors.OutOfMemory,
    errors.SystemError,
    errors.IoError,
    errors.ReadOnlySqlTransaction,
)
_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable, errors.QueryCanceled)


class GroupWriter:
    """Commits commands in groups, on one connection of its own; safe for many threads."""

    def __init__(self, connect: Connect, *, patience: float = 30.0, appended: Appended | None = None) -> None:
        self._connect = connect
        self._patience = patience
        self._appended = appended
        # Only who has the queue's turn touches the connection.
        self._connection: psycopg.Connection[Any] | None = self._opened()
        self.queue = CommitQueue()
        self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
        self._thread.start()

    def submit(self, submission: Submission) -> Outcome:
        """Return the outcome of a command after its commit; raise StoreUnavailable when there is none in time."""
        ticket = Ticket(submission)
        if self.queue.enter(ticket):
            self._use_turn([ticket])
        return ticket.result()

    def close(self) -> None:
        """Commit what waits, refuse what comes, and end."""
        self.queue.close()
        self._thread.join(self._patience + 5.0)
        self._disconnect()

    def _run(self) -> None:
        while group := self.queue.next_group():
            self._use_turn(group)
        self.queue.bell.close()

    def _use_turn(self, group: Sequence[Ticket]) -> None:
        crossing = Crossing(self.queue, self._patience, self._tell)
        try:
            if self._connection is not None and threading.current_thread() is self._thread:
                self._cross(crossing, self._connection, group)
            else:
                self._commit(group, time.monotonic() + self._patience, resent=False)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, and the writer must live on
            self._disconnect()
            for each in (group, *(sent.group for sent in crossing.on_the_way), *(r.group for r, _ in crossing.refused)):
                _fail(each, error)
        finally:
            self.queue.leave()

    def _cross(self, crossing: Crossing, connection: psycopg.Connection[Any], group: Sequence[Ticket]) -> None:
        """Commit this group and what comes after it; settle one by one what goes wrong."""
        try:
            crossing.run(connection, group)
        except psycopg.Error:
            self._disconnect()
        spoken = True
        for sent, error in crossing.refused:
            if isinstance(error, _AGAIN):
                spoken = spoken and self._commit(sent.group, sent.deadline, resent=False)
            else:
                spoken = spoken and self._refused(sent.group, error, sent.deadline, resent=False)
            if not spoken:
                _fail(sent.group, StoreUnavailable(problem="it went away while commands were sent again"))
        for sent in crossing.on_the_way:
            # The commit may have happened: the store is asked by sending the same again.
            spoken = spoken and self._commit(sent.group, sent.deadline, resent=True)
            if not spoken:
                _fail(sent.group, StoreUnavailable(problem="the connection was lost"))

    def _commit(self, group: Sequence[Ticket], deadline: float, *, resent: bool) -> bool:
        """Send the group until PostgreSQL has spoken about it, or patience ends; say whether it has spoken."""
        pause = 0.0  # a connection that was cut is most often there again at once
        problem: Exception
        while True:
            try:
                self._send(group, deadline, resent=resent)
            except (DatabaseUnreachable, TooManyConnections) as error:
                problem = error
            except psycopg.Error as error:
                if not lost(error) and not isinstance(error, _AGAIN):
                    return self._refused(group, error, deadline, resent=resent)
                # The commit may have happened: from now on the store is asked by sending the same again.
                resent = resent or lost(error)
                problem = error
                self._disconnect()
            except Unavailable as error:
                _fail(group, StoreUnavailable(problem=str(error)))
                return True
            else:
                return True
            if time.monotonic() + pause > deadline:
                self._give_up(group, problem)
                return False
            time.sleep(pause)
            pause = min(max(pause * 2, 0.02), 1.0)

    def _send(self, group: Sequence[Ticket], deadline: float, *, resent: bool) -> None:
        connection = self._connection = self._connection or self._opened()
        sent_at = time.monotonic()
        crash_point("store.before_send")
        outcomes = append(connection, [ticket.submission for ticket in group], deadline)
        crash_point("store.after_commit")
        if resent:
            outcomes = _recognised(connection, group, outcomes)
        else:
            self._tell(outcomes, sent_at)
        answer_all(group, outcomes)

    def _tell(self, outcomes: Sequence[Outcome], sent_at: float) -> None:
        if self._appended is None:
            return
        done = [outcome for outcome in outcomes if outcome.word == "done" and outcome.first_position]
        if done:
            self._appended(done[0].first_position, done[-1].last_position, sent_at)

    def _refused(self, group: Sequence[Ticket], error: psycopg.Error, deadline: float, *, resent: bool) -> bool:
        """Answer a group of which PostgreSQL recorded nothing; find the one at fault by sending each alone.

        All of them share the patience of the group, and who gives up speaks for those who come after.
        """
        if len(group) == 1 or isinstance(error, _OUT_OF_ORDER):
            _fail(group, StoreUnavailable(problem=error.diag.message_primary or type(error).__name__))
            return True
        for number, ticket in enumerate(group, start=1):
            if not self._commit([ticket], deadline, resent=resent):
                _fail(group[number:], StoreUnavailable(problem="it went away while commands were sent one by one"))
                return False
        return True

    def _give_up(self, group: Sequence[Ticket], problem: Exception) -> None:
        """Tell everybody who waits, so that nobody waits longer than patience says."""
        _fail([*group, *self.queue.clear()], StoreUnavailable(problem=_told(problem)))

    def _opened(self) -> psycopg.Connection[Any]:
        connection = self._connect()
        prepare_connection(connection)
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _recognised(
    connection: psycopg.Connection[Any], group: Sequence[Ticket], outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """Call done what the store knows because we sent it before: the same event stands at its first position."""
    first_positions = [outcome.first_position for outcome in outcomes if outcome.word == "repeat"]
    query = "SELECT position, leaf_hash FROM registry.events WHERE position = ANY(%(positions)s)"
    stored = dict(connection.execute(query, {"positions": first_positions}).fetchall())
    stored[0] = None  # a command without events changed nothing, whoever sent it
    return [
        outcome._replace(word="done")
        if outcome.word == "repeat" and stored.get(outcome.first_position) == ticket.submission.first_leaf_hash
        else outcome
        for ticket, outcome in zip(group, outcomes, strict=True)
    ]


def _fail(group: Sequence[Ticket], error: Exception) -> None:
    for ticket in group:
        ticket.fail(error)


def _told(problem: Exception) -> str:
    if isinstance(problem, psycopg.Error):
        return problem.diag.message_primary or "the connection was lost"
    return str(problem.facts["problem"]) if isinstance(problem, DatabaseUnreachable) else str(problem)
