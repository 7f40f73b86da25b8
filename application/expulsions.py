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
from domain.safety_case import SafetyCase
from domain.safety_case_consequence import require_expulsion
from domain.signature import SignatureMeaning

BY_SAFETY = frozenset({Role.safety_officer})
"""Who acts on what safety cases found."""


class CaseNotDecided(Refused):
    """There is no safety case {case} about the clinic {clinic} that was decided."""

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
        """Expel for the finding in force, if this is its remedy and it can be appealed no longer."""
        clinic = desk.load(Clinic, self.clinic_id)
        case = desk.find(SafetyCase, self.case_id)
        if case is None or case.clinic_id != clinic.id or case.finding is None:
            raise CaseNotDecided(case=self.case_id, clinic=clinic.id)
        require_expulsion(case, self.finding, desk.today(clinic.time_zone))
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
