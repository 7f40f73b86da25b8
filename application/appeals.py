"""Commands about an appeal against a refused enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from application.clinic_acts import BY_CLINIC, BY_SOCIETY, ClinicCommand, act, statement
from application.command import Desk
from application.invitations import contact_parts
from domain.appeal import AppealOutcome
from domain.clinic import Clinic
from domain.codes import Role
from domain.personal import ClinicContact


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealEnrolment(ClinicCommand):
    """Appeal for a clinic against its refused enrolment."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "appeal-enrolment"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    grounds: str
    """Why, in the clinic's words, without names of persons."""
    contact: ClinicContact | None = None
    """Who appeals: name, email, telephone; sealed."""

    def run(self, desk: Desk) -> Clinic:
        """Record the appeal."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = contact_parts(desk, clinic, self.contact)
        clinic.appeal_refusal(statement(desk, clinic, Clinic.EnrolmentAppealed, self, parts=parts), self.grounds)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideEnrolmentAppeal(ClinicCommand):
    """Decide an appeal against a refused enrolment; not by who refused."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "decide-enrolment-appeal"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY
    DECIDES: ClassVar[bool] = True

    outcome: AppealOutcome
    """Whether the refusal stands (upheld) or not (overturned)."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def run(self, desk: Desk) -> Clinic:
        """Record the decision."""
        clinic = desk.load(Clinic, self.clinic_id)
        clinic.decide_appeal(act(desk, clinic, Clinic.EnrolmentAppealDecided, self), self.outcome, self.reasons)
        return clinic
