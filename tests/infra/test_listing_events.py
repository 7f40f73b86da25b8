"""A whole history of an entry, lived in memory, is stored and read back as it was; what is public reveals nobody."""

from __future__ import annotations

from application.listing_disputes import AnswerDispute, DisputeListing, DisputeOutcome
from application.listings import CorrectListing, WithdrawListing
from domain.codes import Reason
from domain.listing_state import DisputeGround, ListingEvent, WithdrawalCause
from infra.avro_codec import Codec
from schemas import catalogue
from tests.application.listed import ListingSociety


def test_every_event_of_an_entry_is_stored_as_it_was() -> None:
    society = ListingSociety()
    clinic = society.declined("No.")
    listing = society.published(clinic)
    disputing = DisputeListing(listing_id=listing, ground=DisputeGround.facts_wrong, statement="No.")
    society.as_clinic(clinic, disputing)
    society.registrar(AnswerDispute(listing_id=listing, outcome=DisputeOutcome.upheld, answer="Yes."))
    society.decline(clinic, "Never.")
    society.registrar(CorrectListing(listing_id=listing, reason=Reason.new_information))
    society.registrar(WithdrawListing(listing_id=listing, cause=WithdrawalCause.in_error))
    dropped = society.propose(society.silent())
    society.registrar(WithdrawListing(listing_id=dropped, cause=WithdrawalCause.in_error))
    codec = Codec(catalogue.load())

    events = [event for event in society.store.log if isinstance(event, ListingEvent)]

    assert len({type(event) for event in events}) == 8
    for event in events:
        state = codec.encode(event)
        assert codec.decode(event.TOPIC, state, event.originator_id, event.originator_version) == event
