"""What safety cases and standings say is read from their events by name, and leads to one category at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from application.listing_seam import fold_case
from application.listings import WithdrawListing
from domain.codes import Role
from domain.listing_category import ListingCategory
from domain.listing_errors import NoSuchCondition
from domain.listing_safety import safety_entry
from domain.listing_state import ListingState, WithdrawalCause
from tests.application.listed import CaseOfTests, ListingSociety, nothing_recorded

DECIDED, PUBLISHED, INTERIM = CaseOfTests.FindingDecided, CaseOfTests.FindingPublished, CaseOfTests.InterimPublished
STAYED, STAY_ENDED, LIFTED = CaseOfTests.StayGranted, CaseOfTests.StayEnded, CaseOfTests.FindingLifted
REOPENED, DISMISSED = CaseOfTests.CaseReopened, CaseOfTests.CaseDismissed
APPEALED, APPEAL_DECIDED = CaseOfTests.AppealLodged, CaseOfTests.AppealDecided


@pytest.fixture
def society() -> ListingSociety:
    return ListingSociety()


@pytest.mark.parametrize(
    ("steps", "categories", "stayed"),
    [
        ([], set(), False),
        ([INTERIM], {"interim"}, False),
        ([INTERIM, DECIDED], {"interim", "finding_published"}, False),
        ([DECIDED], {"finding_published"}, False),
        ([DECIDED, APPEALED], {"finding_published"}, True),
        ([DECIDED, APPEALED, APPEAL_DECIDED], {"finding_published"}, False),
        ([INTERIM, DECIDED, PUBLISHED], {"finding_published"}, False),
        ([DECIDED, PUBLISHED, APPEALED], {"finding_published"}, False),
        ([DECIDED, PUBLISHED, STAYED], {"stayed_on_appeal"}, True),
        ([DECIDED, PUBLISHED, STAYED, APPEAL_DECIDED], {"finding_published"}, False),
        ([DECIDED, PUBLISHED, STAYED, STAY_ENDED], {"finding_published"}, False),
        ([DECIDED, PUBLISHED, STAYED, LIFTED], {"finding_lifted"}, False),
        ([DECIDED, LIFTED], set(), False),
        ([INTERIM, DISMISSED], set(), False),
        ([INTERIM, DECIDED, LIFTED], set(), False),
        ([DECIDED, PUBLISHED, LIFTED, REOPENED], set(), False),
        ([INTERIM, DECIDED, REOPENED], {"interim"}, False),
        ([INTERIM, DECIDED, APPEALED, APPEAL_DECIDED, REOPENED], {"interim"}, False),
        ([INTERIM, DISMISSED, REOPENED], set(), False),
    ],
)
def test_the_steps_of_a_case_lead_to_a_category(
    society: ListingSociety, steps: Sequence[type[Any]], categories: set[str], stayed: bool
) -> None:
    clinic = society.identified()
    case = society.case(clinic)
    for step in steps:
        society.go_on(case, step, **({"outcome": "upheld"} if step is APPEAL_DECIDED else {}))

    facts = fold_case(case, society.store.events_of(case))

    given = {each.value for each in ListingCategory if safety_entry(clinic, each, facts)}
    assert given == categories
    assert (facts.stay is not None) is stayed


def test_a_measure_goes_on_with_its_entry_when_its_case_is_reopened(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, INTERIM)
    before = fold_case(case, society.store.events_of(case))
    entry = safety_entry(clinic, ListingCategory.interim, before)
    last, after = society.surroundings.now().date() + timedelta(30), society.surroundings.now().date() + timedelta(31)
    for step in (DECIDED, REOPENED):
        society.go_on(case, step)

    facts = fold_case(case, society.store.events_of(case))

    assert safety_entry(clinic, ListingCategory.interim, facts) == entry
    assert facts.measuring == before.measuring == frozenset(society.officers[:2])
    assert (facts.restrains(last), facts.restrains(after)) == (True, False)
    assert facts.release(last) is None
    assert facts.release(after) == before.release(after)


def test_an_overturned_finding_is_lifted(society: ListingSociety) -> None:
    case = society.case(society.identified(), DECIDED, PUBLISHED, APPEALED)
    society.go_on(case, APPEAL_DECIDED, outcome="overturned")

    assert fold_case(case, society.store.events_of(case)).lifted is not None


def test_what_was_not_substantiated_is_not_told_and_ends_an_interim_measure(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, INTERIM)
    society.go_on(case, DECIDED, outcome="not_substantiated")

    facts = fold_case(case, society.store.events_of(case))

    assert not [each for each in ListingCategory if safety_entry(clinic, each, facts)]


def test_a_renewed_interim_measure_is_the_same_condition_until_a_later_day(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, INTERIM)
    first = safety_entry(clinic, ListingCategory.interim, fold_case(case, society.store.events_of(case)))
    society.later(20)
    society.go_on(case, INTERIM, replaces=f"{case}/2")

    renewed = safety_entry(clinic, ListingCategory.interim, fold_case(case, society.store.events_of(case)))

    assert first is not None
    assert renewed is not None
    assert (renewed.condition, renewed.since, renewed.sentence) == (first.condition, first.since, first.sentence)
    assert (first.shown_until, renewed.shown_until) == ("2026-04-01", "2026-04-21")
    assert "on the ground of patient safety and consent, while a safety case is open" in first.sentence


def test_a_finding_without_a_ground_is_not_told(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic)
    society.go_on(case, DECIDED, grounds=())

    nothing_recorded(society, NoSuchCondition, lambda: society.propose(clinic, ListingCategory.finding_published, case))


def test_the_end_of_a_stay_gives_another_entry_of_the_same_finding(society: ListingSociety) -> None:
    clinic = society.identified()
    case = society.case(clinic, DECIDED, PUBLISHED)
    before = society.propose(clinic, ListingCategory.finding_published, case)
    society.go_on(case, STAYED)
    society.go_on(case, STAY_ENDED)

    after = society.propose(clinic, ListingCategory.finding_published, case)

    assert before != after
    assert society.listing(before).content.sentence == society.listing(after).content.sentence


def test_a_suspended_clinic_is_listed_so_instead_of_as_participating(society: ListingSociety) -> None:
    clinic, _ = society.attested()
    good = society.propose(clinic)
    society.assess(clinic, "first_warning", "probation", "suspended", "suspended")

    suspended = society.published(clinic)

    content = society.listing(suspended).content
    assert content.category is ListingCategory.suspended
    assert content.condition.endswith("/4")
    assert content.sentence == "Enrolled 2 March 2026, suspended 2 March 2026 for missed duties"
    ending = WithdrawListing(listing_id=good, cause=WithdrawalCause.condition_ended)
    society.do(ending, Role.system)
    society.assess(clinic, "probation")
    society.do(WithdrawListing(listing_id=suspended, cause=WithdrawalCause.condition_ended), Role.system)
    assert society.listing(suspended).state is ListingState.withdrawn


def test_standing_says_nothing_of_a_clinic_that_left(society: ListingSociety) -> None:
    clinic = society.declined()
    society.assess(clinic, "suspended")

    assert society.listing(society.propose(clinic)).content.category is ListingCategory.declined
