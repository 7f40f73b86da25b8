"""Made in shares, a read model holds the rows that it holds made whole; what cannot be made apart is made whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from consumers import builds, rebuild, share_cursors
from consumers.builds import BuildRow
from consumers.code_mark import code_of
from consumers.digest import digest
from consumers.halting import AnotherRunner, StoreRewritten
from consumers.replay import Replay
from consumers.shares import ShareProcess, Task, make_in_shares, make_share
from consumers.store_rows import StoreRows
from domain.treatment import Treatment
from infra.postgres import connect
from projections.duty_accounts import DutyAccounts
from projections.share import Share, ShareCrossed
from tests.consumers.conftest import TestedRegistry
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


def in_shares(registry: TestedRegistry, connection: psycopg.Connection[Any], upto: int, of: int) -> BuildRow:
    build, codec = empty(connection), registry.log.codec
    dsn = registry.dsn("icms_projector")
    return make_in_shares(dsn, connection, DutyAccounts, codec, build, upto, of, lambda *_: None)


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
    monkeypatch.setattr(rebuild, "WORTH_SHARES", 1)
    with connected(registry) as connection, pytest.raises(ShareCrossed):
        in_shares(registry, connection, EVENTS, 2)

    made = rebuild.rebuild(registry.dsn("icms_projector"), DutyAccounts, registry.log.codec, shares=2)

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


def test_a_killed_build_in_shares_is_gone_on_with_where_each_share_was(
    registry: TestedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.log.add(apart(society(6, EVENTS, clinics=9)))
    with connected(registry) as connection:
        build = empty(connection)
        first, second = share_cursors.begin(connection, build, 2)
        make_share(task(registry, build, first, 500))
        make_share(task(registry, build, second, 200))

    # Two shares were begun, so two are gone on with, whatever would be chosen now.
    monkeypatch.setattr(rebuild, "SHARES", 5)
    made = rebuild.rebuild(registry.dsn("icms_projector"), DutyAccounts, registry.log.codec)

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

    made = rebuild.rebuild(registry.dsn("icms_projector"), DutyAccounts, registry.log.codec)

    assert (made.build, made.resumed_at) == (build.build + 1, 0)


def test_what_a_killed_process_left_is_made_here(registry: TestedRegistry) -> None:
    registry.log.add(apart(society(8, EVENTS, clinics=9)))
    with connected(registry) as connection:
        build = empty(connection)
        shares = share_cursors.begin(connection, build, 2)
        for share in shares:
            with ShareProcess(task(registry, build, share, EVENTS)) as beside:
                beside.process.kill()
                beside.wait(lambda: None)
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
