"""What the public may read of which clinics: their published entries, and what describes a clinic beside them.

A category is public by ListingPublished alone, so a clinic without a published entry is in no answer. A real store and
a simulated one answer alike, and every reader is given the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg

from domain.aggregate import RegistryEvent
from domain.listing_category import ListingCategory
from domain.reader import Reader
from projections.listed_clinics import Attested, Description
from projections.listed_entries import PublicEntry
from projections.listing_answers import (
    AttestedGuideline,
    ClinicPage,
    Entry,
    JoinedRegistry,
    ListedClinic,
    ListingFacts,
    Page,
    PageNow,
    PastEntry,
)
from projections.listing_apply import LOOKED_AT, apply_batch
from projections.listing_statements import (
    COUNT,
    COUNTRIES,
    ENTRIES,
    ENTRIES_NOW,
    FACTS,
    HISTORY,
    OF_CLINIC,
    PAGE_NOW,
    SEARCH,
)
from projections.listing_titles import ListingTitles
from projections.live import Build
from projections.page_cursor import cursor_text, read_cursor
from projections.plain_names import plain_name
from projections.question import Question
from projections.read_model import Recorded
from projections.script import script_of


class PublicListing:
    """The read model behind the public pages."""

    name = "public_listing"
    tables: tuple[str, ...] = ("clinics", "entries", "questions", "titles")
    stances: LiteralString = """
        SELECT clinic_id, category || ': ' || sentence, rests_on
          FROM {schema}.entries
         WHERE known_to IS NULL
    """
    looks_at: tuple[type[RegistryEvent], ...] = LOOKED_AT

    def __init__(self) -> None:
        self.script = script_of("public_listing")
        self._titles: ListingTitles | None = None

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold the events of published entries, clinics, registries, guidelines and doubts; all others pass."""
        if self._titles is None:
            self._titles = ListingTitles.load(cursor)
        apply_batch(cursor, self._titles, batch)


def search(
    cursor: psycopg.Cursor[Any],
    *,
    reader: Reader,
    text: str | None = None,
    country: str | None = None,
    category: ListingCategory | None = None,
    day: date,
    as_of: int | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Return clinics with an entry on a day, by part of a name (case and accents aside), country, and category.

    A clinic found by one of its categories is returned with all of them. `after` is the `next` of the page before.
    Raises InvalidInput when it is anything else.
    """
    del reader  # all of it is public
    after_name, after_id = (None, None) if after is None else read_cursor(after, tuple[str, UUID])
    params: dict[str, object] = {
        "day": day,
        "as_of": as_of,
        "pattern": _pattern(text),
        "country": country.upper() if country else None,
        "category": category.value if category else None,
    }
    places = {"after_name": after_name, "after_id": after_id, "limit": limit}
    rows = cursor.execute(SEARCH, params | places).fetchall()
    following = cursor_text((rows[-1][-2], rows[-1][0])) if len(rows) == limit and rows else None
    entries = _entries(cursor, [row[0] for row in rows], day, as_of)
    clinics = tuple(_listed(row, entries[row[0]]) for row in rows)
    return Page(clinics=clinics, count=_count(cursor, rows, params, after), next=following)


def _count(
    cursor: psycopg.Cursor[Any], rows: Sequence[Sequence[Any]], params: dict[str, object], after: str | None
) -> int:
    if rows:
        return int(rows[0][-1])
    # Behind the last page no row tells how many there are.
    counted = cursor.execute(COUNT, params).fetchone() if after is not None else None
    return int(counted[0]) if counted else 0


def entries_of(
    cursor: psycopg.Cursor[Any], clinic_id: UUID, *, reader: Reader, day: date, as_of: int | None = None
) -> tuple[Entry, ...]:
    """Return the entries of one clinic, what concerns safety first; none where it is not listed."""
    del reader  # all of it is public
    return tuple(_entries(cursor, [clinic_id], day, as_of).get(clinic_id, ()))


def entries_now(
    connection: psycopg.Connection[Any], clinic_id: UUID, *, reader: Reader, day: date, min_position: int | None = None
) -> tuple[tuple[Entry, ...], Build]:
    """Return what is shown of one clinic now, what concerns safety first, and the build, in one round trip.

    The connection must be in autocommit mode and idle.

    Raises: ReadModelMissing, ReadModelBehind
    """
    del reader  # all of it is public
    answer = _NOW.ask(connection, (clinic_id, day), min_position)
    return tuple(_entries_in_order(answer.rows)), answer.build


def page_now(
    connection: psycopg.Connection[Any], clinic_id: UUID, *, reader: Reader, min_position: int | None = None
) -> PageNow:
    """Return the page of a clinic today, None where it has no entry, and where the listing stands, in one round trip.

    The connection must be in autocommit mode and idle.

    Raises: ReadModelMissing, ReadModelBehind
    """
    del reader  # all of it is public
    rows, build, facts = _PAGE.ask(connection, (clinic_id,), min_position)
    if not rows:
        return PageNow(None, build, ListingFacts(*facts))
    first, titles = rows[0], ListingTitles()
    titles.take({UUID(each): title for each, title in msgspec.json.decode(first[12] or "{}").items()})
    history = msgspec.json.decode(first[13] or "[]", type=list[tuple[str, str, datetime, datetime | None]])
    page = _page((clinic_id, *first[7:12]), tuple(_entries_in_order(rows)), titles, history)
    return PageNow(page, build, ListingFacts(*facts))


def _entries_in_order(rows: list[tuple[Any, ...]]) -> list[Entry]:
    """Return entries in the order of ENTRIES; sorting one row takes PostgreSQL longer than finding it."""
    rows.sort(key=lambda row: row[1])
    rows.sort(key=lambda row: row[6], reverse=True)
    rows.sort(key=lambda row: row[5])
    return [_entry(row[1], row[2], _DECODER.decode(row[3]), row[4]) for row in rows]


def countries(cursor: psycopg.Cursor[Any], *, reader: Reader, day: date) -> tuple[str, ...]:
    """Return the countries in which a clinic has an entry on a day."""
    del reader  # all of it is public
    return tuple(country for (country,) in cursor.execute(COUNTRIES, {"day": day}).fetchall())


def clinic_page(
    cursor: psycopg.Cursor[Any], clinic_id: UUID, *, reader: Reader, day: date, as_of: int | None = None
) -> ClinicPage | None:
    """Return the page of a listed clinic, or None where it has no entry."""
    entries = entries_of(cursor, clinic_id, reader=reader, day=day, as_of=as_of)
    params = {"clinic_id": clinic_id, "day": day, "as_of": as_of}
    row = cursor.execute(OF_CLINIC, params).fetchone() if entries else None
    if row is None:
        return None
    return _page(row, entries, ListingTitles.load(cursor, as_of), cursor.execute(HISTORY, params).fetchall())


def _page(
    row: Sequence[Any], entries: Sequence[Entry], titles: ListingTitles, history: Sequence[Sequence[Any]]
) -> ClinicPage:
    known = msgspec.json.decode(row[-1], type=Description)
    # Registries and attestations are told beside an entry that says that it is enrolled, and beside no other.
    member = any(each.category.enrolled for each in entries)
    lapse_told = any(each.category is ListingCategory.attestation_lapsed for each in entries)
    return ClinicPage(
        clinic=_listed(row, entries),
        other_names=known.other_names,
        website=known.website,
        services=known.services,
        registries=tuple(
            JoinedRegistry(registry_id=each.registry_id, title=titles.of(each.registry_id), joined_on=each.joined_on)
            for each in known.registries
            if member
        ),
        guidelines=tuple(_attested(each, titles, lapse_told=lapse_told) for each in known.attested if member),
        history=tuple(map(_past, history)),
    )


def _entries(cursor: psycopg.Cursor[Any], clinics: list[UUID], day: date, as_of: int | None) -> dict[UUID, list[Entry]]:
    found: dict[UUID, list[Entry]] = {}
    if not clinics:
        return found
    rows = cursor.execute(ENTRIES, {"clinics": clinics, "day": day, "as_of": as_of}).fetchall()
    for clinic_id, listing_id, known_from, content, questioned_on, *_ in rows:
        entry = _DECODER.decode(content)
        found.setdefault(clinic_id, []).append(_entry(listing_id, known_from, entry, questioned_on))
    return found


def _entry(listing_id: UUID, known_from: int, entry: PublicEntry, questioned_on: date | None) -> Entry:
    return Entry(
        listing_id=listing_id,
        category=entry.category,
        label=entry.category.label,
        adverse=entry.category.adverse,
        sentence=entry.sentence,
        source=entry.source,
        since=entry.since,
        shown_until=entry.shown_until,
        review_on=entry.review_on,
        published_at=entry.published_at,
        own_words=entry.own_words,
        dispute=entry.dispute,
        questioned_on=questioned_on,
        known_from=known_from,
    )


def _listed(row: Sequence[Any], entries: Sequence[Entry]) -> ListedClinic:
    clinic_id, name, country, region, city = row[:5]
    return ListedClinic(
        clinic_id=clinic_id, name=name, country=country, region=region, city=city, entries=tuple(entries)
    )


def _attested(found: Attested, titles: ListingTitles, *, lapse_told: bool) -> AttestedGuideline:
    return AttestedGuideline(
        guideline_id=found.guideline_id,
        title=titles.of(found.guideline_id),
        version=found.version,
        level=found.level,
        attested_on=found.attested_on,
        valid_until=found.valid_until,
        # That it lapsed harms the clinic: it is told by a published entry, and by nothing before it.
        lapsed=found.lapsed and lapse_told,
    )


def _past(row: Sequence[Any]) -> PastEntry:
    name, sentence, known_from, known_to = row
    category = ListingCategory(name)
    return PastEntry(
        category=category, label=category.label, sentence=sentence, known_from=known_from, known_to=known_to
    )


def _pattern(text: str | None) -> str | None:
    wanted = plain_name(text or "")
    return "%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%" if wanted else None


_DECODER = msgspec.json.Decoder(PublicEntry)
_NOW = Question(PublicListing.name, ENTRIES_NOW)
_PAGE = Question(PublicListing.name, PAGE_NOW, FACTS)
