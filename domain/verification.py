"""How far the society saw for itself that a clinic follows a guideline: from none to inspected, guideline by guideline.

Each step rests on a valid attestation to the same version; where that ran out, nothing is verified. Only the clock
records that an inspection ran out, and only the society withdraws a verification, with its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.aggregate import Act
from domain.chronology import require_not_before
from domain.clinic_state import ClinicEvent, ClinicState, HeldAttestation, HeldInspection, require_over
from domain.codes import Code, Reason
from domain.dates import PartialDate, day, last_day
from domain.errors import InvalidInput, Refused
from domain.inspection import NoSuchInspection
from domain.signature import Signature, SignatureMeaning, require_signed


class NothingVerified(Refused):
    """No verification {verification} of the clinic {clinic} is in force."""


class WithdrawalWithoutReason(Refused):
    """A verification is withdrawn for a reason of the code list only."""


class Verification(Code):
    """The verification axis of domain.md, for one guideline."""

    unrecognised = "unrecognised"
    none = "none"
    self_attested = "self_attested"
    documents_checked = "documents_checked"
    inspected = "inspected"


@dataclass(frozen=True, slots=True)
class Verified:
    """How far a guideline is verified on a day, and the events that this rests on."""

    level: Verification
    evidence: tuple[str, ...]
    restored_by: str
    """What would raise it, as told to the clinic."""


def verified(attestation: HeldAttestation | None, inspections: Iterable[HeldInspection], on: date) -> Verified:
    """Return how far a guideline is verified on a day, from the attestation to it and its inspections."""
    if attestation is None:
        return Verified(Verification.none, (), "The clinic attests to the guideline.")
    if attestation.lapsed or on > last_day(attestation.valid_until):
        return Verified(Verification.none, (attestation.evidence,), "The clinic renews its attestation.")
    seen = [each for each in inspections if each.performed and not each.ended and each.version == attestation.version]
    standing = [each for each in seen if each.valid_until is not None and on <= last_day(each.valid_until)]
    for held in reversed(standing):
        if not held.open_items:
            return Verified(Verification.inspected, (attestation.evidence, held.performed, *sorted(held.accepted)), "")
    needed = "An inspection finds every item met."
    if standing:
        needed = f"Corrective actions are accepted for: {', '.join(sorted(standing[-1].open_items))}."
    if attestation.verified:
        return Verified(Verification.documents_checked, (attestation.evidence, attestation.verification), needed)
    return Verified(Verification.self_attested, (attestation.evidence,), f"The society checks the documents. {needed}")


class VerificationExpired(ClinicEvent):
    """An inspection no longer counts; happened at the end of its last day."""

    TOPIC = "VerificationExpired.v1"

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """The version inspected."""
    inspection: str
    """Id of the event that scheduled the inspection: `<aggregate id>/<version>`."""
    verification: str
    """Id of the event of the inspection: `<aggregate id>/<version>`."""
    valid_until: PartialDate
    """Last day on which it counted."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.inspections[self.inspection].ended = self.evidence


class VerificationWithdrawn(ClinicEvent):
    """The society no longer stands by a verification; the name of who signed is sealed."""

    TOPIC = "VerificationWithdrawn.v1"

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """The version that was verified."""
    verification: str
    """Id of the event of the documents' check or the inspection: `<aggregate id>/<version>`."""
    level: Verification
    """What it had shown: documents_checked or inspected."""
    grounds: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""
    signature: Signature
    """The signature, with the hash of what the signer was shown."""

    def _remember(self, clinic: ClinicState) -> None:
        for inspection in clinic.inspections.values():
            if inspection.performed == self.verification:
                inspection.ended = self.evidence
        held = clinic.attestations[self.guideline_id]
        if held.verification == self.verification:
            held.verified, held.verification = False, ""


class Verifying(ClinicState):
    """Decisions that end a verification, and the axis itself."""

    def verified(self, guideline_id: UUID, on: date) -> Verified:
        """Return how far a guideline is verified on a day at the clinic."""
        about = [each for each in self.inspections.values() if each.guideline_id == guideline_id]
        return verified(self.attestations.get(guideline_id), about, on)

    def expire_verification(self, act: Act, inspection: str, today: date) -> None:
        """Record that an inspection ran out, on a day after its last one."""
        held = self.inspections.get(inspection)
        if held is None or held.valid_until is None or held.ended:
            raise NoSuchInspection(clinic=self.id, inspection=inspection)
        ends_on = last_day(held.valid_until)
        require_over("The inspection", ends_on, today)
        self.record(
            VerificationExpired,
            act.replace(occurred_on=day(ends_on)),
            guideline_id=held.guideline_id,
            guideline_version=held.version,
            inspection=inspection,
            verification=held.performed,
            valid_until=held.valid_until,
        )

    def withdraw_verification(
        self, act: Act, verification: str, grounds: tuple[str, ...], signature: Signature
    ) -> None:
        """Withdraw a check of documents or an inspection that is in force."""
        guideline_id, version, on, level = self._in_force(verification)
        if act.context.reason in (None, Reason.unrecognised):
            raise WithdrawalWithoutReason
        if not grounds or any(not ground.strip() for ground in grounds):
            raise InvalidInput(field="grounds", problem="needs at least one, none empty")
        self.require_independent([act.context.actor_person])
        require_signed(signature, SignatureMeaning.verified, act)
        require_not_before("occurred_on", act.context.occurred_on, on, "the verification")
        self.record(
            VerificationWithdrawn,
            act,
            guideline_id=guideline_id,
            guideline_version=version,
            verification=verification,
            level=level,
            grounds=grounds,
            signature=signature,
        )

    def _in_force(self, verification: str) -> tuple[UUID, str, PartialDate, Verification]:
        """Return guideline, version, day and level of a verification in force."""
        for inspection in self.inspections.values():
            if inspection.performed == verification and inspection.performed_on and not inspection.ended:
                return inspection.guideline_id, inspection.version, inspection.performed_on, Verification.inspected
        for guideline_id, held in self.attestations.items():
            if verification and held.verification == verification:
                return guideline_id, held.version, held.on, Verification.documents_checked
        raise NothingVerified(clinic=self.id, verification=verification)
