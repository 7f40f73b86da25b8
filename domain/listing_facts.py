"""What a clinic's own events say for its public entry: the facts of the sentence and the events that they stand in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from domain.attestation import AttestationLapsed, GuidelineAttested
from domain.clinic import Clinic
from domain.clinic_state import ClinicEvent
from domain.dates import PartialDate, last_day
from domain.participation import ParticipationState, state_after
from domain.public_category import GuidelineStanding
from domain.public_sentence import PublicFacts


class EvidenceKind(StrEnum):
    """What an event is evidence of."""

    invitation = "invitation"
    membership = "membership"
    attestation = "attestation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An event that a sentence may rest on."""

    kind: EvidenceKind
    event: str
    """Its id: `<aggregate id>/<version>`."""
    guideline_id: UUID | None = None
    """The guideline attested to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """What a clinic's entry follows from, beside what its registries ask for."""

    participation: ParticipationState = ParticipationState.prospect
    public: PublicFacts = field(default_factory=PublicFacts)
    reminders: frozenset[int] = frozenset()
    own_words: str | None = None
    registries: tuple[UUID, ...] = ()
    attested: Mapping[UUID, GuidelineStanding] = field(default_factory=dict)
    attested_on: Mapping[UUID, PartialDate] = field(default_factory=dict)
    case_id: UUID | None = None
    """Safety case out of which the clinic was expelled."""
    evidence: tuple[Evidence, ...] = ()

    def evidence_ids(self, *kinds: EvidenceKind) -> tuple[str, ...]:
        """Return the ids of the events of these kinds, in the order in which they were recorded."""
        return tuple(each.event for each in self.evidence if each.kind in kinds)


def after_event(facts: EntryFacts, event: ClinicEvent) -> EntryFacts:
    """Return the facts after an event of the clinic."""
    moved = dataclasses.replace(facts, participation=state_after(type(event).__name__, facts.participation))
    match event:
        case Clinic.GuidelineAttested() | Clinic.AttestationLapsed():
            return _attesting(moved, event)
        case Clinic.ClinicEnrolled() | Clinic.ClinicReadmitted():
            kept = tuple(each for each in moved.evidence if each.kind is not EvidenceKind.membership)
            enrolled = dataclasses.replace(moved, registries=event.registries, evidence=kept)
            on = event.context.occurred_on
            told = _telling(enrolled, enrolled_on=on, registries=len(event.registries), left_on=None)
            return _resting_on(told, event, EvidenceKind.membership)
        case Clinic.ClinicWithdrew() | Clinic.ParticipationLapsed() | Clinic.ClinicExpelled():
            case_id = event.case_id if isinstance(event, Clinic.ClinicExpelled) else None
            left = dataclasses.replace(_telling(moved, left_on=event.context.occurred_on), case_id=case_id)
            return _resting_on(left, event, EvidenceKind.membership)
        case Clinic.ParticipationResumed():
            return _resting_on(moved, event, EvidenceKind.membership)
        case _:
            return _corresponding(moved, event)


def _attesting(facts: EntryFacts, event: GuidelineAttested | AttestationLapsed) -> EntryFacts:
    guideline_id, on = event.guideline_id, event.context.occurred_on
    new = Evidence(kind=EvidenceKind.attestation, event=event.evidence, guideline_id=guideline_id)
    if isinstance(event, AttestationLapsed):
        if guideline_id not in facts.attested:
            return facts
        lapsed = dataclasses.replace(facts.attested[guideline_id], lapsed=True)
        told = _telling(facts, lapsed_on=on)
        attested = {**facts.attested, guideline_id: lapsed}
        return dataclasses.replace(told, attested=attested, evidence=(*facts.evidence, new))
    standing = GuidelineStanding(valid_until=last_day(event.valid_until))
    return dataclasses.replace(
        facts,
        attested={**facts.attested, guideline_id: standing},
        attested_on={**facts.attested_on, guideline_id: on},
        evidence=(*(each for each in facts.evidence if each.guideline_id != guideline_id), new),
    )


def _corresponding(facts: EntryFacts, event: ClinicEvent) -> EntryFacts:
    on = event.context.occurred_on
    match event:
        case Clinic.ClinicInvited():
            kept = tuple(each for each in facts.evidence if each.kind is EvidenceKind.attestation)
            told = PublicFacts(invited_on=on, lapsed_on=facts.public.lapsed_on)
            anew = dataclasses.replace(facts, public=told, reminders=frozenset(), own_words=None, evidence=kept)
        case Clinic.InvitationDelivered() if facts.public.delivered_on is None:
            anew = _telling(facts, delivered_on=on, delivery_proof=event.proof.kind.value)
        case Clinic.InvitationReminded():
            reminders = facts.reminders | {event.reminder}
            anew = _telling(dataclasses.replace(facts, reminders=reminders), reminders=len(reminders))
        case Clinic.InvitationAccepted():
            accepted = dataclasses.replace(facts, own_words=None)
            anew = _telling(accepted, accepted_on=on, replied_on=None, decline_reason=None)
        case Clinic.InvitationLapsed():
            anew = _telling(facts, replied_on=on)
        case Clinic.InvitationDeclined():
            declined = dataclasses.replace(facts, own_words=event.own_words)
            reason = event.decline_reason.value
            anew = _telling(declined, accepted_on=None, replied_on=on, decline_reason=reason)
        case _:
            return facts
    return _resting_on(anew, event, EvidenceKind.invitation)


def _telling(facts: EntryFacts, **told: object) -> EntryFacts:
    return dataclasses.replace(facts, public=dataclasses.replace(facts.public, **told))  # type: ignore[arg-type]


def _resting_on(facts: EntryFacts, event: ClinicEvent, kind: EvidenceKind) -> EntryFacts:
    return dataclasses.replace(facts, evidence=(*facts.evidence, Evidence(kind=kind, event=event.evidence)))
