"""WD-2: an answer to a public entry opens a duty of the society, and the correction of that entry meets it."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.listings import WithdrawListing
from domain.codes import Role
from domain.late_reply import late_reply_owed
from domain.listing_state import WithdrawalCause
from domain.obligation_terms import Holder, holder_of
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
