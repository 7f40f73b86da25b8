"""The public pages on a real PostgreSQL, as the role that may only read: one snapshot, exact stamps, clear refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient

from domain.dates import day
from domain.errors import InvalidInput, Unavailable
from domain.listing_category import ListingCategory
from infra.postgres import migrate, open_pool, open_store
from interfaces.web.app import create_app
from interfaces.web.database_pages import PAGE_SIZE, DatabasePages, ListingUnreadable
from interfaces.web.page_source import ListingQuery
from projections.listed_clinics import Attested, Description, Joined, ListedService
from projections.listed_entries import Dispute, PublicEntry
from projections.live import ReadModelBehind, ReadModelMissing
from projections.plain_names import plain_name
from projections.public_listing import PublicListing

NOW = datetime.now(UTC)
LISTED = 60
REGISTRY, GUIDELINE = uuid4(), uuid4()

_EVENT = """
    INSERT INTO registry.events
           (position, originator_id, originator_version, topic, state, recorded_at, occurred_on, leaf_hash, disclosure,
            store_epoch)
    VALUES (%(position)s, gen_random_uuid(), 1, 'ClinicIdentified.v1', '', %(recorded_at)s, '2026-01-01',
            decode(repeat('00', 32), 'hex'), 'party', gen_random_uuid())
"""
_CLINIC = """
    INSERT INTO clinics (clinic_id, known_from, name, names_plain, country, city, description)
    VALUES (%(clinic_id)s, 1, %(name)s, %(names_plain)s, %(country)s, 'Lisbon', %(description)s)
"""
_ENTRY = """
    INSERT INTO entries
           (listing_id, known_from, clinic_id, category, adverse, gravity, sentence, source, since, rests_on,
            worded_from, worded_at, content)
    VALUES (gen_random_uuid(), 1, %(clinic_id)s, %(category)s, %(adverse)s, 4, 'Enrolled 3 March 2026', 'The register',
            '2026-03-03', '{}', 1, %(now)s, %(content)s)
"""
_TITLE = """
    INSERT INTO titles (aggregate_id, known_from, title)
    VALUES (%(id)s, 1, %(title)s)
"""
_BUILD = """
    INSERT INTO registry.builds (name, build, schema_name, state, position)
    VALUES ('public_listing', 1, 'b1', 'live', 0)
"""
DESCRIPTION = Description(
    trading_names=("Clinic", "Second Name"),
    legal_name="Clinic",
    website="https://clinic.example",
    services=(ListedService(indication="ocular", origin="bone_marrow", route=None),),
    registries=(Joined(registry_id=REGISTRY, joined_on="2026-03"),),
    attested=(
        Attested(
            guideline_id=GUIDELINE,
            version="1",
            level="inspected",
            attested_on="2026-03-04",
            valid_until=date(2027, 3, 4),
        ),
    ),
)


def published(clinic_id: UUID, category: ListingCategory) -> PublicEntry:
    """Return an entry as it is kept."""
    return PublicEntry(
        clinic_id=clinic_id,
        category=category,
        sentence="Enrolled 3 March 2026",
        source="The register",
        since="2026-03-03",
        shown_until=None,
        review_on=None,
        own_words=None,
        rests_on=(),
        case_id=None,
        published_at=NOW,
        worded_from=1,
        worded_at=NOW,
        dispute=Dispute(ground="other", statement="No.", disputed_at=NOW, outcome="upheld", answer="Yes."),
    )


class Listing:
    """A store whose listing is written by hand, and the pages that read it."""

    def __init__(self, dsn: str, *, simulated: bool) -> None:
        migrate(dsn, {})
        open_store(dsn, simulated=simulated)
        self.owner = psycopg.connect(dsn, autocommit=True)
        self.clinics = [UUID(int=number + (1 << 100)) for number in range(LISTED)]
        self._write()
        self.pool: ConnectionPool[psycopg.Connection[Any]] = open_pool(
            make_conninfo(dsn, options="-c role=icms_reader")
        )
        self.pages = DatabasePages(self.pool)

    def _write(self) -> None:
        with self.owner.transaction():
            self.owner.execute("SET LOCAL ROLE icms_projector")
            self.owner.execute("CREATE SCHEMA b1")
            self.owner.execute("SET LOCAL search_path TO b1")
            self.owner.execute(PublicListing().script)
            for number, clinic_id in enumerate(self.clinics):
                name = f"Clinic {number:03}"
                category = ListingCategory.no_reply if number % 10 == 9 else ListingCategory.participates
                row = {
                    "clinic_id": clinic_id,
                    "now": NOW,
                    "name": name,
                    "names_plain": plain_name(name),
                    "country": "FR" if number % 2 else "PT",
                    "category": category.value,
                    "adverse": category.adverse,
                    "description": msgspec.json.encode(DESCRIPTION),
                    "content": msgspec.json.encode(published(clinic_id, category)),
                }
                self.owner.execute(_CLINIC, row)
                self.owner.execute(_ENTRY, row)
            self.owner.execute(_TITLE, {"id": REGISTRY, "title": "Knee registry"})
            self.owner.execute(_TITLE, {"id": GUIDELINE, "title": "Collection"})
            self.owner.execute(_BUILD)

    def record(self, position: int, recorded_at: datetime) -> None:
        self.owner.execute(_EVENT, {"position": position, "recorded_at": recorded_at})

    def move(self, position: int, updated_at: datetime = NOW, state: str = "live") -> None:
        statement = "UPDATE registry.builds SET position = %(p)s, updated_at = %(u)s, state = %(s)s"
        self.owner.execute(statement, {"p": position, "u": updated_at, "s": state})

    def close(self) -> None:
        self.pool.close()
        self.owner.close()


@pytest.fixture
def listing(fresh_database: str) -> Iterator[Listing]:
    made = Listing(fresh_database, simulated=True)
    yield made
    made.close()


@pytest.fixture
def real(fresh_database: str) -> Iterator[Listing]:
    made = Listing(fresh_database, simulated=False)
    yield made
    made.close()


def test_pages_hold_every_entry_once_and_end_where_the_list_ends(listing: Listing) -> None:
    found: list[UUID] = []
    firsts: list[int] = []
    query: ListingQuery | None = ListingQuery(country="PT")

    while query:
        answer = listing.pages.search(query)
        found += [entry.clinic_id for entry in answer.entries]
        firsts.append(answer.first)
        query = ListingQuery(country="PT", after=answer.next_mark) if answer.next_mark else None

    assert found == listing.clinics[::2]
    assert firsts == [1, PAGE_SIZE + 1]
    assert answer.total == LISTED // 2
    assert answer.countries == ("FR", "PT")


def test_last_page_that_is_just_full_offers_no_next_one(listing: Listing) -> None:
    listing.owner.execute("DELETE FROM b1.clinics WHERE name >= 'Clinic 025'")

    answer = listing.pages.search(ListingQuery())

    assert (len(answer.entries), answer.next_mark) == (PAGE_SIZE, None)


def test_real_store_shows_adverse_entries_as_a_simulated_one_does(real: Listing) -> None:
    answer = real.pages.search(ListingQuery(category="no_reply"))

    assert (len(answer.entries), answer.total) == (LISTED // 10, LISTED // 10)
    clinic = real.pages.clinic(real.clinics[9], None).clinic
    assert clinic is not None
    assert [each.category for each in clinic.entry.statements] == ["no_reply"]
    assert (clinic.registries, clinic.attestations) == ((), ())


def test_clinic_page_tells_what_is_public(listing: Listing) -> None:
    clinic = listing.pages.clinic(listing.clinics[0], None).clinic

    assert clinic is not None
    assert clinic.other_names == ("Second Name",)
    (statement,) = clinic.entry.statements
    assert statement.published_on == day(NOW.date())
    assert statement.dispute is not None
    assert (statement.dispute.statement, statement.dispute.answer) == ("No.", "Yes.")
    assert [(joined.title, joined.joined_on) for joined in clinic.registries] == [("Knee registry", "2026-03")]
    assert [(each.guideline, each.level, each.valid_until) for each in clinic.attestations] == [
        ("Collection", "inspected", "2027-03-04")
    ]
    assert [past.category for past in clinic.history] == ["participates"]
    assert listing.pages.clinic(uuid4(), None).clinic is None


def test_state_tells_position_head_and_when_the_last_event_was_recorded(listing: Listing) -> None:
    for position in (1, 2, 3):
        listing.record(position, NOW - timedelta(days=3 - position))
    listing.move(2)

    state = listing.pages.state()

    assert (state.position, state.head, state.recorded_at) == (2, 3, NOW - timedelta(days=1))
    assert state.simulated


def test_real_store_is_behind_since_the_first_event_it_lacks_was_recorded(real: Listing) -> None:
    now = datetime.now(UTC)
    real.record(1, now - timedelta(minutes=30))
    real.record(2, now - timedelta(minutes=20))
    real.record(3, now - timedelta(minutes=1))

    real.move(1, updated_at=now)
    lacking_two = real.pages.state().behind_for
    real.move(2, updated_at=now - timedelta(hours=1))
    lacking_one = real.pages.state().behind_for
    real.move(3)
    lacking_none = real.pages.state().behind_for

    assert 1200 <= lacking_two < 1260
    assert 60 <= lacking_one < 120
    assert lacking_none == 0


def test_simulated_store_is_behind_since_its_listing_stood_still(listing: Listing) -> None:
    now = datetime.now(UTC)
    listing.record(1, now - timedelta(days=900))

    listing.move(0, updated_at=now)
    moving = listing.pages.state().behind_for
    listing.move(0, updated_at=now - timedelta(minutes=6))
    standing = listing.pages.state().behind_for

    assert moving < 60
    assert standing >= 360


def test_quarantine_is_told(listing: Listing) -> None:
    listing.move(0, state="quarantined")

    assert listing.pages.state().quarantined


def test_position_is_waited_for_or_refused(listing: Listing) -> None:
    listing.record(1, NOW)
    listing.record(2, NOW)
    listing.move(1)

    assert listing.pages.search(ListingQuery(min_position=1)).state.position == 1
    with pytest.raises(ReadModelBehind):
        listing.pages.search(ListingQuery(min_position=2))
    with pytest.raises(InvalidInput, match="min_position: the log ends at position 2"):
        listing.pages.clinic(listing.clinics[0], 3)


def test_listing_that_was_never_built_and_database_that_is_away_are_named(listing: Listing) -> None:
    listing.owner.execute("DELETE FROM registry.builds")
    with pytest.raises(ReadModelMissing):
        listing.pages.state()

    listing.pool.close()
    with pytest.raises(ListingUnreadable):
        listing.pages.state()


def test_reader_may_not_write(listing: Listing) -> None:
    with listing.pool.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM b1.entries")


def test_no_mark_and_no_search_is_a_server_error(listing: Listing) -> None:
    listing.move(0)
    client = TestClient(create_app(listing.pages), raise_server_exceptions=False)
    marks = [
        "1.",
        "1.e",
        "1.W10",
        "1.bnVsbA",
        "1.WyJcdTAwMDAiLCIwMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEiXQ",
        "1.é",
    ]

    for mark in marks:
        answer = client.get("/", params={"after": mark})
        assert answer.status_code == 400, mark
        assert "after" in answer.text

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(name=st.text(max_size=30), mark=st.text(max_size=60))
    def search(name: str, mark: str) -> None:
        assert client.get("/", params={"name": name}).status_code in (200, 400)
        assert client.get("/", params={"after": f"7.{mark}"}).status_code in (200, 400)

    search()


def test_wildcards_in_a_name_are_letters(listing: Listing) -> None:
    for text in ("%", "_", "\\"):
        assert listing.pages.search(ListingQuery(name=text)).total == 0
    assert listing.pages.search(ListingQuery(name="CLÍNIC  00")).total == 10


def test_all_failures_of_reading_are_unavailable() -> None:
    assert all(issubclass(kind, Unavailable) for kind in (ListingUnreadable, ReadModelBehind, ReadModelMissing))
