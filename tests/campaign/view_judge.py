"""A read model against a fresh replay: the same tables with the same rows, compared by PostgreSQL itself."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from tests.campaign.verdict import Verdict

_TABLES: LiteralString = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = %(schema)s AND table_type = 'BASE TABLE' ORDER BY table_name
"""
# Rows are compared whole, as text: every column counts, in the order in which both tables have them.
_ONLY_IN: LiteralString = """
    SELECT row_text, count(*) OVER () FROM (
        SELECT t::text AS row_text FROM {one} AS t EXCEPT ALL SELECT t::text FROM {other} AS t
    ) AS only_in_one ORDER BY row_text LIMIT 1
"""


def judge_view(connection: psycopg.Connection[Any], live: str, fresh: str, verdict: Verdict) -> None:
    """Judge the tables of the schema that is read against those of a schema that was made anew from the log."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables, others = (_tables(connection, schema) for schema in (live, fresh))
        if tables != others:
            verdict.changed.add(f"{live} has the tables {tables}, {fresh} has {others}")
        for table in sorted(set(tables) & set(others)):
            _compare(connection, table, (live, fresh), verdict)


def _tables(connection: psycopg.Connection[Any], schema: str) -> list[str]:
    return [row[0] for row in connection.execute(_TABLES, {"schema": schema}).fetchall()]


def _compare(connection: psycopg.Connection[Any], table: str, schemas: tuple[str, str], verdict: Verdict) -> None:
    live, fresh = schemas
    missing, surplus = (_only_in(connection, table, one, other) for one, other in ((fresh, live), (live, fresh)))
    if missing is not None:
        verdict.lost.add(f"a row of {live}.{table}: {missing[0]}", missing[1])
    if surplus is not None:
        verdict.doubled.add(f"a row of {live}.{table} that a replay does not make: {surplus[0]}", surplus[1])


def _only_in(connection: psycopg.Connection[Any], table: str, one: str, other: str) -> tuple[str, int] | None:
    statement = sql.SQL(_ONLY_IN).format(one=sql.Identifier(one, table), other=sql.Identifier(other, table))
    row = connection.execute(statement).fetchone()
    return None if row is None else (str(row[0])[:200], int(row[1]))
