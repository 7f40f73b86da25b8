"""The work list of queries: how each stands, for whom it waits, and how it stood as of an earlier position."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.query import Query, QueryAbout, QueryAsked, QueryFault, QueryRaisedBy, QueryResolution
from domain.reader import OFFICER
from projections.queries import Queries, QueryState, WaitsFor, work_list
from tests.projections.history import History, apply_in_batches, build, digest, uid

SCHEMAS = count()
CLINIC, OTHER = uid("clinic"), uid("other clinic")
FAULTS = (QueryFault(field="grade", problem="it is missing"), QueryFault(field="onset"))


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def raise_query(history: History, name: str, on: str, clinic: UUID | None, asked: QueryAsked, about: str) -> UUID:
    history.add(
        Query.QueryRaised,
        uid(name),
        on,
        clinic=clinic,
        about=QueryAbout.adverse_event,
        about_id=uid(about),
        event=f"{uid(about)}/1",
        asked=asked,
        raised_by=QueryRaisedBy.rule,
        faults=FAULTS,
    )
    return uid(name)


def told() -> History:
    """Return a log of three queries: one closed, one answered, one that waits for a reporter."""
    history = History()
    raise_query(history, "first", "2026-01-01", CLINIC, QueryAsked.clinic, "event")
    raise_query(history, "second", "2026-01-02", OTHER, QueryAsked.clinic, "other event")
    raise_query(history, "third", "2026-01-03", None, QueryAsked.reporter, "third event")
    history.add(Query.QueryAnswered, uid("first"), "2026-01-04", clinic=CLINIC, corrected_by=f"{uid('event')}/2")
    history.add(Query.QueryAnswered, uid("second"), "2026-01-05", clinic=OTHER)
    history.add(
        Query.QueryClosed,
        uid("first"),
        "2026-01-06",
        clinic=CLINIC,
        resolution=QueryResolution.resolved,
        closed_by=QueryRaisedBy.officer,
        corrected_by=None,
    )
    return history


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = Queries()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def names(found: list[Any]) -> list[tuple[str, str]]:
    known = {uid(name): name for name in ("first", "second", "third")}
    return [(known[each.query_id], each.state) for each in found]


def test_what_is_not_closed_is_listed_the_oldest_first(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    assert names(work_list(cursor, reader=OFFICER)) == [("second", "answered"), ("third", "open")]
    assert names(work_list(cursor, reader=OFFICER, state=QueryState.closed)) == [("first", "closed")]
    assert names(work_list(cursor, reader=OFFICER, limit=1)) == [("second", "answered")]


def test_each_side_sees_what_waits_for_it(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    assert names(work_list(cursor, reader=OFFICER, waits_for=WaitsFor.clinic, as_of=3)) == [
        ("first", "open"),
        ("second", "open"),
    ]
    assert names(work_list(cursor, reader=OFFICER, waits_for=WaitsFor.society, as_of=3)) == [("third", "open")]
    assert names(work_list(cursor, reader=OFFICER, waits_for=WaitsFor.clinic)) == []
    assert names(work_list(cursor, reader=OFFICER, waits_for=WaitsFor.society)) == [
        ("second", "answered"),
        ("third", "open"),
    ]


def test_a_clinic_is_given_its_own_only(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    for state in QueryState:
        assert {each.clinic_id for each in work_list(cursor, reader=OFFICER, clinic_id=OTHER, state=state)} <= {OTHER}
    assert names(work_list(cursor, reader=OFFICER, clinic_id=OTHER)) == [("second", "answered")]
    assert names(work_list(cursor, reader=OFFICER, about_id=uid("third event"))) == [("third", "open")]


@pytest.mark.parametrize(
    ("as_of", "state"), [(0, None), (1, "open"), (3, "open"), (4, "answered"), (5, "answered"), (6, "closed")]
)
def test_as_of_an_earlier_position_a_query_stands_as_it_did(
    cursor: psycopg.Cursor[Any], as_of: int, state: str | None
) -> None:
    built(cursor, told())

    found = [
        each
        for some in QueryState
        for each in work_list(cursor, reader=OFFICER, clinic_id=CLINIC, state=some, as_of=as_of)
    ]

    assert [each.state for each in found] == ([state] if state else [])


def test_a_row_tells_when_and_by_what(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, history)

    (row,) = work_list(cursor, reader=OFFICER, clinic_id=CLINIC, state=QueryState.closed)

    assert row.faults == [{"field": "grade", "problem": "it is missing"}, {"field": "onset", "problem": None}]
    assert (row.raised_at, row.answered_at, row.closed_at) == tuple(
        history.log[index].recorded_at for index in (0, 3, 5)
    )
    assert (row.resolution, row.corrected_by, row.position) == ("resolved", f"{uid('event')}/2", 6)


def test_how_the_log_was_cut_does_not_matter(cursor: psycopg.Cursor[Any]) -> None:
    history = told()

    whole = built(cursor, history)

    assert all(built(cursor, history, *cuts) == whole for cuts in ((1, 2, 3, 4, 5), (3,), (4, 5)))
