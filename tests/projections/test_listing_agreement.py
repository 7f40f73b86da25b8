"""The listing is a fold of its public events and of nothing else: a naive one says the same of every position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import psycopg
import pytest

from consumers.builds import create
from domain.determination import Determination
from domain.listing import Listing
from domain.reader import PUBLIC
from infra.postgres import migrate
from projections.live import live, reading
from projections.public_listing import PublicListing, clinic_page, entries_now, entries_of, page_now, search
from projections.read_model import Recorded
from tests.projections.history import apply_in_batches, build, society, uid
from tests.projections.published import listed_society

SCHEMAS = count()
DAY = date(2025, 6, 1)


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


class Naive:
    """What is public of each entry, by whoever reads the events one after the other."""

    def __init__(self, log: Sequence[Recorded]) -> None:
        self.public: dict[Any, dict[str, Any]] = {}
        self.doubts: dict[Any, tuple[str, Any]] = {}
        for recorded in log:
            self._hear(recorded)

    def _hear(self, recorded: Recorded) -> None:
        event: Any = recorded.event
        at, name = recorded.aggregate_id, f"{recorded.aggregate_id}/{recorded.version}"
        match event:
            case Listing.ListingPublished():
                self.public[at] = {"entry": event.entry, "events": {name}, "dispute": None, "answer": None}
            case Listing.ListingDisputed():
                self.public[at] |= {"dispute": event.statement, "answer": None}
            case Listing.ListingCorrected():
                held = self.public[at]
                same = (held["entry"].sentence, held["entry"].own_words) == (
                    event.entry.sentence,
                    event.entry.own_words,
                )
                earlier = held["events"] | set(held["entry"].evidence_ids) if same else set()
                held |= {"entry": event.entry, "events": earlier | {name}}
                if event.dispute:
                    held["answer"] = event.answer
            case Listing.ListingWithdrawn():
                self.public.pop(at, None)
            case Determination.DeterminationQuestioned():
                self.doubts[at] = (event.determination, recorded.occurred_on)
            case Determination.DeterminationConfirmed():
                self.doubts.pop(at, None)

    def of(self, clinic: Any) -> list[tuple[Any, ...]]:
        """Return what is shown of a clinic on the day, in no order."""
        return sorted(
            (
                str(listing), held["entry"].category.value, held["entry"].sentence, held["entry"].source,
                held["entry"].since, held["entry"].own_words, held["dispute"], held["answer"], self._doubted(held),
            )
            for listing, held in self.public.items()
            if held["entry"].clinic_id == clinic
            and (held["entry"].shown_until is None or held["entry"].shown_until >= DAY.isoformat())
        )  # fmt: skip

    def _doubted(self, held: dict[str, Any]) -> str | None:
        entry = held["entry"]
        rests_on = {*entry.evidence_ids, *held["events"]}
        case = entry.condition.partition("/")[0] if entry.category.of_safety else None
        since = [
            on
            for determination, on in self.doubts.values()
            if determination in rests_on or determination == f"{case}/3"
        ]
        return min(since, default=None)


@pytest.mark.parametrize("seed", range(6))
def test_the_listing_says_what_a_naive_reader_of_its_events_says(cursor: psycopg.Cursor[Any], seed: int) -> None:
    history = listed_society(seed)
    model = PublicListing()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, [20, 21, 60, 100])
    compared = disputed = doubted = beside = 0
    for position in range(5, len(history.log) + 1, 5):
        naive = Naive(history.log[:position])
        for number in range(4):
            clinic = uid(f"clinic {number}")

            found = entries_of(cursor, clinic, reader=PUBLIC, day=DAY, as_of=position)

            told = sorted(
                (
                    str(each.listing_id), each.category.value, each.sentence, each.source, each.since, each.own_words,
                    each.dispute.statement if each.dispute else None, each.dispute.answer if each.dispute else None,
                    each.questioned_on.isoformat() if each.questioned_on else None,
                )
                for each in found
            )  # fmt: skip
            assert told == naive.of(clinic)
            order = [each.category.gravity for each in found]
            assert order == sorted(order)
            compared += len(told)
            disputed += sum(each.dispute is not None for each in found)
            doubted += sum(each.questioned_on is not None for each in found)
            beside += len(found) > 1
    assert min(compared // 50, disputed, doubted, beside) > 3


@pytest.mark.parametrize("seed", range(3))
def test_a_clinic_of_which_nothing_was_published_is_in_no_answer(cursor: psycopg.Cursor[Any], seed: int) -> None:
    """Whatever clinics did: enrolled, attested, lapsed, left. Only an entry makes them public."""
    model = PublicListing()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, society(seed, events=200).log)

    assert search(cursor, reader=PUBLIC, day=DAY).count == 0
    assert [clinic_page(cursor, uid(f"clinic {number}"), reader=PUBLIC, day=DAY) for number in range(4)] == [None] * 4


def test_entries_asked_in_one_statement_are_those_of_the_transaction(fresh_database: str) -> None:
    history = listed_society(seed=1)
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        create(connection, PublicListing(), "live")
        with connection.transaction(), connection.cursor() as cursor:
            live(cursor, PublicListing.name)
            PublicListing().apply(cursor, history.log)
            clinics = [uid(f"clinic {number}") for number in range(5)]
            expected = [entries_of(cursor, each, reader=PUBLIC, day=DAY) for each in clinics]

        assert [entries_now(connection, each, reader=PUBLIC, day=DAY)[0] for each in clinics] == expected
        with reading(connection, PublicListing.name) as (cursor, _):
            pages = [clinic_page(cursor, each, reader=PUBLIC, day=datetime.now(UTC).date()) for each in clinics]
        now = [page_now(connection, each, reader=PUBLIC) for each in clinics]

        assert [each.page for each in now] == pages
        assert any(page and page.history for page in pages)
        assert pages[-1] is None
        assert {(each.build.position, each.facts.head) for each in now} == {(0, 0)}
        assert any(len(each) > 1 for each in expected)
        assert any(each.questioned_on for entries in expected for each in entries)
