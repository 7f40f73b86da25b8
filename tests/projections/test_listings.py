"""Every entry stands in the list as its events made it, and stood so as of any earlier position."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from domain.listing_state import CorrectionKind, DisputeGround, ListingState, WithdrawalCause
from domain.reader import OFFICER
from infra.postgres import migrate
from projections.listings import ListedListing, Listings, entries
from tests.projections.history import History, apply_in_batches, build, digest, uid
from tests.projections.test_audit_trail import CODEC, stored

SCHEMAS = count()
CLINIC, OTHER = uid("clinic"), uid("other clinic")


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def entry(clinic: UUID, category: ListingCategory, sentence: str) -> ListingEntry:
    return ListingEntry(
        clinic_id=clinic,
        category=category,
        sentence=sentence,
        source="The clinic's reply",
        since=PartialDate("2026-01-01"),
        condition=f"{clinic}/3",
        evidence_ids=(f"{clinic}/2", f"{clinic}/3"),
    )


DECLINED = entry(CLINIC, ListingCategory.declined, "Invited, declined")
AGAIN = dataclasses.replace(DECLINED, sentence="Invited, declined again")
SILENT = entry(OTHER, ListingCategory.no_reply, "Invited, no reply")
JOINED = entry(OTHER, ListingCategory.not_yet_attested, "Enrolled")


def propose(history: History, name: str, content: ListingEntry, on: str) -> None:
    history.add(
        Listing.ListingProposed,
        uid(name),
        on,
        clinic=content.clinic_id,
        role=Role.system,
        entry=content,
        policy_version=1,
        case_id=None,
    )


def told() -> History:
    """Return a log of three entries: one through all of due process and a dispute, one dropped, one by rule."""
    history = History()

    def first(event: type[Any], on: str, /, **content: Any) -> None:
        history.add(event, uid("first"), on, clinic=CLINIC, role=Role.registrar, **content)

    propose(history, "first", DECLINED, "2026-01-01")
    propose(history, "second", SILENT, "2026-01-02")
    first(Listing.ListingApproved, "2026-01-03")
    propose(history, "first", AGAIN, "2026-01-04")
    first(Listing.ListingApproved, "2026-01-05")
    first(Listing.ListingPreviewed, "2026-01-06")
    first(Listing.ListingApproved, "2026-01-07")
    first(Listing.ListingPreviewDelivered, "2026-01-08", until=PartialDate("2026-02-07"))
    first(Listing.ListingPublished, "2026-02-08", entry=AGAIN, review_on=PartialDate("2027-02-08"), policy_version=2)
    first(Listing.ListingDisputed, "2026-02-09", ground=DisputeGround.facts_wrong, statement="We did not.")
    upheld: dict[str, Any] = {"kind": CorrectionKind.upheld, "dispute": f"{uid('first')}/8", "answer": "You did."}
    first(Listing.ListingCorrected, "2026-02-10", entry=AGAIN, policy_version=2, **upheld)
    history.add(
        Listing.ListingWithdrawn, uid("second"), "2026-02-11", cause=WithdrawalCause.condition_ended, role=Role.system
    )
    propose(history, "third", JOINED, "2026-02-12")
    history.add(
        Listing.ListingPublished,
        uid("third"),
        "2026-02-12",
        clinic=OTHER,
        entry=JOINED,
        review_on=None,
        role=Role.system,
    )
    corrected: dict[str, Any] = {"kind": CorrectionKind.corrected, "dispute": None, "answer": None}
    first(Listing.ListingCorrected, "2026-02-13", entry=DECLINED, policy_version=2, **corrected)
    ending: dict[str, Any] = {
        "published": f"{uid('first')}/7",
        "category": ListingCategory.declined,
        "dispute": None,
        "answer": None,
    }
    first(Listing.ListingWithdrawn, "2026-02-14", cause=WithdrawalCause.condition_ended, **ending)
    return history


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = Listings()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def names(found: list[ListedListing]) -> list[tuple[str, str]]:
    known = {uid(name): name for name in ("first", "second", "third")}
    return [(known[each.listing_id], each.state) for each in found]


@pytest.mark.parametrize(
    ("as_of", "state", "approvals"),
    [
        (1, "proposed", 0), (3, "proposed", 1), (4, "proposed", 0), (5, "proposed", 1), (6, "previewed", 1),
        (7, "previewed", 2), (8, "previewed", 2), (9, "published", 2), (10, "disputed", 2), (11, "published", 2),
        (15, "published", 2), (16, "withdrawn", 2),
    ],
)  # fmt: skip
def test_as_of_an_earlier_position_an_entry_stands_as_it_did(
    cursor: psycopg.Cursor[Any], as_of: int, state: str, approvals: int
) -> None:
    built(cursor, told())

    (row,) = [
        each
        for some in ListingState
        for each in entries(cursor, reader=OFFICER, clinic_id=CLINIC, state=some, as_of=as_of)
    ]

    assert (row.state, row.approvals) == (state, approvals)
    if as_of in (1, 9, 15):
        assert row.sentence == (AGAIN if as_of == 9 else DECLINED).sentence
        assert row.shown_hash == (AGAIN if as_of == 9 else DECLINED).shown_hash


def test_what_was_not_withdrawn_is_listed_and_the_rest_on_demand(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    assert names(entries(cursor, reader=OFFICER)) == [("third", "published")]
    assert names(entries(cursor, reader=OFFICER, state=ListingState.withdrawn)) == [
        ("second", "withdrawn"),
        ("first", "withdrawn"),
    ]
    assert names(entries(cursor, reader=OFFICER, as_of=2)) == [("first", "proposed"), ("second", "proposed")]
    assert names(entries(cursor, reader=OFFICER, as_of=2, category=ListingCategory.no_reply)) == [
        ("second", "proposed")
    ]
    assert names(entries(cursor, reader=OFFICER, as_of=2, limit=1)) == [("first", "proposed")]


def test_a_clinic_is_given_its_own_only(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    for state in ListingState:
        for as_of in (None, 2, 9):
            found = entries(cursor, reader=OFFICER, clinic_id=OTHER, state=state, as_of=as_of)
            assert {each.clinic_id for each in found} <= {OTHER}


def test_a_row_tells_what_due_process_rests_on(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, history)

    (row,) = entries(cursor, reader=OFFICER, clinic_id=CLINIC, as_of=11)

    assert (row.previewed_on, row.preview_delivered_on) == (date(2026, 1, 6), date(2026, 1, 8))
    assert (row.preview_until, row.review_on) == (date(2026, 2, 7), date(2027, 2, 8))
    assert (row.dispute_ground, row.dispute_statement, row.answer) == ("facts_wrong", "We did not.", "You did.")
    assert (row.dispute_outcome, row.policy_version, row.evidence) == ("upheld", 2, list(AGAIN.evidence_ids))
    assert (row.published_at, row.adverse) == (history.log[8].recorded_at, True)
    (ended,) = entries(cursor, reader=OFFICER, clinic_id=CLINIC, state=ListingState.withdrawn)
    assert (ended.withdrawn_for, ended.withdrawn_at) == ("condition_ended", history.log[15].recorded_at)


def test_how_the_log_was_cut_does_not_matter(cursor: psycopg.Cursor[Any]) -> None:
    history = told()

    whole = built(cursor, history)

    assert all(built(cursor, history, *cuts) == whole for cuts in (range(1, 16), (4,), (3, 9, 12)))


@pytest.fixture
def with_log(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def test_what_had_happened_by_a_day_is_not_what_was_known_by_then(with_log: psycopg.Cursor[Any]) -> None:
    """A preview sent on the 5th and recorded on the 10th, when the approval of the 8th was known already."""
    history = History()
    propose(history, "first", DECLINED, "2026-01-01")
    told: dict[str, Any] = {"clinic": CLINIC, "role": Role.registrar}
    history.add(Listing.ListingApproved, uid("first"), "2026-01-08", **told)
    history.add(Listing.ListingPreviewed, uid("first"), "2026-01-10", occurred_on="2026-01-05", **told)
    stored(with_log, history.log)
    built(with_log, history)

    def stood(**how: Any) -> list[tuple[str, int]]:
        return [(each.state, each.approvals) for each in entries(with_log, reader=OFFICER, decode=CODEC.decode, **how)]

    assert stood(happened_by=date(2025, 12, 31)) == []
    assert stood(happened_by=date(2026, 1, 4)) == [("proposed", 0)]
    assert stood(happened_by=date(2026, 1, 6)) == [("previewed", 0)]
    assert stood(happened_by=date(2026, 1, 6), as_of=2) == [("proposed", 0)]
    assert stood(happened_by=date(2026, 1, 8), as_of=2) == stood(as_of=2) == [("proposed", 1)]
    assert stood(happened_by=date(2026, 1, 10)) == stood() == [("previewed", 1)]
    with pytest.raises(InvalidInput, match="decode"):
        entries(with_log, reader=OFFICER, happened_by=date(2026, 1, 6))


def test_by_the_end_of_the_log_what_had_happened_is_what_is_known(with_log: psycopg.Cursor[Any]) -> None:
    history = told()
    stored(with_log, history.log)
    built(with_log, history)

    for state in (None, *ListingState):
        for category in (None, ListingCategory.declined, ListingCategory.not_yet_attested):
            how: dict[str, Any] = {"state": state, "category": category, "decode": CODEC.decode}
            plain = {each.listing_id: each for each in entries(with_log, reader=OFFICER, **how)}
            folded = {
                each.listing_id: each
                for each in entries(with_log, reader=OFFICER, happened_by=date(2026, 12, 31), **how)
            }
            assert folded == plain
