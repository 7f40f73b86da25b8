"""Each axis tells where a clinic stands, on what evidence and what would change it, apart from the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.axes import (
    UNDETERMINED,
    listing_axis,
    participation_axis,
    safety_axis,
    standing_axis,
    verification_axes,
)
from domain.listing_category import ListingCategory
from domain.listing_state import ListingState
from domain.participation import MOVES, ParticipationState
from domain.safety_case_state import NO_CASE, SAFETY_ORDER
from tests.domain.clinics import (
    COURIER,
    GUIDELINE,
    IN_STATE,
    PROOF,
    TODAY,
    act_on,
    attest,
    enrolled,
    history,
    invited,
    last,
)


@pytest.mark.parametrize("state", sorted(IN_STATE))
def test_participation_names_the_event_that_led_there_and_those_that_lead_on(state: ParticipationState) -> None:
    clinic = IN_STATE[state]()

    axis = participation_axis(clinic, history(clinic))

    assert axis.value == state
    by_id = {each.evidence: type(each).__name__ for each in history(clinic)}
    assert MOVES[by_id[axis.evidence[0]]].target == state
    assert set(axis.evidence) <= set(by_id)
    for name, move in MOVES.items():
        assert (name in axis.would_change) == (state in move.sources)


def test_a_lapse_names_its_rule() -> None:
    clinic = IN_STATE[ParticipationState.not_participating]()

    assert participation_axis(clinic, history(clinic)).rules == ("PL-2Q",)


def test_a_delivery_after_a_return_is_what_led_to_invited() -> None:
    clinic = IN_STATE[ParticipationState.undeliverable]()
    clinic.prove_delivery(act_on(), COURIER.channel, PROOF)

    axis = participation_axis(clinic, history(clinic))

    assert (axis.value, axis.evidence) == ("invited", (last(clinic).evidence,))


def test_an_ordinary_delivery_is_not_what_led_to_invited() -> None:
    clinic = invited()
    inviting = last(clinic).evidence
    clinic.prove_delivery(act_on(), COURIER.channel, PROOF)

    assert participation_axis(clinic, history(clinic)).evidence == (inviting,)


def test_the_standing_is_not_rated_outside_a_membership_and_undetermined_within_one() -> None:
    for state, make in IN_STATE.items():
        member = state in {ParticipationState.enrolled, ParticipationState.not_participating}

        assert standing_axis(make()).value == (UNDETERMINED if member else "not_rated")


def test_the_safety_axis_tells_rules_and_what_would_change_it_for_every_place() -> None:
    for state in SAFETY_ORDER:
        axis = safety_axis(state.value, ["a/1"])
        assert (axis.value, axis.evidence) == (state.value, ("a/1",))
        assert axis.would_change
    assert safety_axis(NO_CASE, ()).would_change == ""


def test_verification_is_told_guideline_by_guideline() -> None:
    assert verification_axes(invited(), TODAY) == ()
    clinic = enrolled()
    attest(clinic)

    (axis,) = verification_axes(clinic, TODAY)
    (later,) = verification_axes(clinic, TODAY + timedelta(800))

    assert (axis.about, axis.value, axis.evidence) == (str(GUIDELINE), "self_attested", (last(clinic).evidence,))
    assert (later.value, later.would_change) == ("none", "The clinic renews its attestation.")


def test_an_entry_tells_its_rules_and_what_brings_it_on_or_ends_it() -> None:
    told = {
        (category, state): listing_axis(category, state, "entry", ["evidence"])
        for category in (ListingCategory.declined, ListingCategory.interim, ListingCategory.withdrew)
        for state in ListingState
    }

    waiting = told[ListingCategory.declined, ListingState.proposed]
    assert (waiting.value, waiting.rules) == ("proposed: invited, declined", ("LI-30",))
    assert "Two approvals" in waiting.would_change
    public = told[ListingCategory.declined, ListingState.published]
    assert (public.rules, public.would_change) == (("RV-365",), "The end of its condition withdraws it.")
    assert told[ListingCategory.declined, ListingState.disputed].rules == ("DI-14", "RV-365")
    measure = told[ListingCategory.interim, ListingState.proposed]
    assert (measure.rules, measure.would_change.partition(".")[0]) == (
        ("IT-30",),
        "Being sent to the clinic makes it public",
    )
    assert told[ListingCategory.withdrew, ListingState.published].rules == ()
