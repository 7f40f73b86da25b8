"""A clinic's participation: which event leads from which states to which, as one table (domain.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain.errors import Refused


class ParticipationState(StrEnum):
    """Where a clinic stands towards the registry; says nothing about its standing, safety or data."""

    prospect = "prospect"
    out_of_scope = "out_of_scope"
    invited = "invited"
    undeliverable = "undeliverable"
    no_response = "no_response"
    accepted = "accepted"
    declined = "declined"
    applied = "applied"
    refused = "refused"
    enrolled = "enrolled"
    not_participating = "not_participating"
    withdrawn = "withdrawn"
    expelled = "expelled"
    closed = "closed"


@dataclass(frozen=True, slots=True)
class Move:
    """What one event does to the participation."""

    sources: frozenset[ParticipationState]
    """States it is possible in; empty for the event a clinic begins with."""
    target: ParticipationState
    """State it leads to."""


class ParticipationForbids(Refused):
    """{event} is not possible while the clinic's participation is {state}; it is possible from: {allowed}."""

    remedy = "Look at the clinic's history; nothing was recorded."


def _words(states: str) -> frozenset[ParticipationState]:
    return frozenset(ParticipationState(word) for word in states.split())


_ANY = frozenset(ParticipationState)
_REPLY = _words("invited undeliverable no_response declined accepted")

MOVES: Mapping[str, Move] = MappingProxyType(
    {
        "ClinicIdentified": Move(frozenset(), ParticipationState.prospect),
        "ClinicFoundOutOfScope": Move(_ANY - _words("enrolled expelled"), ParticipationState.out_of_scope),
        "ClinicInvited": Move(
            _words("prospect undeliverable declined no_response not_participating withdrawn"),
            ParticipationState.invited,
        ),
        "InvitationReturned": Move(_words("invited"), ParticipationState.undeliverable),
        "InvitationLapsed": Move(_words("invited"), ParticipationState.no_response),
        "InvitationAccepted": Move(_REPLY, ParticipationState.accepted),
        "InvitationDeclined": Move(_REPLY, ParticipationState.declined),
        "EnrolmentRequested": Move(
            _words("prospect invited undeliverable accepted declined no_response refused withdrawn not_participating"),
            ParticipationState.applied,
        ),
        "EnrolmentRefused": Move(_words("applied"), ParticipationState.refused),
        "ClinicEnrolled": Move(_words("applied"), ParticipationState.enrolled),
        "ParticipationLapsed": Move(_words("accepted enrolled"), ParticipationState.not_participating),
        "ParticipationResumed": Move(_words("not_participating"), ParticipationState.enrolled),
        "ClinicWithdrew": Move(_words("accepted applied enrolled not_participating"), ParticipationState.withdrawn),
        "ClinicExpelled": Move(_words("enrolled not_participating"), ParticipationState.expelled),
        "ClinicReadmitted": Move(_words("expelled"), ParticipationState.enrolled),
        "ClinicClosed": Move(_ANY, ParticipationState.closed),
        "ClinicMergedInto": Move(_ANY, ParticipationState.closed),
    }
)
"""Every event of the participation table by its name; an event that isn't here leaves the participation as it is."""


def require_possible(event: str, state: ParticipationState) -> None:
    """Refuse an event of the table in a state that it doesn't start from."""
    move = MOVES.get(event)
    if move is not None and state not in move.sources:
        allowed = ", ".join(sorted(move.sources)) or "no state, it begins a clinic's history"
        raise ParticipationForbids(event=event, state=state, allowed=allowed)


def state_after(event: str, state: ParticipationState) -> ParticipationState:
    """Return the state an event leads to; history is not judged again, only followed."""
    if event == "InvitationDelivered" and state is ParticipationState.undeliverable:
        # The table has it undeliverable while no other channel delivered; now one did, so it runs again.
        return ParticipationState.invited
    move = MOVES.get(event)
    return state if move is None else move.target
