"""The application's store: what is loaded is what the events say, and what was saved is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.codes import Role
from domain.officer import Officer
from domain.recording import KeyReused, StoreUnavailable, TimeAhead, TimeBehind, VersionConflict
from infra import recorder
from infra.avro_codec import EventTooLarge
from infra.event_store import EventStore
from infra.postgres import migrate, role_dsn
from infra.postgres_refusals import StoreNotOpened
from tests.infra.proxy import Fault, proxied
from tests.infra.scratch_store import (
    PASSWORDS,
    act,
    ago,
    count_events,
    damage,
    event_store,
    make_store,
    officer,
    record,
)


@pytest.fixture
def app_dsn(fresh_database: str) -> str:
    return make_store(fresh_database)


@pytest.fixture
def store(app_dsn: str) -> Iterator[EventStore]:
    opened = event_store(app_dsn)
    yield opened
    opened.close()


@pytest.fixture
def another(app_dsn: str) -> Iterator[EventStore]:
    """Yield a second store on the same database, as another process has it."""
    opened = event_store(app_dsn, freshness=0.0)
    yield opened
    opened.close()


def test_saved_aggregate_is_loaded_as_it_was(store: EventStore, another: EventStore) -> None:
    saved = officer()
    saved.grant(act(), Role.registrar, founding=True)

    receipt = store.save([saved], record(saved.id))

    assert (receipt.aggregate_id, receipt.version) == (saved.id, 2)
    assert (receipt.first_position, receipt.last_position, receipt.repeat) == (1, 2, False)
    assert store.load(Officer, saved.id) == another.load(Officer, saved.id) == saved
    assert store.load(Officer, uuid4()) is None


def test_repeat_is_answered_and_recalled(store: EventStore) -> None:
    saved = officer()
    its_record = record(saved.id)
    receipt = store.save([saved], its_record)

    again = store.save([officer()], its_record)

    assert again.repeat
    assert (again.aggregate_id, again.first_position) == (receipt.aggregate_id, receipt.first_position)
    assert store.recall(its_record) == again
    assert store.recall(record(saved.id)) is None
    other_request = record(saved.id, key=its_record.key_hmac, request=b"z" * 32)
    with pytest.raises(KeyReused):
        store.recall(other_request)
    with pytest.raises(KeyReused):
        store.save([officer()], other_request)


def test_two_stores_on_one_aggregate_one_wins_and_the_other_sees_it(store: EventStore, another: EventStore) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    mine, theirs = store.load(Officer, saved.id), another.load(Officer, saved.id)
    assert mine is not None
    assert theirs is not None
    mine.grant(act(), Role.registrar, founding=True)
    theirs.grant(act(), Role.auditor, founding=True)
    another.save([theirs], record(saved.id))

    with pytest.raises(VersionConflict):
        store.save([mine], record(saved.id))

    reloaded = store.load(Officer, saved.id)
    assert reloaded is not None
    assert reloaded.roles == {Role.auditor}
    reloaded.grant(act(), Role.registrar, founding=True)
    assert store.save([reloaded], record(saved.id)).version == 3
    seen = another.load(Officer, saved.id)
    assert seen is not None
    assert seen.roles == {Role.auditor, Role.registrar}


def test_refused_decision_leaves_no_trace(store: EventStore) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    dropped = store.load(Officer, saved.id)
    assert dropped is not None

    dropped.grant(act(), Role.registrar, founding=True)

    kept = store.load(Officer, saved.id)
    assert kept is not None
    assert kept.roles == frozenset()


def test_own_changes_are_folded_into_what_is_kept(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    monkeypatch.setattr(store, "history", lambda *_: pytest.fail("read again what was saved here"))

    for role in (Role.registrar, Role.auditor):
        changed = store.load(Officer, saved.id)
        assert changed is not None
        changed.grant(act(), role, founding=True)
        store.save([changed], record(saved.id))

    kept = store.load(Officer, saved.id)
    assert kept is not None
    assert kept.roles == {Role.registrar, Role.auditor}


def test_command_without_events_and_one_with_several_aggregates(store: EventStore, fresh_database: str) -> None:
    first, second = officer(), officer()

    both = store.save([first, second], record(second.id))
    unchanged = store.load(Officer, first.id)
    assert unchanged is not None
    nothing = store.save([unchanged], record(first.id))

    assert (both.aggregate_id, both.first_position, both.last_position) == (second.id, 1, 2)
    assert (nothing.version, nothing.first_position, nothing.last_position) == (1, 0, 0)
    assert damage(fresh_database) == []


def test_times_out_of_line_are_refused_by_name(store: EventStore) -> None:
    store.save([late := officer()], record(late.id))

    for seconds, error in ((60, TimeBehind), (-400, TimeAhead)):
        astray = Officer.begin(Officer.OfficerAppointed, uuid4(), act(ago(seconds)))
        with pytest.raises(error):
            store.save([astray], record(astray.id))


def test_event_that_is_too_large_is_refused_before_the_group(
    store: EventStore, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "LARGEST_EVENT", 100)
    saved = officer()

    with pytest.raises(EventTooLarge, match="at most 100"):
        store.save([saved], record(saved.id))

    assert count_events(fresh_database) == 0


def test_long_history_is_read_page_by_page(
    store: EventStore, another: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.event_store.PAGE", 7)
    saved = officer()
    for _ in range(50):
        saved.record(Officer.RoleGranted, act(), role=Role.registrar, granted_by=())
    store.save([saved], record(saved.id))

    assert another.load(Officer, saved.id) == saved


def test_many_threads_share_a_store(store: EventStore, fresh_database: str) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    conflicts = threading.Semaphore(0)

    def grant(_: int) -> None:
        while True:
            mine = store.load(Officer, saved.id)
            assert mine is not None
            mine.record(Officer.RoleGranted, act(), role=Role.registrar, granted_by=())
            try:
                store.save([mine], record(saved.id))
            except VersionConflict:
                conflicts.release()
            else:
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(grant, range(60)))

    final = store.load(Officer, saved.id)
    assert final is not None
    assert final.version == 61
    assert conflicts.acquire(blocking=False)
    assert damage(fresh_database) == []


def test_reading_survives_lost_connections(app_dsn: str, store: EventStore, fresh_database: str) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    terminate = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = 'icms_app' AND datname = current_database()
    """
    for _ in range(3):
        store.cache.clear()
        with psycopg.connect(fresh_database) as owner:
            owner.execute(terminate)

        assert store.load(Officer, saved.id) == saved


def test_unreachable_store_is_named(app_dsn: str) -> None:
    with proxied(app_dsn, lambda _: Fault.NONE) as (dsn, proxy):
        lonely = event_store(dsn, patience=0.3, freshness=0.0)
        proxy.close()

        with pytest.raises(StoreUnavailable):
            lonely.load(Officer, uuid4())
        with pytest.raises(StoreUnavailable):
            lonely.save([saved := officer()], record(saved.id))
        lonely.close()


def test_closed_store_refuses(app_dsn: str) -> None:
    closed = event_store(app_dsn)
    closed.close()

    with pytest.raises(StoreUnavailable):
        closed.save([saved := officer()], record(saved.id))
    with pytest.raises(StoreUnavailable):
        closed.load(Officer, uuid4())


def test_database_without_a_store_is_refused(fresh_database: str) -> None:
    migrate(fresh_database, PASSWORDS)

    with pytest.raises(StoreNotOpened):
        event_store(role_dsn(fresh_database, "icms_app", PASSWORDS["icms_app"]))


def test_environment_changes_nothing(app_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAPPER_TOPIC", "no.such:Mapper")
    monkeypatch.setenv("PERSISTENCE_MODULE", "no.such.module")

    opened = event_store(app_dsn)

    opened.save([saved := officer()], record(saved.id))
    opened.close()


def test_library_reads_the_same_store(store: EventStore) -> None:
    saved = [officer() for _ in range(5)]
    store.save(saved, record(saved[0].id))

    notifications = store.recorder.select_notifications(2, 3)
    through_the_library: Any = store.application.repository.get(saved[3].id)

    assert [(each.id, each.originator_id) for each in notifications] == [(n, saved[n - 1].id) for n in (2, 3, 4)]
    assert store.recorder.max_notification_id() == 5
    assert through_the_library == saved[3]
