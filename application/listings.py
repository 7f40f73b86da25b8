"""Commands about public entries: proposed, published, corrected, withdrawn; what they say follows from the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from application.command import Command, Desk
from application.derived_ids import listing_id
from application.listing_facts import policy_today, publication_facts, require_condition
from domain.aggregate import Act
from domain.clinic import Clinic
from domain.codes import SOCIETY_ROLES, Reason, Role
from domain.dates import day
from domain.errors import InvalidInput, NotPermitted
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from domain.listing_errors import ProposerCannotApprove
from domain.listing_state import WithdrawalCause

BY_RULE_OR_OFFICER = frozenset({Role.system, Role.registrar, Role.safety_officer})
"""Who acts by rule, and the officers who may in its place."""

BY_OFFICER = frozenset({Role.registrar, Role.safety_officer})
"""Who judges entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeListing(Command):
    """Propose the entry that the record gives; one that harms nobody is public at once."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "propose"
    ROLES: ClassVar[frozenset[Role]] = BY_RULE_OR_OFFICER
    DECIDES: ClassVar[bool] = True

    clinic_id: UUID
    """The clinic."""
    category: ListingCategory | None = None
    """The public category; whatever the participation gives if left out."""
    case_id: UUID | None = None
    """The safety case, for the categories that come from one."""

    def run(self, desk: Desk) -> Listing:
        """Propose it, or again as it reads now; publish it if it is not adverse."""
        clinic = desk.load(Clinic, self.clinic_id)
        found = require_condition(desk, clinic, self.category, self.case_id)
        if desk.request.actor.person in found.officers:
            raise ProposerCannotApprove(person=desk.request.actor.person)
        entry, number = found.entry, policy_today(desk, clinic).number
        entry_id, listing = _to_propose(desk, entry)
        proposing = desk.act(Listing.ListingProposed, entry_id, clinic_id=clinic.id)
        if listing is None:
            listing = Listing.propose(entry_id, proposing, entry, number, found.case_id)
        else:
            listing.propose_again(proposing, entry, number, found.case_id)
        if not entry.category.adverse:
            listing.publish(public_act(desk, listing, Listing.ListingPublished), publication_facts(desk, listing))
        return listing


def _to_propose(desk: Desk, entry: ListingEntry) -> tuple[UUID, Listing | None]:
    """Return the id under which an entry is proposed, and what is there already.

    An interim measure protects as long as it is in force: where its entry was withdrawn in error, another one follows.
    """
    number = 1
    while True:
        entry_id = listing_id(desk.sealer, entry.clinic_id, entry.category.value, entry.condition, number)
        listing = desk.find(Listing, entry_id)
        in_error = listing is not None and listing.withdrawn_for is WithdrawalCause.in_error
        if not in_error or entry.category is not ListingCategory.interim:
            return entry_id, listing
        number += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishListing(Command):
    """Make an entry public after due process."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "publish"
    ROLES: ClassVar[frozenset[Role]] = BY_RULE_OR_OFFICER
    DECIDES: ClassVar[bool] = True

    listing_id: UUID
    """The entry."""

    def run(self, desk: Desk) -> Listing:
        """Publish it, if nothing is missing at this moment."""
        listing = desk.load(Listing, self.listing_id)
        listing.publish(public_act(desk, listing, Listing.ListingPublished), publication_facts(desk, listing))
        return listing


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectListing(Command):
    """Let a public entry say what the record says by now."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "correct"
    ROLES: ClassVar[frozenset[Role]] = BY_RULE_OR_OFFICER
    DECIDES: ClassVar[bool] = True

    listing_id: UUID
    """The entry."""
    reason: Reason
    """Why, as a code."""

    def run(self, desk: Desk) -> Listing:
        """Correct it."""
        listing = desk.load(Listing, self.listing_id)
        correcting = public_act(desk, listing, Listing.ListingCorrected, reason=self.reason)
        listing.correct(correcting, publication_facts(desk, listing))
        return listing


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawListing(Command):
    """End an entry for good."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "withdraw"
    ROLES: ClassVar[frozenset[Role]] = BY_RULE_OR_OFFICER
    DECIDES: ClassVar[bool] = True

    listing_id: UUID
    """The entry."""
    cause: WithdrawalCause
    """Why: condition_ended, not_reviewed, or in_error (by an officer only)."""

    def run(self, desk: Desk) -> Listing:
        """Withdraw it, if the cause is true."""
        if self.cause is WithdrawalCause.disputed:
            raise InvalidInput(field="cause", problem="a disputed entry is withdrawn by answering the dispute")
        role = desk.request.actor.role
        if self.cause is WithdrawalCause.in_error and role not in SOCIETY_ROLES:
            allowed = ", ".join(sorted(each.value for each in BY_OFFICER))
            raise NotPermitted(role=role, action="withdraw an entry in error", allowed=allowed)
        listing = desk.load(Listing, self.listing_id)
        withdrawing = public_act(desk, listing, Listing.ListingWithdrawn)
        listing.withdraw(withdrawing, self.cause, publication_facts(desk, listing))
        return listing


def public_act(desk: Desk, listing: Listing, event: type[Any], *, reason: Reason | None = None) -> Act:
    """Return the act for one public event of an entry, today at its clinic; it shows no person."""
    return desk.public_act(event, occurred_on=day(desk.clinic_day(listing.concerns)), reason=reason)
