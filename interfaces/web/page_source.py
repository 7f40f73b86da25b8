"""What the public pages ask for, and in which shape they get it: one answer always carries the state it was read in.

Nothing here may hold more than domain.md allows in public: no person, no patient, no officer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.dates import PartialDate


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """Where the public listing stands in the log, read in the same transaction as what it is shown with."""

    epoch: UUID
    """Identity of the store; another store may reach the same position with other events."""
    build: str
    """Name of the live build of the listing."""
    position: int
    """Position of the last event that the listing holds; 0 for none."""
    recorded_at: datetime | None
    """When that event was recorded."""
    head: int
    """Position of the last event in the log."""
    day: date
    """The day for which entries were chosen: an attestation may end without a new event."""
    behind_for: float
    """Seconds for which the oldest event that the listing lacks has been waiting; 0 when it lacks none."""
    quarantined: bool
    """The listing met an event that it cannot apply and has stopped."""
    simulated: bool
    """The store was marked as simulated when it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What the clinic says against an entry, and what the society answered."""

    ground: str
    """Why, a code."""
    statement: str
    """The clinic's words, verbatim."""
    disputed_on: PartialDate
    outcome: str | None = None
    """upheld or corrected; None while it waits for an answer."""
    answer: str | None = None
    answered_on: PartialDate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One public category of one clinic, in words and dates."""

    category: str
    """A code of `domain.listing_category`."""
    sentence: str
    """The neutral statement of fact."""
    source: str
    """Where its facts come from."""
    since: PartialDate
    """The day from which it holds."""
    until: PartialDate | None = None
    """The day on which it ended; None while it holds."""
    listing_id: UUID | None = None
    """The entry; None for what is past or withheld."""
    published_on: PartialDate | None = None
    own_words: str | None = None
    """What the clinic wrote when it declined, verbatim."""
    dispute: Dispute | None = None
    questioned_on: PartialDate | None = None
    """The day since which what it rests on is in question; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the listing."""

    clinic_id: UUID
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    region: str | None
    city: str | None
    statements: tuple[Statement, ...]
    """What holds now, at least one: what concerns safety first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a clinic says it offers, in codes; None where it does not say."""

    indication: str | None
    origin: str | None
    """Where the cells come from."""
    route: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A registry that a clinic joined."""

    title: str
    joined_on: PartialDate


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """One guideline that a clinic attested to, and how far that was verified."""

    guideline: str
    version: str
    attested_on: PartialDate
    level: str
    """self_attested, documents_checked or inspected."""
    valid_until: PartialDate
    lapsed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicView:
    """A listed clinic's page."""

    entry: Entry
    other_names: tuple[str, ...]
    website: str | None
    services: tuple[Service, ...]
    registries: tuple[Joined, ...]
    attestations: tuple[Attestation, ...]
    history: tuple[Statement, ...]
    """The categories it was shown in, the latest first; their dates are those of recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingQuery:
    """What a reader searches for; every field was checked."""

    name: str | None = None
    country: str | None = None
    category: str | None = None
    after: str | None = None
    """Mark of the place where the page before this one ended."""
    min_position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingAnswer:
    """One page of the listing."""

    state: ViewState
    entries: tuple[Entry, ...]
    total: int
    """Entries that the search finds, on all pages."""
    first: int
    """Number of the first entry of this page, from 1."""
    next_mark: str | None
    """What `after` is on the next page."""
    countries: tuple[str, ...]
    """Countries that have an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicAnswer:
    """A clinic's page, or None when the clinic has no entry."""

    state: ViewState
    clinic: ClinicView | None


class PageSource(Protocol):
    """Answer the public pages from one consistent moment each.

    A `min_position` that the log has not reached is InvalidInput; one that the listing does not reach within two
    seconds is ReadModelBehind. Every failure of the database is Unavailable.
    """

    def search(self, query: ListingQuery) -> ListingAnswer:
        """Return one page of the listing; raise InvalidInput for a mark that is none."""
        ...

    def clinic(self, clinic_id: UUID, min_position: int | None) -> ClinicAnswer:
        """Return a clinic's page."""
        ...

    def state(self) -> ViewState:
        """Return where the listing stands."""
        ...
