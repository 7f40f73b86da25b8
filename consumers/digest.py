"""Two builds are equal when their tables hold the same rows; a digest says so, and a comparison says what differs.

Rows are compared as PostgreSQL writes them, ordered by all their columns, streaming: memory stays flat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from consumers.stance import StanceChange

SHOWN = 20
SHOWN_CLINICS = 1_000
SHOWN_OF_CLINIC = 3


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that only one of two builds has."""

    table: str
    build: str
    """`live` or `new`."""
    row: str
    """The row as PostgreSQL writes it; read models hold no clear personal data."""


@dataclass(frozen=True, slots=True)
class ClinicDifference:
    """What changes for one clinic: rows that only one of two builds has."""

    clinic_id: str
    live: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two builds do not have in common."""

    rows: int
    """Rows of the live build."""
    only_live: int = 0
    only_new: int = 0
    examples: tuple[RowDifference, ...] = ()
    clinics: tuple[ClinicDifference, ...] = ()
    """Clinics for which something changes, the first 1,000 by their ids, each with at most three rows of each side."""
    clinics_count: int = 0
    """All clinics for which something changes."""
    stances: tuple[StanceChange, ...] = ()
    """Clinics of which the builds say something else now, and the events that it rests on; the first 1,000."""
    stances_count: int = 0
    """All clinics of which they do."""

    @property
    def equal(self) -> bool:
        """Say whether they hold the same rows."""
        return not self.only_live and not self.only_new


def digest(cursor: psycopg.Cursor[Any], schema: str, tables: Sequence[str]) -> str:
    """Return the SHA-256, in hexadecimal, of all rows of these tables in the order of their columns."""
    total = hashlib.sha256()
    for table in sorted(tables):
        columns = _columns(cursor, schema, table)
        total.update(f"{table}({','.join(columns)})\n".encode())
        if not columns:
            continue
        with _rows(cursor, schema, table) as copy:
            for block in copy:
                total.update(block)
    return total.hexdigest()


def compare(
    live: psycopg.Cursor[Any], live_schema: str, new: psycopg.Cursor[Any], new_schema: str, tables: Sequence[str]
) -> Comparison:
    """Compare the same tables of two builds, each through a cursor (and transaction) of its own."""
    rows = only_live = only_new = 0
    examples: list[RowDifference] = []
    clinics: dict[str, dict[str, list[str]]] = {}
    for table in sorted(tables):
        for side, row, clinic_id in _differences(live, live_schema, new, new_schema, table):
            rows += side != "new"
            only_live += side == "live"
            only_new += side == "new"
            if side != "both" and len(examples) < SHOWN:
                examples.append(RowDifference(table, side, row))
            if side != "both" and clinic_id:
                of_clinic = clinics.setdefault(clinic_id, {"live": [], "new": []})[side]
                of_clinic.extend([row] if len(of_clinic) < SHOWN_OF_CLINIC else [])
    told = tuple(
        ClinicDifference(each, tuple(clinics[each]["live"]), tuple(clinics[each]["new"]))
        for each in sorted(clinics)[:SHOWN_CLINICS]
    )
    return Comparison(rows, only_live, only_new, tuple(examples), told, len(clinics))


def _differences(
    live: psycopg.Cursor[Any], live_schema: str, new: psycopg.Cursor[Any], new_schema: str, table: str
) -> Iterator[tuple[str, str, str | None]]:
    """Yield every row once, with the side that has it, `both`, `live` or `new`, and the clinic that it is about."""
    ours, theirs = _texts(live, live_schema, table), _texts(new, new_schema, table)
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if one == other:
            yield "both", "", None
            one, other = next(ours, None), next(theirs, None)
        elif one is not None and (other is None or one[0].encode() < other[0].encode()):
            yield "live", *one
            one = next(ours, None)
        elif other is not None:
            yield "new", *other
            other = next(theirs, None)


def _texts(cursor: psycopg.Cursor[Any], schema: str, table: str) -> Iterator[tuple[str, str | None]]:
    """Yield each row as text, with the clinic that it is about where the table says so."""
    columns = _columns(cursor, schema, table)
    if not columns:
        return
    _settle(cursor)
    of_clinic = sql.SQL("clinic_id::text" if "clinic_id" in columns else "NULL::text")
    statement = sql.SQL('COPY (SELECT t::text, {} FROM {} AS t ORDER BY t::text COLLATE "C") TO STDOUT')
    with cursor.copy(statement.format(of_clinic, sql.Identifier(schema, table))) as copy:
        yield from copy.rows()


def _rows(cursor: psycopg.Cursor[Any], schema: str, table: str) -> Any:
    """Open a stream of a table's rows as text; what a row looks like must not depend on the session."""
    _settle(cursor)
    statement = sql.SQL('COPY (SELECT t::text FROM {} AS t ORDER BY t::text COLLATE "C") TO STDOUT')
    return cursor.copy(statement.format(sql.Identifier(schema, table)))


def _settle(cursor: psycopg.Cursor[Any]) -> None:
    for setting, value in _SESSION.items():
        cursor.execute("SELECT set_config(%(setting)s, %(value)s, false)", {"setting": setting, "value": value})


def _columns(cursor: psycopg.Cursor[Any], schema: str, table: str) -> list[str]:
    rows = cursor.execute(
        """
        SELECT column_name::text
          FROM information_schema.columns
         WHERE table_schema = %(schema)s AND table_name = %(table)s
         ORDER BY ordinal_position
        """,
        {"schema": schema, "table": table},
    ).fetchall()
    return [name for (name,) in rows]


_SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
