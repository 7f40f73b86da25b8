"""What every decision about a public entry needs to know; changed by the entry's events alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Aggregate, RegistryEvent
from domain.clinic_state import event_id
from domain.codes import Code, Role, Sha256
from domain.dates import PartialDate
from domain.listing_entry import ListingEntry
from domain.listing_errors import EntryIsPublic, EntryNotPublic, ListingIsWithdrawn
from domain.policy import PolicyVersion


class ListingState(StrEnum):
    """How an entry stands."""

    proposed = "proposed"
    previewed = "previewed"
    published = "published"
    disputed = "disputed"
    withdrawn = "withdrawn"


class DisputeGround(Code):
    """Why an entry is disputed."""

    unrecognised = "unrecognised"
    facts_wrong = "facts_wrong"
    dates_wrong = "dates_wrong"
    condition_ended = "condition_ended"
    other_clinic = "other_clinic"
    delivery_not_received = "delivery_not_received"
    other = "other"


class CorrectionKind(Code):
    """Whether an entry was changed, or stands as it was after a dispute."""

    unrecognised = "unrecognised"
    corrected = "corrected"
    upheld = "upheld"


class WithdrawalCause(Code):
    """Why an entry was withdrawn."""

    unrecognised = "unrecognised"
    condition_ended = "condition_ended"
    not_reviewed = "not_reviewed"
    disputed = "disputed"
    in_error = "in_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryApproval:
    """One approval of an entry: the capacity and time, never the person."""

    role: Role
    """In what capacity it was approved."""
    approved_at: datetime
    """When it was signed."""
    shown_hash: Sha256
    """SHA-256 of the entry that the approver was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationFacts:
    """What is true at the moment of publication, beside the entry itself."""

    entry: ListingEntry | None
    """What the record gives for this condition now; None where it no longer holds."""
    today: date
    """The day at the clinic."""
    policy: PolicyVersion
    """The policy in force."""
    officers: frozenset[UUID] = frozenset()
    """The two officers of the interim measure that it tells of, who stand for its approvals."""
    interested: frozenset[UUID] = frozenset()
    """Officers who approved it, or its measure, and have an interest in the clinic by now."""
    stay: str | None = None
    """Event by which the finding that it rests on is stayed, while it is."""
    finding_public: bool = True
    """Whether the case that it rests on, if any, has published its finding."""


@dataclass(slots=True)
class Preview:
    """What the clinic was sent, and what is proved of its delivery."""

    sent: dict[str, tuple[str, PartialDate]]
    """Event of the sending and its day, by channel; the latest where a channel was used twice."""
    delivered_on: PartialDate | None = None
    until: PartialDate | None = None


class ListedState(Aggregate):
    """The attributes of a public entry."""

    def __init__(self) -> None:
        self.entry: ListingEntry | None = None
        self.content_evidence = ""
        self.case_id: UUID | None = None
        self.proposed_by: UUID | None = None
        self.proposed_on: PartialDate | None = None
        self.approvals: dict[UUID, EntryApproval] = {}
        self.preview: Preview | None = None
        self.published = ""
        self.review_on: PartialDate | None = None
        self.dispute = ""
        self.withdrawn = ""
        self.withdrawn_for: WithdrawalCause | None = None

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic."""
        return self.entry.clinic_id if self.entry else None

    @property
    def content(self) -> ListingEntry:
        """Return what the entry says as it stands."""
        assert self.entry is not None, "an entry begins with its content"
        return self.entry

    @property
    def state(self) -> ListingState:
        """Return how it stands."""
        if self.withdrawn:
            return ListingState.withdrawn
        if self.published:
            return ListingState.disputed if self.dispute else ListingState.published
        return ListingState.previewed if self.preview else ListingState.proposed

    def require_unpublished(self) -> None:
        """Refuse what is possible before publication only."""
        self.require_standing()
        if self.published:
            raise EntryIsPublic(listing=self.id)

    def require_published(self) -> None:
        """Refuse what is possible while the entry is public only."""
        self.require_standing()
        if not self.published:
            raise EntryNotPublic(listing=self.id)

    def require_standing(self) -> None:
        """Refuse anything about an entry that was withdrawn."""
        if self.withdrawn:
            raise ListingIsWithdrawn(listing=self.id)


class ListingEvent(RegistryEvent):
    """An event of a public entry."""

    @property
    def evidence(self) -> str:
        """Return the id under which this event is cited."""
        return event_id(self.originator_id, self.originator_version)

    def apply(self, listing: ListedState) -> None:
        """Change what later decisions need."""
        self._remember(listing)

    def _remember(self, listing: ListedState) -> None:
        """Change what the entry knows."""
