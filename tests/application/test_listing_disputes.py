"""A public entry is corrected to the record, disputed beside itself, and ends for good, for a cause that is true."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest

from application.acting import NotForThisClinic, SourceNeeded
from application.invitations import AcceptInvitation
from application.listing_disputes import AnswerDispute, DisputeListing, DisputeOutcome
from application.listings import CorrectListing, WithdrawListing
from domain.aggregate import Source
from domain.codes import Channel, Reason, Role
from domain.errors import InvalidInput, NotPermitted
from domain.listing_category import ListingCategory
from domain.listing_errors import (
    AlreadyDisputed,
    ConditionEnded,
    ConditionHolds,
    DisputeWaits,
    EntryIsPublic,
    EntryNotPublic,
    EntryOutdated,
    ListingIsWithdrawn,
    NoSuchCondition,
    NotDisputed,
    NothingToCorrect,
    ReviewNotDue,
)
from domain.listing_state import DisputeGround, ListingState, WithdrawalCause
from tests.application.listed import ListingSociety, nothing_recorded
from tests.application.society import attestation


@pytest.fixture
def society() -> ListingSociety:
    return ListingSociety()


def test_what_is_public_shows_a_clinic_and_no_person(society: ListingSociety) -> None:
    clinic = society.silent()
    listing = society.published(clinic)
    dispute(society, listing)
    society.by(Role.safety_officer, answering(listing, DisputeOutcome.withdrawn))

    for event in society.store.events_of(listing)[-3:]:
        context = event.context
        assert context.clinic_id == clinic
        assert (context.actor_person, context.on_behalf_of, context.sealed) == (None, None, ())
    assert "Dora" not in repr(society.store.log)


def test_a_public_entry_is_corrected_to_the_record_for_the_same_condition(society: ListingSociety) -> None:
    clinic = society.declined()
    listing = society.published(clinic)
    correcting = CorrectListing(listing_id=listing, reason=Reason.new_information)
    nothing_recorded(society, NothingToCorrect, lambda: society.registrar(correcting))
    society.decline(clinic, "We will never join.")

    society.registrar(correcting)

    corrected = society.store.events_of(listing)[-1]
    assert corrected.entry.own_words == "We will never join."
    assert corrected.replaces == f"{listing}/6"
    nothing_recorded(society, EntryIsPublic, lambda: society.publish(listing))
    society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))
    nothing_recorded(society, ConditionEnded, lambda: society.registrar(correcting))


def test_an_ended_condition_is_withdrawn_by_rule_and_a_true_one_is_not(society: ListingSociety) -> None:
    clinic = society.silent()
    listing = society.published(clinic)
    ending = WithdrawListing(listing_id=listing, cause=WithdrawalCause.condition_ended)
    nothing_recorded(society, ConditionHolds, lambda: society.do(ending, Role.system))
    society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))

    society.do(ending, Role.system)

    assert society.listing(listing).state is ListingState.withdrawn
    nothing_recorded(society, ListingIsWithdrawn, lambda: society.do(ending, Role.system))
    nothing_recorded(society, ListingIsWithdrawn, lambda: society.publish(listing))


def test_an_entry_that_was_never_public_ends_without_saying_whose_it_was(society: ListingSociety) -> None:
    clinic = society.silent()
    listing = society.propose(clinic)
    society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))

    society.do(WithdrawListing(listing_id=listing, cause=WithdrawalCause.condition_ended), Role.system)

    event = society.store.events_of(listing)[-1]
    assert str(clinic) not in repr(event)
    assert (event.category, event.published) == (None, None)


def test_only_an_officer_withdraws_in_error_and_never_what_speaks_for_a_clinic(society: ListingSociety) -> None:
    good, bad = society.propose(society.enrolled()), society.published(society.silent())
    for listing, role, refusal in ((bad, Role.system, NotPermitted), (good, Role.registrar, ConditionHolds)):
        ending = WithdrawListing(listing_id=listing, cause=WithdrawalCause.in_error)
        nothing_recorded(society, refusal, partial(society.by, role, ending))
    answered = WithdrawListing(listing_id=bad, cause=WithdrawalCause.disputed)
    nothing_recorded(society, InvalidInput, lambda: society.registrar(answered))

    society.registrar(WithdrawListing(listing_id=bad, cause=WithdrawalCause.in_error))

    assert society.listing(bad).state is ListingState.withdrawn


def test_an_entry_that_was_not_reviewed_in_a_year_is_withdrawn(society: ListingSociety) -> None:
    listing = society.published(society.silent())
    ending = WithdrawListing(listing_id=listing, cause=WithdrawalCause.not_reviewed)
    society.later(365)
    nothing_recorded(society, ReviewNotDue, lambda: society.do(ending, Role.system))
    society.later(1)

    society.do(ending, Role.system)

    assert society.listing(listing).state is ListingState.withdrawn


def dispute(society: ListingSociety, listing: UUID) -> None:
    clinic = society.listing(listing).content.clinic_id
    disputing = DisputeListing(listing_id=listing, ground=DisputeGround.facts_wrong, statement="We replied in May.")
    society.as_clinic(clinic, disputing)


def answering(listing: UUID, outcome: DisputeOutcome) -> AnswerDispute:
    return AnswerDispute(listing_id=listing, outcome=outcome, answer="No reply arrived.")


def test_a_dispute_stands_beside_the_entry_until_it_is_answered(society: ListingSociety) -> None:
    listing = society.propose(society.silent())
    nothing_recorded(society, EntryNotPublic, lambda: dispute(society, listing))
    society.ready(listing)
    society.publish(listing)
    nothing_recorded(society, NotDisputed, lambda: society.registrar(answering(listing, DisputeOutcome.upheld)))

    dispute(society, listing)

    assert society.listing(listing).state is ListingState.disputed
    nothing_recorded(society, AlreadyDisputed, lambda: dispute(society, listing))
    corrected = answering(listing, DisputeOutcome.corrected)
    nothing_recorded(society, NothingToCorrect, lambda: society.registrar(corrected))
    society.registrar(answering(listing, DisputeOutcome.upheld))
    assert society.listing(listing).state is ListingState.published


def test_a_dispute_is_answered_by_correcting_what_changed(society: ListingSociety) -> None:
    clinic = society.declined()
    listing = society.published(clinic)
    dispute(society, listing)
    society.decline(clinic, "We will never join.")
    plain = CorrectListing(listing_id=listing, reason=Reason.new_information)
    nothing_recorded(society, DisputeWaits, lambda: society.registrar(plain))
    nothing_recorded(society, EntryOutdated, lambda: society.registrar(answering(listing, DisputeOutcome.upheld)))

    society.registrar(answering(listing, DisputeOutcome.corrected))

    assert society.listing(listing).state is ListingState.published
    assert society.store.events_of(listing)[-1].dispute == f"{listing}/7"


def test_a_clinic_disputes_its_own_entry_and_an_officer_says_where_it_is_from(society: ListingSociety) -> None:
    listing = society.published(society.silent())
    disputing = DisputeListing(listing_id=listing, ground=DisputeGround.other, statement="We replied.")

    nothing_recorded(society, NotForThisClinic, lambda: society.as_clinic(UUID(int=3), disputing))
    nothing_recorded(society, SourceNeeded, lambda: society.registrar(disputing))
    society.registrar(disputing, source=Source(channel=Channel.paper, reference="B-17"))

    assert society.store.events_of(listing)[-1].context.source == Source(channel=Channel.paper)


def test_what_speaks_for_a_clinic_ends_with_its_attestation(society: ListingSociety) -> None:
    clinic, guideline = society.attested()
    listing = society.propose(clinic)
    society.later(366)
    nothing_recorded(society, NoSuchCondition, lambda: society.propose(clinic))
    society.do(WithdrawListing(listing_id=listing, cause=WithdrawalCause.condition_ended), Role.system)
    society.as_clinic(clinic, attestation(clinic, guideline))
    assert ListingCategory.participates is society.listing(listing).content.category
