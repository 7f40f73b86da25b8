"""A founded society in memory, with an officer who holds every role, and the commands that tests repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from application.attestations import AttestGuideline
from application.clinics import IdentifyClinic
from application.command import Command, Receipt
from application.enrolments import EnrolClinic, RequestEnrolment, SignAgreement
from application.guidelines import PublishGuideline
from application.officers import FoundSociety, founding_key
from domain.clinic import Clinic
from domain.clinic_details import FoundIn
from domain.codes import Role
from domain.enrolment import SignerAuthority
from domain.guideline import GuidelineKind
from domain.officer import Officer
from tests.application.memory import MemoryRegistry
from tests.domain.clinics import ANSWERS, SOME_HASH, VERSION

FOUNDERS = FoundSociety(officers=("Ada Erste", "Bruno Zweiter"))


@dataclass
class Society(MemoryRegistry):
    """A registry whose store was opened."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.do(FOUNDERS, Role.system, key=founding_key(FOUNDERS))
        self.officers = [event.originator_id for event in self.store.log if isinstance(event, Officer.OfficerAppointed)]

    def by(self, role: Role, command: Command, **how: Any) -> Receipt:
        """Carry out a command as the first officer in a role."""
        return self.do(command, role, person=self.officers[0], **how)

    def registrar(self, command: Command, **how: Any) -> Receipt:
        """Carry out a command as registrar."""
        return self.by(Role.registrar, command, **how)

    def as_clinic(self, clinic_id: UUID, command: Command, **how: Any) -> Receipt:
        """Carry out a clinic's own statement."""
        return self.do(command, Role.clinic, on_behalf_of=clinic_id, **how)

    def identified(self, **details: Any) -> UUID:
        """Identify a clinic and return its id."""
        given = {"legal_name": "Klinik am Fluss", "country": "DE", "time_zone": "Europe/Berlin", **details}
        return self.registrar(IdentifyClinic(found_in=FoundIn.website, **given)).aggregate_id

    def enrolled(self) -> UUID:
        """Enrol a clinic in the knee registry and return its id."""
        clinic_id = self.identified()
        self.as_clinic(clinic_id, agreement(clinic_id))
        self.as_clinic(clinic_id, RequestEnrolment(clinic_id=clinic_id, registries=("knee",)))
        self.registrar(EnrolClinic(clinic_id=clinic_id, registries=("knee",)))
        return clinic_id

    def guideline(self) -> UUID:
        """Publish a guideline and return its id."""
        publishing = PublishGuideline(kind=GuidelineKind.laboratory, content=VERSION)
        return self.by(Role.guideline_editor, publishing).aggregate_id

    def attested(self) -> tuple[UUID, UUID]:
        """Let an enrolled clinic attest to a guideline; return both ids."""
        clinic_id, guideline_id = self.enrolled(), self.guideline()
        self.as_clinic(clinic_id, attestation(clinic_id, guideline_id))
        return clinic_id, guideline_id

    def clinic(self, clinic_id: UUID) -> Clinic:
        """Return a clinic as the store has it."""
        clinic = self.store.load(Clinic, clinic_id)
        assert clinic is not None
        return clinic

    def names_of(self, aggregate_id: UUID) -> list[str]:
        """Return the names of an aggregate's events."""
        return [type(event).__name__ for event in self.store.events_of(aggregate_id)]

    def to_day(self, year: int, month: int, day: int) -> None:
        """Set the clock to noon UTC of a day."""
        self.surroundings.move_to(datetime(year, month, day, 12, tzinfo=UTC))

    def later(self, days: int) -> None:
        """Set the clock to noon UTC so many days on."""
        self.surroundings.move_to(datetime.combine(self.surroundings.now() + timedelta(days), time(12), UTC))


def agreement(clinic_id: UUID, signer: str = "Carla Leiterin") -> SignAgreement:
    """Return the signing of the participation agreement."""
    return SignAgreement(
        clinic_id=clinic_id,
        agreement_version="1",
        authority=SignerAuthority.medical_director,
        consent_to_tracking=True,
        consent_to_publication=True,
        signer=signer,
        shown_hash=SOME_HASH,
    )


def attestation(clinic_id: UUID, guideline_id: UUID) -> AttestGuideline:
    """Return the attestation to the guideline's first version."""
    return AttestGuideline(
        clinic_id=clinic_id,
        guideline_id=guideline_id,
        guideline_version="1",
        items=ANSWERS,
        evidence_hash=SOME_HASH,
        signer="Carla Leiterin",
        shown_hash=SOME_HASH,
    )
