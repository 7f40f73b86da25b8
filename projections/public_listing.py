"""Which clinics the public may read of, in which category, and the neutral sentence that says why.

What domain.md calls "not listed" has no row. Rows of adverse categories exist, but only the caller who says that the
store is a simulated one sees them: in a real one nobody is listed adversely before due process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg

from domain.aggregate import RegistryEvent
from domain.public_category import PublicCategory
from projections.listing_apply import LOOKED_AT, apply_batch
from projections.listing_facts import EntryDetails, ListedService
from projections.listing_rulebook import ListingRulebook
from projections.page_cursor import cursor_text, read_cursor
from projections.plain_names import plain_name
from projections.read_model import Recorded
from projections.script import script_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One public entry as a list shows it."""

    clinic_id: UUID
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    region: str | None
    city: str | None
    category: PublicCategory
    label: str
    """The category in words."""
    adverse: bool
    sentence: str
    source: str
    since: str
    """Date since which the category holds, as precise as it is known."""
    shown_until: date | None
    """The last day on which the entry may be shown without something new being recorded."""
    known_from: int
    """Position of the event that made the entry what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries in order of name, how many match in all, and the cursor of the next page."""

    entries: tuple[Entry, ...]
    count: int
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRegistry:
    """A registry that the clinic joined."""

    registry_id: UUID
    title: str
    joined_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedGuideline:
    """A guideline that the clinic attested to."""

    guideline_id: UUID
    title: str
    version: str
    """The version attested to."""
    level: str
    """What is known beyond the clinic's own word: `self_attested`, `documents_checked` or `inspected`."""
    attested_on: str
    valid_until: date
    lapsed: bool
    """Whether the lapse was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEntry:
    """A category that was shown for a time."""

    category: PublicCategory
    label: str
    sentence: str
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicPage:
    """All that the public may know of a listed clinic."""

    entry: Entry
    other_names: tuple[str, ...]
    website: str | None
    services: tuple[ListedService, ...]
    registries: tuple[JoinedRegistry, ...]
    guidelines: tuple[AttestedGuideline, ...]
    own_words: str | None
    """What the clinic itself wrote when it declined, verbatim."""
    history: tuple[PastEntry, ...]
    """Earlier and present entries, the latest first; an adverse one is withdrawn from it when it ends."""


class PublicListing:
    """The read model behind the public pages."""

    name = "public_listing"
    tables: tuple[str, ...] = ("clinics", "entries", "rulebook")
    looks_at: tuple[type[RegistryEvent], ...] = LOOKED_AT

    def __init__(self) -> None:
        self.script = script_of("public_listing")
        self._rulebook: ListingRulebook | None = None

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold the events of clinics, registries and guidelines; all others pass."""
        if self._rulebook is None:
            self._rulebook = ListingRulebook.load(cursor)
        apply_batch(cursor, self._rulebook, batch)


_SEARCH: LiteralString = """
SELECT clinic_id, name, country, region, city, category, adverse, sentence, source, since, shown_until, known_from,
       names_plain
  FROM shown(%(day)s, %(simulated)s, %(as_of)s)
 WHERE (%(pattern)s::text IS NULL OR names_plain LIKE %(pattern)s)
   AND (%(country)s::text IS NULL OR country = %(country)s)
   AND (%(category)s::text IS NULL OR category = %(category)s)
   AND (%(after_name)s::text IS NULL OR (names_plain, clinic_id) > (%(after_name)s, %(after_id)s::uuid))
 ORDER BY names_plain, clinic_id
 LIMIT %(limit)s
"""

_COUNT: LiteralString = """
SELECT count(*)
  FROM shown(%(day)s, %(simulated)s, %(as_of)s)
 WHERE (%(pattern)s::text IS NULL OR names_plain LIKE %(pattern)s)
   AND (%(country)s::text IS NULL OR country = %(country)s)
   AND (%(category)s::text IS NULL OR category = %(category)s)
"""

_OF_CLINIC: LiteralString = """
SELECT clinic_id, name, country, region, city, category, adverse, sentence, source, since, shown_until, known_from,
       details
  FROM shown(%(day)s, %(simulated)s, %(as_of)s)
 WHERE clinic_id = %(clinic_id)s
"""

_HISTORY: LiteralString = """
SELECT category, sentence, shown_from,
       CASE WHEN %(as_of)s::bigint IS NULL OR known_to <= %(as_of)s THEN shown_to END
  FROM entries
 WHERE clinic_id = %(clinic_id)s
   AND (NOT adverse OR %(simulated)s::boolean AND (known_to IS NULL OR known_to > %(as_of)s::bigint))
   AND (%(as_of)s::bigint IS NULL OR known_from <= %(as_of)s)
 ORDER BY known_from DESC
"""


def search(
    cursor: psycopg.Cursor[Any],
    *,
    text: str | None = None,
    country: str | None = None,
    category: PublicCategory | None = None,
    day: date,
    simulated: bool,
    as_of: int | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Return the entries that may be shown on a day, by part of a name (case and accents aside), country, category.

    `after` is the `next` of the page before. Raises InvalidInput when it is anything else.
    """
    after_name, after_id = (None, None) if after is None else read_cursor(after, tuple[str, UUID])
    params = _filters(day, simulated, as_of, text, country, category)
    params |= {"after_name": after_name, "after_id": after_id, "limit": limit}
    rows = cursor.execute(_SEARCH, params).fetchall()
    counted = cursor.execute(_COUNT, params).fetchone()
    following = cursor_text((rows[-1][-1], rows[-1][0])) if len(rows) == limit and rows else None
    return Page(entries=tuple(_entry(row) for row in rows), count=counted[0] if counted else 0, next=following)


def entry(
    cursor: psycopg.Cursor[Any], clinic_id: UUID, *, day: date, simulated: bool, as_of: int | None = None
) -> Entry | None:
    """Return the entry of one clinic, or None where it has none."""
    params = _filters(day, simulated, as_of) | {"clinic_id": clinic_id}
    row = cursor.execute(_OF_CLINIC, params).fetchone()
    return None if row is None else _entry(row)


def clinic_page(
    cursor: psycopg.Cursor[Any], clinic_id: UUID, *, day: date, simulated: bool, as_of: int | None = None
) -> ClinicPage | None:
    """Return the page of a listed clinic, or None where it has no entry."""
    params = _filters(day, simulated, as_of) | {"clinic_id": clinic_id}
    row = cursor.execute(_OF_CLINIC, params).fetchone()
    if row is None:
        return None
    details = msgspec.json.decode(row[-1], type=EntryDetails)
    titles = ListingRulebook.load(cursor, as_of).titles()
    return ClinicPage(
        entry=_entry(row),
        other_names=details.other_names,
        website=details.website,
        services=details.services,
        registries=tuple(
            JoinedRegistry(
                registry_id=each.registry_id, title=titles.get(each.registry_id, ""), joined_on=each.joined_on
            )
            for each in details.registries
        ),
        guidelines=tuple(_attested(each, titles) for each in details.guidelines),
        own_words=details.own_words,
        history=_merged(cursor.execute(_HISTORY, params).fetchall()),
    )


def _attested(found: Any, titles: Mapping[UUID, str]) -> AttestedGuideline:
    return AttestedGuideline(
        guideline_id=found.guideline_id,
        title=titles.get(found.guideline_id, ""),
        version=found.version,
        level=found.level,
        attested_on=found.attested_on,
        valid_until=found.valid_until,
        lapsed=found.lapsed,
    )


def _filters(
    day: date,
    simulated: bool,
    as_of: int | None,
    text: str | None = None,
    country: str | None = None,
    category: PublicCategory | None = None,
) -> dict[str, object]:
    return {
        "day": day,
        "simulated": simulated,
        "as_of": as_of,
        "pattern": _pattern(text),
        "country": country.upper() if country else None,
        "category": category.value if category else None,
    }


def _pattern(text: str | None) -> str | None:
    wanted = plain_name(text or "")
    return "%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%" if wanted else None


def _entry(row: Sequence[Any]) -> Entry:
    category = PublicCategory(row[5])
    return Entry(
        clinic_id=row[0],
        name=row[1],
        country=row[2],
        region=row[3],
        city=row[4],
        category=category,
        label=category.label,
        adverse=row[6],
        sentence=row[7],
        source=row[8],
        since=row[9],
        shown_until=row[10],
        known_from=row[11],
    )


def _merged(rows: Iterable[Sequence[Any]]) -> tuple[PastEntry, ...]:
    """Join neighbouring rows that say the same, the latest first."""
    merged: list[PastEntry] = []
    for name, sentence, known_from, known_to in rows:
        category = PublicCategory(name)
        later = merged[-1] if merged else None
        if later and later.category is category and later.sentence == sentence and later.known_from == known_to:
            known_to = merged.pop().known_to
        merged.append(
            PastEntry(
                category=category, label=category.label, sentence=sentence, known_from=known_from, known_to=known_to
            )
        )
    return tuple(merged)
