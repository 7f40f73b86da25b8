"""A safety case as the society and the clinic bring it through its steps, every word by a real command."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from application.case_appeals import DecideCaseAppeal, EndStay, GrantStay, LodgeAppeal
from application.case_decisions import (
    CastVote,
    DecideFinding,
    EndInterim,
    LiftFinding,
    ProveFindingDelivery,
    PublishFinding,
    PublishInterim,
    RenewInterim,
)
from application.command import Receipt
from application.safety_cases import (
    AddEvidence,
    ConvenePanel,
    DeclarePanelInterest,
    DismissCase,
    ProveNoticeDelivery,
    RaiseConcern,
    ReplyToNotice,
    ServeNotice,
)
from domain.appeal import AppealOutcome
from domain.codes import Role
from domain.letters import DeliveryProof, InvitationChannel, Letter, Proof, Sending
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
from interfaces.simulation.agenda import Life
from interfaces.simulation.office import Office
from interfaces.simulation.society import document

_SCOPES = (CaseScope(kind=ScopeKind.clinic),)
_DATES = "The panel compared the clinic's records with what its patients were told."


class DueProcess:
    """One case about one clinic."""

    def __init__(self, office: Office, clinic: UUID, person: UUID, chance: Random, ground: Ground) -> None:
        self.office, self.society, self.chance = office, office.society, chance
        self.clinic, self.person, self.ground = clinic, person, ground
        self.case = UUID(int=0)
        self.panel = office.panel
        self.evidence: list[str] = []
        self.replies: list[str] = []
        self.finding = ""

    def raised(self, what: str) -> Life:
        """Be raised by a patient, and get evidence."""
        reporter = UUID(int=self.chance.getrandbits(128), version=4)
        concern = RaiseConcern(clinic_id=self.clinic, grounds=(self.ground,), concern=what)
        receipt = self.society.must(concern, Role.reporter, person=reporter)
        self.case = receipt.aggregate_id
        yield self.after(2, 9)
        self.added()

    def added(self) -> None:
        """Get a piece of evidence."""
        says = "The clinic's website as it was on the day."
        adding = AddEvidence(
            case_id=self.case, kind=EvidenceKind.document, says=says, document_hash=document("case", says)
        )
        self._noted(self.evidence, self.office.safety(adding))

    def convened(self) -> Life:
        """Get its panel."""
        yield self.after(3, 12)
        self.office.safety(ConvenePanel(case_id=self.case, members=self.panel))

    def dismissed(self) -> Life:
        """Be found without substance; where a panel was convened, after one of it stepped back."""
        yield self.after(5, 15)
        if self.evidence:
            stepping = DeclarePanelInterest(case_id=self.case)
            self.society.do(stepping, Role.safety_officer, person=self.panel[2])
            yield self.after(3, 10)
        self.office.safety(DismissCase(case_id=self.case, reasons=("What was told is not what happened.",)))

    def heard(self, *, reply: bool, late: bool = False) -> Life:
        """Be told to the clinic, which replies in time, late, or never: then the clock ends the waiting."""
        yield self.after(4, 12)
        allegation = Allegation(grounds=(self.ground,), evidence_ids=tuple(self.evidence[:1]), scopes=_SCOPES)
        serving = ServeNotice(
            case_id=self.case, allegation=allegation, letter=letter("notice"), sendings=(self.sending(),)
        )
        self.office.safety(serving)
        yield self.after(3, 8)
        proving = ProveNoticeDelivery(case_id=self.case, channel=InvitationChannel.post, proof=proof("notice"))
        self.office.safety(proving)
        yield self.after(6, 24) if reply else self.society.now + timedelta(days=42)
        if reply or late:
            replying = ReplyToNotice(case_id=self.case, reply="We disagree, and enclose our protocols.")
            self._noted(self.replies, self.by_clinic(replying))
            yield self.after(1, 3)

    def decided(self, *, substantiated: bool, remedy: Remedy = Remedy.corrective_action) -> Life:
        """Be voted on by the panel, and decided."""
        choice = VoteChoice.substantiated if substantiated else VoteChoice.not_substantiated
        for member in self.panel:
            yield self.after(1, 4)
            vote = CastVote(
                case_id=self.case, choice=choice, reasoning=_DATES, replies_shown=tuple(self.replies), **self.signed
            )
            self.society.do(vote, Role.safety_officer, person=member)
        yield self.after(1, 5)
        finding = Finding(
            grounds=(self.ground,),
            evidence_ids=tuple(self.evidence[:1]),
            scopes=_SCOPES,
            remedy=remedy if substantiated else Remedy.none,
            reasons=("The clinic's records do not show what its patients were told.",),
        )
        deciding = DecideFinding(case_id=self.case, finding=finding, replies_shown=tuple(self.replies), **self.signed)
        receipt = self.society.do(deciding, Role.safety_officer, person=self.panel[0])
        self.finding = f"{self.case}/{receipt.version}" if receipt else ""

    def delivered(self) -> Life:
        """Have its finding delivered, which starts preview and appeal."""
        yield self.after(3, 9)
        proving = ProveFindingDelivery(
            case_id=self.case, letter=letter("finding"), sending=self.sending(), proof=proof("finding")
        )
        self.office.safety(proving)

    def published(self) -> Life:
        """Have its finding published when preview and appeal are over."""
        yield self.society.now + timedelta(days=33)
        self.office.safety(PublishFinding(case_id=self.case, **self.signed))

    def appealed(self) -> Life:
        """Be appealed by the clinic."""
        yield self.after(6, 20)
        self.by_clinic(LodgeAppeal(case_id=self.case, appeal="We were not heard on the second document."))

    def stayed(self, days: int) -> Life:
        """Be withheld from the public for a time."""
        yield self.after(3, 8)
        staying = GrantStay(case_id=self.case, reasons=("A document has to be translated.",))
        self.office.safety(staying, self.office.others[0])
        yield self.society.now + timedelta(days=days)

    def shown_again(self) -> Life:
        """Be shown again while the appeal waits."""
        ending = EndStay(case_id=self.case, reasons=("The translation is there.",))
        self.office.safety(ending, self.office.others[0])
        yield self.society.now + timedelta(days=60)

    def appeal_decided(self, outcome: AppealOutcome) -> Life:
        """Have its appeal decided by others."""
        yield self.after(10, 30)
        others = self.office.others
        deciding = DecideCaseAppeal(
            case_id=self.case, outcome=outcome, heard_by=others, reasons=("Both sides were heard.",), **self.signed
        )
        self.office.safety(deciding, others[0])

    def lifted(self, days: int) -> Life:
        """Have its finding lifted."""
        yield self.society.now + timedelta(days=days)
        lifting = LiftFinding(case_id=self.case, reasons=("The clinic changed its practice.",), **self.signed)
        self.office.safety(lifting)

    def interim(self, days: int) -> Life:
        """Have an interim measure for so many days, renewed by another officer each time before it ends."""
        content: dict[str, Any] = {"grounds": (self.ground,), "reasons": ("Patients may be harmed.",), **self.signed}
        officers = (self.office.last[0], self.office.first)
        yield self.after(1, 2)
        self.office.safety(PublishInterim(case_id=self.case, **content), officers[0])
        for number in range(days // 25):
            yield self.society.now + timedelta(days=25)
            self.office.safety(RenewInterim(case_id=self.case, **content), officers[(number + 1) % 2])
        yield self.society.now + timedelta(days=10)
        self.office.safety(EndInterim(case_id=self.case, **content), officers[0])

    def by_clinic(self, command: Any) -> Receipt | None:
        """Act as the clinic."""
        return self.society.do(command, Role.clinic, clinic=self.clinic, person=self.person)

    @property
    def signed(self) -> dict[str, Any]:
        """Return what a signature of the simulation holds."""
        return {"signer": "Safety office", "shown_hash": document("case", str(self.ground.value))}

    def after(self, low: float, high: float) -> Any:
        """Return a moment between two numbers of days from now."""
        return self.society.now + timedelta(seconds=round(self.chance.uniform(low, high) * 86_400))

    def sending(self) -> Sending:
        """Return by which way the clinic is told."""
        return Sending(channel=InvitationChannel.post, address="1 Harbour Road", address_source="the clinic's website")

    def _noted(self, where: list[str], receipt: Receipt | None) -> None:
        if receipt is not None:
            where.append(f"{self.case}/{receipt.version}")


def letter(what: str) -> Letter:
    """Return a letter of the society."""
    return Letter(version=f"{what} 1", text_hash=document(what, "1"), language="en", sender="Safety office")


def proof(what: str) -> Proof:
    """Return what proves that something arrived."""
    return Proof(kind=DeliveryProof.post_signature, document_hash=document("receipt", what))
