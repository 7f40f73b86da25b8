"""A second process finds what one would have found, is not missed when it ends, and does not outlive who waits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from consumers import store_process
from consumers.store_check import check_store
from consumers.store_process import StoreProcess
from consumers.store_rows import StoreRows
from infra.postgres import connect, migrate, open_store
from tests.consumers.written_log import WrittenLog


@pytest.fixture
def log(fresh_database: str) -> Iterator[WrittenLog]:
    """Return 300 events, of which one has another's hash and one is missing."""
    migrate(fresh_database, {})
    open_store(fresh_database, simulated=True)
    log = WrittenLog(fresh_database)
    log.write(300)
    with log.connection.transaction():
        log.connection.execute("ALTER TABLE registry.events DISABLE TRIGGER never_changed")
        log.connection.execute("UPDATE registry.events SET leaf_hash = sha256('x') WHERE position = 120")
        log.connection.execute("DELETE FROM registry.events WHERE position = 296")
        log.connection.execute("ALTER TABLE registry.events ENABLE TRIGGER never_changed")
    yield log
    log.close()


def test_it_finds_what_this_process_finds(
    fresh_database: str, log: WrittenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(fresh_database) as connection:
        count, here = check_store(StoreRows(connection), log.codec, 300, lambda _: None)

    with StoreProcess(fresh_database, log.codec.catalogue, 300) as beside:
        monkeypatch.setattr(store_process, "check_store", None)  # not done here
        counted, there = beside.result(lambda _: None)

    assert (counted, dataclasses.asdict(there)) == (count, dataclasses.asdict(here))
    assert count == 299
    assert sorted(here.counts) == ["hash_wrong", "position_missing"]


def test_what_prevents_it_is_made_up_for(fresh_database: str, log: WrittenLog) -> None:
    with StoreProcess(fresh_database, log.codec.catalogue, 300) as beside:
        beside.process.kill()
        counted, there = beside.result(lambda _: None)

    assert counted == 299
    assert sorted(there.counts) == ["hash_wrong", "position_missing"]


def test_it_ends_with_the_block(fresh_database: str, log: WrittenLog) -> None:
    with pytest.raises(InterruptedError), StoreProcess(fresh_database, log.codec.catalogue, 300) as beside:
        raise InterruptedError

    assert not beside.process.is_alive()
