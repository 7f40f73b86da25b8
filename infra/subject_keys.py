"""A subject's key and the link to its identity are committed together, before anything is sealed with the key.

Who loses a race for an identity gets the winner's subject. Threads that make subjects at the same time share a
commit. If we crash after a commit, a key exists that nothing was sealed with: harmless, and found again by its link.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from domain.recording import StoreUnavailable
from infra.crash_points import crash_point
from infra.libpq import BYTES, TEXTS, UUIDS, Prepared, array, element
from infra.postgres import lost

T = TypeVar("T")

LARGEST_GROUP = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subject as it will be, unless its identity is known already."""

    link: bytes
    """HMAC of the identity."""
    kind: str
    subject: UUID
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class KeptSubject:
    """What is kept of a subject; an erased one has no key, and its link no longer says whose it was."""

    subject: UUID | None
    wrapped_key: bytes | None


class _Ticket:
    """One thread's wish in the group that is to be committed next; `turn` is free when it is done, or to lead."""

    __slots__ = ("candidate", "done", "failure", "kept", "turn")

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.done = False
        self.kept: KeptSubject | None = None
        self.failure: BaseException | None = None
        self.turn = Lock()
        self.turn.acquire()


class SubjectKeys:
    """The tables of wrapped keys and links, reached through a pool of `infra.postgres.open_pool`."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]]) -> None:
        self._pool = pool
        self._waiting: list[_Ticket] = []
        self._led = False
        self._mutex = Lock()

    def find(self, subject: UUID) -> KeptSubject | None:
        """Return what is kept of a subject, or None where there is nothing at all; raise StoreUnavailable."""
        row = self._run(
            lambda connection: connection.execute(
                "SELECT subject, wrapped_key FROM registry.subjects WHERE subject = %(subject)s", {"subject": subject}
            ).fetchone()
        )
        return KeptSubject(row[0], row[1]) if row else None

    def erased(self) -> int:
        """Return how many subjects were erased; it only grows. Raises StoreUnavailable."""
        row = self._run(
            lambda connection: connection.execute(
                "SELECT count(*) FROM registry.subjects WHERE erased_at IS NOT NULL"
            ).fetchone()
        )
        return int(row[0]) if row else 0

    def keep(self, candidate: Candidate) -> KeptSubject:
        """Return the subject that its identity has, after the commit: the candidate, or who was there before.

        Raises StoreUnavailable; then the candidate may have been kept all the same, and is found the next time.
        """
        ticket = _Ticket(candidate)
        with self._mutex:
            self._waiting.append(ticket)
            first, self._led = not self._led, True
        if not first:
            ticket.turn.acquire()
        if not ticket.done:
            self._lead()
        if ticket.failure is not None:
            raise ticket.failure
        assert ticket.kept is not None
        return ticket.kept

    def _lead(self) -> None:
        """Commit for all that wait, oneself first, and let one of those who came meanwhile lead the next group."""
        with self._mutex:
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
        try:
            crash_point("keys.before_commit")
            kept = self._run(lambda connection: _keep(connection, [ticket.candidate for ticket in group]))
            crash_point("keys.after_commit")
            for ticket in group:
                ticket.kept = kept[ticket.candidate.link]
        except BaseException as failure:  # noqa: BLE001 - whoever waits must hear of it
            for ticket in group:
                ticket.failure = failure
        for ticket in group:
            ticket.done = True
            ticket.turn.release()
        with self._mutex:
            self._led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].turn.release()

    def _run(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Do idempotent work, once more after a lost connection; translate what the database says.

        On the pool's autocommitting connections a statement is a transaction: one round trip, commit included.
        """
        try:
            try:
                with self._pool.connection() as connection:
                    return work(connection)
            except psycopg.Error as error:
                if not lost(error):
                    raise
            with self._pool.connection() as connection:
                return work(connection)
        except psycopg.Error as error:
            problem = error.diag.message_primary or type(error).__name__
            raise StoreUnavailable(problem=f"the keys of subjects cannot be reached ({problem})") from error


_COLUMNS = (BYTES, TEXTS, UUIDS, BYTES)
_KEEP = Prepared(
    "icms_keep",
    b"""
    WITH wanted AS (
        SELECT link_hmac, kind, subject, wrapped_key
        FROM unnest($1, $2, $3, $4) AS candidate (link_hmac, kind, subject, wrapped_key)
    ), linked AS (
        INSERT INTO registry.subject_links (link_hmac, subject)
        SELECT link_hmac, subject FROM wanted
        ON CONFLICT (link_hmac) DO NOTHING
        RETURNING subject
    )
    INSERT INTO registry.subjects (subject, kind, wrapped_key)
    SELECT subject, kind, wrapped_key FROM wanted JOIN linked USING (subject)
    RETURNING subject
    """,
    [each for _, each in _COLUMNS],
)


def _keep(connection: psycopg.Connection[Any], candidates: Sequence[Candidate]) -> dict[bytes, KeptSubject]:
    """Keep the candidates whose identity is new, in one statement, and return who has each identity now.

    The order of the links is the same for everybody, so two processes cannot wait for each other.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.link)
    columns = (
        [element(candidate.link) for candidate in ordered],
        [element(candidate.kind.encode()) for candidate in ordered],
        [element(candidate.subject.bytes) for candidate in ordered],
        [element(candidate.wrapped_key) for candidate in ordered],
    )
    created = _KEEP.ask(
        connection, [array(kind, len(ordered), each) for (kind, _), each in zip(_COLUMNS, columns, strict=True)]
    )
    new = {UUID(bytes=created.get_value(row, 0)) for row in range(created.ntuples)}
    kept = {each.link: KeptSubject(each.subject, each.wrapped_key) for each in ordered if each.subject in new}
    known = [candidate.link for candidate in ordered if candidate.link not in kept]
    return {**kept, **_find_links(connection, known)} if known else kept


def _find_links(connection: psycopg.Connection[Any], links: Sequence[bytes]) -> dict[bytes, KeptSubject]:
    rows = connection.execute(
        """
        SELECT link_hmac, subject, wrapped_key
        FROM registry.subject_links LEFT JOIN registry.subjects USING (subject)
        WHERE link_hmac = ANY(%(links)s)
        """,
        {"links": list(links)},
    ).fetchall()
    return {row[0]: KeptSubject(row[1], row[2]) for row in rows}
