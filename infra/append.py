"""A group of commands goes to the append function in one round trip, as binary arrays packed by their senders.

The array form is PostgreSQL's (array_send); each element is packed once, in the thread of the command it belongs to,
so that the one writer only joins bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from select import POLLIN, POLLOUT, poll
from struct import Struct
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

from domain.recording import CommandRecord
from infra.libpq import BYTES, INTS, TEXTS, TIMESTAMPS, UUIDS, Prepared, array, checked, element, wait
from infra.mapper import RegistryStoredEvent

_PLANS: LiteralString = """
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET plan_cache_mode = force_generic_plan
"""
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UUID_LENGTH = b"\x00\x00\x00\x10"
_NULL = b"\xff\xff\xff\xff"
_INTEGER = Struct(">ii").pack
_TIME = Struct(">iq").pack
_FOUR_BYTES = Struct(">i").unpack
_EIGHT_BYTES = Struct(">q").unpack

# The parameters of the append function: what each command has, then what each event has.
_COMMAND_COLUMNS = (UUIDS, BYTES, BYTES, UUIDS, INTS, INTS)
_EVENT_COLUMNS = (UUIDS, INTS, TEXTS, BYTES, TIMESTAMPS, TEXTS, UUIDS, BYTES, TEXTS)
_COLUMNS = _COMMAND_COLUMNS + _EVENT_COLUMNS
_APPEND = Prepared(
    "icms_append",
    b"""
    SELECT outcome, aggregate_id, version, first_position, last_position
    FROM registry.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    """,
    [each for _, each in _COLUMNS],
)


class Outcome(NamedTuple):
    """What became of one command: the words of the append function, and the answer that is stored with it."""

    word: str
    aggregate_id: UUID
    version: int
    first_position: int
    last_position: int


@dataclass(frozen=True, slots=True)
class Submission:
    """One command with its events, packed: a piece of each of the fifteen arrays."""

    pieces: tuple[bytes, ...]
    events: int
    first_leaf_hash: bytes | None
    """Leaf hash of its first event, by which it is known again after a lost reply."""


def pack(record: CommandRecord, version: int, events: Sequence[RegistryStoredEvent]) -> Submission:
    """Pack a command whose answer will name this version of its aggregate."""
    command = (
        _UUID_LENGTH + record.actor.bytes,
        element(record.key_hmac),
        element(record.request_hmac),
        _UUID_LENGTH + record.aggregate_id.bytes,
        _INTEGER(4, version),
        _INTEGER(4, len(events)),
    )
    if len(events) == 1:
        columns = _columns(events[0])
    elif events:
        columns = tuple(b"".join(column) for column in zip(*map(_columns, events), strict=True))
    else:
        columns = (b"",) * len(_EVENT_COLUMNS)
    return Submission(command + columns, len(events), events[0].leaf_hash if events else None)


def prepare_connection(connection: psycopg.Connection[Any]) -> None:
    """Make a connection ready to append.

    The tables grow while the function's plans stay: every lookup must go through its index from the first day on.
    """
    connection.execute(_PLANS)
    _APPEND.prepare(connection)


def append(
    connection: psycopg.Connection[Any], group: Sequence[Submission], deadline: float | None = None
) -> list[Outcome]:
    """Append the group in the connection's transaction, or in one of its own, and return one outcome per command.

    Calls libpq directly: going through a psycopg cursor takes about as long as the whole function. With a deadline
    (monotonic) the connection cannot be used any more when that passed without an answer; the group may be recorded.

    Raises: psycopg.Error
    """
    result = _APPEND.ask(connection, _parameters(group), deadline)
    return [_outcome(result, row) for row in range(result.ntuples)]


class Convoy:
    """Groups on their way on one connection, each a transaction of its own, done and answered in their order.

    While one is open the connection serves nothing else. Every method raises psycopg.Error where the connection was
    lost; what was sent and not answered may then have been recorded or not.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._result: PGresult | None = None
        self._unsent = False
        self._look = poll()
        self._look.register(self._pgconn.socket, POLLIN)
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()

    def send(self, group: Sequence[Submission]) -> None:
        """Send a group behind those that are on their way; never waits."""
        _APPEND.send(self._pgconn, _parameters(group))
        self._pgconn.pipeline_sync()
        self._flush()

    def wait(self, deadline: float, bell: int) -> bool:
        """Wait for news from PostgreSQL, or for the bell (a file descriptor); say whether it was the bell.

        Raises: psycopg.OperationalError when the deadline (monotonic) passed
        """
        self._look.register(bell, POLLIN)
        found = wait(self._look, deadline)
        rung = any(descriptor == bell for descriptor, _ in found)
        if self._unsent:
            self._flush()
        if len(found) > rung:
            self._pgconn.consume_input()
        return rung

    def answer(self) -> list[Outcome] | None:
        """Return the outcomes of the oldest group that is not answered, after its commit; None before it.

        Raises: psycopg.Error when PostgreSQL refused it; nothing of it was recorded then, and the others go on
        """
        while not self._pgconn.is_busy():
            result = self._pgconn.get_result()
            if result is None:
                if self._pgconn.status == ConnStatus.BAD:
                    raise psycopg.OperationalError("the connection was lost")
            elif result.status == ExecStatus.PIPELINE_SYNC:
                # Rows come before the commit; only this comes after it.
                answered, self._result = self._result, None
                assert answered is not None
                checked(self._connection, answered)
                return [_outcome(answered, row) for row in range(answered.ntuples)]
            elif self._result is None or result.status == ExecStatus.FATAL_ERROR:
                self._result = result
        return None

    def close(self) -> None:
        """Give the connection back; nothing may be on its way."""
        self._pgconn.exit_pipeline_mode()
        self._pgconn.nonblocking = 0

    def _flush(self) -> None:
        self._unsent = bool(self._pgconn.flush())
        self._look.register(self._pgconn.socket, POLLIN | POLLOUT if self._unsent else POLLIN)


def _parameters(group: Sequence[Submission]) -> list[bytes]:
    events = sum(submission.events for submission in group)
    pieces = zip(*(submission.pieces for submission in group), strict=True)
    lengths = [len(group)] * len(_COMMAND_COLUMNS) + [events] * len(_EVENT_COLUMNS)
    return [array(kind, length, column) for (kind, _), length, column in zip(_COLUMNS, lengths, pieces, strict=True)]


def _outcome(result: PGresult, row: int) -> Outcome:
    word, aggregate_id, version, first, last = (result.get_value(row, column) or b"" for column in range(5))
    return Outcome(
        word.decode(), UUID(bytes=aggregate_id), *_FOUR_BYTES(version), *_EIGHT_BYTES(first), *_EIGHT_BYTES(last)
    )


def _columns(event: RegistryStoredEvent) -> tuple[bytes, ...]:
    assert isinstance(event.originator_id, UUID)
    topic = event.topic.encode()
    occurred_on = event.occurred_on.encode()
    disclosure = event.disclosure.encode()
    return (
        _UUID_LENGTH + event.originator_id.bytes,
        _INTEGER(4, event.originator_version),
        element(topic),
        element(event.state),
        _TIME(8, (event.recorded_at - _POSTGRES_EPOCH) // _MICROSECOND),
        element(occurred_on),
        _NULL if event.clinic_id is None else _UUID_LENGTH + event.clinic_id.bytes,
        element(event.leaf_hash),
        element(disclosure),
    )
