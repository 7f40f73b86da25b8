"""What a safety case found is public with ground and date, never while it is stayed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.appointments import DeclareInterest
from application.listing_disputes import DisputeListing
from application.listings import CorrectListing, ProposeListing, WithdrawListing
from domain.codes import Reason, Role
from domain.listing_category import ListingCategory
from domain.listing_errors import (
    ApprovalNotNeeded,
    ApproverHasInterest,
    ConditionEnded,
    ConditionHolds,
    EntryIsPublic,
    FindingNotPublished,
    NoSuchCondition,
    NotApprovedByTwo,
    PreviewMissing,
    ProposerCannotApprove,
    StayOpen,
)
from domain.listing_state import DisputeGround, ListingState, WithdrawalCause
from domain.officer import InterestKind
from tests.application.listed import CaseOfTests, ListingSociety, nothing_recorded
from tests.application.society import attestation


@pytest.fixture
def society() -> ListingSociety:
    return ListingSociety()


FINDING = ListingCategory.finding_published


def test_a_finding_is_public_with_its_ground_and_date_when_its_case_published_it(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, CaseOfTests.FindingDecided)
    listing = society.propose(clinic, FINDING, case)
    society.ready(listing)
    nothing_recorded(society, FindingNotPublished, lambda: society.publish(listing))
    society.go_on(case, CaseOfTests.FindingPublished)

    society.publish(listing)

    assert society.listing(listing).content.sentence == (
        "Finding decided 2 March 2026 on the ground of patient safety and consent"
    )


def test_a_finding_that_is_stayed_is_not_public(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, CaseOfTests.FindingDecided)
    listing = society.propose(clinic, FINDING, case)
    society.ready(listing)
    society.go_on(case, CaseOfTests.AppealLodged)
    nothing_recorded(society, StayOpen, lambda: society.publish(listing))
    society.go_on(case, CaseOfTests.AppealDecided, outcome="upheld")
    society.go_on(case, CaseOfTests.FindingPublished)
    society.publish(listing)

    society.go_on(case, CaseOfTests.StayGranted)

    ending = WithdrawListing(listing_id=listing, cause=WithdrawalCause.condition_ended)
    society.do(ending, Role.system)
    stayed = society.propose(clinic, ListingCategory.stayed_on_appeal, case)
    society.ready(stayed)
    society.publish(stayed)
    society.go_on(case, CaseOfTests.StayEnded)
    again = society.propose(clinic, FINDING, case)
    assert again != listing
    society.do(WithdrawListing(listing_id=stayed, cause=WithdrawalCause.condition_ended), Role.system)


def test_a_lifted_finding_is_public_by_rule_for_two_years(society: ListingSociety) -> None:
    clinic = society.identified()
    steps = (CaseOfTests.FindingDecided, CaseOfTests.FindingPublished, CaseOfTests.FindingLifted)
    case = society.case(clinic, *steps)

    listing = society.propose(clinic, ListingCategory.finding_lifted, case)

    assert society.listing(listing).state is ListingState.published
    assert society.listing(listing).content.shown_until == "2028-03-02"
    nothing_recorded(society, NoSuchCondition, lambda: society.propose(clinic, FINDING, case))


def test_a_case_about_another_clinic_gives_nothing(society: ListingSociety) -> None:
    case = society.case(society.identified(), CaseOfTests.FindingDecided, CaseOfTests.FindingPublished)

    clinic = society.declined()

    nothing_recorded(society, NoSuchCondition, lambda: society.propose(clinic, FINDING, case))


INTERIM = ListingCategory.interim


def measured(society: ListingSociety, **content: Any) -> tuple[UUID, UUID]:
    """Put an interim measure about a clinic in force, and propose its entry by rule."""
    clinic = society.identified()
    case = society.case(clinic)
    society.go_on(case, CaseOfTests.InterimPublished, **content)
    return case, society.propose(clinic, INTERIM, case)


def test_an_interim_measure_is_public_once_it_was_sent_to_the_clinic(society: ListingSociety) -> None:
    _, listing = measured(society)
    nothing_recorded(society, PreviewMissing, lambda: society.publish(listing))
    society.preview(listing)

    society.publish(listing)

    published = society.store.log[-1]
    assert published.entry.shown_until == society.ago(-30)
    assert (published.approvals, published.preview_delivered_on, published.preview_until) == ((), None, None)


def test_the_two_officers_of_the_measure_are_its_approvals(society: ListingSociety) -> None:
    officer = society.officers[0]
    _, alone = measured(society, officers=(officer, officer))
    society.preview(alone)
    nothing_recorded(society, NotApprovedByTwo, lambda: society.publish(alone))
    _, listing = measured(society)
    nothing_recorded(society, ApprovalNotNeeded, lambda: society.approve(listing, society.approvers[0]))
    society.preview(listing)
    clinic = society.listing(listing).content.clinic_id
    declaring = DeclareInterest(clinic_id=clinic, kind=InterestKind.competitor)
    society.do(declaring, Role.registrar, person=officer)

    nothing_recorded(society, ApproverHasInterest, lambda: society.publish(listing))


def test_an_officer_of_the_measure_does_not_propose_its_entry(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, CaseOfTests.InterimPublished)
    proposing = ProposeListing(clinic_id=clinic, category=INTERIM, case_id=case)

    for officer in society.officers[:2]:
        nothing_recorded(
            society,
            ProposerCannotApprove,
            lambda officer=officer: society.do(proposing, Role.registrar, person=officer),  # type: ignore[misc]
        )
    society.do(proposing, Role.registrar, person=society.approvers[0])


def test_who_proposed_the_entry_does_not_become_its_approver_by_renewing(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, CaseOfTests.InterimPublished)
    proposer = society.approvers[0]
    proposing = ProposeListing(clinic_id=clinic, category=INTERIM, case_id=case)
    listing = society.do(proposing, Role.registrar, person=proposer).aggregate_id
    society.go_on(case, CaseOfTests.InterimPublished, replaces=f"{case}/2", officers=(proposer, society.officers[1]))
    society.preview(listing)

    nothing_recorded(society, ProposerCannotApprove, lambda: society.publish(listing))


def test_the_entry_of_a_measure_ends_with_it_and_lasts_as_long_as_it_is_renewed(society: ListingSociety) -> None:
    case, listing = measured(society)
    society.preview(listing)
    society.publish(listing)
    society.later(20)
    society.go_on(case, CaseOfTests.InterimPublished, replaces=f"{case}/3")
    society.do(CorrectListing(listing_id=listing, reason=Reason.new_information), Role.system)
    assert society.listing(listing).content.shown_until == society.ago(-30)
    ending = WithdrawListing(listing_id=listing, cause=WithdrawalCause.condition_ended)
    society.later(30)
    nothing_recorded(society, ConditionHolds, lambda: society.do(ending, Role.system))
    society.later(1)

    society.do(ending, Role.system)

    assert society.listing(listing).state is ListingState.withdrawn


def test_a_disputed_measure_lasts_as_long_as_it_is_renewed_and_stays_disputed(society: ListingSociety) -> None:
    case, listing = measured(society)
    society.preview(listing)
    society.publish(listing)
    clinic = society.listing(listing).content.clinic_id
    disputing = DisputeListing(listing_id=listing, ground=DisputeGround.other, statement="No.")
    society.as_clinic(clinic, disputing)
    society.later(20)
    society.go_on(case, CaseOfTests.InterimPublished, replaces=f"{case}/3")

    society.do(CorrectListing(listing_id=listing, reason=Reason.new_information), Role.system)

    found = society.listing(listing)
    assert (found.content.shown_until, found.state) == (society.ago(-30), ListingState.disputed)


def test_a_measure_that_is_over_is_not_published(society: ListingSociety) -> None:
    _, listing = measured(society)
    society.preview(listing)
    society.later(31)

    nothing_recorded(society, ConditionEnded, lambda: society.publish(listing))


def member(society: ListingSociety) -> tuple[UUID, UUID]:
    """Let a clinic participate in public; return it and its entry."""
    clinic, guideline = society.attested()
    society.as_clinic(clinic, attestation(clinic, guideline))
    return clinic, society.propose(clinic)


def test_nobody_participates_while_a_measure_is_in_force_and_who_does_afterwards_does_so_anew(
    society: ListingSociety,
) -> None:
    clinic, before = member(society)
    case = society.case(clinic, CaseOfTests.InterimPublished)
    nothing_recorded(society, NoSuchCondition, lambda: society.propose(clinic))
    society.do(WithdrawListing(listing_id=before, cause=WithdrawalCause.condition_ended), Role.system)
    society.later(31)

    again = society.listing(society.propose(clinic))

    assert again.id != before
    assert again.content.category is ListingCategory.participates
    assert again.content.condition == f"{case}/3"
    assert again.content.since == society.ago(0)
    assert again.state is ListingState.published


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (CaseOfTests.FindingLifted, {}),
        (CaseOfTests.StayGranted, {}),
        (CaseOfTests.AppealDecided, {"outcome": "overturned"}),
    ],
)
def test_nobody_participates_while_a_finding_is_in_force(
    society: ListingSociety, ending: type[Any], content: dict[str, Any]
) -> None:
    clinic, before = member(society)
    case = society.case(clinic, CaseOfTests.FindingDecided)
    nothing_recorded(society, EntryIsPublic, lambda: society.propose(clinic))
    society.go_on(case, CaseOfTests.FindingPublished)
    nothing_recorded(society, NoSuchCondition, lambda: society.propose(clinic))
    society.do(WithdrawListing(listing_id=before, cause=WithdrawalCause.condition_ended), Role.system)
    society.later(1)
    society.go_on(case, ending, **content)

    again = society.listing(society.propose(clinic)).content

    assert (again.condition, again.since) == (f"{case}/4", society.ago(0))


def test_a_public_finding_says_that_it_is_under_appeal_until_that_is_decided(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, CaseOfTests.FindingDecided)
    listing = society.propose(clinic, FINDING, case)
    society.ready(listing)
    society.go_on(case, CaseOfTests.FindingPublished)
    society.publish(listing)
    said = society.listing(listing).content.sentence
    correcting = CorrectListing(listing_id=listing, reason=Reason.new_information)
    society.go_on(case, CaseOfTests.AppealLodged)

    society.do(correcting, Role.system)
    assert society.listing(listing).content.sentence == f"{said}, under appeal since 2 April 2026"
    society.go_on(case, CaseOfTests.AppealDecided, outcome="upheld")
    society.do(correcting, Role.system)

    assert society.listing(listing).content.sentence == said
