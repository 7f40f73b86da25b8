"""The stored accounts answer as the fold of the events does, however the log was cut, on any day, at any position."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.compliance import JudgedDuty, judge
from domain.declaration_duties import ClinicFacts
from domain.duties import DutyStatus, Rule
from domain.errors import InvalidInput
from domain.reader import OFFICER
from projections.duty_accounts import DutyAccounts, clinic_day, clinic_status, list_status, overdue
from projections.duty_fold import accounts_of, fold
from tests.projections.history import History, apply_in_batches, build, digest, society, uid

SCHEMAS = itertools.count(1)


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = DutyAccounts()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def test_rows_do_not_depend_on_how_the_log_was_cut(cursor: psycopg.Cursor[Any]) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 50), st.lists(st.integers(1, 120), max_size=12))
    def cut_anywhere(seed: int, cuts: list[int]) -> None:
        history = society(seed)

        assert built(cursor, history, *cuts) == built(cursor, history)

    cut_anywhere()


def test_a_new_instance_goes_on_where_the_old_one_stopped(cursor: psycopg.Cursor[Any]) -> None:
    history = society(3)
    first, second = DutyAccounts(), DutyAccounts()
    build(cursor, first, "continued")

    first.apply(cursor, history.log[:50])
    second.apply(cursor, history.log[50:])

    assert digest(cursor, second) == built(cursor, history)


def test_rows_are_the_same_under_another_hash_seed_clock_and_time_zone() -> None:
    program = (
        "import hashlib, sys, time_machine; from tests.projections.history import society;"
        "from projections.duty_fold import fold; logs = [society(seed).log for seed in range(2)];"
        "time_machine.travel(sys.argv[1]).start();"
        "told = [list(fold(log)[0].accounts()) for log in logs];"
        "print(hashlib.sha256(repr(told).encode()).hexdigest())"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-c", program, present],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone, present in (
            ("1", "UTC", "2026-12-01T00:00:00Z"),
            ("2", "Pacific/Auckland", "1999-12-31T23:59:59Z"),
            ("3", "America/Los_Angeles", "2038-01-19T03:14:08Z"),
        )
    }

    assert len(digests) == 1


@pytest.mark.parametrize("seed", range(4))
def test_an_answer_as_of_a_position_is_the_fold_up_to_it(cursor: psycopg.Cursor[Any], seed: int) -> None:
    history = society(seed)
    built(cursor, history, 40, 80)

    for position in (10, 37, 64, 90, len(history.log)):
        for number, day in itertools.product(range(4), (date(2024, 3, 1), date(2026, 1, 1))):
            clinic = uid(f"clinic {number}")
            ledger, rulebook = fold(history.log[:position])
            accounts = accounts_of(each for each in ledger.accounts() if each.clinic_id == clinic)
            assert accounts is not None

            answer = clinic_status(cursor, clinic, day, reader=OFFICER, as_of=position)

            assert answer == judge(accounts, rulebook.limits_on, day)


def test_now_is_as_of_the_last_position(cursor: psycopg.Cursor[Any]) -> None:
    history = society(7)
    built(cursor, history)

    now = clinic_status(cursor, uid("clinic 1"), date(2025, 1, 1), reader=OFFICER)

    assert now == clinic_status(cursor, uid("clinic 1"), date(2025, 1, 1), reader=OFFICER, as_of=len(history.log))


def test_the_list_shows_the_duties_of_all_clinics_page_by_page(cursor: psycopg.Cursor[Any]) -> None:
    history = society(9, events=200)
    built(cursor, history)
    day = date(2026, 6, 1)
    expected: list[JudgedDuty] = []
    for clinic in sorted(uid(f"clinic {number}") for number in range(4)):
        answer = clinic_status(cursor, clinic, day, reader=OFFICER)
        assert answer is not None
        expected += answer.duties

    pages: list[JudgedDuty] = []
    after = None
    while True:
        page = list_status(cursor, day, reader=OFFICER, limit=7, after=after)
        pages += page.duties
        after = page.next
        if after is None:
            break

    assert pages == expected
    assert list(list_status(cursor, day, reader=OFFICER, rule=Rule.fu_30, limit=10_000).duties) == [
        each for each in expected if each.duty.rule is Rule.fu_30
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_list_of_a_past_day_shows_what_was_overdue_then(cursor: psycopg.Cursor[Any], seed: int) -> None:
    history = society(seed, events=200)
    built(cursor, history)

    for day in (date(2024, 6, 1), date(2025, 3, 1), date(2026, 1, 1), date(2027, 6, 1), date(2047, 1, 1)):
        found = list(overdue(cursor, day, reader=OFFICER, limit=10_000).duties)

        everything = list_status(cursor, day, reader=OFFICER, limit=10_000).duties
        assert found == [each for each in everything if each.status is DutyStatus.overdue]


def test_a_list_as_of_a_position_knows_nothing_later(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = late_follow_up()
    built(cursor, history)
    day = date(2025, 8, 1)

    before = overdue(cursor, day, reader=OFFICER, clinic=clinic, rule=Rule.fu_30, as_of=len(history.log) - 1)
    after = overdue(cursor, day, reader=OFFICER, clinic=clinic, rule=Rule.fu_30)

    assert [each.duty.item for each in before.duties] == ["3 months"]
    assert after.duties == ()


def test_happened_by_leaves_out_what_happened_later(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = late_follow_up()
    built(cursor, history)
    cursor.execute("CREATE SCHEMA registry")
    cursor.execute(
        "CREATE TABLE registry.events (position bigint, topic text, originator_id uuid, originator_version int,"
        " clinic_id uuid, recorded_at timestamptz, occurred_on text, disclosure text, state bytea)"
    )
    by_id: dict[tuple[UUID, int], Any] = {}
    for each in history.log:
        by_id[each.aggregate_id, each.version] = each.event
        cursor.execute(
            "INSERT INTO registry.events VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '')",
            (
                each.position, each.topic, each.aggregate_id, each.version, each.clinic_id, each.recorded_at,
                each.occurred_on, each.disclosure,
            ),
        )  # fmt: skip

    def decode(topic: str, state: bytes, aggregate_id: UUID, version: int) -> Any:
        return by_id[aggregate_id, version]

    day = date(2025, 8, 1)

    earlier = clinic_status(cursor, clinic, day, reader=OFFICER, happened_by=date(2025, 6, 20), decode=decode)
    later = clinic_status(cursor, clinic, day, reader=OFFICER, happened_by=date(2025, 12, 1), decode=decode)

    assert earlier is not None
    late = [each for each in earlier.duties if each.status is DutyStatus.overdue and each.duty.rule is Rule.fu_30]
    assert [each.duty.item for each in late] == ["3 months"]
    assert later == clinic_status(cursor, clinic, day, reader=OFFICER)
    with pytest.raises(InvalidInput):
        clinic_status(cursor, clinic, day, reader=OFFICER, happened_by=day)


def test_today_is_the_day_where_the_clinic_is(cursor: psycopg.Cursor[Any]) -> None:
    history = society(3)
    built(cursor, history)
    late, early = datetime(2025, 6, 30, 23, 30, tzinfo=UTC), datetime(2025, 6, 30, 0, 30, tzinfo=UTC)
    ledger, _ = fold(history.log)
    zones = {each.clinic_id: each.time_zone for each in ledger.accounts() if isinstance(each, ClinicFacts)}

    days = {
        clinic: (clinic_day(cursor, clinic, late, reader=OFFICER), clinic_day(cursor, clinic, early, reader=OFFICER))
        for clinic in zones
    }

    assert days == {
        clinic: tuple(moment.astimezone(ZoneInfo(zone)).date() for moment in (late, early))
        for clinic, zone in zones.items()
    }
    assert any(day != (date(2025, 6, 30),) * 2 for day in days.values())


def test_an_unknown_clinic_has_no_status(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, society(1, events=10))

    assert clinic_status(cursor, uid("nobody"), date(2025, 1, 1), reader=OFFICER) is None


def test_a_foreign_page_mark_is_refused(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, society(1, events=10))

    with pytest.raises(InvalidInput):
        list_status(cursor, date(2025, 1, 1), reader=OFFICER, after="elsewhere")


def late_follow_up() -> tuple[History, UUID]:
    history = History()
    knee = history.registry("knee", "2024-12-01")
    clinic = history.clinic("Clinic", "2024-12-01")
    history.enrol(clinic, "2024-12-01", knee)
    history.treat("t", clinic, knee, "2025-01-10", "2025-01-12")
    history.follow_up("t", clinic, 3, "2025-07-01")
    return history, clinic
