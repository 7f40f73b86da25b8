"""Commands about an appeal against a finding: lodged by the clinic, stayed, decided by people who had no part in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.case_acts import (
    BY_CLINIC,
    BY_SAFETY,
    CaseCommand,
    SignedCaseCommand,
    contact_part,
    interested,
    judging,
    require_officers,
    statement,
    today,
    words,
)
from application.command import Desk
from application.permission import ConflictOfInterest
from domain.appeal import AppealOutcome
from domain.codes import Role
from domain.personal import ClinicContact
from domain.safety_case import SafetyCase


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgeAppeal(CaseCommand):
    """Appeal for a clinic against a finding."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "lodge-appeal"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    appeal: str
    """Why, in the clinic's words; sealed under the key of the case."""
    contact: ClinicContact | None = None
    """Who appeals: name, email, telephone; sealed."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the appeal; before publication it holds the publication up."""
        case = desk.load(SafetyCase, self.case_id)
        parts = [*words(desk, case.id, self.appeal), *contact_part(desk, case, self.contact)]
        case.lodge_appeal(statement(desk, case, SafetyCase.AppealLodged, self, parts=parts), today(desk, case))
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantStay(CaseCommand):
    """Withhold a published finding until its appeal is decided."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "grant-stay"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record it."""
        case = desk.load(SafetyCase, self.case_id)
        case.grant_stay(judging(desk, case, SafetyCase.StayGranted, self), self.reasons)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStay(CaseCommand):
    """Show a stayed finding again while its appeal waits."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "end-stay"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record it."""
        case = desk.load(SafetyCase, self.case_id)
        case.end_stay(judging(desk, case, SafetyCase.StayEnded, self), self.reasons)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideCaseAppeal(SignedCaseCommand):
    """Decide an appeal against a finding; by nobody of the first panel."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "decide-appeal"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    outcome: AppealOutcome
    """Whether the finding stands (upheld) or not (overturned)."""
    heard_by: tuple[UUID, ...]
    """Person ids of those who heard it, who records it among them."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the decision, if none of those who heard it has an interest."""
        case = desk.load(SafetyCase, self.case_id)
        require_officers(desk, self.heard_by)
        deciding = judging(desk, case, SafetyCase.AppealDecided, self, parts=[self.signer_part(desk)])
        case.decide_appeal(deciding, self.outcome, self.heard_by, self.reasons, self.signature(desk))
        for person in sorted(interested(desk, case, self.heard_by)):
            raise ConflictOfInterest(person=person, clinic=case.clinic_id)
        return case
