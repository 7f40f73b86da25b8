"""Clinics submit their treatments, fill in late results, correct, void, and say when a patient withdraws consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from application.acting import reason_parts, require_speaking_for, signed
from application.command import Command, Desk
from application.derived_ids import treatment_id
from application.faults import with_queries
from application.resuming import resumed, taking_part_again
from application.treatment_form import (
    TreatmentForm,
    given,
    patient_subject,
    remaining,
    require_born_before,
    sealed_parts,
    sealed_paths,
    with_changes,
)
from domain.admission import require_admissible
from domain.aggregate import Aggregate
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.codes import Reason, Role, Sha256, YesNo
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.product import Donor, Origin
from domain.registry import Registry
from domain.treatment import CLOCK_DATE, Treatment
from domain.treatment_codes import ProductKind
from domain.treatment_content import Delivery, Indication, TreatmentContent
from domain.treatment_errors import TreatmentAlreadySubmitted

CLINIC_OR_REGISTRAR = frozenset({Role.clinic, Role.registrar})

GUARDIANS_CONSENT = "consent.guardians_consent"
RELEASE = "characteristics.released_despite_failed_test"
ASKED_AGAIN = frozenset({GUARDIANS_CONSENT, RELEASE})
"""Fields looked at again with every change of a treatment's content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitTreatment(TreatmentForm, Command):
    """Submit a treatment to one registry; its id follows from the clinic and its own reference."""

    AGGREGATE: ClassVar[str] = "treatment"
    VERB: ClassVar[str] = "submit"
    ROLES: ClassVar[frozenset[Role]] = CLINIC_OR_REGISTRAR

    clinic_id: UUID
    """The clinic that treated."""
    own_reference: str
    """The clinic's own reference of the treatment; sealed."""
    registry_id: UUID
    """The one registry it belongs to."""
    performed_on: PartialDate
    """When it was given: YYYY-MM-DD, YYYY-MM, YYYY or an interval A/B."""
    patient_pseudonym: str
    """The clinic's own pseudonym of the patient; sealed."""
    indication: Indication
    """What was treated."""
    donor: Donor
    """Whose cells, and the donor's eligibility."""
    origin: Origin
    """Tissue, collected when and where."""
    product_kind: ProductKind
    """What was given."""
    delivery: Delivery
    """Route, anatomical site, laterality, guidance."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Submit it; a clinic that had stopped taking part resumes with it."""
        require_speaking_for(desk, self.clinic_id)
        clinic, registry = desk.load(Clinic, self.clinic_id), desk.load(Registry, self.registry_id)
        if not self.own_reference.strip():
            raise InvalidInput(field="own_reference", problem="it is empty")
        new_id = treatment_id(desk.sealer, self.clinic_id, self.own_reference)
        if desk.find(Treatment, new_id) is not None:
            raise TreatmentAlreadySubmitted(treatment=new_id)
        # What cannot be admitted must not leave a subject behind, so it is judged before the patient gets one.
        sections = given(self)
        content = TreatmentContent(**sections, patient=UUID(int=0))
        require_admissible(clinic, registry, content)
        require_born_before(self, content)
        sealed_parts(self, content.patient, self.own_reference)
        treatment = self._submitted(desk, clinic, registry, new_id, sections)
        _remark_on(desk, treatment.content)
        return tuple(filter(None, (*with_queries(desk, treatment), resumed(desk, clinic, event_id(new_id, 1)))))

    def _submitted(
        self, desk: Desk, clinic: Clinic, registry: Registry, new_id: UUID, sections: Mapping[str, Any]
    ) -> Treatment:
        patient = patient_subject(desk, clinic.id, self.patient_pseudonym)
        assert registry.terms is not None, "an admitting registry has terms"
        act = desk.act(
            Treatment.TreatmentSubmitted,
            new_id,
            occurred_on=self.performed_on,
            clinic_id=clinic.id,
            parts=sealed_parts(self, patient, self.own_reference),
        )
        return Treatment.submit(
            new_id,
            act,
            TreatmentContent(**sections, patient=patient),
            time_zone=clinic.time_zone,
            own_reference_hmac=desk.sealer.digest("own reference", str(clinic.id), self.own_reference.strip()).hex(),
            schedule=registry.terms.schedule,
            missing=self.missing,
            missing_otherwise=self.missing_otherwise,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementTreatment(TreatmentForm, Command):
    """Fill in what was empty: late results such as a sterility test."""

    AGGREGATE: ClassVar[str] = "treatment"
    VERB: ClassVar[str] = "supplement"
    ROLES: ClassVar[frozenset[Role]] = CLINIC_OR_REGISTRAR

    treatment_id: UUID
    """The treatment."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Fill in what the form gives; a clinic that had stopped taking part resumes with it."""
        treatment = desk.load(Treatment, self.treatment_id)
        require_speaking_for(desk, treatment.clinic_id)
        treatment.require_standing()
        if self.patient_pseudonym is not None or self.registry_id is not None:
            raise InvalidInput(field="patient_pseudonym, registry_id", problem="these are given; correct them instead")
        content = with_changes(treatment.content, self, None)
        parts = sealed_parts(self, treatment.content.patient)
        act = desk.act(Treatment.TreatmentSupplemented, treatment.id, parts=parts)
        missing = remaining(self, content, treatment.missing)
        treatment.supplement(act, content, missing, self.missing_otherwise, sealed_paths(parts))
        _remark_on(desk, content)
        changed = with_queries(desk, treatment, ASKED_AGAIN.__contains__)
        return tuple(filter(None, (*changed, taking_part_again(desk, treatment))))


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectTreatment(TreatmentForm, Command):
    """Replace wrong values; the old ones stay in the events that the correction names."""

    AGGREGATE: ClassVar[str] = "treatment"
    VERB: ClassVar[str] = "correct"
    ROLES: ClassVar[frozenset[Role]] = CLINIC_OR_REGISTRAR

    treatment_id: UUID
    """The treatment."""
    corrects: int | None = None
    """Version of the event corrected; absent: the last that gave the treatment's content."""
    reason: Reason
    """Why."""
    explanation: str | None = None
    """Why, in words; sealed."""
    printed_name: str | None = None
    """Name of the officer who signs the correction of the treatment's date; sealed."""
    shown_hash: Sha256 | None = None
    """SHA-256 of what the signer was shown."""
    signed_at: datetime | None = None
    """When it was signed; absent: now."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Replace what the form gives, and empty what it says is missing."""
        treatment = desk.load(Treatment, self.treatment_id)
        require_speaking_for(desk, treatment.clinic_id)
        treatment.require_standing()
        clinic = desk.load(Clinic, treatment.clinic_id or UUID(int=0))
        registry = desk.load(Registry, self.registry_id or treatment.content.registry_id)
        content = with_changes(treatment.content, self, None)
        self._require_admissible(clinic, registry, treatment.content, content)
        require_born_before(self, content)
        patient = treatment.content.patient
        if self.patient_pseudonym is not None:
            patient = patient_subject(desk, clinic.id, self.patient_pseudonym)
            content = with_changes(treatment.content, self, patient)
        assert registry.terms is not None, "an opened registry has terms"
        moved = content.registry_id != treatment.content.registry_id
        parts = sealed_parts(self, patient)
        signature, signer = signed(desk, self.printed_name, self.shown_hash, self.signed_at)
        words = (*parts, *reason_parts(patient, self.explanation), *signer)
        act = desk.act(Treatment.TreatmentCorrected, treatment.id, reason=self.reason, parts=words)
        treatment.correct(
            act,
            content,
            remaining(self, content, treatment.missing),
            self.missing_otherwise,
            time_zone=clinic.time_zone,
            sealed=sealed_paths(parts),
            corrects=self.corrects,
            schedule=registry.terms.schedule if moved else (),
            signature=signature,
        )
        _remark_on(desk, content)
        return with_queries(desk, treatment, ASKED_AGAIN.__contains__)

    def _require_admissible(
        self, clinic: Clinic, registry: Registry, old: TreatmentContent, new: TreatmentContent
    ) -> None:
        # A closed registry or a clinic that left still corrects; only what the correction changes is judged again.
        judged = ("registry_id", CLOCK_DATE, "site_id", "indication", "origin", "delivery")
        if any(getattr(old, name) != getattr(new, name) for name in judged):
            require_admissible(clinic, registry, new, moved=old.registry_id != new.registry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidTreatment(Command):
    """Say that a treatment does not stand; it stays readable with the reason."""

    AGGREGATE: ClassVar[str] = "treatment"
    VERB: ClassVar[str] = "void"
    ROLES: ClassVar[frozenset[Role]] = CLINIC_OR_REGISTRAR

    treatment_id: UUID
    """The treatment."""
    reason: Reason
    """Why."""
    explanation: str | None = None
    """Why, in words; sealed."""

    def run(self, desk: Desk) -> Aggregate:
        """Void it."""
        treatment = desk.load(Treatment, self.treatment_id)
        require_speaking_for(desk, treatment.clinic_id)
        parts = reason_parts(treatment.content.patient, self.explanation)
        treatment.void(desk.act(Treatment.TreatmentVoided, treatment.id, reason=self.reason, parts=parts))
        return treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsent(Command):
    """Record that a patient no longer consents to being followed; the schedule ends."""

    AGGREGATE: ClassVar[str] = "treatment"
    VERB: ClassVar[str] = "withdraw-consent"
    ROLES: ClassVar[frozenset[Role]] = CLINIC_OR_REGISTRAR

    treatment_id: UUID
    """The treatment."""
    withdrawn_on: PartialDate
    """When the patient said so."""
    explanation: str | None = None
    """What the patient said; sealed."""

    def run(self, desk: Desk) -> Aggregate:
        """Record it."""
        treatment = desk.load(Treatment, self.treatment_id)
        require_speaking_for(desk, treatment.clinic_id)
        clinic = desk.load(Clinic, treatment.clinic_id or UUID(int=0))
        act = desk.act(
            Treatment.ConsentWithdrawn,
            treatment.id,
            occurred_on=self.withdrawn_on,
            parts=reason_parts(treatment.content.patient, self.explanation),
        )
        treatment.withdraw_consent(act, clinic.time_zone)
        return treatment


def _remark_on(desk: Desk, content: TreatmentContent) -> None:
    consent, tests = content.consent, content.characteristics
    if consent and consent.minor is YesNo.yes and consent.guardians_consent is not YesNo.yes:
        desk.remark(GUARDIANS_CONSENT, "the patient is a minor, and no guardian's consent is recorded")
    if tests and tests.failed_tests and tests.released_despite_failed_test is not YesNo.yes:
        failed = ", ".join(tests.failed_tests)
        desk.remark(
            RELEASE,
            f"the product was given although {failed} failed, and its release is not stated",
        )
