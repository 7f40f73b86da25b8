"""The log is read whole and in order, page by page or as one stream, and a stream that is left costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consumers import store_rows
from consumers.store_rows import StoreRows
from infra.postgres import connect, migrate, open_store
from tests.consumers.written_log import WrittenLog


@pytest.fixture
def log(fresh_database: str) -> Iterator[WrittenLog]:
    migrate(fresh_database, {})
    open_store(fresh_database, simulated=True)
    log = WrittenLog(fresh_database)
    log.write(450)
    yield log
    log.close()


@pytest.fixture
def rows(log: WrittenLog, fresh_database: str) -> Iterator[StoreRows]:
    with connect(fresh_database) as connection:
        yield StoreRows(connection)


@pytest.mark.parametrize(("after", "upto"), [(0, 450), (3, 449), (100, 300), (120, 120), (449, 450), (0, 900)])
def test_a_stream_gives_the_same_rows_as_pages(
    rows: StoreRows, monkeypatch: pytest.MonkeyPatch, after: int, upto: int
) -> None:
    # Neither the hundred rows of a chunk nor the end of the log falls on the end of a stretch.
    monkeypatch.setattr(store_rows, "STRETCH", 130)

    streamed = [row for chunk in rows.stream(after, upto) for row in chunk]

    assert streamed == [row for page in rows.pages(after, upto) for row in page]
    assert [row.position for row in streamed] == list(range(after + 1, min(upto, 450) + 1))


def test_topics_left_out_do_not_come_but_the_last_row_of_a_stretch_does(
    rows: StoreRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_rows, "STRETCH", 130)
    everything = [row for chunk in rows.stream(0, 450) for row in chunk]
    topics = sorted({row.topic for row in everything})
    ends = {130, 260, 390, 450}

    some = [row for chunk in rows.stream(0, 450, without=topics[:1]) for row in chunk]
    none = [row.position for chunk in rows.stream(0, 450, without=topics) for row in chunk]

    assert some == [row for row in everything if row.topic != topics[0] or row.position in ends]
    assert len(some) < len(everything)
    assert none == sorted(ends)


def test_a_stream_goes_on_behind_a_stretch_without_rows(
    rows: StoreRows, log: WrittenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_rows, "STRETCH", 50)
    with log.connection.transaction():
        log.connection.execute("ALTER TABLE registry.events DISABLE TRIGGER never_changed")
        log.connection.execute("DELETE FROM registry.events WHERE position > 100 AND position <= 260")
        log.connection.execute("ALTER TABLE registry.events ENABLE TRIGGER never_changed")

    positions = [row.position for chunk in rows.stream(0, 450) for row in chunk]

    assert positions == [*range(1, 101), *range(261, 451)]


def test_a_stream_that_is_left_gives_the_connection_back(rows: StoreRows) -> None:
    stream = rows.stream(0, 450)
    assert len(next(stream)) == 100
    stream.close()  # type: ignore[attr-defined]  # a generator

    assert rows.head() == 450
