"""Commands by which a clinic is expelled, out of a decided safety case only, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.clinic_acts import SignedCommand, act, open_registries
from application.command import Desk
from domain.clinic import Clinic
from domain.codes import Role
from domain.errors import Refused
from domain.signature import SignatureMeaning

BY_SAFETY = frozenset({Role.safety_officer})
"""Who acts on what safety cases found."""

FINDING = "FindingDecided"
"""Event by which a safety case decides."""


class CaseNotDecided(Refused):
    """The safety case {case} holds no finding {finding} that was decided about the clinic {clinic}."""

    remedy = "A clinic is expelled only after its case was decided; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpelClinic(SignedCommand):
    """Expel a clinic for what a decided safety case found."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "expel"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    case_id: UUID
    """The safety case."""
    finding: str
    """Id of the event by which the finding was decided: `<case id>/<version>`."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def run(self, desk: Desk) -> Clinic:
        """Look the finding up in the case itself, and expel."""
        clinic = desk.load(Clinic, self.clinic_id)
        if not _decided(desk, self.case_id, self.finding, clinic.id):
            raise CaseNotDecided(case=self.case_id, finding=self.finding, clinic=clinic.id)
        expelling = act(desk, clinic, Clinic.ClinicExpelled, self, parts=[self.signer_part(desk, None)])
        signature = self.signature(desk, SignatureMeaning.approved)
        clinic.expel(expelling, self.case_id, self.finding, self.reasons, signature)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadmitClinic(SignedCommand):
    """Take an expelled clinic back; its standing starts at probation."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "readmit"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    registries: tuple[str, ...]
    """Short codes of the registries it is a member of again, such as `knee`."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def run(self, desk: Desk) -> Clinic:
        """Record the readmission."""
        clinic = desk.load(Clinic, self.clinic_id)
        readmitting = act(desk, clinic, Clinic.ClinicReadmitted, self, parts=[self.signer_part(desk, None)])
        signature = self.signature(desk, SignatureMeaning.approved)
        clinic.readmit(readmitting, open_registries(desk, self.registries), self.reasons, signature)
        return clinic


def _decided(desk: Desk, case_id: UUID, finding: str, clinic_id: UUID) -> bool:
    """Tell whether an event of the case is a finding that was decided about the clinic."""
    return any(
        type(event).__name__ == FINDING
        and event.context.clinic_id == clinic_id
        and f"{event.originator_id}/{event.originator_version}" == finding
        for event in desk.store.history(case_id)
    )
