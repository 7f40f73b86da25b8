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
from consumers.replay import Progress, Replay, ReplayFailed, moment, no_progress
from consumers.shares import make_in_shares
from consumers.stance import changes, stances_of
from consumers.store_rows import StoreRows
from infra.avro_codec import Codec
from infra.crash_points import crash_point
from infra.postgres import connect
from projections.read_model import ReadModel
from projections.share import ShareCrossed, shareable

SHARES = 2
"""Processes that fold a long log: as many as two cores can hold."""
WORTH_SHARES = 50_000
"""Events below which starting processes costs more than it saves."""


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
        build, resumed_at = _begun(connection, make())
        crash_point("rebuild.after_create")
        build = _in_shares(dsn, connection, make, codec, build, progress, shares)
        replay = Replay(connection, reading, make, codec, build)
        try:
            result = _compare_and_switch(dsn, connection, replay, make, progress, agree)
        except (ReplayFailed, StoreRewritten):
            # Nothing to go on with: what it holds is of a log or of code that failed.
            replay.drop()
            raise
        result = dataclasses.replace(result, resumed_at=resumed_at)
        if not result.switched:
            if not keep:
                replay.drop()
            return result
        crash_point("rebuild.after_switch")
        for old in builds.of_state(connection, name, "retired")[1:]:
            builds.drop(connection, old)
        return result


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


def _in_shares(
    dsn: str,
    connection: psycopg.Connection[Any],
    make: MakeReadModel,
    codec: Codec,
    build: BuildRow,
    progress: Progress,
    shares: int,
) -> BuildRow:
    """Return a build made in shares as far as the live one is; as it was where it is not worth it or cannot be."""
    model, upto = make(), _aim(connection, build.name)
    begun = bool(share_cursors.begun(connection, build))
    worth_it = build.position == 0 and upto >= WORTH_SHARES and shares > 1 and shareable(model) is not None
    if not (begun or worth_it):
        return build
    try:
        return make_in_shares(dsn, connection, make, codec, build, upto, shares, progress)
    except ShareCrossed:
        builds.drop(connection, build)
        return builds.create(connection, model, "building", code_of(model))
    except (ReplayFailed, StoreRewritten):
        builds.drop(connection, build)
        raise


def _is_the_stores(connection: psycopg.Connection[Any], build: BuildRow) -> bool:
    """Tell whether the event up to which a build has come is still the one that it applied."""
    row = connection.execute(
        "SELECT leaf_hash FROM registry.events WHERE position = %(position)s", {"position": build.position}
    ).fetchone()
    return build.position == 0 or (row is not None and bytes(row[0]) == bytes(build.leaf_hash or b""))


def _compare_and_switch(
    dsn: str,
    connection: psycopg.Connection[Any],
    replay: Replay,
    make: MakeReadModel,
    progress: Progress,
    agree: Callable[[Comparison | None], bool],
) -> Rebuilt:
    name = make().name
    old = builds.current(connection, name)
    replay.advance(old.position if old else StoreRows(connection).head(), progress)
    comparison = _compared(dsn, connection, replay, make()) if old else None
    position = replay.build.position
    agreed = agree(comparison)
    if agreed:
        crash_point("rebuild.before_switch")
        _switch(connection, replay, name)
    return Rebuilt(name, replay.build.build, position, comparison, agreed)


def _compared(dsn: str, connection: psycopg.Connection[Any], replay: Replay, model: ReadModel) -> Comparison:
    """Bring the new build to where the old one is in one moment, and compare them there; the old one is not held up."""
    tables, stances = model.tables, stances_of(model)
    with moment(dsn) as then:
        old, schema = _seen(then, model.name), replay.build.schema
        replay.advance(old.position)
        with connection.cursor() as now:
            if digest(then, old.schema, tables) == digest(now, schema, tables):
                return Comparison(_count(now, schema, tables))
            found = compare(then, old.schema, now, schema, tables)
            if stances is None:
                return found
            changed, count = changes(then, old.schema, now, schema, stances)
            return dataclasses.replace(found, stances=changed, stances_count=count)


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
