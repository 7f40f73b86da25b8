"""An interim measure whose entry was withdrawn in error: listed anew while it protects, and over when it runs out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from uuid import UUID

import psycopg
import pytest

from application.case_decisions import PublishInterim
from application.listings import WithdrawListing
from consumers.clock_keeper import Keeper, Recorder
from consumers.clock_listings import follow, measures_over
from domain.aggregate import Aggregate
from domain.codes import Role
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_state import ListingState, WithdrawalCause
from domain.safety_case import SafetyCase
from projections.listings import Listings
from projections.obligations import Obligations
from projections.read_model import ReadModel
from tests.application.case_society import GROUNDS, SIGNED
from tests.application.society import attestation
from tests.projections.history import build, enter
from tests.projections.test_questioned_on_records import Recording

SCHEMAS = count()


class Followed:
    """A society in memory whose obligations and entries are followed as the clock follows them."""

    def __init__(self, cursor: psycopg.Cursor[tuple[object, ...]]) -> None:
        self.society = Recording()
        self.cursor = cursor
        self.clinic = self.society.clinic_id
        self.models: dict[str, tuple[ReadModel, str]] = {}
        for kind in (Obligations, Listings):
            model, schema = kind(), f"measured_{next(SCHEMAS)}"
            build(cursor, model, schema)
            self.models[model.name] = (model, schema)
        self.applied = 0
        guideline = self.society.guideline()
        self.society.as_clinic(self.clinic, attestation(self.clinic, guideline))

    def read(self, name: str) -> psycopg.Cursor[tuple[object, ...]]:
        """Bring the read models to the head and enter one."""
        new = self.society.rows()[self.applied :]
        for model, schema in self.models.values():
            enter(self.cursor, schema)
            model.apply(self.cursor, new)
        self.applied += len(new)
        enter(self.cursor, self.models[name][1])
        return self.cursor

    def keep(self, aggregate_id: UUID, kind: type[Aggregate]) -> None:
        """Look at a case or entry that changed, as a round of the clock does."""
        recorder = Recorder(self.society.handler)
        keeper = Keeper(recorder, self.society.surroundings.now(), 0)
        cases = keeper.processes({aggregate_id: kind}, lambda _: None)
        follow(recorder, self.read("listings"), [self.clinic], cases.items(), f"{len(self.society.store.log)}")

    def over(self, ticked_at: datetime | None) -> None:
        """Look at what ran out, as a round of the clock does."""
        ended = measures_over(self.read("obligations"), self.society.surroundings.now(), ticked_at)
        follow(Recorder(self.society.handler), self.read("listings"), (), ended, f"{len(self.society.store.log)}/over")

    def measured(self) -> UUID:
        """Put a measure in force and let the entries follow."""
        case_id = self.society.convened()
        self.society.safety(
            PublishInterim(case_id=case_id, grounds=GROUNDS, reasons=("Patients may be harmed.",), **SIGNED), 1
        )
        self.keep(case_id, SafetyCase)
        return case_id

    def entries(self, category: ListingCategory) -> list[Listing]:
        """Return the entries of a category, in the order in which they were proposed."""
        proposed = [each for each in self.society.store.log if isinstance(each, Listing.ListingProposed)]
        of = dict.fromkeys(each.originator_id for each in proposed if each.entry.category is category)
        return [self.society.listing(each) for each in of]

    def in_error(self, listing_id: UUID) -> None:
        """Let an officer withdraw an entry in error."""
        ending = WithdrawListing(listing_id=listing_id, cause=WithdrawalCause.in_error)
        self.society.do(ending, Role.safety_officer, person=self.society.safety_officers[2])


@pytest.fixture
def followed(fresh_database: str) -> Iterator[Followed]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield Followed(opened)


INTERIM, PARTICIPATES = ListingCategory.interim, ListingCategory.participates


def test_a_measure_in_force_is_listed_anew_when_its_entry_was_withdrawn_in_error(followed: Followed) -> None:
    followed.measured()
    (first,) = followed.entries(INTERIM)
    followed.in_error(first.id)

    followed.keep(first.id, Listing)
    followed.keep(first.id, Listing)

    _, second = followed.entries(INTERIM)
    assert (second.state, second.content) == (ListingState.proposed, first.content)
    followed.society.preview(second.id)
    followed.society.publish(second.id)
    assert followed.society.listing(second.id).state is ListingState.published


def test_who_took_part_is_listed_again_when_a_measure_without_an_entry_runs_out(followed: Followed) -> None:
    followed.keep(followed.clinic, Listing)
    (before,) = followed.entries(PARTICIPATES)
    assert before.state is ListingState.published
    followed.measured()
    (interim,) = followed.entries(INTERIM)
    assert followed.society.listing(before.id).state is ListingState.withdrawn
    followed.in_error(interim.id)
    ticked_at = followed.society.surroundings.now()
    followed.over(ticked_at)
    assert len(followed.entries(PARTICIPATES)) == 1
    followed.society.later(32)

    for _ in range(2):
        followed.over(ticked_at)

    _, after = followed.entries(PARTICIPATES)
    assert after.state is ListingState.published
    assert len(followed.entries(INTERIM)) == 1
    head = len(followed.society.store.log)
    followed.society.later(30)
    followed.over(followed.society.surroundings.now())
    assert len(followed.society.store.log) == head
