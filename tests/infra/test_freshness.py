"""What other processes changed is found out in time, and what this one wrote is known without asking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.codes import Role
from domain.officer import Officer
from domain.recording import VersionConflict
from infra.event_store import EventStore
from infra.reader import Reader
from tests.infra.scratch_store import act, event_store, make_store, officer, record


@pytest.fixture
def app_dsn(fresh_database: str) -> str:
    return make_store(fresh_database)


@pytest.fixture
def store(app_dsn: str) -> Iterator[EventStore]:
    opened = event_store(app_dsn, freshness=60.0)
    yield opened
    opened.close()


@pytest.fixture
def another(app_dsn: str) -> Iterator[EventStore]:
    """Yield a second store on the same database, as another process has it, that asks before every load."""
    opened = event_store(app_dsn, freshness=0.0)
    yield opened
    opened.close()


def test_what_others_changed_is_seen_at_the_next_question(store: EventStore, another: EventStore) -> None:
    saved = officer()
    store.save([saved], record(saved.id))

    for version, role in enumerate((Role.registrar, Role.auditor, Role.policy_officer), start=2):
        before = another.load(Officer, saved.id)
        assert before is not None
        assert before.version == version - 1
        changed = store.load(Officer, saved.id)
        assert changed is not None
        changed.grant(act(), role, founding=True)
        store.save([changed], record(saved.id))


def test_very_many_changes_of_others_are_seen_too(store: EventStore, another: EventStore) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    another.load(Officer, saved.id)
    changed = store.load(Officer, saved.id)
    assert changed is not None
    changed.grant(act(), Role.registrar, founding=True)
    store.save([changed], record(saved.id))

    store.save([officer() for _ in range(1100)], record(saved.id))

    seen = another.load(Officer, saved.id)
    assert seen is not None
    assert seen.roles == {Role.registrar}


def test_who_writes_alone_does_not_ask(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    monkeypatch.setattr(Reader, "rows", lambda *_: pytest.fail("asked"))

    assert store.load(Officer, saved.id) == saved


def test_a_conflict_ends_every_belief(store: EventStore, another: EventStore) -> None:
    mine, other = officer(), officer()
    store.save([mine, other], record(mine.id))
    for person in (mine, other):
        theirs = another.load(Officer, person.id)
        assert theirs is not None
        theirs.grant(act(), Role.auditor, founding=True)
        another.save([theirs], record(person.id))
    stale = store.load(Officer, mine.id)
    assert stale is not None
    assert stale.version == 1
    stale.grant(act(), Role.registrar, founding=True)

    with pytest.raises(VersionConflict):
        store.save([stale], record(mine.id))

    assert [store.load(Officer, person.id) for person in (mine, other)] == [
        another.load(Officer, person.id) for person in (mine, other)
    ]


def test_a_commit_of_ours_hides_no_change_of_others(store: EventStore, another: EventStore) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    another.load(Officer, saved.id)
    changed = store.load(Officer, saved.id)
    assert changed is not None
    changed.grant(act(), Role.registrar, founding=True)
    store.save([changed], record(saved.id))

    another.save([unrelated := officer()], record(unrelated.id))

    assert another.load(Officer, saved.id) == changed


def test_what_is_kept_wrongly_ends_with_the_conflict(store: EventStore) -> None:
    saved = officer()
    store.save([saved], record(saved.id))
    old = store.load(Officer, saved.id)
    changed = store.load(Officer, saved.id)
    assert old is not None
    assert changed is not None
    changed.grant(act(), Role.registrar, founding=True)
    store.save([changed], record(saved.id))
    store.cache.clear()
    store.cache.keep(old)
    old.grant(act(), Role.auditor, founding=True)

    with pytest.raises(VersionConflict):
        store.save([old], record(saved.id))

    assert store.load(Officer, saved.id) == changed
