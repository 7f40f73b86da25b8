"""What each event of a public entry changes in the row that tells how it stands; no database in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.dates import PartialDate, last_day
from domain.listing import Listing
from domain.listing_entry import ListingEntry
from domain.listing_preparation import ListingProposed
from domain.listing_state import CorrectionKind, ListingState, WithdrawalCause
from projections.read_model import Recorded


class ListedListing(NamedTuple):
    """One entry as it stands, or stood."""

    listing_id: UUID
    known_from: int
    """Position of the event that made it stand so."""
    clinic_id: UUID
    category: str
    adverse: bool
    state: str
    sentence: str
    source: str
    since: str
    condition: str | None
    """Event that gave the condition; None for a reader who is not shown it."""
    evidence: list[str]
    """Those events that the reader is shown."""
    shown_until: date | None
    own_words: str | None
    shown_hash: str
    """SHA-256 of the entry, which its approvers sign."""
    policy_version: int
    case_id: UUID | None
    """The safety case behind it, told to nobody but the society."""
    proposed_at: datetime
    approvals: int
    previewed_on: date | None
    preview_delivered_on: date | None
    preview_until: date | None
    """Last day of LI-30."""
    published_at: datetime | None
    review_on: date | None
    dispute_ground: str | None
    dispute_statement: str | None
    disputed_at: datetime | None
    dispute_outcome: str | None
    answer: str | None
    withdrawn_at: datetime | None
    withdrawn_for: str | None


def listed_after(before: ListedListing | None, recorded: Recorded) -> ListedListing | None:
    """Return how an entry stands after one of its events."""
    event = recorded.event
    if isinstance(event, Listing.ListingProposed):
        return _proposed(recorded, event)
    if before is None:
        return None
    now = before._replace(known_from=recorded.position)
    happened_on = last_day(PartialDate(recorded.occurred_on))
    match event:
        case Listing.ListingApproved():
            return now._replace(approvals=before.approvals + 1)
        case Listing.ListingPreviewed():
            return now._replace(state=ListingState.previewed.value, previewed_on=happened_on)
        case Listing.ListingPreviewDelivered():
            return now._replace(preview_delivered_on=happened_on, preview_until=last_day(event.until))
        case Listing.ListingPublished():
            review_on = last_day(event.review_on) if event.review_on else None
            content = _content(event.entry, event.policy_version)
            made: dict[str, Any] = {"published_at": recorded.recorded_at, "review_on": review_on}
            return now._replace(state=ListingState.published.value, **content, **made)
        case _:
            return _judged(now, recorded)


def _judged(now: ListedListing, recorded: Recorded) -> ListedListing:
    match recorded.event:
        case Listing.ListingDisputed(ground=ground, statement=statement):
            said: dict[str, Any] = {"dispute_ground": ground.value, "dispute_statement": statement}
            anew: dict[str, Any] = {"disputed_at": recorded.recorded_at, "dispute_outcome": None, "answer": None}
            return now._replace(state=ListingState.disputed.value, **said, **anew)
        case Listing.ListingCorrected() as event:
            corrected = now._replace(**_content(event.entry, event.policy_version))
            if event.dispute is None:
                return corrected
            outcome = "upheld" if event.kind is CorrectionKind.upheld else "corrected"
            return corrected._replace(state=ListingState.published.value, dispute_outcome=outcome, answer=event.answer)
        case Listing.ListingWithdrawn() as event:
            ended = now._replace(
                state=ListingState.withdrawn.value,
                withdrawn_at=recorded.recorded_at,
                withdrawn_for=event.cause.value,
            )
            if event.dispute is None:
                return ended
            answered = event.cause is WithdrawalCause.disputed
            return ended._replace(dispute_outcome="withdrawn", answer=event.answer if answered else None)
        case _:
            return now


def _content(entry: ListingEntry, policy_version: int) -> dict[str, Any]:
    return {
        "category": entry.category.value,
        "adverse": entry.category.adverse,
        "sentence": entry.sentence,
        "source": entry.source,
        "since": entry.since,
        "condition": entry.condition,
        "evidence": list(entry.evidence_ids),
        "shown_until": last_day(entry.shown_until) if entry.shown_until else None,
        "own_words": entry.own_words,
        "shown_hash": entry.shown_hash,
        "policy_version": policy_version,
    }


def _proposed(recorded: Recorded, event: ListingProposed) -> ListedListing:
    """Return the entry as it begins, or begins anew; nothing approved or shown before counts for it."""
    nothing_yet: dict[str, Any] = dict.fromkeys(
        (
            *("previewed_on", "preview_delivered_on", "preview_until", "published_at", "review_on", "dispute_ground"),
            *("dispute_statement", "disputed_at", "dispute_outcome", "answer", "withdrawn_at", "withdrawn_for"),
        )
    )
    return ListedListing(
        listing_id=recorded.aggregate_id,
        known_from=recorded.position,
        clinic_id=event.entry.clinic_id,
        state=ListingState.proposed.value,
        case_id=event.case_id,
        proposed_at=recorded.recorded_at,
        approvals=0,
        **_content(event.entry, event.policy_version),
        **nothing_yet,
    )
