"""A new build of a read model takes the old one's place in one step, after it was shown what would change.

Meanwhile the old one is read and goes on following the log. It is kept, retired, until the next rebuild; killed at
any moment, a rebuild leaves the one that is read as it was, and the next rebuild clears away what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from consumers import builds
from consumers.builds import BuildRow
from consumers.digest import Comparison, compare, digest
from consumers.fold import MakeReadModel
from consumers.replay import Progress, Replay, moment, no_progress
from consumers.store_rows import StoreRows
from infra.avro_codec import Codec
from infra.crash_points import crash_point
from infra.postgres import connect


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found and did."""

    name: str
    build: int
    position: int
    """Where the new build was when it was compared."""
    comparison: Comparison | None
    """With the old one at the same position; None where there was no old one."""
    switched: bool


def always(comparison: Comparison | None) -> bool:  # noqa: ARG001 - it agrees to whatever differs
    """Agree to the switch."""
    return True


def rebuild(
    dsn: str,
    make: MakeReadModel,
    codec: Codec,
    progress: Progress = no_progress,
    agree: Callable[[Comparison | None], bool] = always,
) -> Rebuilt:
    """Build a read model anew from the store, as the role icms_projector, and switch to it if `agree` says so.

    Raises: BuildBusy, ReplayFailed, AnotherRunner, DatabaseRefused
    """
    name = make().name
    with connect(dsn, "icms rebuild") as connection, builds.alone(connection, name):
        builds.drop_unfinished(connection, name)
        replay = Replay(connection, make, codec)
        crash_point("rebuild.after_create")
        try:
            result = _compare_and_switch(dsn, connection, replay, make, progress, agree)
        except BaseException:
            if not connection.closed:
                replay.drop()
            raise
        if not result.switched:
            replay.drop()
            return result
        crash_point("rebuild.after_switch")
        for old in builds.of_state(connection, name, "retired")[1:]:
            builds.drop(connection, old)
        return result


def _compare_and_switch(
    dsn: str,
    connection: psycopg.Connection[Any],
    replay: Replay,
    make: MakeReadModel,
    progress: Progress,
    agree: Callable[[Comparison | None], bool],
) -> Rebuilt:
    name, tables = make().name, make().tables
    old = builds.current(connection, name)
    replay.advance(old.position if old else StoreRows(connection).head(), progress)
    comparison = _compared(dsn, connection, replay, name, tables) if old else None
    position = replay.build.position
    agreed = agree(comparison)
    if agreed:
        crash_point("rebuild.before_switch")
        _switch(connection, replay, name)
    return Rebuilt(name, replay.build.build, position, comparison, agreed)


def _compared(
    dsn: str, connection: psycopg.Connection[Any], replay: Replay, name: str, tables: tuple[str, ...]
) -> Comparison:
    """Bring the new build to where the old one is in one moment, and compare them there; the old one is not held up."""
    with moment(dsn) as then:
        old = _seen(then, name)
        replay.advance(old.position)
        with connection.cursor() as now:
            if digest(then, old.schema, tables) == digest(now, replay.build.schema, tables):
                return Comparison(_count(now, replay.build.schema, tables))
            return compare(then, old.schema, now, replay.build.schema, tables)


def _switch(connection: psycopg.Connection[Any], replay: Replay, name: str) -> None:
    """Catch up twice: with the old build moving, then for the last few events with its row held."""
    rows = StoreRows(connection)
    replay.advance(max(rows.head(), replay.build.position))
    with connection.transaction():
        old = _held(connection, name)
        if old is not None and old.position > replay.build.position:
            replay.advance(old.position)
        builds.switch(connection, old, replay.build)


def _held(connection: psycopg.Connection[Any], name: str) -> BuildRow | None:
    connection.execute(
        "SELECT FROM registry.builds WHERE name = %(name)s AND state IN ('live', 'quarantined') FOR UPDATE",
        {"name": name},
    )
    return builds.current(connection, name)


def _seen(cursor: psycopg.Cursor[Any], name: str) -> BuildRow:
    build = builds.current(cursor.connection, name)
    assert build is not None
    return build


def _count(cursor: psycopg.Cursor[Any], schema: str, tables: tuple[str, ...]) -> int:
    total = 0
    for table in tables:
        statement = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(schema, table))
        row = cursor.execute(statement).fetchone()
        total += int(row[0]) if row else 0
    return total
