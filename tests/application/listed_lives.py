"""Clinics brought under each condition of the public table, and what they do afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from application.attestations import LapseAttestation
from application.clinics import CloseClinic
from application.enrolments import LapseParticipation, RequestEnrolment, WithdrawClinic
from application.invitations import AcceptInvitation, InviteClinic
from application.listings import ProposeListing
from domain.codes import Role
from domain.listing_category import ListingCategory
from domain.signature import Signature, SignatureMeaning
from tests.application.listed import CaseOfTests, ListingSociety
from tests.application.society import attestation
from tests.domain.clinics import LETTER, POST, SOME_HASH

CONDITIONS = (
    "silent", "declined", "stayed_away", "enrolled", "expelled", "lapsed", "found", "interim", "stayed", "suspended",
)  # fmt: skip
"""Names of the methods that bring a clinic under a condition."""

ACTS = ("accept", "decline", "invite", "request", "withdraw", "close", "attest", "better")
"""What a clinic does, or what happens to it."""


@dataclass
class Lives:
    """The clinics of a society, and their safety cases."""

    society: ListingSociety
    cases: dict[UUID, UUID] = field(default_factory=dict)
    one_officer: bool = False
    """Let one officer alone put interim measures in force."""

    def silent(self) -> UUID:
        return self.society.silent()

    def declined(self) -> UUID:
        return self.society.declined("No.")

    def enrolled(self) -> UUID:
        return self.society.enrolled()

    def stayed_away(self) -> UUID:
        clinic = self.society.invited()
        self.society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))
        self.society.later(91)
        self.society.do(LapseParticipation(clinic_id=clinic), Role.system)
        return clinic

    def expelled(self) -> UUID:
        clinic = self.society.enrolled()
        case = self.society.case(clinic, CaseOfTests.FindingDecided)
        self.cases[clinic] = case
        # On the domain itself: what the command asks of a real case has tests of its own.
        held, officer = self.society.clinic(clinic), self.society.officers[0]
        act = self.society.founding_act().replace(
            clinic_id=clinic, actor_person=officer, actor_role=Role.safety_officer
        )
        signature = Signature(signed_at=act.recorded_at, meaning=SignatureMeaning.approved, shown_hash=SOME_HASH)
        held.expel(act, case, f"{case}/2", ("Duties",), signature)
        self.society.put(held)
        return clinic

    def lapsed(self) -> UUID:
        clinic, guideline = self.society.attested()
        self.society.as_clinic(clinic, attestation(clinic, guideline))
        self.society.later(366)
        self.society.do(LapseAttestation(clinic_id=clinic, guideline_id=guideline), Role.system)
        return clinic

    def found(self) -> UUID:
        clinic = self.society.identified()
        self.cases[clinic] = self.society.case(clinic, CaseOfTests.FindingDecided)
        return clinic

    def interim(self) -> UUID:
        clinic = self.society.identified()
        self.cases[clinic] = self.society.case(clinic)
        first, second = self.society.officers[:2]
        officers = (first, first if self.one_officer else second)
        self.society.go_on(self.cases[clinic], CaseOfTests.InterimPublished, officers=officers)
        return clinic

    def stayed(self) -> UUID:
        clinic = self.found()
        for step in (CaseOfTests.FindingPublished, CaseOfTests.StayGranted):
            self.society.go_on(self.cases[clinic], step)
        return clinic

    def suspended(self) -> UUID:
        clinic, _ = self.society.attested()
        self.society.do(ProposeListing(clinic_id=clinic), Role.system)
        self.society.assess(clinic, "probation", "suspended")
        return clinic

    def propose(self, clinic: UUID, person: UUID | None = None) -> None:
        category = None
        if clinic in self.cases and self.society.clinic(clinic).enrolled_on is None:
            category = self._of_case(self.cases[clinic])
        proposing = ProposeListing(clinic_id=clinic, category=category, case_id=self.cases.get(clinic))
        self.society.do(proposing, Role.registrar if person else Role.system, person=person)

    def _of_case(self, case: UUID) -> ListingCategory:
        steps = self.society.names_of(case)
        if "FindingDecided" not in steps:
            return ListingCategory.interim
        stayed = steps[-1] == "StayGranted" and "FindingPublished" in steps
        return ListingCategory.stayed_on_appeal if stayed else ListingCategory.finding_published

    def let(self, clinic: UUID, act: str) -> None:
        match act:
            case "accept":
                self.society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))
            case "decline":
                self.society.decline(clinic, "Never.")
            case "invite":
                self.society.registrar(InviteClinic(clinic_id=clinic, letter=LETTER, sendings=(POST,)))
            case "request":
                self.society.as_clinic(clinic, RequestEnrolment(clinic_id=clinic, registries=("knee",)))
            case "withdraw":
                self.society.as_clinic(clinic, WithdrawClinic(clinic_id=clinic))
            case "better":
                self.society.assess(clinic, "good_standing")
            case "close":
                self.society.registrar(CloseClinic(clinic_id=clinic))
            case _:
                self.society.as_clinic(clinic, attestation(clinic, self.society.guideline()))
