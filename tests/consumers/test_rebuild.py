"""A rebuild shows what would change, switches in one step, and leaves the live build alone until then."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from consumers import builds
from consumers.builds import BuildBusy
from consumers.code_mark import code_of
from consumers.digest import Comparison, digest
from consumers.rebuild import Rebuilt, rebuild
from consumers.replay import Replay, ReplayFailed
from consumers.stance import changes, stances_of
from domain.clinic import Clinic
from infra import crash_points
from infra.crash_points import CRASH_POINTS
from infra.postgres import connect
from projections.catalogue import READ_MODELS
from projections.live import reading
from projections.read_model import ReadModel, Recorded
from tests.consumers.conftest import TestedRegistry
from tests.consumers.counting_model import Choking, Counting
from tests.consumers.runner import Runner, cursor_of, judge
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.worker_process import until


def make_live(registry: TestedRegistry, events: int) -> None:
    """Give the registry a live build of the counting model with that many events."""
    registry.log.write(events)
    assert rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec).switched


def states(registry: TestedRegistry) -> list[tuple[int, str]]:
    return registry.log.connection.execute("SELECT build, state FROM registry.builds ORDER BY build").fetchall()


def schemas(registry: TestedRegistry) -> list[str]:
    rows = registry.log.connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'counting_%' ORDER BY 1"
    )
    return [name for (name,) in rows.fetchall()]


def test_an_equal_build_takes_the_place_and_the_old_one_is_kept_until_the_next(registry: TestedRegistry) -> None:
    make_live(registry, 5_200)
    steps: list[tuple[int, int]] = []

    result = rebuild(
        registry.dsn("icms_projector"),
        Counting,
        registry.log.codec,
        progress=lambda done, upto: steps.append((done, upto)),
    )

    assert (result.build, result.position, result.switched) == (2, 5_200, True)
    assert result.comparison is not None
    assert result.comparison.equal
    assert steps[-1] == (5_200, 5_200)
    assert states(registry) == [(1, "retired"), (2, "live")]
    judge(registry, 5_200)

    rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec)
    assert states(registry) == [(2, "retired"), (3, "live")]
    assert schemas(registry) == ["counting_2", "counting_3"]


def test_what_would_change_is_shown_before_the_switch_and_can_be_declined(registry: TestedRegistry) -> None:
    make_live(registry, 300)
    registry.log.connection.execute("DELETE FROM counting_1.places WHERE position = 7")
    registry.log.connection.execute("UPDATE counting_1.places SET topic = 'Spoiled' WHERE position > 250")
    shown: list[Comparison | None] = []

    def decline(found: Comparison | None) -> bool:
        shown.append(found)
        return False

    result = rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec, agree=decline)

    assert not result.switched
    assert states(registry) == [(1, "live")]
    found = shown[0]
    assert found is not None
    assert (found.only_live, found.only_new) == (50, 51)
    assert len(found.examples) == 20
    rows = {(each.build, each.row) for each in found.examples}
    assert any(side == "live" and "Spoiled" in row for side, row in rows)


def test_the_live_build_follows_the_log_during_a_rebuild_and_readers_never_see_a_mix(
    registry: TestedRegistry,
    topic: TopicWriter,
) -> None:
    registry.log.write(400)
    topic.publish(1, 400)
    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == 400)

        def meanwhile(found: Comparison | None) -> bool:
            registry.log.write(200)
            topic.publish(401, 600)
            until(lambda: cursor_of(registry)[0] == 600)
            return True

        result = rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec, agree=meanwhile)
        assert result.switched
        judge(registry, 600)

        registry.log.write(50)
        topic.publish(601, 650)
        until(lambda: cursor_of(registry)[0] == 650)

    judge(registry, 650)


def test_a_quarantined_build_is_replaced_by_a_rebuild(
    registry: TestedRegistry,
    topic: TopicWriter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry.log.write(60)
    topic.publish(1, 60)
    with Runner(registry, Choking):
        until(lambda: cursor_of(registry, "choking")[1] == "quarantined")
        monkeypatch.setattr(Choking, "choke_at", 0)

        result = rebuild(registry.dsn("icms_projector"), Choking, registry.log.codec)

        assert result.switched
        registry.log.write(10)
        topic.publish(61, 70)
        until(lambda: cursor_of(registry, "choking")[0] == 70)
    judge(registry, 70, "choking")


def test_what_a_quarantined_build_lacks_is_made_after_the_comparison_and_told(registry: TestedRegistry) -> None:
    make_live(registry, 300)
    registry.log.connection.execute("UPDATE registry.builds SET state = 'quarantined'")
    registry.log.write(9_000)
    told: list[tuple[int, int] | Comparison | None] = []

    result = rebuild(
        registry.dsn("icms_projector"),
        Counting,
        registry.log.codec,
        lambda position, upto: told.append((position, upto)),
        lambda found: told.append(found) or True,
    )

    compared = told.index(result.comparison)
    assert (result.position, told[compared - 1]) == (300, (300, 300))
    assert told[compared + 1 :] == [(position, 9_300) for position in (2_300, 4_300, 6_300, 8_300, 9_300)]
    assert states(registry) == [(1, "retired"), (2, "live")]
    judge(registry, 9_300)


def test_a_read_model_that_cannot_be_replayed_leaves_everything_as_it_was(registry: TestedRegistry) -> None:
    registry.log.write(50)

    with pytest.raises(ReplayFailed, match=r"position 37 .*KeyError"):
        rebuild(registry.dsn("icms_projector"), Choking, registry.log.codec)

    assert states(registry) == []


@pytest.mark.parametrize("point", [point for point in CRASH_POINTS if point.startswith("rebuild.")])
def test_killed_anywhere_the_live_build_is_whole_and_the_next_rebuild_clears_up(
    registry: TestedRegistry, point: str
) -> None:
    make_live(registry, 200)
    child = os.fork()
    if child == 0:
        # A fork, not a process of its own: quick, and nothing but this code and the database is in it.
        crash_points.arm({crash_points.VARIABLE: point})
        try:
            rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL

    judge(registry, 200)
    until(lambda: _rebuilt(registry))

    judge(registry, 200)
    assert [state for _, state in states(registry)] == ["retired", "live"]
    assert len(schemas(registry)) == 2


def _rebuilt(registry: TestedRegistry) -> bool:
    """Rebuild as soon as the killed one's session is gone."""
    try:
        return rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec).switched
    except BuildBusy:
        return False


def kept(registry: TestedRegistry, agree: bool = False, make: type[Counting] = Counting) -> Rebuilt:
    """Rebuild as `icms rebuild` does: what is not switched to is kept."""
    return rebuild(registry.dsn("icms_projector"), make, registry.log.codec, agree=lambda _: agree, keep=True)


def killed_after(registry: TestedRegistry, batches: int) -> None:
    """Kill a rebuild when it has applied so many batches."""
    child = os.fork()
    if child == 0:
        seen: list[int] = []

        def die(position: int, _: int) -> None:
            seen.append(position)
            if len(seen) == batches:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec, die)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def resumed(registry: TestedRegistry, agree: bool = True) -> Rebuilt:
    """Go on as soon as the killed one's session is gone."""
    found: list[Rebuilt] = []

    def went_on() -> bool:
        try:
            found.append(kept(registry, agree))
        except BuildBusy:
            return False
        return True

    until(went_on)
    return found[0]


def test_a_killed_rebuild_is_gone_on_with_where_it_was(registry: TestedRegistry) -> None:
    make_live(registry, 11_000)
    killed_after(registry, 1)
    assert states(registry) == [(1, "live"), (2, "building")]

    result = resumed(registry)

    assert (result.build, result.resumed_at, result.position) == (2, 2_000, 11_000)
    assert result.comparison is not None
    assert result.comparison.equal
    assert states(registry) == [(1, "retired"), (2, "live")]
    judge(registry, 11_000)


class Identified(Counting):
    """A read model that looks at what seldom happens."""

    name = "identified"
    looks_at = (Clinic.ClinicIdentified,)


def test_the_cursor_moves_also_where_nothing_is_looked_at(
    registry: TestedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.replay._STRETCH", 200)
    monkeypatch.setattr("consumers.store_rows.STRETCH", 200)
    registry.log.write(1_100)
    moved: list[int] = []

    rebuild(registry.dsn("icms_projector"), Identified, registry.log.codec, lambda done, _: moved.append(done))

    assert list(dict.fromkeys(moved)) == [200, 400, 600, 800, 1_000, 1_100]


def test_what_was_looked_at_is_kept_and_switched_to_without_building_it_again(registry: TestedRegistry) -> None:
    make_live(registry, 300)
    looked_at = kept(registry)
    assert (looked_at.switched, states(registry)) == (False, [(1, "live"), (2, "building")])

    switched = kept(registry, agree=True)

    assert (switched.build, switched.resumed_at, switched.switched) == (2, 300, True)
    judge(registry, 300)


def test_other_code_begins_anew(registry: TestedRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    make_live(registry, 300)
    kept(registry)
    monkeypatch.setattr("consumers.rebuild.code_of", lambda model: f"other code of {model.name}")

    result = kept(registry)

    assert (result.build, result.resumed_at) == (3, 0)
    assert states(registry) == [(1, "live"), (3, "building")]
    assert schemas(registry) == ["counting_1", "counting_3"]


def test_the_mark_of_code_follows_the_read_model_and_its_rooms() -> None:
    assert code_of(Counting()) == code_of(Counting())
    assert code_of(Counting()) != code_of(Choking())
    assert len(code_of(Counting())) == 64


def test_a_build_of_a_log_that_is_no_longer_the_stores_is_begun_anew(registry: TestedRegistry) -> None:
    make_live(registry, 300)
    kept(registry)
    registry.log.connection.execute(
        "UPDATE registry.builds SET leaf_hash = decode(repeat('00', 32), 'hex') WHERE state = 'building'"
    )

    assert kept(registry).resumed_at == 0


def test_a_build_ahead_of_the_live_one_is_begun_anew_so_that_both_are_compared_at_one_position(
    registry: TestedRegistry,
) -> None:
    make_live(registry, 300)
    kept(registry)
    registry.log.connection.execute("UPDATE registry.builds SET position = 200 WHERE state = 'live'")

    result = kept(registry)

    assert (result.resumed_at, result.position) == (0, 200)


def test_a_verification_leaves_a_kept_build_alone(registry: TestedRegistry) -> None:
    make_live(registry, 300)
    kept(registry)
    with connect(registry.dsn("icms_projector")) as connection:
        builds.create(connection, Counting(), "building")

        builds.drop_unfinished(connection, "counting")

    assert states(registry) == [(1, "live"), (2, "building")]


class OfClinics(Counting):
    """A read model whose rows say which clinic they are about."""

    name = "of_clinics"
    tables = ("rows",)
    script = "CREATE TABLE rows (position bigint PRIMARY KEY, clinic_id uuid, topic text NOT NULL)"

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        cursor.executemany(
            "INSERT INTO rows (position, clinic_id, topic) VALUES (%s, %s, %s)",
            [(each.position, each.clinic_id, each.topic) for each in batch],
        )


def test_clinics_for_which_something_changes_are_named_with_their_rows(registry: TestedRegistry) -> None:
    registry.log.write(300)
    kept(registry, agree=True, make=OfClinics)
    execute = registry.log.connection.execute
    rows = execute("SELECT DISTINCT clinic_id::text FROM of_clinics_1.rows WHERE clinic_id IS NOT NULL").fetchall()
    changed = sorted(clinic_id for (clinic_id,) in rows)[:2]
    execute("UPDATE of_clinics_1.rows SET topic = 'Spoiled' WHERE clinic_id::text = ANY (%(ids)s)", {"ids": changed})

    found = kept(registry, make=OfClinics).comparison

    assert found is not None
    assert [each.clinic_id for each in found.clinics] == changed
    assert found.clinics_count == len(changed) > 0
    for each in found.clinics:
        assert 0 < len(each.live) <= 3
        assert all("Spoiled" in row for row in each.live)
        assert not any("Spoiled" in row for row in each.new)


class Telling(OfClinics):
    """A read model that says how each clinic stands: by the newest of its events."""

    name = "telling"
    stances = """
        SELECT DISTINCT ON (clinic_id) clinic_id, 'newest: ' || topic, ARRAY['event at ' || position::text]
          FROM {schema}.rows
         WHERE clinic_id IS NOT NULL
         ORDER BY clinic_id, position DESC
    """


def test_which_clinics_would_stand_otherwise_is_said_with_the_events_it_rests_on(registry: TestedRegistry) -> None:
    registry.log.write(300)
    kept(registry, agree=True, make=Telling)
    execute = registry.log.connection.execute
    newest = execute(
        "SELECT clinic_id::text, max(position) FROM telling_1.rows WHERE clinic_id IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    (one, position), (gone, last), (old, _) = newest[:3]
    execute("UPDATE telling_1.rows SET topic = 'Spoiled' WHERE position = %(at)s", {"at": position})
    execute("DELETE FROM telling_1.rows WHERE clinic_id = %(id)s", {"id": gone})
    execute(
        "UPDATE telling_1.rows SET topic = 'Spoiled' WHERE position = "
        "(SELECT min(position) FROM telling_1.rows WHERE clinic_id = %(id)s)",
        {"id": old},
    )

    found = kept(registry, make=Telling).comparison

    assert found is not None
    assert (found.stances_count, found.clinics_count) == (2, 3)
    assert [each.clinic_id for each in found.stances] == [one, gone]
    assert (found.stances[0].live, found.stances[1].live) == (("newest: Spoiled",), ())
    assert all(each.new[0].startswith("newest: ") for each in found.stances)
    assert [each.because for each in found.stances] == [(f"event at {position}",), (f"event at {last}",)]


@pytest.mark.parametrize("make", [each for each in READ_MODELS if stances_of(each)], ids=lambda each: each.name)
def test_what_a_read_model_says_of_clinics_can_be_asked_of_any_build(
    registry: TestedRegistry, make: type[ReadModel]
) -> None:
    rebuild(registry.dsn("icms_projector"), make, registry.log.codec)
    query, schema = stances_of(make), f"{make().name}_1"
    assert query is not None
    with connect(registry.dsn("icms_projector"), "one") as one, connect(registry.dsn("icms_projector"), "two") as two:
        assert changes(one.cursor(), schema, two.cursor(), schema, query) == ((), 0)


def test_two_rebuilds_of_one_read_model_do_not_meet(registry: TestedRegistry) -> None:
    make_live(registry, 20)
    with (
        connect(registry.dsn("icms_projector")) as connection,
        builds.alone(connection, "counting"),
        pytest.raises(BuildBusy, match="counting"),
    ):
        rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec)


def test_who_makes_builds_of_a_read_model_is_waited_for_no_longer_than_is_said(registry: TestedRegistry) -> None:
    dsn = registry.dsn("icms_projector")
    with connect(dsn) as one, connect(dsn) as other:
        with builds.alone(one, "counting"), pytest.raises(BuildBusy), builds.alone(other, "counting", patience=0.05):
            pass
        with builds.alone(other, "counting", patience=0.05):
            assert other.execute("SHOW lock_timeout").fetchone() == one.execute("SHOW lock_timeout").fetchone()


def test_the_cut_into_batches_makes_no_difference(registry: TestedRegistry) -> None:
    registry.log.write(120)
    digests = set()
    with (
        connect(registry.dsn("icms_projector")) as connection,
        connect(registry.dsn("icms_projector")) as reading,
    ):
        for steps in ((120,), (1, 2, 3, 119, 120), (*range(1, 121, 7), 120)):
            replay = Replay(connection, reading, Counting, registry.log.codec)
            for upto in steps:
                replay.advance(upto)
            with connection.cursor() as cursor:
                digests.add(digest(cursor, replay.build.schema, Counting.tables))
            replay.drop()

    assert len(digests) == 1
    assert schemas(registry) == []


def test_readers_of_the_live_build_are_not_held_up_by_the_switch(registry: TestedRegistry, seed: int) -> None:
    chance = random.Random(seed)
    make_live(registry, chance.randrange(50, 1_000))
    readers, stop = chance.randint(1, 4), threading.Event()
    seen: list[set[int]] = [set() for _ in range(readers)]
    failed: list[Exception] = []

    def read_all_the_time(mine: set[int]) -> None:
        try:
            with psycopg.connect(registry.owner_dsn, autocommit=True) as connection:
                while not stop.is_set():
                    with reading(connection, "counting") as (cursor, build):
                        row = cursor.execute("SELECT count(*) FROM places").fetchone()
                        assert row == (build.position,)
                        mine.add(build.build)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failed.append(error)

    threads = [threading.Thread(target=read_all_the_time, args=(each,)) for each in seen]
    for each in threads:
        each.start()
    until(lambda: all(1 in each for each in seen) or bool(failed))
    rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec)
    until(lambda: all(2 in each for each in seen) or bool(failed))
    stop.set()
    for each in threads:
        each.join()

    assert failed == []
    assert seen == [{1, 2}] * readers


SIZES = (
    500,
    pytest.param(20_000, marks=pytest.mark.campaign),
    pytest.param(1_000_000, marks=[pytest.mark.campaign, pytest.mark.timeout(7_200)]),
)


@pytest.mark.parametrize("size", SIZES)
def test_rebuilds_of_one_log_have_one_digest_whenever_they_are_cut_short(
    registry: TestedRegistry, size: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times: whole, cut into other batches, and killed on its way and gone on with."""
    chance = random.Random(seed)
    batch = min(2_000, size // 5)
    monkeypatch.setattr("consumers.replay.BATCH", batch)
    for _ in range(10):
        registry.log.write(size // 10)
    assert rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec).switched
    digests = {digest_of_live(registry)}

    dsn = registry.dsn("icms_projector")
    with connect(dsn) as connection, connect(dsn) as reading:
        replay = Replay(connection, reading, Counting, registry.log.codec)
        for upto in (*sorted(chance.sample(range(1, size), 7)), size):
            replay.advance(upto)
        with connection.cursor() as cursor:
            digests.add(digest(cursor, replay.build.schema, Counting.tables))
        replay.drop()

    killed_after(registry, chance.randint(1, size // batch - 2))
    assert 0 < resumed(registry).resumed_at < size
    digests.add(digest_of_live(registry))

    assert len(digests) == 1
    assert registry.log.head == size
    judge(registry, size)


def digest_of_live(registry: TestedRegistry) -> str:
    """Return the digest of the build that is read."""
    live = builds.current(registry.log.connection, "counting")
    assert live is not None
    with registry.log.connection.cursor() as cursor:
        return digest(cursor, live.schema, Counting.tables)
