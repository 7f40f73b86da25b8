"""WD-2: an answer to a public entry opens a duty of the society, and the correction of that entry meets it."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.invitations import AcceptInvitation
from application.listing_disputes import AnswerDispute, DisputeListing, DisputeOutcome
from application.listings import CorrectListing, WithdrawListing
from domain.codes import Reason, Role
from domain.late_reply import late_reply_owed
from domain.listing_errors import DisputeWaits
from domain.listing_state import DisputeGround, WithdrawalCause
from domain.obligation_terms import Holder, ObligationEnding, holder_of
from domain.owed import Owed
from domain.policy import POLICY_ID, Policy
from tests.application.listed import ListingSociety


@pytest.fixture
def society() -> ListingSociety:
    return ListingSociety()


def owed(society: ListingSociety, entry: UUID) -> tuple[Owed, ...]:
    policy = society.store.load(Policy, POLICY_ID)
    assert policy is not None
    listing, history = society.listing(entry), society.store.history
    return late_reply_owed(listing, history(entry), history(listing.content.clinic_id), policy, "Europe/Berlin")


def test_an_answer_to_a_public_entry_is_owed_a_correction_within_two_days(society: ListingSociety) -> None:
    clinic = society.silent()
    entry = society.published(clinic)
    assert owed(society, entry) == ()
    society.later(3)
    society.decline(clinic)
    answer = f"{clinic}/{society.clinic(clinic).version}"

    (waiting,) = owed(society, entry)

    assert (waiting.terms.rule_id, waiting.terms.about, waiting.terms.opened_by) == ("WD-2", entry, answer)
    assert (holder_of("WD-2"), waiting.fulfilled_by) == (Holder.society, None)
    assert waiting.terms.due_on > waiting.terms.clock_start
    society.later(1)
    society.do(WithdrawListing(listing_id=entry, cause=WithdrawalCause.condition_ended), Role.system)
    (met,) = owed(society, entry)
    assert met.terms == waiting.terms
    assert met.fulfilled_by == f"{entry}/{society.listing(entry).version}"


def test_an_answer_before_the_entry_was_public_owes_no_correction(society: ListingSociety) -> None:
    clinic = society.silent()
    entry = society.propose(clinic)
    society.decline(clinic)

    assert owed(society, entry) == ()


def test_who_says_again_what_the_entry_tells_is_answered_once(society: ListingSociety) -> None:
    clinic = society.declined()
    entry = society.published(clinic)
    society.later(1)
    society.decline(clinic, "Still not.")
    society.later(1)
    society.decline(clinic, "Not at all.")

    assert len(owed(society, entry)) == 1


def dispute(society: ListingSociety, entry: UUID) -> None:
    disputing = DisputeListing(listing_id=entry, ground=DisputeGround.facts_wrong, statement="We said more.")
    society.as_clinic(society.listing(entry).content.clinic_id, disputing)


def test_no_correction_is_owed_while_a_dispute_forbids_it_and_its_answer_corrects(society: ListingSociety) -> None:
    clinic = society.declined()
    entry = society.published(clinic)
    dispute(society, entry)
    society.later(1)
    society.decline(clinic, "Not yet.")
    with pytest.raises(DisputeWaits):
        society.do(CorrectListing(listing_id=entry, reason=Reason.new_information), Role.system)
    assert owed(society, entry) == ()

    society.later(5)
    answering = AnswerDispute(listing_id=entry, outcome=DisputeOutcome.corrected, answer="It says so now.")
    society.registrar(answering)

    assert society.listing(entry).content.own_words == "Not yet."
    assert owed(society, entry) == ()
    society.later(1)
    society.decline(clinic, "Never.")
    assert [each.fulfilled_by for each in owed(society, entry)] == [None]


def test_a_dispute_in_time_ends_the_correction_that_it_forbids_and_one_too_late_does_not(
    society: ListingSociety,
) -> None:
    clinic = society.declined()
    entry = society.published(clinic)
    society.decline(clinic, "Not yet.")
    society.later(2)
    assert [each.ending for each in owed(society, entry)] == [None]

    dispute(society, entry)

    said = f"{entry}/{society.listing(entry).version}"
    assert [(each.ending, each.ended_by) for each in owed(society, entry)] == [(ObligationEnding.replaced, said)]
    other = society.published(late := society.declined())
    society.decline(late, "Not yet.")
    society.later(3)
    dispute(society, other)
    assert [(each.ending, each.fulfilled_by) for each in owed(society, other)] == [(None, None)]


def test_an_answer_that_ends_the_condition_is_owed_its_correction_in_spite_of_a_dispute(
    society: ListingSociety,
) -> None:
    clinic = society.declined()
    entry = society.published(clinic)
    dispute(society, entry)
    society.later(1)
    society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))

    assert [each.ending for each in owed(society, entry)] == [None]
    society.do(WithdrawListing(listing_id=entry, cause=WithdrawalCause.condition_ended), Role.system)
    assert [each.fulfilled_by for each in owed(society, entry)] == [f"{entry}/{society.listing(entry).version}"]


def test_a_second_answer_that_ends_the_condition_is_owed_in_spite_of_a_dispute_in_time(
    society: ListingSociety,
) -> None:
    clinic = society.declined()
    entry = society.published(clinic)
    society.decline(clinic, "Not yet.")
    first = f"{clinic}/{society.clinic(clinic).version}"
    society.later(1)
    society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))

    dispute(society, entry)

    assert [(each.ending, each.terms.opened_by) for each in owed(society, entry)] == [(None, first)]
