"""Commands by which officers approve an entry and the clinic sees it before the public does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from application.acting import signed
from application.clinic_acts import BY_SOCIETY, policy
from application.command import Command, Desk
from application.listings import BY_OFFICER
from domain.clinic import Clinic
from domain.codes import Role, Sha256
from domain.dates import PartialDate, day, partial_date
from domain.errors import InvalidInput
from domain.letters import InvitationChannel, Letter, Proof, Sending
from domain.listing import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveListing(Command):
    """Approve an adverse entry; two different officers do, neither of them its proposer."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "approve"
    ROLES: ClassVar[frozenset[Role]] = BY_OFFICER
    DECIDES: ClassVar[bool] = True

    listing_id: UUID
    """The entry."""
    signer: str
    """Printed name of who signs; sealed."""
    shown_hash: Sha256
    """SHA-256 of the entry as the approver was shown it: `shown_hash` of `icms listings --json`."""
    signed_at: datetime | None = None
    """When it was signed, with its time zone; now if left out."""

    def run(self, desk: Desk) -> Listing:
        """Record the approval."""
        listing = desk.load(Listing, self.listing_id)
        clinic = desk.load(Clinic, listing.content.clinic_id)
        clinic.require_independent([desk.request.actor.person])
        signature, parts = signed(desk, self.signer, self.shown_hash, self.signed_at)
        if signature is None:
            raise InvalidInput(field="signer", problem="an approval is signed")
        listing.approve(desk.act(Listing.ListingApproved, listing.id, parts=parts), signature)
        return listing


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewListing(Command):
    """Send the clinic an adverse entry before the public sees it."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "preview"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    listing_id: UUID
    """The entry."""
    letter: Letter
    """What was sent: version, text_hash, language, sender."""
    sendings: tuple[Sending, ...]
    """By which ways: channel, address, address_source."""
    occurred_on: PartialDate | None = None
    """Day on which it was sent, YYYY-MM-DD; today at the clinic if left out."""

    def run(self, desk: Desk) -> Listing:
        """Record the sending."""
        listing = desk.load(Listing, self.listing_id)
        clinic = desk.load(Clinic, listing.content.clinic_id)
        on = self.occurred_on or day(desk.today(clinic.time_zone))
        sending = desk.act(Listing.ListingPreviewed, listing.id, occurred_on=partial_date(on, "occurred_on"))
        listing.show_clinic(sending, self.letter, self.sendings, clinic.time_zone)
        return listing


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvePreviewDelivery(Command):
    """Record what proves that a preview arrived; LI-30 runs from then."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "prove-preview-delivery"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    listing_id: UUID
    """The entry."""
    channel: InvitationChannel
    """By which of its ways it arrived."""
    proof: Proof
    """What proves it: kind, document_hash."""
    occurred_on: PartialDate | None = None
    """Day on which it arrived, YYYY-MM-DD; today at the clinic if left out."""

    def run(self, desk: Desk) -> Listing:
        """Record the proof."""
        listing = desk.load(Listing, self.listing_id)
        clinic = desk.load(Clinic, listing.content.clinic_id)
        on = self.occurred_on or day(desk.today(clinic.time_zone))
        arriving = desk.act(Listing.ListingPreviewDelivered, listing.id, occurred_on=partial_date(on, "occurred_on"))
        listing.prove_preview(arriving, self.channel, self.proof, policy(desk), clinic.time_zone)
        return listing
