"""Where each share of a build is that is made in shares: beside its tables, moved in the transaction of their rows.

The build's own row stays where it was until all shares have arrived, so whoever looks sees an unfinished build. The
cursors are kept until the build is made whole from there on, or read: so long it can be gone on with in shares.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from consumers import builds
from consumers.builds import BuildRow
from consumers.fold import Move
from consumers.halting import AnotherRunner, StoreRewritten
from projections.share import Share

_TABLE = "cursors_of_shares"


def begun(connection: psycopg.Connection[Any], build: BuildRow) -> tuple[Share, ...]:
    """Return the shares in which a build is being made, or was made up to where it is; none where it is made whole."""
    named = f'"{build.schema}".{_TABLE}'
    there = connection.execute("SELECT to_regclass(%(table)s) IS NOT NULL", {"table": named}).fetchone()
    if there != (True,):
        return ()
    rows = connection.execute(
        sql.SQL("SELECT number, position FROM {} ORDER BY number").format(_table(build))
    ).fetchall()
    if any(position < build.position for _, position in rows):
        return ()  # made whole since
    return tuple(Share(number, len(rows)) for number, _ in rows)


def begin(connection: psycopg.Connection[Any], build: BuildRow, of: int) -> tuple[Share, ...]:
    """Let an empty build be made in so many shares."""
    with connection.transaction():
        connection.execute(
            sql.SQL(
                "CREATE TABLE {} (number int PRIMARY KEY, position bigint NOT NULL DEFAULT 0, leaf_hash bytea)"
            ).format(_table(build))
        )
        connection.execute(
            sql.SQL("INSERT INTO {} (number) SELECT generate_series(0, %(last)s)").format(_table(build)),
            {"last": of - 1},
        )
    return begun(connection, build)


def at(connection: psycopg.Connection[Any], build: BuildRow, share: Share) -> BuildRow:
    """Return the build as a share of it is."""
    row = connection.execute(
        sql.SQL("SELECT position, leaf_hash FROM {} WHERE number = %(number)s").format(_table(build)),
        {"number": share.number},
    ).fetchone()
    assert row is not None, "a share has a cursor from the beginning"
    return dataclasses.replace(build, position=row[0], leaf_hash=row[1])


def mover(share: Share) -> Move:
    """Return what moves the cursor of a share as `builds.move` moves a build's."""

    def move(cursor: psycopg.Cursor[Any], build: BuildRow, position: int, leaf_hash: bytes, _: int | None) -> None:
        moved = cursor.execute(
            sql.SQL(
                """
                UPDATE {} SET position = %(position)s, leaf_hash = %(leaf_hash)s
                 WHERE number = %(number)s
                   AND position = %(known)s
                """
            ).format(_table(build)),
            {"position": position, "leaf_hash": leaf_hash, "number": share.number, "known": build.position},
        )
        if moved.rowcount != 1:
            raise AnotherRunner(name=build.name, build=build.build)
        builds.enter(cursor, build)

    return move


def arrive(connection: psycopg.Connection[Any], build: BuildRow, shares: Sequence[Share], upto: int) -> BuildRow:
    """Move the build's own cursor to where all shares are, and return it.

    Raises: StoreRewritten where a share has not come so far
    """
    row = connection.execute(
        "SELECT leaf_hash FROM registry.events WHERE position = %(upto)s", {"upto": upto}
    ).fetchone()
    if row is None or any(at(connection, build, share).position != upto for share in shares):
        raise StoreRewritten(position=upto)
    with connection.transaction(), connection.cursor() as cursor:
        builds.move(cursor, build, upto, bytes(row[0]), None)
    return dataclasses.replace(build, position=upto, leaf_hash=bytes(row[0]))


def forget(connection: psycopg.Connection[Any], build: BuildRow) -> None:
    """Keep no cursors of shares any longer: the build is about to be read, and followed whole."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_table(build)))


def _table(build: BuildRow) -> sql.Identifier:
    return sql.Identifier(build.schema, _TABLE)
