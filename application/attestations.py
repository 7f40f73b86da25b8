"""Commands about attestations: given by the clinic, verified by the society, lapsed by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.clinic_acts import (
    BY_CLINIC,
    BY_CLOCK,
    BY_SOCIETY,
    LapseCommand,
    SignedCommand,
    act,
    guideline,
    policy,
    statement,
)
from application.command import Desk
from domain.attestation import ItemAnswer, VerificationLevel
from domain.clinic import Clinic
from domain.codes import Role, Sha256
from domain.dates import PartialDate
from domain.signature import SignatureMeaning


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestGuideline(SignedCommand):
    """Attest for a clinic, item by item, how far it follows a guideline's newest version."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "attest"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """Its version, as published."""
    items: tuple[ItemAnswer, ...]
    """One answer for each item: item_id, answer, comment."""
    evidence_hash: Sha256 | None = None
    """SHA-256 of the evidence; needed when an item that asks for it is met."""
    valid_until: PartialDate | None = None
    """Last day on which it is valid; as long as AT-365 allows if left out."""

    def run(self, desk: Desk) -> Clinic:
        """Record the attestation."""
        clinic = desk.load(Clinic, self.clinic_id)
        version = guideline(desk, self.guideline_id).version_to_attest(self.guideline_version)
        parts = [self.signer_part(desk, clinic.id)]
        attesting = statement(desk, clinic, Clinic.GuidelineAttested, self, parts=parts)
        clinic.attest(
            attesting,
            self.guideline_id,
            version,
            policy(desk).version_on(desk.today(clinic.time_zone)),
            self.items,
            self.signature(desk, SignatureMeaning.attested),
            self.evidence_hash,
            self.valid_until,
        )
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAttestation(SignedCommand):
    """Record that the society checked a clinic's attestation."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "verify-attestation"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY
    DECIDES: ClassVar[bool] = True

    guideline_id: UUID
    """The guideline."""
    level: VerificationLevel = VerificationLevel.documents_checked
    """How it was checked."""

    def run(self, desk: Desk) -> Clinic:
        """Record the verification of the attestation now valid."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = [self.signer_part(desk, None)]
        verifying = act(desk, clinic, Clinic.AttestationVerified, self, parts=parts)
        signature = self.signature(desk, SignatureMeaning.verified)
        today = desk.today(clinic.time_zone)
        clinic.verify_attestation(verifying, self.guideline_id, self.level, signature, today)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseAttestation(LapseCommand):
    """Record that an attestation ran out without a new one; it happened at the end of its last day."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "lapse-attestation"
    ROLES: ClassVar[frozenset[Role]] = BY_CLOCK

    guideline_id: UUID
    """The guideline."""

    def run(self, desk: Desk) -> Clinic:
        """Record the lapse."""
        clinic = desk.load(Clinic, self.clinic_id)
        lapsing = act(desk, clinic, Clinic.AttestationLapsed, self)
        clinic.lapse_attestation(lapsing, self.guideline_id, desk.today(clinic.time_zone))
        return clinic
