"""What the public listing answers: a clinic with its published entries, a page of them, all of a clinic's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.listing_category import ListingCategory
from projections.listed_clinics import ListedService
from projections.listed_entries import Dispute
from projections.live import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One published entry, in the words of its events."""

    listing_id: UUID
    category: ListingCategory
    label: str
    """The category in words."""
    adverse: bool
    sentence: str
    source: str
    since: str
    """Date since which the category holds, as precise as it is known."""
    shown_until: date | None
    """The last day on which the entry may be shown without something new being recorded."""
    review_on: date | None
    """The last day before which it is reviewed or withdrawn."""
    published_at: datetime
    own_words: str | None
    """What the clinic itself wrote when it declined, verbatim."""
    dispute: Dispute | None
    questioned_on: date | None
    """Day since which what it rests on is in question; None when nothing is."""
    known_from: int
    """Position of the event that made the entry what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedClinic:
    """A clinic with all its published entries, what concerns safety first."""

    clinic_id: UUID
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    region: str | None
    city: str | None
    entries: tuple[Entry, ...]
    """At least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some clinics in order of name, how many match in all, and the cursor of the next page."""

    clinics: tuple[ListedClinic, ...]
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
    """Whether its lapse is public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEntry:
    """A category that was shown for a time, in the same words."""

    category: ListingCategory
    label: str
    sentence: str
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicPage:
    """All that the public may know of a listed clinic."""

    clinic: ListedClinic
    other_names: tuple[str, ...]
    website: str | None
    services: tuple[ListedService, ...]
    registries: tuple[JoinedRegistry, ...]
    """Given while an entry says that it is enrolled."""
    guidelines: tuple[AttestedGuideline, ...]
    """Given while an entry says that it is enrolled."""
    history: tuple[PastEntry, ...]
    """Earlier and present entries, the latest first; an adverse or lifted one is no longer in it when it ends."""


class ListingFacts(NamedTuple):
    """Which store it is, and where its log and the listing stand."""

    epoch: UUID
    simulated: bool
    head: int
    """Position of the last event of the log."""
    reached: datetime | None
    """When the last event was recorded that the listing holds."""
    lacking: datetime | None
    """When the first event was recorded that it lacks; None when it lacks none."""
    now: datetime


class PageNow(NamedTuple):
    """A clinic's page, the build it is of, and the facts beside."""

    page: ClinicPage | None
    build: Build
    facts: ListingFacts
