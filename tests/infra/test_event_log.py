"""The log: rows in order, a clinic's prefix with the rulebook, and what was known at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from infra import event_log
from infra.append import append
from infra.event_log import EventLog, StoredRow
from infra.postgres import connect, role_dsn
from tests.infra.scratch_store import PASSWORDS, Connection, appending, command, event, make_store

CLINIC, OTHER = uuid4(), uuid4()
RULES = "PolicyAdopted.v1"


@pytest.fixture
def connection(fresh_database: str) -> Iterator[Connection]:
    with appending(make_store(fresh_database)) as opened:
        yield opened


@pytest.fixture
def log(connection: Connection, fresh_database: str) -> Iterator[EventLog]:
    with connect(role_dsn(fresh_database, "icms_reader", PASSWORDS["icms_reader"])) as reader:
        yield EventLog(reader)


def test_rows_come_in_order_and_say_what_was_appended(connection: Connection, log: EventLog) -> None:
    assert (log.head(), log.read(0, 10), log.row(1)) == (0, [], None)
    events = [event(uuid4(), disclosure="public" if number % 2 else "party", clinic_id=CLINIC) for number in range(5)]

    append(connection, [command(each) for each in events])

    rows = log.read(0, 10)
    assert [row.position for row in rows] == [1, 2, 3, 4, 5]
    assert log.read(2, 2) == rows[2:4]
    assert log.row(4) == rows[3]
    assert log.head() == 5
    assert [row.prev_public_position for row in rows] == [None, 0, None, 2, None]
    for row, appended in zip(rows, events, strict=True):
        facts = row._asdict()
        assert all(facts[name] == value for name, value in vars(appended).items())
    assert len({row.store_epoch for row in rows}) == 1
    assert isinstance(rows[0], StoredRow)
    assert rows[0].recorded_at.utcoffset() == timedelta(0)


def test_hashes_and_counts(connection: Connection, log: EventLog) -> None:
    append(connection, [command(event(uuid4(), topic=topic)) for topic in ("A.v1", "B.v1", "A.v1")])

    rows = log.read(0, 10)

    assert log.hashes(2, 3) == {row.position: row.leaf_hash for row in rows[1:]}
    assert log.counts() == {"A.v1": 2, "B.v1": 1}
    assert log.counts(upto=2) == {"A.v1": 1, "B.v1": 1}


def test_clinic_rows_are_its_own_and_the_rulebook_up_to_a_position(
    connection: Connection, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "PAGE", 3)
    kinds = [(CLINIC, "T.v1"), (CLINIC, "T.v1"), (OTHER, "T.v1"), (None, RULES), (None, "OfficerAppointed.v1")]
    append(
        connection,
        [command(event(uuid4(), clinic_id=kinds[n % 5][0], topic=kinds[n % 5][1])) for n in range(40)],
    )
    expected = [row for row in log.read(0, 100) if row.clinic_id == CLINIC or row.topic == RULES]

    assert list(log.read_clinic(CLINIC, topics=[RULES])) == expected
    assert list(log.read_clinic(CLINIC, topics=[RULES], upto=11, after=1)) == [
        r for r in expected if 1 < r.position <= 11
    ]
    assert [row.topic for row in log.read_clinic(OTHER)] == ["T.v1"] * 8


def test_position_at_a_moment_is_the_prefix_before_the_first_later_event(connection: Connection, log: EventLog) -> None:
    began = datetime.now(UTC) - timedelta(hours=1)
    offsets = [0, 1, 1, 3, 2, 2.5, 10, 8.5, 9, 12]
    moments = [began + timedelta(seconds=offset) for offset in offsets]
    append(connection, [command(event(uuid4(), recorded_at=moment)) for moment in moments])

    assert log.head() == len(offsets)
    for tenth in range(-10, 140):
        moment = began + timedelta(seconds=tenth / 10)
        later = [position for position, recorded in enumerate(moments, start=1) if recorded > moment]
        assert log.position_at(moment) == (min(later) - 1 if later else len(moments))


def test_position_at_a_moment_in_a_simulated_store(fresh_database: str) -> None:
    with appending(make_store(fresh_database, simulated=True)) as connection:
        began = datetime(2020, 1, 1, tzinfo=UTC)
        days = [5, 1, 9, 2, 12]
        append(connection, [command(event(uuid4(), recorded_at=began + timedelta(days=day))) for day in days])
        log = EventLog(connection)

        assert [log.position_at(began + timedelta(days=day)) for day in (0, 3, 5, 9, 12)] == [0, 0, 2, 4, 5]


def test_position_in_an_empty_store(connection: Connection, log: EventLog) -> None:
    assert log.position_at(datetime.now(UTC)) == 0
