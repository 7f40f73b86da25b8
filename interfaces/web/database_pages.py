"""The public pages' facts from PostgreSQL: one read-only snapshot per answer, so that state and entries agree.

It reads as the public, and shows only what `page_source` has a place for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID
from weakref import WeakSet

import msgspec
import psycopg
import structlog
from psycopg_pool import ConnectionPool, PoolTimeout

from domain.dates import PartialDate, day
from domain.errors import InvalidInput, Unavailable
from domain.listing_category import ListingCategory
from domain.reader import PUBLIC
from interfaces.web import page_source as shown
from projections import public_listing
from projections.listed_entries import Dispute
from projections.listing_answers import AttestedGuideline, ClinicPage, Entry, ListedClinic, ListingFacts, PastEntry
from projections.live import Build, reading

PAGE_SIZE = 25
"""Entries on one page of the listing."""

_log = structlog.get_logger(__name__)

_FACTS: LiteralString = """
SELECT store.epoch, store.simulated,
       (SELECT coalesce(max(position), 0) FROM registry.events) AS head,
       (SELECT recorded_at FROM registry.events WHERE position = %(position)s) AS reached,
       (SELECT recorded_at FROM registry.events WHERE position = %(position)s + 1) AS lacking,
       now()
  FROM registry.store
"""

_HEAD: LiteralString = "SELECT coalesce(max(position), 0) FROM registry.events"

_TIME_LIMIT: LiteralString = "SET statement_timeout = '5s'"


class ListingUnreadable(Unavailable):
    """The database behind the public listing does not answer."""

    remedy = "Nothing is lost. Please try again in a minute."


class DatabasePages:
    """Keep the promise of `PageSource` on the live build of the public listing, as the role that may only read."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]]) -> None:
        self._pool = pool
        self._limited: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def search(self, query: shown.ListingQuery) -> shown.ListingAnswer:
        """Return one page of the listing; raise InvalidInput for a mark that is none."""
        number, mark = _read_mark(query.after)
        with self._snapshot(query.min_position) as (cursor, state):
            try:
                page = public_listing.search(
                    cursor,
                    reader=PUBLIC,
                    text=query.name,
                    country=query.country,
                    category=ListingCategory(query.category) if query.category else None,
                    day=state.day,
                    limit=PAGE_SIZE,
                    after=mark,
                )
            except (msgspec.DecodeError, psycopg.DataError) as error:
                raise _not_a_mark() from error
            countries = public_listing.countries(cursor, reader=PUBLIC, day=state.day)
        reached = number + len(page.clinics)
        return shown.ListingAnswer(
            state=state,
            entries=tuple(_entry(clinic) for clinic in page.clinics),
            total=page.count,
            first=number + 1,
            next_mark=f"{reached}.{page.next}" if page.next and reached < page.count else None,
            countries=countries,
        )

    def clinic(self, clinic_id: UUID, min_position: int | None) -> shown.ClinicAnswer:
        """Return a clinic's page."""
        with self._connection(min_position) as connection:
            found = public_listing.page_now(connection, clinic_id, reader=PUBLIC, min_position=min_position)
        return shown.ClinicAnswer(
            state=_state_of(found.build, found.facts), clinic=_clinic(found.page) if found.page else None
        )

    def state(self) -> shown.ViewState:
        """Return where the listing stands."""
        with self._snapshot(None) as (_, state):
            return state

    @contextmanager
    def _snapshot(self, min_position: int | None) -> Iterator[tuple[psycopg.Cursor[Any], shown.ViewState]]:
        with (
            self._connection(min_position) as connection,
            reading(connection, public_listing.PublicListing.name, min_position) as (cursor, build),
        ):
            yield cursor, _state(cursor, build)

    @contextmanager
    def _connection(self, min_position: int | None) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection on which no statement takes longer than a reader waits."""
        try:
            with self._pool.connection(timeout=5.0) as connection:
                if connection not in self._limited:
                    connection.execute(_TIME_LIMIT)
                    self._limited.add(connection)
                _require_recorded(connection, min_position)
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            _log.warning("listing_unreadable", error=type(error).__name__)
            raise ListingUnreadable from error


def _require_recorded(connection: psycopg.Connection[Any], min_position: int | None) -> None:
    """Refuse at once to wait for a position that the log itself has not reached."""
    if min_position is None:
        return
    row = connection.execute(_HEAD).fetchone()
    head = row[0] if row else 0
    if min_position > head:
        raise InvalidInput(field="min_position", problem=f"the log ends at position {head}")


def _state(cursor: psycopg.Cursor[Any], build: Build) -> shown.ViewState:
    row = cursor.execute(_FACTS, {"position": build.position}).fetchone()
    if row is None:
        raise ListingUnreadable
    return _state_of(build, ListingFacts(*row))


def _state_of(build: Build, facts: ListingFacts) -> shown.ViewState:
    return shown.ViewState(
        epoch=facts.epoch,
        build=build.schema,
        position=build.position,
        recorded_at=facts.reached,
        head=facts.head,
        day=facts.now.astimezone(UTC).date(),
        behind_for=_behind_for(facts.lacking, build.updated_at, facts.now, simulated=facts.simulated),
        quarantined=build.quarantined,
        simulated=facts.simulated,
    )


def _behind_for(lacking: datetime | None, updated_at: datetime, now: datetime, *, simulated: bool) -> float:
    """Return for how many seconds the first event that the listing lacks has waited.

    A simulation records years in minutes: there the waiting cannot have begun before the listing last moved.
    """
    if lacking is None:
        return 0.0
    since = max(lacking, updated_at) if simulated else lacking
    return max(0.0, (now - since).total_seconds())


def _read_mark(after: str | None) -> tuple[int, str | None]:
    """Take a mark apart: how many entries lie before the page, and where the list goes on."""
    if after is None:
        return 0, None
    number, dot, mark = after.partition(".")
    if not (dot and mark and number.isascii() and number.isdigit() and len(number) <= 7):
        raise _not_a_mark()
    return int(number), mark


def _not_a_mark() -> InvalidInput:
    return InvalidInput(field="after", problem="this is not the end of a page; start from the first page")


def _entry(clinic: ListedClinic) -> shown.Entry:
    return shown.Entry(
        clinic_id=clinic.clinic_id,
        name=clinic.name,
        country=clinic.country,
        region=clinic.region,
        city=clinic.city,
        statements=tuple(_statement(each) for each in clinic.entries),
    )


def _statement(entry: Entry) -> shown.Statement:
    return shown.Statement(
        category=entry.category.value,
        sentence=entry.sentence,
        source=entry.source,
        since=PartialDate(entry.since),
        listing_id=entry.listing_id,
        published_on=_day_of(entry.published_at),
        own_words=entry.own_words,
        dispute=_dispute(entry.dispute) if entry.dispute else None,
        questioned_on=day(entry.questioned_on) if entry.questioned_on else None,
    )


def _dispute(dispute: Dispute) -> shown.Dispute:
    return shown.Dispute(
        ground=dispute.ground,
        statement=dispute.statement,
        disputed_on=_day_of(dispute.disputed_at),
        outcome=dispute.outcome,
        answer=dispute.answer,
        answered_on=_day_of(dispute.answered_at) if dispute.answered_at else None,
    )


def _clinic(page: ClinicPage) -> shown.ClinicView:
    return shown.ClinicView(
        entry=_entry(page.clinic),
        other_names=page.other_names,
        website=page.website,
        services=tuple(
            shown.Service(indication=each.indication, origin=each.origin, route=each.route) for each in page.services
        ),
        registries=tuple(
            shown.Joined(title=each.title, joined_on=PartialDate(each.joined_on)) for each in page.registries
        ),
        attestations=tuple(_attestation(each) for each in page.guidelines),
        history=tuple(_past(each) for each in page.history),
    )


def _attestation(found: AttestedGuideline) -> shown.Attestation:
    return shown.Attestation(
        guideline=found.title,
        version=found.version,
        attested_on=PartialDate(found.attested_on),
        level=found.level,
        valid_until=day(found.valid_until),
        lapsed=found.lapsed,
    )


def _past(past: PastEntry) -> shown.Statement:
    return shown.Statement(
        category=past.category.value,
        sentence=past.sentence,
        source="",
        since=_day_of(past.known_from),
        until=_day_of(past.known_to) if past.known_to else None,
    )


def _day_of(moment: datetime) -> PartialDate:
    return day(moment.astimezone(UTC).date())
