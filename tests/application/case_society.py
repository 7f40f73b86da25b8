"""A society with enough officers to judge a safety case, and a case brought through its steps by the real commands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from application.case_appeals import LodgeAppeal
from application.case_decisions import CastVote, DecideFinding, ProveFindingDelivery, PublishFinding
from application.command import Command, Receipt
from application.safety_cases import (
    AddEvidence,
    ConvenePanel,
    LapseReplyPeriod,
    ProveNoticeDelivery,
    RaiseConcern,
    ServeNotice,
)
from domain.codes import Role
from domain.letters import InvitationChannel
from domain.safety_case import SafetyCase
from domain.safety_case_codes import (
    Allegation,
    CaseScope,
    EvidenceKind,
    Finding,
    Ground,
    Remedy,
    ScopeKind,
    VoteChoice,
)
from tests.application.society import Society
from tests.domain.clinics import LETTER, POST, PROOF, SOME_HASH

GROUNDS = (Ground.persistent_non_compliance,)
SCOPES = (CaseScope(kind=ScopeKind.clinic),)
SIGNED: dict[str, Any] = {"signer": "Ada Erste", "shown_hash": SOME_HASH}


class CaseSociety(Society):
    """A society with three members for a panel and three officers more."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.panel = tuple(self.appoint(Role.auditor) for _ in range(3))
        self.safety_officers = [self.appoint(Role.safety_officer) for _ in range(3)]
        self.clinic_id = self.enrolled()

    def safety(self, command: Command, officer: int = 0, **how: Any) -> Receipt:
        """Carry out a command as one of the safety officers."""
        return self.do(command, Role.safety_officer, person=self.safety_officers[officer], **how)

    def case(self, case_id: UUID) -> SafetyCase:
        """Return a case as the store has it."""
        case = self.store.load(SafetyCase, case_id)
        assert case is not None
        return case

    def raised(self) -> UUID:
        """Raise a concern, with evidence; return the case's id."""
        concern = RaiseConcern(clinic_id=self.clinic_id, grounds=GROUNDS, concern="Quagga was not told.")
        case_id = self.do(concern, Role.reporter, person=UUID(int=77)).aggregate_id
        self.safety(AddEvidence(case_id=case_id, kind=EvidenceKind.document, says="Quagga", document_hash=SOME_HASH))
        return case_id

    def convened(self) -> UUID:
        """Convene its panel."""
        case_id = self.raised()
        self.safety(ConvenePanel(case_id=case_id, members=self.panel))
        return case_id

    def served(self) -> UUID:
        """Serve its notice."""
        case_id = self.convened()
        self.safety(self.notice(case_id))
        return case_id

    def notice(self, case_id: UUID) -> ServeNotice:
        """Return the notice."""
        allegation = Allegation(grounds=GROUNDS, evidence_ids=(f"{case_id}/2",), scopes=SCOPES)
        return ServeNotice(case_id=case_id, allegation=allegation, letter=LETTER, sendings=(POST,))

    def told(self) -> UUID:
        """Prove the notice's delivery."""
        case_id = self.served()
        self.safety(ProveNoticeDelivery(case_id=case_id, channel=InvitationChannel.post, proof=PROOF))
        return case_id

    def deciding(self) -> UUID:
        """Let the time for a reply lapse."""
        case_id = self.told()
        self.later(31)
        self.do(LapseReplyPeriod(case_id=case_id), Role.system)
        return case_id

    def voted(self, choice: VoteChoice = VoteChoice.substantiated) -> UUID:
        """Let the panel vote."""
        case_id = self.deciding()
        for member in self.panel:
            self.as_member(self.vote(case_id, choice), member)
        return case_id

    def vote(self, case_id: UUID, choice: VoteChoice = VoteChoice.substantiated) -> CastVote:
        """Return a vote."""
        return CastVote(case_id=case_id, choice=choice, reasoning="Quagga", **SIGNED)

    def as_member(self, command: Command, member: UUID) -> Receipt:
        """Carry out a command as a member of the panel."""
        return self.do(command, Role.auditor, person=member)

    def finding(self, case_id: UUID, remedy: Remedy = Remedy.expulsion) -> DecideFinding:
        """Return the finding."""
        finding = Finding(
            grounds=GROUNDS, evidence_ids=(f"{case_id}/2",), scopes=SCOPES, remedy=remedy, reasons=("no data",)
        )
        return DecideFinding(case_id=case_id, finding=finding, **SIGNED)

    def decided(self, remedy: Remedy = Remedy.expulsion) -> UUID:
        """Let the panel find it substantiated."""
        case_id = self.voted()
        self.as_member(self.finding(case_id, remedy), self.panel[0])
        return case_id

    def delivered(self) -> UUID:
        """Prove the finding's delivery."""
        case_id = self.decided()
        self.safety(ProveFindingDelivery(case_id=case_id, letter=LETTER, sending=POST, proof=PROOF))
        return case_id

    def published(self) -> UUID:
        """Publish the finding."""
        case_id = self.delivered()
        self.later(31)
        self.safety(PublishFinding(case_id=case_id, **SIGNED), 1)
        return case_id

    def appealed(self) -> UUID:
        """Appeal the published finding."""
        case_id = self.published()
        self.as_clinic(self.clinic_id, LodgeAppeal(case_id=case_id, appeal="Quagga was told."))
        return case_id

    def day_after(self, days: int) -> str:
        """Return a day so many days on."""
        return (self.surroundings.now() + timedelta(days)).date().isoformat()
