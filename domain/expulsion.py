"""Nobody is expelled but out of a decided safety case; who is readmitted starts at probation.

That the finding cited was really decided about this clinic is looked up at the desk; the event keeps both ids for
ever, so that the expulsion can be explained and contested.
"""

from __future__ import annotations

from uuid import UUID

from domain.aggregate import Act
from domain.clinic_state import ClinicEvent, ClinicState, Membership, ended
from domain.enrolment import AgreementNotSigned
from domain.errors import InvalidInput
from domain.participation import require_possible
from domain.signature import Signature, SignatureMeaning, require_signed


class ClinicExpelled(ClinicEvent):
    """The society expelled a clinic for what a safety case found; its open follow-ups and reports stay."""

    TOPIC = "ClinicExpelled.v1"

    case_id: UUID
    """The safety case."""
    finding: str
    """Id of the event by which the finding was decided: `<aggregate id>/<version>`."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""
    signature: Signature
    """The signature, with the hash of what the signer was shown; the name is sealed."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.expulsion_case = self.case_id


class ClinicReadmitted(ClinicEvent):
    """The society took an expelled clinic back, under the agreement it signed; its standing starts at probation."""

    TOPIC = "ClinicReadmitted.v1"

    case_id: UUID
    """The safety case out of which it had been expelled."""
    registries: tuple[UUID, ...]
    """Registries it is a member of again."""
    agreement: str
    """Id of the event of the signed agreement: `<aggregate id>/<version>`."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""
    signature: Signature
    """The signature, with the hash of what the signer was shown; the name is sealed."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.registries = self.registries
        earlier = ended(clinic.memberships, self.context.occurred_on)
        clinic.memberships = (*earlier, Membership(self.registries, self.context.occurred_on))
        clinic.enrolled_on, clinic.enrolled_evidence = self.context.occurred_on, self.evidence
        clinic.active_since = self.context.occurred_on


class Expulsion(ClinicState):
    """Decisions about expelling a clinic and taking it back."""

    def expel(self, act: Act, case_id: UUID, finding: str, reasons: tuple[str, ...], signature: Signature) -> None:
        """Expel the clinic for a decided finding."""
        require_possible("ClinicExpelled", self.participation)
        _require_reasons(reasons)
        if finding.partition("/")[0] != str(case_id):
            raise InvalidInput(field="finding", problem=f"is no event of the case {case_id}")
        self.require_independent([act.context.actor_person])
        require_signed(signature, SignatureMeaning.approved, act)
        self.record(ClinicExpelled, act, case_id=case_id, finding=finding, reasons=reasons, signature=signature)

    def readmit(self, act: Act, registries: tuple[UUID, ...], reasons: tuple[str, ...], signature: Signature) -> None:
        """Take the clinic back into registries."""
        require_possible("ClinicReadmitted", self.participation)
        _require_reasons(reasons)
        if not registries or len(set(registries)) != len(registries):
            raise InvalidInput(field="registries", problem="needs at least one registry, each once")
        if self.agreement is None:
            raise AgreementNotSigned(clinic=self.id)
        self.require_independent([act.context.actor_person])
        require_signed(signature, SignatureMeaning.approved, act)
        self.record(
            ClinicReadmitted,
            act,
            case_id=self.expulsion_case,
            registries=registries,
            agreement=self.agreement.evidence,
            reasons=reasons,
            signature=signature,
        )


def _require_reasons(reasons: tuple[str, ...]) -> None:
    if not reasons or any(not reason.strip() for reason in reasons):
        raise InvalidInput(field="reasons", problem="needs at least one, none empty")
