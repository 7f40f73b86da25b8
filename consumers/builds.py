"""Each build of a read model stands in a schema of its own, beside one row that says where it is and what became of it.

The row moves in the transaction of the rows it speaks for, and only from where its reader believed it to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from consumers.halting import AnotherRunner
from domain.errors import Unavailable
from projections.read_model import ReadModel


class BuildsChanged(Exception):
    """Another build was made the live one; look again which it is."""


class BuildBusy(Unavailable):
    """The read model {name} is being rebuilt or verified by another process."""

    remedy = "Nothing was changed. Wait until that one has ended."


@dataclass(frozen=True, slots=True)
class BuildRow:
    """One build as its row says."""

    name: str
    build: int
    schema: str
    state: str
    position: int
    leaf_hash: bytes | None
    kafka_offset: int | None


def current(connection: psycopg.Connection[Any], name: str) -> BuildRow | None:
    """Return the build that is read (it may be quarantined)."""
    rows = connection.execute(
        "SELECT name, build, schema_name, state, position, leaf_hash, kafka_offset FROM registry.builds "
        "WHERE name = %(name)s AND state IN ('live', 'quarantined')",
        {"name": name},
    ).fetchall()
    return BuildRow(*rows[0]) if rows else None


def of_state(connection: psycopg.Connection[Any], name: str, state: str) -> list[BuildRow]:
    """Return a read model's builds in this state, the newest first."""
    rows = connection.execute(
        "SELECT name, build, schema_name, state, position, leaf_hash, kafka_offset FROM registry.builds "
        "WHERE name = %(name)s AND state = %(state)s ORDER BY build DESC",
        {"name": name, "state": state},
    ).fetchall()
    return [BuildRow(*row) for row in rows]


def create(connection: psycopg.Connection[Any], model: ReadModel, state: str, code: str = "") -> BuildRow:
    """Make an empty build with its tables, wholly or not at all.

    `code` marks a build that may be gone on with after a kill, by the same code alone.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('icms build of ' || %(name)s))", {"name": model.name})
        if state == "live" and (there := current(connection, model.name)) is not None:
            return there
        row = cursor.execute(
            """
            INSERT INTO registry.builds (name, build, schema_name, state)
            SELECT %(name)s, n, %(name)s || '_' || n, %(state)s
              FROM (SELECT coalesce(max(build), 0) + 1 FROM registry.builds WHERE name = %(name)s) AS next (n)
            RETURNING name, build, schema_name, state, position, leaf_hash, kafka_offset
            """,
            {"name": model.name, "state": state},
        ).fetchone()
        assert row is not None
        build = BuildRow(*row)
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(build.schema)))
        if code:
            marking = sql.SQL("COMMENT ON SCHEMA {} IS {}")
            cursor.execute(marking.format(sql.Identifier(build.schema), sql.Literal(code)))
        enter(cursor, build)
        cursor.execute(model.script, prepare=False)
    return build


def enter(cursor: psycopg.Cursor[Any], build: BuildRow) -> None:
    """Make the build's tables what this transaction's statements name."""
    cursor.execute("SELECT set_config('search_path', quote_ident(%(schema)s), true)", {"schema": build.schema})


def move(cursor: psycopg.Cursor[Any], build: BuildRow, position: int, leaf_hash: bytes, offset: int | None) -> None:
    """Move the build's cursor within the open transaction, and make its tables what the transaction names.

    Raises: BuildsChanged if it is no longer a build to be moved, AnotherRunner if it is not where it was
    """
    moved = cursor.execute(
        """
        UPDATE registry.builds
           SET position = %(position)s, leaf_hash = %(leaf_hash)s, kafka_offset = %(offset)s,
               error = NULL, updated_at = clock_timestamp()
         WHERE name = %(name)s
           AND build = %(build)s
           AND position = %(known)s
           AND state = %(state)s
        RETURNING set_config('search_path', quote_ident(schema_name), true)
        """,
        {
            "position": position,
            "leaf_hash": leaf_hash,
            "offset": offset,
            "name": build.name,
            "build": build.build,
            "known": build.position,
            "state": build.state,
        },
    )
    if moved.rowcount == 1:
        return
    there = cursor.execute(
        "SELECT state FROM registry.builds WHERE name = %(name)s AND build = %(build)s",
        {"name": build.name, "build": build.build},
    ).fetchone()
    if there is None or there[0] != build.state:
        raise BuildsChanged(build.name)
    raise AnotherRunner(name=build.name, build=build.build)


def quarantine(connection: psycopg.Connection[Any], build: BuildRow, error: str) -> None:
    """Keep a build where it is, for good, and say why; it is still the one that is read."""
    connection.execute(
        """
        UPDATE registry.builds
           SET state = 'quarantined', error = %(error)s, updated_at = clock_timestamp()
         WHERE name = %(name)s
           AND build = %(build)s
           AND position = %(position)s
           AND state = 'live'
        """,
        {"error": error, "name": build.name, "build": build.build, "position": build.position},
    )


def report(connection: psycopg.Connection[Any], names: list[str], error: str) -> None:
    """Say beside the live builds why they do not move; the next move takes it away."""
    connection.execute(
        "UPDATE registry.builds SET error = %(error)s WHERE name = ANY (%(names)s) AND state = 'live'",
        {"error": error, "names": names},
    )


def switch(connection: psycopg.Connection[Any], old: BuildRow | None, new: BuildRow) -> None:
    """Make the new build the live one and retire the old one; the caller has the transaction open.

    Raises: AnotherRunner if either is not what it was
    """
    if old is not None:
        retired = connection.execute(
            """
            UPDATE registry.builds SET state = 'retired', updated_at = clock_timestamp()
             WHERE name = %(name)s AND build = %(build)s AND state = %(state)s
            """,
            {"name": old.name, "build": old.build, "state": old.state},
        )
        if retired.rowcount != 1:
            raise AnotherRunner(name=old.name, build=old.build)
    made_live = connection.execute(
        """
        UPDATE registry.builds
           SET state = 'live', error = NULL, kafka_offset = %(offset)s, updated_at = clock_timestamp()
         WHERE name = %(name)s AND build = %(build)s AND state = 'building' AND position = %(position)s
        """,
        {
            "name": new.name,
            "build": new.build,
            "position": new.position,
            # Where the old one was in the topic is before where the new one is: a place to look from.
            "offset": old.kafka_offset if old is not None else None,
        },
    )
    if made_live.rowcount != 1:
        raise AnotherRunner(name=new.name, build=new.build)


def drop(connection: psycopg.Connection[Any], build: BuildRow) -> None:
    """Remove a build that nobody reads, with its tables."""
    with connection.transaction():
        connection.execute(
            """
            DELETE FROM registry.builds
             WHERE name = %(name)s AND build = %(build)s AND state IN ('building', 'retired')
            """,
            {"name": build.name, "build": build.build},
        )
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(build.schema)))


def made_by(connection: psycopg.Connection[Any], build: BuildRow) -> str:
    """Return the mark of the code that makes a build; empty where nobody goes on with it."""
    row = connection.execute(
        "SELECT obj_description(to_regnamespace(quote_ident(%(schema)s))::oid, 'pg_namespace')",
        {"schema": build.schema},
    ).fetchone()
    return (row[0] or "") if row else ""


def drop_unfinished(connection: psycopg.Connection[Any], name: str, keep: BuildRow | None = None) -> None:
    """Remove what killed verifications left, and with `keep` all unfinished builds but that; for who is `alone`."""
    for left in of_state(connection, name, "building"):
        if keep is None and made_by(connection, left):
            continue
        if keep is None or left.build != keep.build:
            drop(connection, left)


@contextmanager
def alone(connection: psycopg.Connection[Any], name: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the right to make builds of this read model beside the live one; it ends with the session.

    Who has it may be waited for, for so many seconds; the connection is on autocommit.

    Raises: BuildBusy
    """
    key = {"key": f"icms beside {name}"}
    if not (_waited_for(connection, key, patience) if patience else _free(connection, key)):
        raise BuildBusy(name=name)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtext(%(key)s))", key)


def _free(connection: psycopg.Connection[Any], key: dict[str, str]) -> bool:
    return connection.execute("SELECT pg_try_advisory_lock(hashtext(%(key)s))", key).fetchone() == (True,)


def _waited_for(connection: psycopg.Connection[Any], key: dict[str, str], seconds: float) -> bool:
    limit = {"milliseconds": str(max(1, round(seconds * 1_000)))}
    connection.execute("SELECT set_config('lock_timeout', %(milliseconds)s, false)", limit)
    try:
        connection.execute("SELECT pg_advisory_lock(hashtext(%(key)s))", key)
    except psycopg.errors.LockNotAvailable:
        return False
    finally:
        connection.execute("RESET lock_timeout")
    return True
