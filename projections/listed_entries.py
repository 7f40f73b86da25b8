"""One published entry as the public sees it, folded from its four public events and from nothing else.

It begins with ListingPublished, changes with ListingDisputed and ListingCorrected, and ends with ListingWithdrawn.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.clinic_state import event_id
from domain.dates import last_day
from domain.event_id import event_place
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from domain.listing_publication import ListingCorrected
from domain.listing_state import CorrectionKind
from projections.read_model import Recorded

PUBLIC_LISTING_EVENTS = (
    Listing.ListingPublished,
    Listing.ListingDisputed,
    Listing.ListingCorrected,
    Listing.ListingWithdrawn,
)
"""The events that make, change and end a public entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What the clinic says against an entry, and what the society answered."""

    ground: str
    """Why, a code."""
    statement: str
    """The clinic's words, verbatim."""
    disputed_at: datetime
    outcome: str | None = None
    """upheld or corrected; None while it waits for an answer."""
    answer: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEntry:
    """An entry from one of its public events to the next."""

    clinic_id: UUID
    category: ListingCategory
    sentence: str
    source: str
    since: str
    shown_until: date | None
    """The last day on which it may be shown without a new event."""
    review_on: date | None
    own_words: str | None
    rests_on: tuple[str, ...]
    """The events that it rests on, and those that published it in these words: who questions one questions it."""
    case_id: UUID | None
    """The safety case that gave it."""
    published_at: datetime
    worded_from: int
    """Position of the event since which it says this."""
    worded_at: datetime
    dispute: Dispute | None = None


def entry_after(before: PublicEntry | None, recorded: Recorded) -> PublicEntry | None:
    """Return the entry after one of its public events; None from its end on, and where it was never public."""
    match recorded.event:
        case Listing.ListingPublished() as event:
            review_on = last_day(event.review_on) if event.review_on else None
            return _worded(event.entry, recorded, recorded.recorded_at, review_on)
        case Listing.ListingDisputed() as event if before is not None:
            said = Dispute(ground=event.ground.value, statement=event.statement, disputed_at=recorded.recorded_at)
            return dataclasses.replace(before, dispute=said)
        case Listing.ListingCorrected() as event if before is not None:
            return _answered(_corrected(before, event.entry, recorded), event, recorded.recorded_at)
        case Listing.ListingWithdrawn():
            return None
        case _:
            return before


def _worded(entry: ListingEntry, recorded: Recorded, published_at: datetime, review_on: date | None) -> PublicEntry:
    category = entry.category
    return PublicEntry(
        clinic_id=entry.clinic_id,
        category=category,
        sentence=entry.sentence,
        source=entry.source,
        since=entry.since,
        shown_until=last_day(entry.shown_until) if entry.shown_until else None,
        review_on=review_on,
        own_words=entry.own_words,
        rests_on=(*entry.evidence_ids, event_id(recorded.aggregate_id, recorded.version)),
        case_id=event_place(entry.condition, "condition").aggregate_id if category.of_safety else None,
        published_at=published_at,
        worded_from=recorded.position,
        worded_at=recorded.recorded_at,
    )


def _corrected(before: PublicEntry, entry: ListingEntry, recorded: Recorded) -> PublicEntry:
    after = _worded(entry, recorded, before.published_at, before.review_on)
    if _words(after) == _words(before):
        # The same words, upheld or for longer: they stand since they were first said, and so does a doubt about them.
        stands = tuple(dict.fromkeys((*before.rests_on, *after.rests_on)))
        after = dataclasses.replace(after, rests_on=stands, worded_from=before.worded_from, worded_at=before.worded_at)
    return dataclasses.replace(after, dispute=before.dispute)


def _words(entry: PublicEntry) -> tuple[str | None, ...]:
    return entry.category.value, entry.sentence, entry.source, entry.since, entry.own_words


def _answered(entry: PublicEntry, event: ListingCorrected, at: datetime) -> PublicEntry:
    if event.dispute is None or entry.dispute is None:
        return entry
    outcome = "upheld" if event.kind is CorrectionKind.upheld else "corrected"
    answered = dataclasses.replace(entry.dispute, outcome=outcome, answer=event.answer, answered_at=at)
    return dataclasses.replace(entry, dispute=answered)
