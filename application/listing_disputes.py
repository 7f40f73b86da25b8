"""Commands by which a clinic disputes its public entry, and the society answers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.acting import NotForThisClinic, require_speaking_for
from application.clinic_acts import BY_CLINIC
from application.command import Command, Desk
from application.listing_facts import publication_facts
from application.listings import BY_OFFICER, public_act
from domain.clinic import Clinic
from domain.codes import Code, Role
from domain.errors import InvalidInput
from domain.listing import Listing
from domain.listing_state import DisputeGround, WithdrawalCause


class DisputeOutcome(Code):
    """What became of a dispute."""

    unrecognised = "unrecognised"
    upheld = "upheld"
    corrected = "corrected"
    withdrawn = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeListing(Command):
    """Dispute a public entry for its clinic; the public sees it beside the entry."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "dispute"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    listing_id: UUID
    """The entry."""
    ground: DisputeGround
    """Why."""
    statement: str
    """What the clinic says, at most 500 characters, without names of persons; shown verbatim."""

    def run(self, desk: Desk) -> Listing:
        """Record the dispute; it shows no person, and of a source no filing reference."""
        listing = desk.load(Listing, self.listing_id)
        clinic = desk.load(Clinic, listing.content.clinic_id)
        require_speaking_for(desk, clinic.id)
        if desk.request.on_behalf_of not in (None, clinic.id):
            raise NotForThisClinic(clinic=clinic.id, on_behalf_of=desk.request.on_behalf_of)
        source = desk.request.source
        disputing = public_act(desk, listing, Listing.ListingDisputed).replace(
            source=dataclasses.replace(source, reference=None) if source else None
        )
        listing.dispute_entry(disputing, self.ground, self.statement, clinic.time_zone)
        return listing


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDispute(Command):
    """Answer the dispute of a public entry: it stands, is corrected, or is withdrawn."""

    AGGREGATE: ClassVar[str] = "listing"
    VERB: ClassVar[str] = "answer-dispute"
    ROLES: ClassVar[frozenset[Role]] = BY_OFFICER
    DECIDES: ClassVar[bool] = True

    listing_id: UUID
    """The entry."""
    outcome: DisputeOutcome
    """upheld (the entry stands), corrected (to what the record says by now), or withdrawn."""
    answer: str
    """The answer, at most 500 characters, without names of persons; shown to the public."""

    def run(self, desk: Desk) -> Listing:
        """Record what became of it."""
        listing = desk.load(Listing, self.listing_id)
        facts = publication_facts(desk, listing)
        match self.outcome:
            case DisputeOutcome.upheld:
                listing.uphold(public_act(desk, listing, Listing.ListingCorrected), facts, self.answer)
            case DisputeOutcome.corrected:
                listing.correct(public_act(desk, listing, Listing.ListingCorrected), facts, self.answer)
            case DisputeOutcome.withdrawn:
                withdrawing = public_act(desk, listing, Listing.ListingWithdrawn)
                listing.withdraw(withdrawing, WithdrawalCause.disputed, facts, self.answer)
            case _:
                raise InvalidInput(field="outcome", problem="is not in the code list")
        return listing
