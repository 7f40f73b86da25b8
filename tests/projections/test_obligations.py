"""The work queue of obligations: what waits, by due day, and how each stood as it was known and as it had happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from uuid import UUID

import psycopg
import pytest

from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.obligation import Obligation, ObligationStatus
from domain.obligation_terms import Holder, ObligationTerms, holder_of, kind_of
from domain.reader import OFFICER
from infra.postgres import migrate
from projections.obligations import ListedObligation, Obligations, queue
from tests.projections.history import History, apply_in_batches, build, digest, enter, uid

SCHEMAS = count()
CLINIC, OTHER = uid("clinic"), uid("other clinic")


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[tuple[object, ...]]]:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def open_one(history: History, rule: str, about: str, due: str, clinic: UUID | None, on: str = "2026-01-01") -> UUID:
    terms = ObligationTerms(
        rule_id=rule,
        policy_version=1,
        about=uid(about),
        clock_start=PartialDate(on),
        due_on=PartialDate(due),
        time_zone="Europe/Berlin",
        opened_by=f"{uid(about)}/1",
    )
    history.add(
        Obligation.ObligationOpened,
        terms.id_for(clinic),
        on,
        clinic=clinic,
        kind=kind_of(rule),
        holder=holder_of(rule),
        terms=terms,
    )
    return terms.id_for(clinic)


def told() -> tuple[History, dict[str, UUID]]:
    """Return a log of five obligations: waiting, met, missed and met late, extended, waived."""
    history = History()
    ids = {
        "waiting": open_one(history, "TX-30", "one", "2026-01-31", CLINIC),
        "met": open_one(history, "TX-30", "two", "2026-01-31", CLINIC),
        "late": open_one(history, "AE-7", "death", "2026-01-08", CLINIC),
        "extended": open_one(history, "AT-30", "guideline", "2026-01-20", OTHER),
        "waived": open_one(history, "EN-60", "enrolment", "2026-03-02", OTHER),
    }
    by = f"{uid('two')}/2"
    add = history.add
    add(Obligation.ObligationFulfilled, ids["met"], "2026-01-10", clinic=CLINIC, occurred_on="2026-01-09",
        fulfilled_on=PartialDate("2026-01-09"), late_days=0, fulfilled_by=by)  # fmt: skip
    add(Obligation.ObligationMissed, ids["late"], "2026-01-11", clinic=CLINIC, occurred_on="2026-01-08",
        due_on=PartialDate("2026-01-08"))  # fmt: skip
    add(Obligation.ObligationExtended, ids["extended"], "2026-01-12", clinic=OTHER,
        due_before=PartialDate("2026-01-20"), due_on=PartialDate("2026-02-20"))  # fmt: skip
    add(Obligation.ObligationWaived, ids["waived"], "2026-01-13", clinic=OTHER)
    add(Obligation.ObligationFulfilled, ids["late"], "2026-01-20", clinic=CLINIC, occurred_on="2026-01-15",
        fulfilled_on=PartialDate("2026-01-15"), late_days=7, fulfilled_by=by)  # fmt: skip
    return history, ids


def built(cursor: psycopg.Cursor[tuple[object, ...]], history: History, *cuts: int) -> str:
    schema, model = f"obligations_{next(SCHEMAS)}", Obligations()
    build(cursor, model, schema)
    apply_in_batches(cursor, model, history.log, cuts)
    return schema


def standing(page: tuple[ListedObligation, ...], ids: dict[str, UUID]) -> dict[str, tuple[str, str]]:
    names = {each: name for name, each in ids.items()}
    return {names[each.obligation_id]: (each.status, each.due_on.isoformat()) for each in page}


def test_what_is_not_settled_waits_by_due_day(cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
    history, ids = told()
    built(cursor, history)

    page = queue(cursor, reader=OFFICER)

    assert standing(page.obligations, ids) == {
        "waiting": ("open", "2026-01-31"),
        "extended": ("open", "2026-02-20"),
    }
    assert [each.obligation_id for each in page.obligations] == [ids["waiting"], ids["extended"]]
    assert page.next is None


def test_what_was_settled_is_found_by_its_status(cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
    history, ids = told()
    built(cursor, history)

    found = {
        status: set(standing(queue(cursor, reader=OFFICER, status=status).obligations, ids))
        for status in ObligationStatus
    }

    assert found == {
        ObligationStatus.open: {"waiting", "extended"},
        ObligationStatus.fulfilled: {"met"},
        ObligationStatus.missed: set(),
        ObligationStatus.late: {"late"},
        ObligationStatus.waived: {"waived"},
        ObligationStatus.ended: set(),
    }


def test_filters_are_those_of_clinic_subject_rule_holder_and_day(cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
    history, ids = told()
    another = open_one(history, "CA-180", "case", "2026-06-01", None)
    built(cursor, history)

    def found(**asked: object) -> list[UUID]:
        return [each.obligation_id for each in queue(cursor, reader=OFFICER, **asked).obligations]  # type: ignore[arg-type]

    assert found(clinic_id=CLINIC) == [ids["waiting"]]
    assert found(about=uid("guideline")) == [ids["extended"]]
    assert found(rule_id="AT-30") == [ids["extended"]]
    assert found(holder=Holder.society) == [another]
    assert found(due_by=date(2026, 2, 19)) == [ids["waiting"]]
    assert found(due_by=date(2026, 2, 20)) == [ids["waiting"], ids["extended"]]


def test_a_late_reported_death_stands_otherwise_as_known_and_as_happened(
    cursor: psycopg.Cursor[tuple[object, ...]],
) -> None:
    history, ids = told()
    built(cursor, history)

    def status(*, as_of: int | None = None, happened_by: date | None = None) -> str:
        every = [
            queue(cursor, reader=OFFICER, status=each, as_of=as_of, happened_by=happened_by)
            for each in ObligationStatus
        ]
        (found,) = [each for page in every for each in page.obligations if each.obligation_id == ids["late"]]
        return found.status

    # On 12 January nobody knew of a report, and the miss was recorded.
    assert status(as_of=8) == "missed"
    # By 16 January the report had been made, whenever that was recorded.
    assert status(happened_by=date(2026, 1, 16)) == "late"
    assert status(happened_by=date(2026, 1, 10)) == "missed"
    # What was known then of what had happened by the day before its due day.
    assert status(as_of=8, happened_by=date(2026, 1, 7)) == "open"


def test_an_earlier_position_is_answered_as_if_nothing_had_come_after(
    cursor: psycopg.Cursor[tuple[object, ...]],
) -> None:
    history, _ = told()
    whole = built(cursor, history)
    for position in range(1, len(history.log) + 1):
        shorter = History()
        shorter.log = history.log[:position]
        built(cursor, shorter)
        then = [queue(cursor, reader=OFFICER, status=status) for status in (None, *ObligationStatus)]

        enter(cursor, whole)

        assert [
            queue(cursor, reader=OFFICER, as_of=position, status=status) for status in (None, *ObligationStatus)
        ] == then


def test_rows_do_not_depend_on_how_the_log_was_cut(cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
    history, _ = told()
    cuts = ((), (1,), (3, 6, 8), range(1, 10))

    found = []
    for each in cuts:
        built(cursor, history, *each)
        found.append(digest(cursor, Obligations()))

    assert all(each == found[0] for each in found)
    assert len(found[0]["obligations"]) == 5


def test_pages_follow_each_other_without_loss(cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
    history = History()
    ids = {open_one(history, "TX-30", f"treatment {number}", "2026-01-31", CLINIC) for number in range(7)}
    built(cursor, history)

    found: list[UUID] = []
    after: str | None = None
    while True:
        page = queue(cursor, reader=OFFICER, limit=3, after=after)
        found += [each.obligation_id for each in page.obligations]
        if (after := page.next) is None:
            break

    assert found == sorted(ids)
    with pytest.raises(InvalidInput):
        queue(cursor, reader=OFFICER, after="not the end of a page")
