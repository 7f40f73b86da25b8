"""Made in shares, a read model holds the rows that it holds made whole; what cannot be made apart is made whole."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from consumers import builds, making, rebuild, share_cursors
from consumers.builds import BuildBusy, BuildRow
from consumers.code_mark import code_of
from consumers.digest import digest
from consumers.halting import AnotherRunner, StoreRewritten
from consumers.replay import Progress, Replay, no_progress
from consumers.shares import ShareProcess, Task, await_all, make_in_shares, make_share
from consumers.store_rows import StoreRows
from domain.treatment import Treatment
from infra import crash_points
from infra.postgres import connect
from projections.duty_accounts import DutyAccounts
from projections.share import Share, ShareCrossed
from tests.consumers.conftest import TestedRegistry
from tests.consumers.worker_process import until
from tests.projections.history import History, society, uid

EVENTS = 700


def apart(history: History) -> list[Any]:
    """Return the events of a history; no follow-up serves another clinic's treatment."""
    owners: dict[UUID, UUID | None] = {}
    events: list[Any] = []
    for recorded in history.log:
        event: Any = recorded.event
        owners.setdefault(recorded.aggregate_id, recorded.clinic_id)
        if isinstance(event, Treatment.FollowUpRecorded):
            serves = tuple(each for each in event.follow_up.serves if owners[each] == recorded.clinic_id)
            event = dataclasses.replace(event, follow_up=dataclasses.replace(event.follow_up, serves=serves))
        events.append(event)
    return events


@contextmanager
def connected(registry: TestedRegistry) -> Iterator[psycopg.Connection[Any]]:
    with connect(registry.dsn("icms_projector")) as connection:
        yield connection


def empty(connection: psycopg.Connection[Any]) -> BuildRow:
    return builds.create(connection, DutyAccounts(), "building", code_of(DutyAccounts()))


def digest_of(connection: psycopg.Connection[Any], build: BuildRow) -> str:
    with connection.cursor() as cursor:
        return digest(cursor, build.schema, DutyAccounts.tables)


def whole(registry: TestedRegistry, upto: int) -> str:
    """Return the digest of what one process makes."""
    with connected(registry) as connection, connected(registry) as reading:
        replay = Replay(connection, reading, DutyAccounts, registry.log.codec)
        replay.advance(upto)
        found = digest_of(connection, replay.build)
        replay.drop()
    return found


def task(registry: TestedRegistry, build: BuildRow, share: Share, upto: int) -> Task:
    return Task(registry.dsn("icms_projector"), DutyAccounts, registry.log.codec.catalogue, build, share, upto)


def in_shares(
    registry: TestedRegistry,
    connection: psycopg.Connection[Any],
    upto: int,
    of: int,
    progress: Progress = no_progress,
) -> BuildRow:
    build, codec = empty(connection), registry.log.codec
    dsn = registry.dsn("icms_projector")
    return make_in_shares(dsn, connection, DutyAccounts, codec, build, upto, of, progress)


def rebuilt(registry: TestedRegistry, **how: Any) -> rebuild.Rebuilt:
    return rebuild.rebuild(registry.dsn("icms_projector"), DutyAccounts, registry.log.codec, **how)


@pytest.fixture
def made_in_shares(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Let a log be long from 300 events on, and return from where to where builds are made in shares."""
    monkeypatch.setattr(making, "WORTH_SHARES", 300)
    made: list[tuple[int, int]] = []

    def noting(dsn: Any, connection: Any, make: Any, codec: Any, build: BuildRow, upto: int, *more: Any) -> BuildRow:
        made.append((build.position, upto))
        return make_in_shares(dsn, connection, make, codec, build, upto, *more)

    monkeypatch.setattr(making, "make_in_shares", noting)
    return made


@pytest.mark.parametrize(("seed", "of"), [(1, 2), (2, 3)])
def test_shares_make_the_rows_that_one_process_makes(registry: TestedRegistry, seed: int, of: int) -> None:
    registry.log.add(apart(society(seed, EVENTS, clinics=9)))
    with connected(registry) as connection:
        made = in_shares(registry, connection, EVENTS, of)

        assert made.position == EVENTS
        assert builds.of_state(connection, made.name, "building") == [made]
        assert digest_of(connection, made) == whole(registry, EVENTS)


def test_every_event_of_a_clinic_is_of_one_share_and_the_rest_of_all(registry: TestedRegistry) -> None:
    registry.log.add(apart(society(3, 200, clinics=9)))
    shares = [Share(number, 3) for number in range(3)]
    with connected(registry) as connection:
        rows = StoreRows(connection)
        streamed = {share: [row for rows in rows.stream(0, 200, share) for row in rows] for share in shares}
        everything = [row for rows in rows.stream(0, 200) for row in rows]

    for row in everything:
        having = [share for share in shares if row in streamed[share]]
        expected = [share for share in shares if row.clinic_id is None or share.holds(row.clinic_id)]
        assert having == expected
    assert all(streamed.values())


def test_where_an_event_concerns_two_shares_all_is_made_whole(
    registry: TestedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.log.add(each.event for each in society(4, EVENTS, clinics=9).log)
    monkeypatch.setattr(making, "WORTH_SHARES", 1)
    with connected(registry) as connection, pytest.raises(ShareCrossed):
        in_shares(registry, connection, EVENTS, 2)

    made = rebuilt(registry, shares=2)

    with connected(registry) as connection:
        live = builds.current(connection, "duty_accounts")
        assert live is not None
        assert (made.build, made.position, live.build) == (live.build, EVENTS, made.build)
        assert digest_of(connection, live) == whole(registry, EVENTS)


@pytest.mark.parametrize("moved", ["treatment", "clinic"])
def test_an_aggregate_of_two_clinics_is_noticed(registry: TestedRegistry, moved: str) -> None:
    clinics = [uid(f"clinic {number}") for number in range(9)]
    one = next(each for each in clinics if Share(0, 2).holds(each))
    other = next(each for each in clinics if Share(1, 2).holds(each))
    history = society(5, 40, clinics=9)
    history.treat("a treatment", one, uid("knee"), "2025-01-01", "2025-01-02")
    if moved == "treatment":
        history.add(Treatment.TreatmentVoided, uid("a treatment"), "2025-02-01", clinic=other)
    else:
        kind = type(next(each.event for each in history.log if each.aggregate_id == one))
        history.add(kind, one, "2025-02-01", clinic=other)
    registry.log.add(apart(history))

    with connected(registry) as connection, pytest.raises(ShareCrossed):
        in_shares(registry, connection, len(history.log), 2)


def test_a_build_in_shares_is_gone_on_with_where_each_share_was(registry: TestedRegistry) -> None:
    registry.log.add(apart(society(6, EVENTS, clinics=9)))
    with connected(registry) as connection:
        build = empty(connection)
        first, second = share_cursors.begin(connection, build, 2)
        make_share(task(registry, build, first, 500))
        make_share(task(registry, build, second, 200))

    # Two shares were begun, so two are gone on with, whatever would be chosen now.
    made = rebuilt(registry, shares=5)

    assert (made.build, made.resumed_at, made.position, made.switched) == (build.build, 200, EVENTS, True)
    with connected(registry) as connection:
        live = builds.current(connection, "duty_accounts")
        assert live is not None
        assert digest_of(connection, live) == whole(registry, EVENTS)


def test_a_share_of_a_log_that_is_no_longer_the_stores_is_begun_anew(registry: TestedRegistry) -> None:
    events = apart(society(7, EVENTS, clinics=9))
    registry.log.add(events[:300])
    with connected(registry) as connection:
        build = empty(connection)
        first, second = share_cursors.begin(connection, build, 2)
        make_share(task(registry, build, first, 300))
        make_share(task(registry, build, second, 100))
    registry.log.cut_back(200)
    registry.log.write(200)

    made = rebuilt(registry)

    assert (made.build, made.resumed_at) == (build.build + 1, 0)


def test_what_a_killed_process_left_is_made_here(registry: TestedRegistry) -> None:
    registry.log.add(apart(society(8, EVENTS, clinics=9)))
    with connected(registry) as connection:
        build = empty(connection)
        shares = share_cursors.begin(connection, build, 2)
        for share in shares:
            with ShareProcess(task(registry, build, share, EVENTS)) as beside:
                beside.process.kill()
                await_all([beside], lambda: None)
        made = share_cursors.arrive(connection, build, shares, EVENTS)

        assert digest_of(connection, made) == whole(registry, EVENTS)


def test_a_share_is_applied_once_whoever_does_it(registry: TestedRegistry) -> None:
    registry.log.add(apart(society(9, 120, clinics=9)))
    with connected(registry) as connection, connected(registry) as reading:
        build = empty(connection)
        share, _ = share_cursors.begin(connection, build, 2)

        def make() -> DutyAccounts:
            return DutyAccounts(share)

        late = Replay(connection, reading, make, registry.log.codec, build, share)
        make_share(task(registry, build, share, 120))

        with pytest.raises(AnotherRunner):
            late.advance(120)


def test_a_build_has_not_arrived_before_all_its_shares(registry: TestedRegistry) -> None:
    registry.log.add(apart(society(10, 120, clinics=9)))
    with connected(registry) as connection:
        build = empty(connection)
        shares = share_cursors.begin(connection, build, 2)
        make_share(task(registry, build, shares[0], 120))

        with pytest.raises(StoreRewritten):
            share_cursors.arrive(connection, build, shares, 120)


def killed_in_shares(registry: TestedRegistry, there: int, here: int) -> None:
    """Kill each share of a rebuild after so many batches, and the rebuild itself as it makes what they left."""
    child = os.fork()
    if child == 0:
        # What is spawned from here has this environment and is armed by it; this process is armed otherwise.
        os.environ[crash_points.VARIABLE] = f"rebuild.after_batch:{there}"
        crash_points.arm({crash_points.VARIABLE: f"rebuild.after_batch:{here}"})
        try:
            rebuilt(registry)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def resumed(registry: TestedRegistry) -> rebuild.Rebuilt:
    """Go on as soon as the killed one's session is gone."""
    found: list[rebuild.Rebuilt] = []

    def went_on() -> bool:
        try:
            found.append(rebuilt(registry))
        except BuildBusy:
            return False
        return True

    until(went_on)
    return found[0]


def test_shares_killed_on_their_way_are_gone_on_with_and_make_the_same_rows(
    registry: TestedRegistry, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, events = random.Random(seed), 2 * EVENTS
    monkeypatch.setattr(making, "WORTH_SHARES", 1)
    monkeypatch.setattr("consumers.replay.BATCH", 100)
    registry.log.add(apart(society(chance.randrange(1 << 30), events, clinics=9))[:events])

    there, here = chance.randint(1, 2), 1
    killed_in_shares(registry, there, here)

    with connected(registry) as connection:
        (left,) = builds.of_state(connection, "duty_accounts", "building")
        reached = [
            share_cursors.at(connection, left, share).position for share in share_cursors.begun(connection, left)
        ]
    assert left.position == 0 < min(reached) < max(reached) < events
    made = resumed(registry)
    assert (made.build, made.resumed_at, made.position) == (left.build, min(reached), events)
    with connected(registry) as connection:
        live = builds.current(connection, "duty_accounts")
        assert live is not None
        assert digest_of(connection, live) == whole(registry, events)


def test_the_share_that_fails_first_is_heard_first(registry: TestedRegistry) -> None:
    registry.log.add(each.event for each in society(4, EVENTS, clinics=9).log)
    with connected(registry) as connection, connected(registry) as other:
        # The first share gets nowhere: somebody is still making it.
        schema = f"duty_accounts_{empty(connection).build + 1}"
        other.execute("SELECT pg_advisory_lock(hashtext(%(key)s))", {"key": f"icms share 0 of {schema}"})
        deadline = time.monotonic() + 60

        def look(*_: int) -> None:
            assert time.monotonic() < deadline, "nobody heard the other share"

        with pytest.raises(ShareCrossed):
            in_shares(registry, connection, EVENTS, 2, look)


def test_what_a_quarantined_build_lacks_is_made_in_shares(
    registry: TestedRegistry, made_in_shares: list[tuple[int, int]]
) -> None:
    events = apart(society(11, EVENTS, clinics=9))[:EVENTS]
    registry.log.add(events[:100])
    rebuilt(registry)
    assert made_in_shares == []
    registry.log.connection.execute("UPDATE registry.builds SET state = 'quarantined'")
    registry.log.add(events[100:])

    kept = rebuilt(registry, agree=lambda _: False, keep=True)
    made = rebuilt(registry)

    assert made_in_shares == [(0, 100), (100, EVENTS)]
    assert (made.build, made.resumed_at, made.position) == (kept.build, 100, 100)
    assert made.comparison is not None
    assert made.comparison.equal
    with connected(registry) as connection:
        live = builds.current(connection, "duty_accounts")
        assert live is not None
        assert (live.build, live.position, live.state) == (made.build, EVENTS, "live")
        assert share_cursors.begun(connection, live) == ()
        assert digest_of(connection, live) == whole(registry, EVENTS)


def test_what_was_made_whole_is_not_gone_on_with_in_shares(
    registry: TestedRegistry, made_in_shares: list[tuple[int, int]]
) -> None:
    events = apart(society(12, EVENTS, clinics=9))[:EVENTS]
    registry.log.add(events)
    with connected(registry) as connection, connected(registry) as reading:
        build = in_shares(registry, connection, 100, 2)
        assert len(share_cursors.begun(connection, build)) == 2
        replay = Replay(connection, reading, DutyAccounts, registry.log.codec, build)
        replay.advance(150)
        assert share_cursors.begun(connection, replay.build) == ()

    made = rebuilt(registry)

    assert (made.build, made.resumed_at, made_in_shares) == (build.build, 150, [])
    with connected(registry) as connection:
        live = builds.current(connection, "duty_accounts")
        assert live is not None
        assert digest_of(connection, live) == whole(registry, EVENTS)
