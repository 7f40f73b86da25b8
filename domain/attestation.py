"""A clinic's own word, item by item, that it follows a guideline: signed, valid for a time, verified by the society.

Enrolled, attested, verified and complete are four different things; this room holds the second and third.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.aggregate import Act
from domain.chronology import ImpossibleDate, require_not_before
from domain.clinic_state import ClinicEvent, ClinicState, HeldAttestation, require_over
from domain.codes import Code, Sha256
from domain.dates import PartialDate, day, due_day, first_day, last_day, partial_date
from domain.errors import InvalidInput, Refused
from domain.guideline import GuidelineVersion
from domain.participation import ParticipationForbids, ParticipationState
from domain.policy import PolicyVersion
from domain.signature import Signature, SignatureMeaning, require_signed, sha256_text

MAY_ATTEST = frozenset(
    {
        ParticipationState.accepted,
        ParticipationState.applied,
        ParticipationState.enrolled,
        ParticipationState.not_participating,
    }
)
"""Participation in which a clinic may attest."""


class ItemsNotAnswered(Refused):
    """An attestation answers every item of the guideline's version once; missing, unknown or doubled: {items}."""


class EvidenceMissing(Refused):
    """The item {item} is said to be met and needs evidence, but no evidence is named."""

    remedy = "Give the SHA-256 of the evidence; nothing was recorded."


class ValidityTooLong(Refused):
    """An attestation is valid until {latest} at the latest, {days} days after it was given; {asked} is later."""


class NeverAttested(Refused):
    """The clinic {clinic} holds no attestation to the guideline {guideline}."""


class AttestationNotValid(Refused):
    """The clinic's attestation to the guideline {guideline} lapsed or was valid until {valid_until} only."""

    remedy = "The clinic attests again first; nothing was recorded."


class AttestationAlreadyLapsed(Refused):
    """The lapse of the attestation to the guideline {guideline} is recorded already."""


class AlreadyVerified(Refused):
    """The attestation to the guideline {guideline} is verified at this level already."""


class Answer(Code):
    """What a clinic says about an item."""

    unrecognised = "unrecognised"
    met = "met"
    not_met = "not_met"
    not_applicable = "not_applicable"


class VerificationLevel(Code):
    """How the society checked an attestation; an attestation alone is the clinic's word."""

    unrecognised = "unrecognised"
    documents_checked = "documents_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswer:
    """A clinic's answer to one item."""

    item_id: str
    """Id of the item in the guideline."""
    answer: Answer
    """Whether it is met."""
    comment: str | None = None
    """The clinic's comment about itself, never about a patient."""

    def __post_init__(self) -> None:
        if self.answer is Answer.unrecognised:
            raise InvalidInput(field="items", problem=f"the answer to {self.item_id} is not in the code list")
        if self.comment is not None and len(self.comment) > 2000:
            raise InvalidInput(field="items", problem=f"the comment to {self.item_id} has more than 2000 characters")


class GuidelineAttested(ClinicEvent):
    """A clinic attested, item by item, how far it follows a guideline; the signer's name is sealed."""

    TOPIC = "GuidelineAttested.v1"

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """Its version, as published."""
    items: tuple[ItemAnswer, ...]
    """One answer for each item."""
    valid_until: PartialDate
    """Last day on which it is valid: an exact day."""
    signature: Signature
    """The signature, with the hash of what the signer was shown."""
    evidence_hash: Sha256 | None = None
    """SHA-256 of the evidence that the clinic keeps or sent."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.attestations[self.guideline_id] = HeldAttestation(
            on=self.context.occurred_on,
            version=self.guideline_version,
            valid_until=self.valid_until,
            evidence=self.evidence,
        )


class AttestationVerified(ClinicEvent):
    """The society checked an attestation; the verifier's name is sealed."""

    TOPIC = "AttestationVerified.v1"

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """Its version, as attested."""
    attestation: str
    """Id of the event of the attestation: `<aggregate id>/<version>`."""
    level: VerificationLevel
    """How it was checked."""
    signature: Signature
    """The signature, with the hash of the documents that were checked."""

    def _remember(self, clinic: ClinicState) -> None:
        held = clinic.attestations[self.guideline_id]
        held.verified, held.verification = True, self.evidence


class AttestationLapsed(ClinicEvent):
    """An attestation ran out without a new one; happened at the end of its last day."""

    TOPIC = "AttestationLapsed.v1"

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """Its version, as attested."""
    attestation: str
    """Id of the event of the attestation: `<aggregate id>/<version>`."""
    valid_until: PartialDate
    """Last day on which it was valid."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.attestations[self.guideline_id].lapsed = True


class Attestation(ClinicState):
    """Decisions about attestations and their verification."""

    def attest(
        self,
        act: Act,
        guideline_id: UUID,
        guideline: GuidelineVersion,
        policy: PolicyVersion,
        items: tuple[ItemAnswer, ...],
        signature: Signature,
        evidence_hash: Sha256 | None = None,
        valid_until: PartialDate | None = None,
    ) -> None:
        """Attest to a guideline's newest version, valid for as long as AT-365 allows unless less is asked."""
        require_may_attest(self, "GuidelineAttested")
        _require_every_item(guideline, items, evidence_hash)
        require_signed(signature, SignatureMeaning.attested, act)
        self.record(
            GuidelineAttested,
            act,
            guideline_id=guideline_id,
            guideline_version=guideline.version,
            items=items,
            valid_until=_validity(act, policy, valid_until),
            signature=signature,
            evidence_hash=evidence_hash,
        )

    def verify_attestation(
        self, act: Act, guideline_id: UUID, level: VerificationLevel, signature: Signature, today: date
    ) -> None:
        """Record that the society checked the attestation now valid."""
        held = held_attestation(self, guideline_id)
        if level is VerificationLevel.unrecognised:
            raise InvalidInput(field="level", problem="is not in the code list")
        if held.lapsed or today > last_day(held.valid_until):
            raise AttestationNotValid(guideline=guideline_id, valid_until=held.valid_until)
        if held.verified:
            raise AlreadyVerified(guideline=guideline_id)
        self.require_independent([act.context.actor_person])
        require_signed(signature, SignatureMeaning.verified, act)
        require_not_before("occurred_on", act.context.occurred_on, held.on, "the attestation")
        self.record(
            AttestationVerified,
            act,
            guideline_id=guideline_id,
            guideline_version=held.version,
            attestation=held.evidence,
            level=level,
            signature=signature,
        )

    def lapse_attestation(self, act: Act, guideline_id: UUID, today: date) -> None:
        """Record that an attestation ran out, on a day after its last valid one."""
        held = held_attestation(self, guideline_id)
        if held.lapsed:
            raise AttestationAlreadyLapsed(guideline=guideline_id)
        ends_on = last_day(held.valid_until)
        require_over("The attestation", ends_on, today)
        self.record(
            AttestationLapsed,
            act.replace(occurred_on=day(ends_on)),
            guideline_id=guideline_id,
            guideline_version=held.version,
            attestation=held.evidence,
            valid_until=held.valid_until,
        )


def require_may_attest(clinic: ClinicState, event: str) -> None:
    """Refuse what only a clinic does that takes part, or is about to."""
    if clinic.participation not in MAY_ATTEST:
        allowed = ", ".join(sorted(MAY_ATTEST))
        raise ParticipationForbids(event=event, state=clinic.participation, allowed=allowed)


def held_attestation(clinic: ClinicState, guideline_id: UUID) -> HeldAttestation:
    """Return a clinic's last attestation to a guideline; raise NeverAttested where there is none."""
    held = clinic.attestations.get(guideline_id)
    if held is None:
        raise NeverAttested(clinic=clinic.id, guideline=guideline_id)
    return held


def _require_every_item(
    guideline: GuidelineVersion, items: tuple[ItemAnswer, ...], evidence_hash: Sha256 | None
) -> None:
    named = [item.item_id for item in items]
    asked = {item.item_id: item for item in guideline.items}
    wrong = (set(named) ^ set(asked)) | {each for each in named if named.count(each) > 1}
    if wrong:
        raise ItemsNotAnswered(items=", ".join(sorted(wrong)))
    if evidence_hash is not None:
        sha256_text(evidence_hash, "evidence_hash")
        return
    for item in items:
        if item.answer is Answer.met and asked[item.item_id].evidence_required:
            raise EvidenceMissing(item=item.item_id)


def _validity(act: Act, policy: PolicyVersion, asked: PartialDate | None) -> PartialDate:
    rule = policy.rule("AT-365")
    given_on = first_day(act.context.occurred_on)
    latest = due_day(given_on, rule.limit)
    if asked is None:
        return day(latest)
    partial_date(asked, "valid_until")
    if first_day(asked) != last_day(asked):
        raise InvalidInput(field="valid_until", problem="needs an exact day")
    if first_day(asked) > latest:
        raise ValidityTooLong(latest=latest, days=rule.limit, asked=asked)
    if first_day(asked) < given_on:
        raise ImpossibleDate(field="valid_until", problem=f"{asked} lies before the attestation, {given_on}")
    return asked
