"""Statements that every command needs go to libpq as they are: a psycopg cursor takes as long again as PostgreSQL.

What they are asked with is packed here, in PostgreSQL's binary forms.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from select import POLLIN, POLLOUT, poll
from struct import Struct
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

# Object ids of PostgreSQL's types, which never change: of an element, and of an array of such elements.
UUIDS, BYTES, INTS, TEXTS, TIMESTAMPS = (2950, 2951), (17, 1001), (23, 1007), (25, 1009), (1184, 1185)
BIGINT = 20

length = Struct(">i").pack
_HEADER = Struct(">iiIii").pack
_EMPTY = Struct(">iiI").pack


class Prepared:
    """A statement that is prepared once on each connection it is asked on, and answers in binary."""

    def __init__(self, name: str, statement: bytes, types: Sequence[int]) -> None:
        self._name = name.encode()
        self._statement = statement
        self._types = types
        self._binary = [Format.BINARY] * len(types)
        self._known_to: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Make it known to a connection; raise psycopg.Error."""
        checked(connection, connection.pgconn.prepare(self._name, self._statement, self._types))
        self._known_to.add(connection)

    def ask(
        self, connection: psycopg.Connection[Any], parameters: Sequence[bytes | None], deadline: float | None = None
    ) -> PGresult:
        """Return the rows, in the connection's transaction or in one of its own; raise psycopg.Error.

        With a deadline (monotonic) the connection is of no use when that passed without an answer.
        """
        if connection not in self._known_to:
            self.prepare(connection)
        return checked(connection, self._exchange(connection.pgconn, parameters, deadline))

    def send(self, pgconn: PGconn, parameters: Sequence[bytes | None]) -> None:
        """Send it on a connection that knows it, and wait for nothing."""
        pgconn.send_query_prepared(self._name, parameters, self._binary, Format.BINARY)

    def _exchange(self, pgconn: PGconn, parameters: Sequence[bytes | None], deadline: float | None) -> PGresult:
        """Ask; a server that hangs keeps its sockets, so that only a clock tells."""
        pgconn.nonblocking = 1
        try:
            self.send(pgconn, parameters)
            look = poll()
            look.register(pgconn.socket, POLLIN)
            while pgconn.flush():
                look.modify(pgconn.socket, POLLIN | POLLOUT)
                wait(look, deadline)
                pgconn.consume_input()
            look.modify(pgconn.socket, POLLIN)
            while pgconn.is_busy():
                wait(look, deadline)
                pgconn.consume_input()
            result: PGresult | None = None
            while (found := pgconn.get_result()) is not None:
                # What is refused at the commit comes after the rows.
                result = found
                # The end of the answer is part of it.
                while pgconn.is_busy():
                    wait(look, deadline)
                    pgconn.consume_input()
            assert result is not None
        finally:
            if pgconn.status == ConnStatus.OK:
                pgconn.nonblocking = 0
        return result


def wait(look: poll, deadline: float | None) -> list[tuple[int, int]]:
    """Return what came, at the deadline raise psycopg.OperationalError."""
    # At least a moment: a deadline that has passed does not make an answer late that is on its way.
    found = look.poll(None if deadline is None else max(deadline - time.monotonic(), 0.5) * 1000)
    if not found:
        raise psycopg.OperationalError("PostgreSQL did not answer in time")
    return found


def checked(connection: psycopg.Connection[Any], result: PGresult) -> PGresult:
    """Return a result that is none of an error; raise psycopg.Error."""
    if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        return result
    if connection.pgconn.status == ConnStatus.BAD and not result.error_field(DiagnosticField.SQLSTATE):
        raise psycopg.OperationalError(result.get_error_message())
    raise error_from_result(result)


def element(value: bytes) -> bytes:
    """Return bytes as an element of an array."""
    return length(len(value)) + value


def array(kind: int, count: int, elements: Sequence[bytes]) -> bytes:
    """Return an array of so many elements of a type, which lie in pieces of one or many."""
    return _HEADER(1, 1, kind, count, 1) + b"".join(elements) if count else _EMPTY(0, 0, kind)
