"""The store's rows as the readers of streams need them: pages in order, and single ones to compare with.

Rows are read binary and are never changed; a page is bounded by number and, from the second on, by weight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from infra.event_log import StoredRow
from projections.read_model import Read, Recorded
from projections.share import Share

PAGE = 1_000
STRETCH = 20_000
"""Positions that one statement streams: so it never sorts the whole log, and no snapshot lives long."""
_CHUNK = 100
_HEAVY = 4 * 1024 * 1024

# The columns in the order of StoredRow.
_ROWS: LiteralString = """SELECT position, originator_id, originator_version, topic, state, recorded_at, occurred_on,
           clinic_id, leaf_hash, disclosure, prev_public_position, store_epoch
      FROM registry.events"""

_AFTER: LiteralString = """
    {rows}
     WHERE position > %(after)s
       AND position <= %(upto)s
     ORDER BY position
     LIMIT %(limit)s
""".replace("{rows}", _ROWS)

# The last row comes in any case: it says how far one is.
_BETWEEN: LiteralString = """
    {rows}
     WHERE position > %(after)s
       AND position <= %(upto)s
       AND (topic <> ALL (%(without)s::text[]) OR position = %(upto)s)
     ORDER BY position
""".replace("{rows}", _ROWS)

_OF_SHARE_BETWEEN: LiteralString = """
    {rows}
     WHERE position > %(after)s
       AND position <= %(upto)s
       AND topic <> ALL (%(without)s::text[])
       AND (clinic_id IS NULL OR get_byte(uuid_send(clinic_id), 15) %% %(of)s = %(number)s)
     ORDER BY position
""".replace("{rows}", _ROWS)

_PUBLIC_AFTER: LiteralString = """
    {rows}
     WHERE disclosure = 'public'
       AND position > %(after)s
       AND position <= %(upto)s
     ORDER BY position
     LIMIT %(limit)s
""".replace("{rows}", _ROWS)

_AT: LiteralString = """
    {rows}
     WHERE position = ANY (%(positions)s)
""".replace("{rows}", _ROWS)

_COLUMNS: LiteralString = """
    SELECT position, leaf_hash, recorded_at, occurred_on, clinic_id, disclosure
      FROM registry.events
     WHERE position = ANY (%(positions)s)
"""

_NO_END = (1 << 63) - 1


class StoredColumns(NamedTuple):
    """What stands beside an event's bytes: taken from them when it was appended, and compared by `icms verify`."""

    position: int
    leaf_hash: bytes
    recorded_at: datetime
    occurred_on: str
    clinic_id: UUID | None
    disclosure: str


class StoreRows:
    """Reading access to the events of one store, on a connection of its own."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._cursor = connection.cursor(binary=True)
        # Times are compared and written in UTC; the session should not convert them to another zone and back.
        connection.execute("SET TIME ZONE 'UTC'")
        self.limit = PAGE
        """Rows of the next page, at most."""

    def head(self) -> int:
        """Return the last position, 0 for an empty store."""
        row = self._cursor.execute("SELECT max(position) FROM registry.events").fetchone()
        return int(row[0] or 0) if row else 0

    def public_head(self, upto: int = _NO_END) -> int:
        """Return the last position of a public event up to a position, 0 where there is none."""
        query = "SELECT max(position) FROM registry.events WHERE disclosure = 'public' AND position <= %(upto)s"
        row = self._cursor.execute(query, {"upto": upto}).fetchone()
        return int(row[0] or 0) if row else 0

    def after(self, after: int, upto: int = _NO_END, more: int = 0) -> list[StoredRow]:
        """Return the next rows in order, `more` than a page has, and fewer where rows are heavy."""
        given = {"after": after, "upto": upto, "limit": self.limit + more}
        rows = list(map(StoredRow._make, self._cursor.execute(_AFTER, given).fetchall()))
        self._adapt(rows)
        return rows

    def pages(self, after: int, upto: int) -> Iterator[list[StoredRow]]:
        """Yield all rows after one position up to another, page by page."""
        while rows := self.after(after, upto):
            yield rows
            after = rows[-1].position

    def stream(
        self, after: int, upto: int, share: Share | None = None, without: Sequence[str] = ()
    ) -> Iterator[list[StoredRow]]:
        """Yield all rows after one position up to another, a hundred at a time, for who has the connection alone.

        With a share only its clinics' and those of no clinic; without topics that nobody looks at, but the last row of
        each stretch comes whatever it is. PostgreSQL sends on while the rows before are looked at; until the end the
        connection serves nothing else.
        """
        for first in range(after, upto, STRETCH):
            given = {"after": first, "upto": min(first + STRETCH, upto), "without": list(without)}
            query = _BETWEEN if share is None else _OF_SHARE_BETWEEN
            given |= {} if share is None else {"number": share.number, "of": share.of}
            rows = map(StoredRow._make, self._cursor.stream(query, given, size=_CHUNK))
            while chunk := list(islice(rows, _CHUNK)):
                yield chunk

    def public_after(self, after: int, upto: int) -> list[StoredRow]:
        """Return the next public rows in order, up to a position."""
        given = {"after": after, "upto": upto, "limit": PAGE}
        return list(map(StoredRow._make, self._cursor.execute(_PUBLIC_AFTER, given).fetchall()))

    def at(self, positions: Collection[int]) -> dict[int, StoredRow]:
        """Return the rows of these positions that exist."""
        rows = map(StoredRow._make, self._cursor.execute(_AT, {"positions": _bigints(positions)}).fetchall())
        return {row.position: row for row in rows}

    def columns(self, positions: Collection[int]) -> dict[int, StoredColumns]:
        """Return what stands beside the bytes at these positions that exist."""
        rows = self._cursor.execute(_COLUMNS, {"positions": _bigints(positions)}).fetchall()
        return {row[0]: StoredColumns._make(row) for row in rows}

    def hashes(self, positions: Collection[int]) -> dict[int, bytes]:
        """Return the leaf hashes of these positions that exist."""
        query: LiteralString = "SELECT position, leaf_hash FROM registry.events WHERE position = ANY (%(positions)s)"
        return dict(self._cursor.execute(query, {"positions": _bigints(positions)}).fetchall())

    def _adapt(self, rows: list[StoredRow]) -> None:
        weight = sum(len(row.state) for row in rows)
        if weight > _HEAVY:
            self.limit = max(16, self.limit * _HEAVY // weight)
        elif self.limit < PAGE and weight < _HEAVY // 2:
            self.limit = min(PAGE, self.limit * 2)


def _bigints(positions: Collection[int]) -> list[int]:
    """Return the positions that the store could have at all; a forged one may be any number."""
    return [position for position in positions if 0 < position <= _NO_END]


def recorded_of(row: StoredRow, read: Read) -> Recorded:
    """Return a stored row as read models take it; its bytes are read when somebody asks for the event."""
    return Recorded(
        row.position,
        row.topic,
        row.originator_id,
        row.originator_version,
        row.clinic_id,
        row.recorded_at,
        row.occurred_on,
        row.disclosure,
        row.state,
        read,
    )
