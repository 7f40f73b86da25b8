"""A query reads the live build, knows its position, and waits for a position or is told how far behind it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from projections.live import ReadModelBehind, ReadModelMissing, live, reading
from tests.projections.answers import answering


@pytest.fixture
def owner(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with answering(fresh_database) as connection:
        yield connection


def move(owner: psycopg.Connection[Any], position: int) -> None:
    owner.execute("UPDATE registry.builds SET position = %s WHERE build = 1", (position,))


def test_the_live_build_is_read(owner: psycopg.Connection[Any]) -> None:
    with owner.transaction(), owner.cursor() as cursor:
        build = live(cursor, "answers")
        answer = cursor.execute("SELECT answer FROM answers").fetchone()

    assert (build.build, build.schema, build.position, build.state) == (1, "answers_1", 10, "live")
    assert answer == (1,)


def test_the_search_path_ends_with_the_transaction(owner: psycopg.Connection[Any]) -> None:
    before = owner.execute("SHOW search_path").fetchone()
    with reading(owner, "answers"):
        pass

    assert owner.execute("SHOW search_path").fetchone() == before
    assert owner.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_switch_is_seen_whole_or_not_at_all(owner: psycopg.Connection[Any]) -> None:
    with psycopg.connect(owner.info.dsn, password=owner.info.password, autocommit=True) as other:
        with reading(other, "answers") as (cursor, build):
            owner.execute("UPDATE registry.builds SET state = CASE build WHEN 1 THEN 'retired' ELSE 'building' END")
            owner.execute("UPDATE registry.builds SET state = 'live' WHERE build = 2")
            owner.execute("DELETE FROM answers_1.answers")
            assert cursor.execute("SELECT answer FROM answers").fetchall() == [(build.build,)] == [(1,)]

        with reading(other, "answers") as (cursor, build):
            assert cursor.execute("SELECT answer FROM answers").fetchall() == [(build.build,)] == [(2,)]


def test_a_quarantined_build_is_read_and_says_so(owner: psycopg.Connection[Any]) -> None:
    owner.execute("UPDATE registry.builds SET state = 'quarantined', error = 'position 11 …' WHERE build = 1")

    with reading(owner, "answers") as (_, build):
        assert build.quarantined
        assert build.error == "position 11 …"
    with pytest.raises(ReadModelBehind), reading(owner, "answers", min_position=11, wait=30):
        pass


def test_a_read_waits_for_the_position_it_asks_for(owner: psycopg.Connection[Any]) -> None:
    with psycopg.connect(owner.info.dsn, password=owner.info.password, autocommit=True) as other:
        mover = threading.Timer(0.1, move, (owner, 12))
        mover.start()
        with reading(other, "answers", min_position=12, wait=10) as (_, build):
            assert build.position == 12
        mover.join()

        mover = threading.Timer(0.1, move, (owner, 13))
        mover.start()
        with other.transaction(), other.cursor() as cursor:
            assert live(cursor, "answers", min_position=13, wait=10).position == 13
        mover.join()


def test_a_read_that_asks_for_a_position_waits_for_the_first_build(owner: psycopg.Connection[Any]) -> None:
    def build() -> None:
        owner.execute(
            "INSERT INTO registry.builds (name, build, schema_name, state, position) "
            "VALUES ('late', 1, 'late_1', 'live', 4)"
        )

    with psycopg.connect(owner.info.dsn, password=owner.info.password, autocommit=True) as other:
        builder = threading.Timer(0.1, build)
        builder.start()
        with reading(other, "late", min_position=4, wait=10) as (_, found):
            assert found.position == 4
        builder.join()
        with pytest.raises(ReadModelMissing), reading(other, "never", min_position=4, wait=0.05):
            pass


def test_who_waited_in_vain_is_told_how_far_it_is(owner: psycopg.Connection[Any]) -> None:
    with (
        pytest.raises(ReadModelBehind, match="up to position 10, but 11 was asked for"),
        reading(owner, "answers", min_position=11, wait=0.05),
    ):
        pass


def test_what_was_never_built_is_named(owner: psycopg.Connection[Any]) -> None:
    with pytest.raises(ReadModelMissing, match="nothing_like_it"), reading(owner, "nothing_like_it"):
        pass
