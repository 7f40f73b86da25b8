"""Notices as the public sees them: in force, updated, withdrawn, and as they were as of an earlier position."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import count
from typing import Any

import psycopg
import pytest

from domain.codes import Role
from domain.policy import Approval
from domain.reader import OFFICER
from domain.safety_notice import NoticeAbout, NoticeContent, NoticeSubject, SafetyNotice
from projections.safety_notices import SafetyNotices, notices
from tests.factories import minimal
from tests.projections.history import History, apply_in_batches, build, digest, uid

SCHEMAS = count()
APPROVALS = (minimal(Approval),) * 2
LOT = NoticeContent(
    subject=NoticeSubject(about=NoticeAbout.lot, name="Lot 0815"),
    title="Do not use lot 0815",
    known="Sterility tests failed.",
    advice="Do not inject it.",
    countries=("DE", "CH"),
)
LABORATORY = dataclasses.replace(
    LOT,
    subject=NoticeSubject(about=NoticeAbout.laboratory, name="Exampleplast", laboratory_id=uid("laboratory")),
    countries=(),
)


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def told() -> History:
    """Return a log of two notices: one updated and withdrawn, the other in force."""
    history = History()
    how: dict[str, Any] = {"role": Role.safety_officer, "approvals": APPROVALS}
    history.add(SafetyNotice.SafetyNoticePublished, uid("lot"), "2026-01-01", content=LOT, **how)
    history.add(SafetyNotice.SafetyNoticePublished, uid("laboratory notice"), "2026-01-02", content=LABORATORY, **how)
    sharper = dataclasses.replace(LOT, advice="Send it back.", countries=("DE",))
    history.add(
        SafetyNotice.SafetyNoticeUpdated, uid("lot"), "2026-01-03", content=sharper, changed="The advice.", **how
    )
    history.add(
        SafetyNotice.SafetyNoticeWithdrawn,
        uid("lot"),
        "2026-01-04",
        explanation="All of it is back.",
        replaced_by=uid("laboratory notice"),
        **how,
    )
    return history


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = SafetyNotices()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def names(found: list[Any]) -> list[tuple[str, str, str]]:
    return [(each.name, each.state, each.advice) for each in found]


def test_notices_in_force_are_shown_and_withdrawn_ones_when_asked_for(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    in_force = ("Exampleplast", "in_force", "Do not inject it.")
    assert names(notices(cursor, reader=OFFICER)) == [in_force]
    assert names(notices(cursor, reader=OFFICER, withdrawn=True)) == [
        in_force,
        ("Lot 0815", "withdrawn", "Send it back."),
    ]
    assert names(notices(cursor, reader=OFFICER, withdrawn=True, limit=1)) == [in_force]
    assert names(notices(cursor, reader=OFFICER, about=NoticeAbout.laboratory)) == [in_force]
    assert names(notices(cursor, reader=OFFICER, about=NoticeAbout.technique)) == []


@pytest.mark.parametrize(
    ("as_of", "shown"),
    [
        (0, []),
        (1, [("Lot 0815", "in_force", "Do not inject it.")]),
        (2, [("Lot 0815", "in_force", "Do not inject it.")]),
        (3, [("Lot 0815", "in_force", "Send it back.")]),
        (4, []),
    ],
)
def test_as_of_an_earlier_position_a_notice_says_what_it_said(
    cursor: psycopg.Cursor[Any], as_of: int, shown: list[tuple[str, str, str]]
) -> None:
    built(cursor, told())

    assert names(notices(cursor, reader=OFFICER, about=NoticeAbout.lot, as_of=as_of)) == shown


def test_a_withdrawn_notice_keeps_its_dates_words_and_approvals(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, history)

    (row,) = notices(cursor, reader=OFFICER, about=NoticeAbout.lot, withdrawn=True)

    assert (row.published_at, row.updated_at, row.withdrawn_at) == tuple(
        history.log[index].recorded_at for index in (0, 2, 3)
    )
    assert (row.countries, row.changed, row.explanation) == (["DE"], "The advice.", "All of it is back.")
    assert (row.replaced_by, row.position) == (uid("laboratory notice"), 4)
    assert [set(each) for each in row.approvals] == [{"role", "approved_at", "meaning", "shown_hash"}] * 2


def test_how_the_log_was_cut_does_not_matter(cursor: psycopg.Cursor[Any]) -> None:
    history = told()

    whole = built(cursor, history)

    assert all(built(cursor, history, *cuts) == whole for cuts in ((1, 2, 3), (2,)))
