"""Events in the order in which they were recorded, as rows: the bytes stay bytes until somebody decodes them.

A position is the one cursor everywhere. Nothing is ever read out of order, and what is read never changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

PAGE = 2000
LAST_POSITION = 2**63 - 1

_READ: LiteralString = """
    SELECT
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position, store_epoch
    FROM registry.events
    WHERE position > %(after)s
    ORDER BY position
    LIMIT %(limit)s
"""
_ROW: LiteralString = """
    SELECT
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position, store_epoch
    FROM registry.events
    WHERE position = %(position)s
"""
# Both halves come from their index in the order of positions and are merged; neither is sorted.
_CLINIC: LiteralString = """
    SELECT
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position, store_epoch
    FROM (
        SELECT *
        FROM registry.events
        WHERE clinic_id = %(clinic_id)s AND position > %(after)s AND position <= %(upto)s
        UNION ALL
        SELECT *
        FROM registry.events
        WHERE clinic_id IS NULL AND topic = ANY (%(topics)s) AND position > %(after)s AND position <= %(upto)s
    ) AS event
    ORDER BY position
    LIMIT %(limit)s
"""
_LAST: LiteralString = """
    SELECT
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position, store_epoch
    FROM registry.events
    WHERE (%(topics)s::text[] IS NULL OR topic = ANY (%(topics)s))
        AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s)
        AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR recorded_at <= %(until)s)
    ORDER BY position DESC
    LIMIT %(limit)s
"""
_FOLLOWING: LiteralString = """
    SELECT
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position, store_epoch
    FROM registry.events
    WHERE position > %(after)s
        AND (%(topics)s::text[] IS NULL OR topic = ANY (%(topics)s))
        AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s)
        AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR recorded_at <= %(until)s)
    ORDER BY position
    LIMIT %(limit)s
"""
_HEAD: LiteralString = "SELECT coalesce(max(position), 0) FROM registry.events"
_HASHES: LiteralString = """
    SELECT position, leaf_hash
    FROM registry.events
    WHERE position >= %(first)s AND position <= %(last)s
    ORDER BY position
"""
_COUNTS: LiteralString = """
    SELECT topic, count(*)
    FROM registry.events
    WHERE position <= %(upto)s
    GROUP BY topic
    ORDER BY topic
"""
_NEXT_TIME: LiteralString = """
    SELECT event.recorded_at, store.simulated
    FROM registry.store
    LEFT JOIN LATERAL (
        SELECT recorded_at FROM registry.events WHERE recorded_at > %(moment)s ORDER BY recorded_at LIMIT 1
    ) AS event ON true
"""
_FIRST_IN: LiteralString = """
    SELECT min(position)
    FROM registry.events
    WHERE recorded_at > %(moment)s AND recorded_at <= %(latest)s
"""
# Times may run backwards by this much (the append function refuses more), but in a simulated store.
_OUT_OF_LINE = timedelta(seconds=2)


class StoredRow(NamedTuple):
    """One row of registry.events, column by column."""

    position: int
    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes
    recorded_at: datetime
    occurred_on: str
    clinic_id: UUID | None
    leaf_hash: bytes
    disclosure: str
    prev_public_position: int | None
    store_epoch: UUID


class Selection(NamedTuple):
    """Which rows are wanted; None does not restrict."""

    topics: list[str] | None = None
    clinic_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class EventLog:
    """The log as one connection sees it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._cursor = connection.cursor(binary=True)

    def head(self) -> int:
        """Return the last position, 0 in an empty log."""
        return int(self._one(_HEAD, {}))

    def read(self, after: int, limit: int) -> list[StoredRow]:
        """Return the rows that follow a position, at most `limit`."""
        return self._rows(_READ, {"after": after, "limit": limit})

    def row(self, position: int) -> StoredRow | None:
        """Return the row at a position, or None."""
        rows = self._rows(_ROW, {"position": position})
        return rows[0] if rows else None

    def last(self, selection: Selection, limit: int) -> list[StoredRow]:
        """Return the last rows of a selection, in the order of the log."""
        return self._rows(_LAST, {**selection._asdict(), "limit": limit})[::-1]

    def following(self, selection: Selection, after: int, limit: int) -> list[StoredRow]:
        """Return the rows of a selection that follow a position, at most `limit`."""
        return self._rows(_FOLLOWING, {**selection._asdict(), "after": after, "limit": limit})

    def read_clinic(
        self, clinic_id: UUID, *, upto: int = LAST_POSITION, topics: Sequence[str] = (), after: int = 0
    ) -> Iterator[StoredRow]:
        """Yield the rows that concern a clinic and those of the rulebook `topics` that concern none, in order."""
        wanted = {"clinic_id": clinic_id, "upto": upto, "topics": list(topics), "limit": PAGE}
        while True:
            rows = self._rows(_CLINIC, {**wanted, "after": after})
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1].position

    def hashes(self, first: int, last: int) -> dict[int, bytes]:
        """Return the leaf hashes of the positions from first to last, both included."""
        return dict(self._cursor.execute(_HASHES, {"first": first, "last": last}).fetchall())

    def position_at(self, moment: datetime) -> int:
        """Return the last position of the log as it was known at a moment.

        It is the last before the first event that was recorded after the moment.
        """
        row = self._cursor.execute(_NEXT_TIME, {"moment": moment}).fetchone()
        if row is None or row[0] is None:
            return self.head()
        earliest, simulated = row
        latest = datetime.max.replace(tzinfo=earliest.tzinfo) if simulated else earliest + _OUT_OF_LINE
        return int(self._one(_FIRST_IN, {"moment": moment, "latest": latest})) - 1

    def counts(self, upto: int = LAST_POSITION) -> dict[str, int]:
        """Return how many events there are of each topic."""
        return dict(self._cursor.execute(_COUNTS, {"upto": upto}).fetchall())

    def _rows(self, query: LiteralString, parameters: dict[str, Any]) -> list[StoredRow]:
        return list(map(StoredRow._make, self._cursor.execute(query, parameters).fetchall()))

    def _one(self, query: LiteralString, parameters: dict[str, Any]) -> Any:
        row = self._cursor.execute(query, parameters).fetchone()
        assert row is not None
        return row[0]
