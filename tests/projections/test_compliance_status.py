"""What is recorded of each duty, on any day, at any position: folded from obligations and standings alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import psycopg
import pytest

from domain.duties import RecordedStatus, Rule
from domain.errors import InvalidInput
from domain.obligation import Obligation
from domain.obligation_terms import ObligationEnding
from domain.reader import OFFICER
from domain.standing import Standing, standing_id
from infra.postgres import migrate
from projections.compliance_status import ComplianceStatus, RecordedDuty, clinic_day, decided, list_status, standing_of
from tests.projections.history import History, apply_in_batches, build, digest, uid
from tests.projections.test_obligations import open_one
from tests.projections.test_obligations import told as five_obligations

SCHEMAS = count()
CLINIC, OTHER = uid("clinic"), uid("other clinic")
WHY = f"{uid('correction')}/3"


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def told() -> History:
    """Return a log of duties of two clinics: those of the work queue's test, one that ended, one of the society."""
    history, _ = five_obligations()
    ended = open_one(history, "FU-30", "ended", "2026-02-28", CLINIC)
    history.add(Obligation.ObligationWaived, ended, "2026-03-20", clinic=CLINIC, ending=ObligationEnding.voided,
                ended_by=WHY)  # fmt: skip
    history.add(Standing.StandingAssessed, standing_id(CLINIC), "2026-04-01", clinic=CLINIC, occurred_on="2026-03-31")
    return history


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = ComplianceStatus()
    build(cursor, model, f"compliance_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def by_subject(duties: tuple[RecordedDuty, ...]) -> dict[str, tuple[str, int]]:
    names = {uid(name): name for name in ("one", "two", "death", "guideline", "enrolment", "ended")}
    return {names[each.about]: (each.status, each.late_days) for each in duties}


def on(cursor: psycopg.Cursor[Any], day: date, **how: Any) -> dict[str, tuple[str, int]]:
    return by_subject(list_status(cursor, day, reader=OFFICER, **how).duties)


def test_each_duty_of_a_clinic_stands_as_it_is_recorded(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    assert on(cursor, date(2026, 2, 10)) == {
        "one": ("overdue", 10),
        "two": ("fulfilled", 0),
        "death": ("fulfilled_late", 7),
        "guideline": ("extended", 0),
        "ended": ("open", 0),
    }


def test_a_day_sees_nothing_that_came_after_it(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    assert on(cursor, date(2026, 1, 10), clinic=CLINIC) == {
        "one": ("open", 0),
        "two": ("fulfilled", 0),
        "death": ("missed", 2),
        "ended": ("open", 0),
    }
    # It ended before it could be missed, and the clock said so three weeks later only.
    assert on(cursor, date(2026, 3, 1), clinic=CLINIC)["ended"] == ("ended", 0)


def test_an_answer_as_of_a_position_knows_nothing_later(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, history)
    met = next(each.position for each in history.log if getattr(each.event, "late_days", 0) == 7)
    day = date(2026, 2, 10)

    assert on(cursor, day, as_of=met - 1)["death"] == ("missed", 33)
    assert on(cursor, day, as_of=met)["death"] == ("fulfilled_late", 7)
    assert on(cursor, day, happened_by=date(2026, 1, 14))["death"] == ("missed", 33)
    assert on(cursor, day, happened_by=date(2026, 1, 15))["death"] == ("fulfilled_late", 7)


def test_a_duty_tells_its_policy_and_all_events_it_rests_on(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, history)

    (ended,) = list_status(cursor, date(2026, 4, 1), reader=OFFICER, rule=Rule.fu_30).duties

    assert (ended.policy_version, ended.ending) == (1, "voided")
    assert ended.evidence == (f"{uid('ended')}/1", WHY, f"{ended.obligation_id}/1", f"{ended.obligation_id}/2")
    assert ended.positions == [each.position for each in history.log if each.aggregate_id == ended.obligation_id]


def test_pages_put_together_are_the_whole_list(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())
    day, after, pages = date(2026, 2, 10), None, []
    while True:
        page = list_status(cursor, day, reader=OFFICER, limit=2, after=after)
        pages += page.duties
        after = page.next
        if after is None:
            break

    assert (tuple(pages), len(pages)) == (list_status(cursor, day, reader=OFFICER).duties, 5)
    late = list_status(cursor, day, reader=OFFICER, status=RecordedStatus.fulfilled_late).duties
    assert late == tuple(each for each in pages if each.status == "fulfilled_late")
    with pytest.raises(InvalidInput):
        list_status(cursor, day, reader=OFFICER, after="elsewhere")


def test_it_says_up_to_where_the_clock_has_decided(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, History())
    assert decided(cursor, reader=OFFICER) == (0, None)

    built(cursor, history)
    assert decided(cursor, reader=OFFICER, as_of=3).position == 3
    cursor.execute("INSERT INTO registry.clock (position, ticked_at) VALUES (900, '2026-04-02T00:00Z')")
    now = decided(cursor, reader=OFFICER)
    assert (now.position, now.at and now.at.isoformat()[:10]) == (900, "2026-04-02")
    assert decided(cursor, reader=OFFICER, as_of=3) == (3, None)


def test_a_clinics_standing_and_day_are_known_as_of_a_position(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, history)
    last = history.log[-1].position

    found = standing_of(cursor, CLINIC, reader=OFFICER)

    assert found is not None
    assert (found.position, found.event_id) == (last, f"{standing_id(CLINIC)}/1")
    assert standing_of(cursor, CLINIC, reader=OFFICER, as_of=last - 1) is None
    assert standing_of(cursor, CLINIC, reader=OFFICER, happened_by=date(2026, 3, 30)) is None
    assert standing_of(cursor, OTHER, reader=OFFICER) is None
    noon = history.log[0].recorded_at.replace(hour=23)
    assert clinic_day(cursor, CLINIC, noon, reader=OFFICER).toordinal() == noon.date().toordinal() + 1


@pytest.mark.parametrize("cuts", [(1,), (3, 8), tuple(range(1, 14))])
def test_rows_do_not_depend_on_how_the_log_was_cut(cursor: psycopg.Cursor[Any], cuts: tuple[int, ...]) -> None:
    history = told()

    assert built(cursor, history, *cuts) == built(cursor, history)


def test_what_clinics_record_changes_no_row(cursor: psycopg.Cursor[Any]) -> None:
    """Records become duties by the clock's events only."""
    history = History()
    clinic = history.clinic("Clinic", "2026-01-01")
    history.enrol(clinic, "2026-01-01", history.registry("knee", "2026-01-01"))
    history.treat("t", clinic, uid("knee"), "2026-01-02", "2026-01-03")

    assert len(history.log) > 3
    assert all(rows == [] for rows in built(cursor, history).values())
