"""What a safety case found is public with ground and date, never while it is stayed."""

from __future__ import annotations

import pytest

from application.listings import WithdrawListing
from domain.codes import Role
from domain.listing_category import ListingCategory
from domain.listing_errors import (
    ConditionEnded,
    FindingNotPublished,
    NoSuchCondition,
    StayOpen,
)
from domain.listing_state import ListingState, WithdrawalCause
from tests.application.listed import CaseOfTests, ListingSociety, nothing_recorded


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


def test_an_interim_measure_is_public_after_its_preview_if_it_was_renewed_until_then(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, CaseOfTests.InterimPublished)
    listing = society.propose(clinic, ListingCategory.interim, case)
    society.ready(listing)
    nothing_recorded(society, ConditionEnded, lambda: society.publish(listing))
    renewed = society.case(clinic, CaseOfTests.InterimPublished)
    again = society.propose(clinic, ListingCategory.interim, renewed)
    society.ready(again)
    society.go_on(renewed, CaseOfTests.InterimPublished, replaces=f"{renewed}/2")

    society.publish(again)

    assert society.listing(again).content.shown_until == society.ago(-30)
