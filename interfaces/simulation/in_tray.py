"""What the clock leaves on the society's desk at a tick, and what the officers make of it in the days that follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from application.determinations import ConfirmDetermination
from application.listing_disputes import AnswerDispute, DisputeListing, DisputeOutcome
from application.listing_reviews import ApproveListing, PreviewListing, ProvePreviewDelivery
from application.obligations import ExtendObligation, WaiveObligation
from domain.codes import Reason, Role
from domain.dates import day, last_day
from domain.determination import Determination, DeterminationOutcome
from domain.letters import InvitationChannel, Sending
from domain.listing import Listing
from domain.listing_state import DisputeGround
from domain.obligation import Obligation
from domain.obligation_terms import ObligationTerms
from domain.safety_case import SafetyCase
from domain.safety_case_codes import Ground
from infra.mapper import EventCodec
from interfaces.simulation.agenda import Life
from interfaces.simulation.due_process import DueProcess, letter, proof
from interfaces.simulation.hearings import expulsion
from interfaces.simulation.office import Office
from interfaces.simulation.society import some_days

_TOPICS = tuple(
    each.TOPIC
    for each in (
        Listing.ListingProposed,
        SafetyCase.ConcernRaised,
        Determination.DeterminationQuestioned,
        Obligation.ObligationOpened,
    )
)

# Of the many obligations only a few are looked at by a person.
_LEFT: LiteralString = """
    SELECT position, topic, state, originator_id, originator_version
      FROM registry.events
     WHERE recorded_at = %(moment)s
       AND topic = ANY (%(topics)s)
       AND (topic <> %(opened)s OR position %% 41 = 0)
     ORDER BY position
"""

_GRANTED = Reason.new_information


class InTray:
    """The society's desk: everything that the clock recorded and persons go on with."""

    def __init__(self, office: Office, connection: psycopg.Connection[Any], codec: EventCodec, seed: int) -> None:
        self._office, self._society = office, office.society
        self._connection, self._codec, self._seed = connection, codec, seed

    def take(self, moment: datetime) -> Iterator[Life]:
        """Yield what begins with the tick at this moment, whether it was carried out now or before an interruption."""
        asked = {"moment": moment, "topics": list(_TOPICS), "opened": Obligation.ObligationOpened.TOPIC}
        for position, topic, state, originator, version in self._connection.execute(_LEFT, asked).fetchall():
            event: Any = self._codec.decode(topic, bytes(state), originator, version)
            life = self._life(event, Random(f"in tray {self._seed} {position}"))
            if life is not None:
                yield life

    def _life(self, event: Any, chance: Random) -> Life | None:
        match event:
            case Listing.ListingProposed() if event.entry.category.adverse:
                return self._entry(event, chance)
            case SafetyCase.ConcernRaised():
                return self._expelled(event, chance)
            case Determination.DeterminationQuestioned():
                return self._settled(event.originator_id, chance)
            case Obligation.ObligationOpened():
                return self._given_time(event.originator_id, event.terms, chance)
            case _:
                return None

    def _entry(self, event: Any, chance: Random) -> Life:
        """Bring an adverse entry to the clinic and, by the clock, to the public; the clinic may dispute it."""
        listing, clinic = event.originator_id, event.entry.clinic_id
        for person in self._office.others[1:]:
            yield self._later(chance, 0.5, 3)
            approving = ApproveListing(listing_id=listing, signer="Registry office", shown_hash=event.entry.shown_hash)
            self._society.do(approving, Role.safety_officer, person=person)
        yield self._later(chance, 0.5, 2)
        sending = Sending(channel=InvitationChannel.post, address="1 Harbour Road", address_source="its website")
        previewing = PreviewListing(listing_id=listing, letter=letter("preview"), sendings=(sending,))
        self._society.do(previewing, Role.registrar)
        yield self._later(chance, 2, 6)
        proving = ProvePreviewDelivery(listing_id=listing, channel=InvitationChannel.post, proof=proof("preview"))
        if self._society.do(proving, Role.registrar) is not None and chance.random() < 0.5:
            yield self._later(chance, 41, 55)
            yield from self._disputed(listing, clinic, chance)

    def _disputed(self, listing: UUID, clinic: UUID, chance: Random) -> Life:
        ground = chance.choice([DisputeGround.facts_wrong, DisputeGround.dates_wrong, DisputeGround.other])
        disputing = DisputeListing(listing_id=listing, ground=ground, statement="We were told of no deadline.")
        person = self._society.person_of(clinic)
        if self._society.do(disputing, Role.clinic, clinic=clinic, person=person) is None:
            return
        yield self._later(chance, 2, 20)
        outcome = chance.choices([DisputeOutcome.upheld, DisputeOutcome.withdrawn], [70, 30])[0]
        answer = {
            DisputeOutcome.upheld: "The deadline was in the letter that the clinic signed for.",
            DisputeOutcome.withdrawn: "The letter cannot be found any more.",
        }[outcome]
        self._society.do(AnswerDispute(listing_id=listing, outcome=outcome, answer=answer), Role.registrar)

    def _expelled(self, event: Any, chance: Random) -> Life:
        clinic = event.context.clinic_id
        person = self._society.person_of(clinic)
        case = DueProcess(self._office, clinic, person, chance, Ground.persistent_non_compliance)
        case.case = event.originator_id
        part = self._society.parts.get(clinic)
        return case.dismissed() if part is not None and part.improves_after is not None else expulsion(case)

    def _settled(self, determination: UUID, chance: Random) -> Life:
        yield self._later(chance, 1, 9)
        confirming = ConfirmDetermination(
            determination_id=determination,
            outcome=DeterminationOutcome.confirmed,
            reasons="Enough of what it rests on stands.",
        )
        self._society.do(confirming, Role.safety_officer, person=self._office.others[0])

    def _given_time(self, obligation: UUID, terms: ObligationTerms, chance: Random) -> Life:
        yield self._later(chance, 0.5, 4)
        until = day(last_day(terms.due_on) + timedelta(days=21))
        command: ExtendObligation | WaiveObligation
        if chance.random() < 0.6:
            command = ExtendObligation(
                obligation_id=obligation, reason=_GRANTED, explanation="Its archive was flooded.", until=until
            )
        else:
            command = WaiveObligation(
                obligation_id=obligation, reason=_GRANTED, explanation="The patient moved to another country."
            )
        self._society.do(command, Role.policy_officer)

    def _later(self, chance: Random, low: float, high: float) -> datetime:
        return self._society.now + some_days(chance, low, high)
