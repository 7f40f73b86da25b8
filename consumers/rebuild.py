"""A new build of a read model takes the old one's place in one step, after it was shown what would change.

Meanwhile the old one is read and goes on following the log. It is kept, retired, until the next rebuild; killed at
any moment, a rebuild leaves the one that is read as it was. The next rebuild goes on with what is left if the same
code began it and the store still holds what it has applied (decision 0038); else it clears it away.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from consumers import builds, share_cursors
from consumers.builds import BuildRow
from consumers.code_mark import code_of
from consumers.digest import Comparison, compare, digest
from consumers.fold import MakeReadModel
from consumers.halting import StoreRewritten
from consumers.making import Making
from consumers.replay import Progress, ReplayFailed, moment, no_progress
from consumers.stance import changes, stances_of
from consumers.store_rows import StoreRows
from infra.avro_codec import Codec
from infra.crash_points import crash_point
from infra.postgres import connect
from projections.read_model import ReadModel

SHARES = 2
"""Processes that fold a long log: as many as two cores can hold."""


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
    resumed_at: int = 0
    """Position up to which an earlier, unfinished rebuild had come; 0 where it began at the first event."""


def always(comparison: Comparison | None) -> bool:  # noqa: ARG001 - it agrees to whatever differs
    """Agree to the switch."""
    return True


def rebuild(
    dsn: str,
    make: MakeReadModel,
    codec: Codec,
    progress: Progress = no_progress,
    agree: Callable[[Comparison | None], bool] = always,
    *,
    keep: bool = False,
    shares: int = SHARES,
) -> Rebuilt:
    """Build a read model anew from the store, as the role icms_projector, and switch to it if `agree` says so.

    `keep` leaves a build that is not switched to, for the next rebuild to go on with and switch to. A long log is
    folded in so many `shares`, each in a process of its own, where the read model can be made so.

    Raises: BuildBusy, ReplayFailed, AnotherRunner, DatabaseRefused
    """
    name = make().name
    with (
        connect(dsn, "icms rebuild") as connection,
        connect(dsn, "icms replay") as reading,
        builds.alone(connection, name),
    ):
        begun, resumed_at = _begun(connection, make())
        crash_point("rebuild.after_create")
        making = Making(
            dsn=dsn, connection=connection, reading=reading, make=make, codec=codec, shares=shares, begun=begun
        )
        try:
            result = _compare_and_switch(making, progress, agree)
        except (ReplayFailed, StoreRewritten):
            # Nothing to go on with: what it holds is of a log or of code that failed.
            making.drop()
            raise
        if result.switched:
            crash_point("rebuild.after_switch")
            for old in builds.of_state(connection, name, "retired")[1:]:
                builds.drop(connection, old)
        elif not keep:
            making.drop()
        return dataclasses.replace(result, resumed_at=resumed_at)


def _begun(connection: psycopg.Connection[Any], model: ReadModel) -> tuple[BuildRow, int]:
    """Return the build to go on with, an empty one where none is fit, and the position up to which it is whole.

    What else was left unfinished is removed.
    """
    code = code_of(model)
    upto = _aim(connection, model.name)
    fit = (
        left
        for left in builds.of_state(connection, model.name, "building")
        if builds.made_by(connection, left) == code
        and all(each.position <= upto and _is_the_stores(connection, each) for each in _cursors(connection, left))
    )
    build = next(fit, None) or builds.create(connection, model, "building", code)
    builds.drop_unfinished(connection, model.name, keep=build)
    return build, min(each.position for each in _cursors(connection, build))


def _aim(connection: psycopg.Connection[Any], name: str) -> int:
    """Return where the live build is, with which the new one is compared; the store's end where there is none."""
    live = builds.current(connection, name)
    return live.position if live else StoreRows(connection).head()


def _cursors(connection: psycopg.Connection[Any], build: BuildRow) -> list[BuildRow]:
    """Return the build as it is, or as each of its shares is."""
    return [share_cursors.at(connection, build, share) for share in share_cursors.begun(connection, build)] or [build]


def _is_the_stores(connection: psycopg.Connection[Any], build: BuildRow) -> bool:
    """Tell whether the event up to which a build has come is still the one that it applied."""
    row = connection.execute(
        "SELECT leaf_hash FROM registry.events WHERE position = %(position)s", {"position": build.position}
    ).fetchone()
    return build.position == 0 or (row is not None and bytes(row[0]) == bytes(build.leaf_hash or b""))


def _compare_and_switch(making: Making, progress: Progress, agree: Callable[[Comparison | None], bool]) -> Rebuilt:
    name = making.build.name
    old = builds.current(making.connection, name)
    making.advance(old.position if old else StoreRows(making.connection).head(), progress)
    comparison = _compared(making) if old else None
    position = making.build.position
    agreed = agree(comparison)
    if agreed:
        crash_point("rebuild.before_switch")
        _switch(making, progress)
    return Rebuilt(name, making.build.build, position, comparison, agreed)


def _compared(making: Making) -> Comparison:
    """Bring the new build to where the old one is in one moment, and compare them there; the old one is not held up."""
    model = making.make()
    tables, stances = model.tables, stances_of(model)
    with moment(making.dsn) as then:
        old = _seen(then, model.name)
        making.advance(old.position)
        schema = making.build.schema
        with making.connection.cursor() as now:
            if digest(then, old.schema, tables) == digest(now, schema, tables):
                return Comparison(_count(now, schema, tables))
            found = compare(then, old.schema, now, schema, tables)
            if stances is None:
                return found
            changed, count = changes(then, old.schema, now, schema, stances)
            return dataclasses.replace(found, stances=changed, stances_count=count)


def _switch(making: Making, progress: Progress) -> None:
    """Catch up twice: with the old build moving, then for the last few events with its row held.

    Where the old build stands still, in quarantine, the first of these is what is left of the log.
    """
    connection = making.connection
    making.advance(max(StoreRows(connection).head(), making.build.position), progress)
    with connection.transaction():
        old = _held(connection, making.build.name)
        if old is not None and old.position > making.build.position:
            making.follow(old.position)
        share_cursors.forget(connection, making.build)
        builds.switch(connection, old, making.build)


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
