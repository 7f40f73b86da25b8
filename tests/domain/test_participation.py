"""The whole participation table, written down again from domain.md, against what a clinic really does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clinic import Clinic
from domain.dates import day
from domain.errors import InvalidInput, Refused
from domain.identification import OutOfScopeGround
from domain.letters import DecliningReason, InvitationChannel
from domain.participation import MOVES, ParticipationForbids, ParticipationState, require_possible, state_after
from tests.domain.clinics import (
    CLINIC,
    COURIER,
    IN_STATE,
    KNEE,
    LETTER,
    OTHER,
    POLICY,
    POST,
    PROOF,
    TODAY,
    act_on,
    expel,
    last,
    prospect,
    readmit,
    sign,
)  # fmt: skip

STATES = {
    *("prospect", "out_of_scope", "invited", "undeliverable", "no_response", "accepted", "declined", "applied"),
    *("refused", "enrolled", "not_participating", "withdrawn", "expelled", "closed"),
}

TABLE: dict[str, tuple[set[str], str]] = {
    "ClinicIdentified": (set(), "prospect"),
    "ClinicFoundOutOfScope": (STATES - {"enrolled", "expelled"}, "out_of_scope"),
    "ClinicInvited": (
        {"prospect", "undeliverable", "declined", "no_response", "not_participating", "withdrawn"},
        "invited",
    ),
    "InvitationReturned": ({"invited"}, "undeliverable"),
    "InvitationLapsed": ({"invited"}, "no_response"),
    "InvitationAccepted": ({"invited", "undeliverable", "no_response", "declined", "accepted"}, "accepted"),
    "InvitationDeclined": ({"invited", "undeliverable", "no_response", "declined", "accepted"}, "declined"),
    "EnrolmentRequested": (
        {
            "prospect", "invited", "undeliverable", "accepted", "declined", "no_response", "refused", "withdrawn",
            "not_participating",
        },
        "applied",
    ),
    "EnrolmentRefused": ({"applied"}, "refused"),
    "ClinicEnrolled": ({"applied"}, "enrolled"),
    "ParticipationLapsed": ({"accepted", "enrolled"}, "not_participating"),
    "ParticipationResumed": ({"not_participating"}, "enrolled"),
    "ClinicWithdrew": ({"accepted", "applied", "enrolled", "not_participating"}, "withdrawn"),
    "ClinicExpelled": ({"enrolled", "not_participating"}, "expelled"),
    "ClinicReadmitted": ({"expelled"}, "enrolled"),
    "ClinicClosed": (STATES, "closed"),
    "ClinicMergedInto": (STATES, "closed"),
}  # fmt: skip


def _lapse_invitation(clinic: Clinic) -> None:
    if clinic.participation is ParticipationState.invited:
        clinic.prove_delivery(act_on(), InvitationChannel.post, PROOF)
        for number, days in ((1, 30), (2, 60)):
            clinic.remind(act_on(TODAY + timedelta(days)), POLICY, number, LETTER, POST, PROOF)
    later = TODAY + timedelta(91)
    clinic.lapse_invitation(act_on(later), POLICY, later)


def _lapse_participation(clinic: Clinic) -> None:
    later = TODAY + timedelta(400)
    clinic.lapse_participation(act_on(later), POLICY, later)


def _resume(clinic: Clinic) -> None:
    if not clinic.data_received(act_on(), f"{OTHER}/1"):
        require_possible("ParticipationResumed", clinic.participation)


DEEDS: dict[str, Callable[[Clinic], None]] = {
    "ClinicFoundOutOfScope": lambda clinic: clinic.find_out_of_scope(act_on(), OutOfScopeGround.no_cell_therapy),
    "ClinicInvited": lambda clinic: clinic.invite(act_on(), LETTER, (POST, COURIER)),
    "InvitationReturned": lambda clinic: clinic.return_invitation(act_on(), InvitationChannel.courier),
    "InvitationLapsed": _lapse_invitation,
    "InvitationAccepted": lambda clinic: clinic.accept_invitation(act_on()),
    "InvitationDeclined": lambda clinic: clinic.decline_invitation(act_on(), DecliningReason.other, "No."),
    "EnrolmentRequested": lambda clinic: clinic.request_enrolment(act_on(), (KNEE,)),
    "EnrolmentRefused": lambda clinic: clinic.refuse_enrolment(act_on(), ("reason",), "Board", day(TODAY)),
    "ClinicEnrolled": lambda clinic: clinic.enrol(act_on(), (KNEE,)),
    "ParticipationLapsed": _lapse_participation,
    "ParticipationResumed": _resume,
    "ClinicWithdrew": lambda clinic: clinic.withdraw(act_on()),
    "ClinicExpelled": expel,
    "ClinicReadmitted": readmit,
    "ClinicClosed": lambda clinic: clinic.close(act_on()),
    "ClinicMergedInto": lambda clinic: clinic.merge_into(act_on(), OTHER),
}


def test_the_table_is_domain_mds() -> None:
    said = {name: (set(map(str, move.sources)), str(move.target)) for name, move in MOVES.items()}

    assert said == TABLE


def test_every_event_of_the_table_can_be_caused_and_every_state_be_reached() -> None:
    assert set(DEEDS) | {"ClinicIdentified"} == set(TABLE)
    assert set(IN_STATE) == set(ParticipationState)


@pytest.mark.parametrize("event", sorted(DEEDS))
@pytest.mark.parametrize("state", sorted(IN_STATE))
def test_a_clinic_follows_the_table(state: ParticipationState, event: str) -> None:
    clinic = IN_STATE[state]()
    sources, target = TABLE[event]
    before = len(clinic.pending_events)

    if state in sources:
        DEEDS[event](clinic)

        assert clinic.participation == target
        assert type(last(clinic)).__name__ == event
    else:
        with pytest.raises(ParticipationForbids):
            DEEDS[event](clinic)

        assert clinic.participation == state
        assert len(clinic.pending_events) == before


@pytest.mark.parametrize("event", sorted(TABLE))
@pytest.mark.parametrize("state", sorted(ParticipationState))
def test_the_table_refuses_by_name(state: ParticipationState, event: str) -> None:
    if state in TABLE[event][0]:
        require_possible(event, state)

        assert state_after(event, state) == TABLE[event][1]
    else:
        with pytest.raises(ParticipationForbids):
            require_possible(event, state)


def test_other_events_leave_the_participation_alone() -> None:
    for state in ParticipationState:
        require_possible("DuplicateSuspected", state)

        assert state_after("DuplicateSuspected", state) is state


@settings(max_examples=150, deadline=None)
@given(deeds=st.lists(st.sampled_from([*sorted(DEEDS), "sign", "deliver"]), max_size=25))
def test_no_sequence_of_acts_leaves_the_table(deeds: list[str]) -> None:
    clinic = prospect()

    for deed in deeds:
        state, events = clinic.participation, len(clinic.pending_events)
        try:
            if deed == "sign":
                sign(clinic)
            elif deed == "deliver":
                clinic.prove_delivery(act_on(), InvitationChannel.post, PROOF)
            else:
                DEEDS[deed](clinic)
        except (Refused, InvalidInput):
            pass
        recorded = [type(event).__name__ for event in clinic.pending_events[events:]]
        moves = [name for name in recorded if name in TABLE]
        assert len(moves) <= 1
        if moves:
            assert state in TABLE[moves[0]][0]
            assert clinic.participation == TABLE[moves[0]][1]
        elif "InvitationDelivered" in recorded:
            assert clinic.participation is ParticipationState.invited
        else:
            assert clinic.participation is state

    replayed: Any = None
    for event in clinic.pending_events:
        replayed = event.mutate(replayed)
    assert replayed.id == CLINIC
    assert replayed.participation is clinic.participation
    if "ClinicEnrolled" in [type(event).__name__ for event in clinic.pending_events]:
        names = [type(event).__name__ for event in clinic.pending_events]
        assert "ParticipationAgreementSigned" in names[: names.index("ClinicEnrolled")]
