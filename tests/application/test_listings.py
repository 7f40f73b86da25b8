"""A category is public by ListingPublished alone; every shortcut to it has a name and records nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest

from application.appointments import DeclareInterest
from application.clinics import CloseClinic
from application.invitations import AcceptInvitation, InviteClinic
from application.listing_reviews import ProvePreviewDelivery
from application.listings import ProposeListing, PublishListing, WithdrawListing
from application.permission import ConflictOfInterest
from domain.clinic_state import NotIndependent
from domain.codes import Role, Sha256
from domain.dates import PartialDate
from domain.errors import InvalidInput, NotFound, Refused
from domain.letters import InvitationChannel
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from domain.listing_errors import (
    AlreadyApproved,
    ApprovalNotNeeded,
    ApproverHasInterest,
    ConditionEnded,
    EntryIsPublic,
    EntryOutdated,
    ListingExists,
    ListingIsWithdrawn,
    NoSuchCondition,
    NotApprovedByTwo,
    OtherEntryShown,
    PreviewDeliveryKnown,
    PreviewMissing,
    PreviewNotDelivered,
    PreviewNotNeeded,
    PreviewNotOver,
    PreviewNotSentThatWay,
    ProposerCannotApprove,
)
from domain.listing_state import WithdrawalCause
from domain.officer import InterestKind
from domain.signature import SignatureMeaning
from tests.application.listed import ListingSociety, nothing_recorded
from tests.domain.clinics import CLINIC, LETTER, POST, PROOF, act_on, signed


@pytest.fixture
def society() -> ListingSociety:
    return ListingSociety()


def test_silence_is_public_after_two_approvals_and_thirty_days_and_says_so(society: ListingSociety) -> None:
    clinic = society.silent()

    listing = society.published(clinic)

    names = society.names_of(listing)
    assert names == [
        "ListingProposed", "ListingApproved", "ListingApproved", "ListingPreviewed", "ListingPreviewDelivered",
        "ListingPublished",
    ]  # fmt: skip
    published = society.store.events_of(listing)[-1]
    assert published.entry.category is ListingCategory.no_reply
    assert published.entry.sentence == "Invited 2 March 2026, two reminders, no reply by 2 June 2026"
    assert published.entry.condition == published.entry.evidence_ids[-1]
    assert len(published.entry.evidence_ids) == 5
    assert len(published.approvals) == 2
    assert published.review_on == "2027-07-04"
    assert (published.preview_until, published.policy_version) == ("2026-07-03", 1)


@pytest.mark.parametrize("category", [ListingCategory.not_yet_attested, ListingCategory.participates])
def test_what_harms_nobody_is_public_at_once_by_rule(society: ListingSociety, category: ListingCategory) -> None:
    if category is ListingCategory.participates:
        clinic, _ = society.attested()
    else:
        clinic = society.enrolled()

    listing = society.propose(clinic)

    assert society.names_of(listing) == ["ListingProposed", "ListingPublished"]
    entry = society.listing(listing).content
    assert entry.category is category
    assert (entry.shown_until is not None) is (category is ListingCategory.participates)
    nothing_recorded(society, EntryIsPublic, lambda: society.approve(listing, society.approvers[0]))


def test_an_entry_that_came_back_is_another_entry(society: ListingSociety) -> None:
    clinic = society.declined()
    first = society.propose(clinic)
    nothing_recorded(society, ListingExists, lambda: society.propose(clinic))
    society.registrar(InviteClinic(clinic_id=clinic, letter=LETTER, sendings=(POST,)))
    nothing_recorded(society, NoSuchCondition, lambda: society.propose(clinic))
    society.decline(clinic)

    assert society.propose(clinic) != first


def test_nobody_lists_an_unknown_clinic_or_a_category_it_is_not_in(society: ListingSociety) -> None:
    clinic = society.declined()

    nothing_recorded(society, NotFound, lambda: society.propose(UUID(int=5)))
    for category in set(ListingCategory) - {ListingCategory.declined}:
        nothing_recorded(society, NoSuchCondition, partial(society.propose, clinic, category))


# Each way to leave out one thing, and the name of what is then missing.
def one_approval(society: ListingSociety, listing: UUID) -> None:
    society.approve(listing, society.approvers[0])
    society.preview(listing)
    society.deliver(listing)
    society.later(31)


def no_preview(society: ListingSociety, listing: UUID) -> None:
    society.approve(listing, society.approvers[0])
    society.approve(listing, society.approvers[1])
    society.later(31)


def no_delivery(society: ListingSociety, listing: UUID) -> None:
    no_preview(society, listing)
    society.preview(listing)
    society.later(31)


def too_early(society: ListingSociety, listing: UUID) -> None:
    no_delivery(society, listing)
    society.deliver(listing)
    society.later(30)


def interest_since(society: ListingSociety, listing: UUID) -> None:
    society.ready(listing)
    clinic = society.listing(listing).content.clinic_id
    declaring = DeclareInterest(clinic_id=clinic, kind=InterestKind.owns)
    society.do(declaring, Role.registrar, person=society.approvers[0])


def accepted_meanwhile(society: ListingSociety, listing: UUID) -> None:
    society.ready(listing)
    clinic = society.listing(listing).content.clinic_id
    society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))


def withdrawn(society: ListingSociety, listing: UUID) -> None:
    society.ready(listing)
    society.registrar(WithdrawListing(listing_id=listing, cause=WithdrawalCause.in_error))


@pytest.mark.parametrize(
    ("prepare", "refusal"),
    [
        (lambda *_: None, NotApprovedByTwo),
        (one_approval, NotApprovedByTwo),
        (no_preview, PreviewMissing),
        (no_delivery, PreviewNotDelivered),
        (too_early, PreviewNotOver),
        (interest_since, ApproverHasInterest),
        (accepted_meanwhile, ConditionEnded),
        (withdrawn, ListingIsWithdrawn),
    ],
)
def test_every_shortcut_has_a_name(
    society: ListingSociety, prepare: Callable[[ListingSociety, UUID], None], refusal: type[Refused]
) -> None:
    listing = society.propose(society.silent())

    prepare(society, listing)

    nothing_recorded(society, refusal, lambda: society.publish(listing))


def test_approvals_are_by_two_others_without_an_interest_and_of_this_wording(society: ListingSociety) -> None:
    clinic = society.silent()
    proposing = ProposeListing(clinic_id=clinic)
    listing = society.do(proposing, Role.registrar, person=society.approvers[0]).aggregate_id
    first, second, third = society.approvers
    society.do(DeclareInterest(clinic_id=clinic, kind=InterestKind.competitor), Role.registrar, person=third)

    for person, changed, refusal in (
        (first, {}, ProposerCannotApprove),
        (third, {}, ConflictOfInterest),
        (second, {"shown_hash": Sha256("ab" * 32)}, OtherEntryShown),
    ):
        nothing_recorded(society, refusal, partial(society.approve, listing, person, **changed))
    society.approve(listing, second)
    nothing_recorded(society, AlreadyApproved, lambda: society.approve(listing, second))


def test_a_preview_is_sent_after_the_proposal_and_counts_from_its_proved_delivery(society: ListingSociety) -> None:
    clinic = society.declined()
    society.later(60)
    listing = society.propose(clinic)

    nothing_recorded(society, PreviewMissing, lambda: society.deliver(listing))
    nothing_recorded(society, InvalidInput, lambda: society.preview(listing, society.ago(40)))
    society.later(10)
    society.preview(listing, society.ago(9))
    for on in (society.ago(10), society.ago(-1), "2026-05"):
        nothing_recorded(society, InvalidInput, partial(society.deliver, listing, on))
    society.deliver(listing, society.ago(5))
    nothing_recorded(society, PreviewDeliveryKnown, lambda: society.deliver(listing))
    nothing_recorded(society, PreviewDeliveryKnown, lambda: society.preview(listing))

    delivered = society.store.events_of(listing)[-1]
    assert delivered.until == society.ago(-25)


def test_a_preview_arrives_by_a_way_by_which_it_was_sent(society: ListingSociety) -> None:

    listing = society.propose(society.declined())
    society.preview(listing)

    proving = ProvePreviewDelivery(listing_id=listing, channel=InvitationChannel.fax, proof=PROOF)
    nothing_recorded(society, PreviewNotSentThatWay, lambda: society.registrar(proving))


def test_when_the_record_changes_the_entry_is_proposed_approved_and_shown_anew(society: ListingSociety) -> None:
    clinic = society.declined("We report elsewhere.")
    listing = society.propose(clinic)
    society.ready(listing)
    society.decline(clinic, "We will never join.")
    nothing_recorded(society, EntryOutdated, lambda: society.publish(listing))

    assert society.propose(clinic) == listing

    nothing_recorded(society, NotApprovedByTwo, lambda: society.publish(listing))
    society.ready(listing)
    society.publish(listing)
    assert society.listing(listing).content.own_words == "We will never join."


def test_who_approves_has_never_spoken_as_the_clinic(society: ListingSociety) -> None:
    clinic = society.declined()
    listing = society.propose(clinic)
    person = society.approvers[0]
    society.do(AcceptInvitation(clinic_id=clinic), Role.clinic, person=person, on_behalf_of=clinic)
    society.decline(clinic)
    listing = society.propose(clinic)

    nothing_recorded(society, NotIndependent, lambda: society.approve(listing, person))


def test_a_closed_clinic_has_no_entry(society: ListingSociety) -> None:
    clinic = society.silent()
    listing = society.propose(clinic)
    society.ready(listing)
    society.registrar(CloseClinic(clinic_id=clinic))

    nothing_recorded(society, ConditionEnded, lambda: society.publish(listing))


def test_an_entry_that_is_published_by_rule_is_neither_approved_nor_previewed() -> None:
    # The command publishes such an entry with its proposal; the aggregate alone refuses too.

    entry = ListingEntry(
        clinic_id=CLINIC, category=ListingCategory.withdrew, sentence="Withdrew", source="Its statement",
        since=PartialDate("2026-03-01"), condition=f"{CLINIC}/4", evidence_ids=(),
    )  # fmt: skip
    listing = Listing.propose(UUID(int=4), act_on(), entry, 1)

    with pytest.raises(ApprovalNotNeeded):
        listing.approve(act_on(), signed(SignatureMeaning.approved))
    with pytest.raises(PreviewNotNeeded):
        listing.show_clinic(act_on(), LETTER, (POST,), "UTC")


def test_a_publisher_with_an_interest_is_refused(society: ListingSociety) -> None:
    clinic = society.silent()
    listing = society.propose(clinic)
    society.ready(listing)
    society.registrar(DeclareInterest(clinic_id=clinic, kind=InterestKind.advises))

    publishing = PublishListing(listing_id=listing)
    nothing_recorded(society, ConflictOfInterest, lambda: society.registrar(publishing))
