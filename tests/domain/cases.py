"""Safety cases for tests: one brought into each state by its events, and every event tried on any of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.aggregate import Act
from domain.appeal import AppealOutcome
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
from domain.signature import Signature, SignatureMeaning
from tests.domain.clinics import CASE, CLINIC, LETTER, POLICY, POST, PROOF, SOME_HASH, act_on

BEGAN = date(2026, 3, 3)
RAISER, LEADER, SECOND, THIRD = (UUID(int=number) for number in (101, 102, 103, 104))
PANEL = tuple(UUID(int=number) for number in (201, 202, 203))
APPEAL_PANEL = (UUID(int=301), UUID(int=302))
CLINIC_PERSON = UUID(int=401)
EVIDENCE = f"{CASE}/2"
GROUNDS = (Ground.patient_safety, Ground.persistent_non_compliance)
SCOPES = (CaseScope(kind=ScopeKind.clinic),)
ALLEGATION = Allegation(grounds=GROUNDS, evidence_ids=(EVIDENCE,), scopes=SCOPES)
FINDING = Finding(
    grounds=GROUNDS, evidence_ids=(EVIDENCE,), scopes=SCOPES, remedy=Remedy.expulsion, reasons=("sterility not tested",)
)
UNFOUNDED = Finding(grounds=GROUNDS, evidence_ids=(EVIDENCE,), scopes=SCOPES, reasons=("nothing of it was shown",))
WHY = ("patients are in danger",)


def on(days: int) -> date:
    """Return the day so many days after the beginning."""
    return BEGAN + timedelta(days)


def by(person: UUID, days: int, role: Role = Role.safety_officer) -> Act:
    """Return the act of a person so many days after the beginning."""
    return act_on(on(days)).replace(actor_person=person, actor_role=role)


def signed(days: int, meaning: SignatureMeaning = SignatureMeaning.approved) -> Signature:
    """Return a signature of that day's morning."""
    return Signature(signed_at=datetime.combine(on(days), time(8), UTC), meaning=meaning, shown_hash=SOME_HASH)


def raised() -> SafetyCase:
    """Return a case just raised, with evidence."""
    act = by(RAISER, 0, Role.reporter).replace(clinic_id=CLINIC)
    case = SafetyCase.raise_concern(act, CASE, GROUNDS, SCOPES)
    case.add_evidence(by(LEADER, 0), EvidenceKind.document, document_hash=SOME_HASH)
    return case


def under_review() -> SafetyCase:
    """Return a case with a panel, on day 1."""
    case = raised()
    case.convene(by(LEADER, 1), PANEL, (), POLICY)
    return case


def notice_served() -> SafetyCase:
    """Return a case whose notice went out on day 2."""
    case = under_review()
    case.serve_notice(by(LEADER, 2), ALLEGATION, LETTER, (POST,))
    return case


def notice_delivered() -> SafetyCase:
    """Return a case whose notice was delivered on day 5; RE-30 runs until day 35."""
    case = notice_served()
    case.prove_notice_delivery(by(LEADER, 5), InvitationChannel.post, PROOF, POLICY)
    return case


def deciding() -> SafetyCase:
    """Return a case whose reply period lapsed."""
    case = notice_delivered()
    case.lapse_reply_period(by(LEADER, 36, Role.system), on(36))
    return case


def voted(choice: VoteChoice = VoteChoice.substantiated) -> SafetyCase:
    """Return a case in which two of three voted alike on day 37."""
    case = deciding()
    for member in PANEL[:2]:
        case.vote(by(member, 37), choice, (), signed(37))
    return case


def decided() -> SafetyCase:
    """Return a case decided on day 38."""
    case = voted()
    case.decide(by(PANEL[0], 38), FINDING, (), (), signed(38))
    return case


def delivered() -> SafetyCase:
    """Return a case whose finding was delivered on day 40; AP-30 and LI-30 run until day 70."""
    case = decided()
    case.prove_finding_delivery(by(LEADER, 40), LETTER, POST, PROOF, POLICY)
    return case


def stayed() -> SafetyCase:
    """Return a case appealed before publication, on day 50."""
    case = delivered()
    case.lodge_appeal(by(CLINIC_PERSON, 50, Role.clinic), on(50))
    return case


def published() -> SafetyCase:
    """Return a case published on day 71."""
    case = delivered()
    case.publish(by(SECOND, 71), on(71), signed(71))
    return case


def appealed() -> SafetyCase:
    """Return a published case appealed on day 72."""
    case = published()
    case.lodge_appeal(by(CLINIC_PERSON, 72, Role.clinic), on(72))
    return case


def stayed_on_appeal() -> SafetyCase:
    """Return a published case stayed on appeal, on day 73."""
    case = appealed()
    case.grant_stay(by(THIRD, 73), WHY)
    return case


def lifted() -> SafetyCase:
    """Return a case lifted on day 80."""
    case = published()
    case.lift(by(THIRD, 80), WHY, signed(80))
    return case


def closed() -> SafetyCase:
    """Return a case dismissed on day 1."""
    case = under_review()
    case.dismiss(by(LEADER, 1), WHY)
    return case


def interim() -> SafetyCase:
    """Return a case under review with an interim measure from day 1 on, in force until day 31."""
    case = under_review()
    publish_interim(case, 1)
    return case


def publish_interim(case: SafetyCase, days: int, person: UUID = SECOND) -> None:
    """Publish an interim measure."""
    case.publish_interim(by(person, days), (GROUNDS, WHY), (on(days), "UTC"), POLICY, signed(days))


IN_STATE: dict[str, tuple[Callable[[], SafetyCase], int]] = {
    "raised": (raised, 1),
    "under_review": (under_review, 2),
    "interim": (interim, 2),
    "notice_served": (notice_served, 3),
    "notice_delivered": (notice_delivered, 6),
    "deciding": (deciding, 37),
    "voted": (voted, 38),
    "decided": (decided, 39),
    "delivered": (delivered, 41),
    "stayed": (stayed, 51),
    "finding_published": (published, 72),
    "appealed": (appealed, 73),
    "stayed_on_appeal": (stayed_on_appeal, 74),
    "lifted": (lifted, 81),
    "closed": (closed, 2),
}
"""A case in each state (some with what is proved of it), and the day on which events are tried on it."""

TRY: dict[str, Callable[[SafetyCase, int], Any]] = {
    "ConcernRaised": lambda case, _: case.require_possible("ConcernRaised"),
    "EvidenceAdded": lambda case, days: case.add_evidence(by(LEADER, days), EvidenceKind.testimony),
    "PanelConvened": lambda case, days: case.convene(by(LEADER, days), (*PANEL, UUID(int=204)), (), POLICY),
    "PanelInterestDeclared": lambda case, days: case.declare_panel_interest(by(PANEL[2], days)),
    "CaseDismissed": lambda case, days: case.dismiss(by(LEADER, days), WHY),
    "NoticeServed": lambda case, days: case.serve_notice(by(LEADER, days), ALLEGATION, LETTER, (POST,)),
    "NoticeDelivered": lambda case, days: case.prove_notice_delivery(
        by(LEADER, days), InvitationChannel.post, PROOF, POLICY
    ),
    "ClinicReplied": lambda case, days: case.reply(by(CLINIC_PERSON, days, Role.clinic), on(days)),
    "ReplyPeriodLapsed": lambda case, days: case.lapse_reply_period(by(LEADER, days, Role.system), on(days)),
    "VoteCast": lambda case, days: case.vote(by(PANEL[2], days), VoteChoice.substantiated, (), signed(days)),
    "FindingDecided": lambda case, days: case.decide(by(PANEL[0], days), FINDING, (), (), signed(days)),
    "FindingDelivered": lambda case, days: case.prove_finding_delivery(by(LEADER, days), LETTER, POST, PROOF, POLICY),
    "FindingPublished": lambda case, days: case.publish(by(SECOND, days), on(days), signed(days)),
    "InterimPublished": lambda case, days: publish_interim(case, days, THIRD),
    "AppealLodged": lambda case, days: case.lodge_appeal(by(CLINIC_PERSON, days, Role.clinic), on(days)),
    "StayGranted": lambda case, days: case.grant_stay(by(THIRD, days), WHY),
    "StayEnded": lambda case, days: case.end_stay(by(THIRD, days), WHY),
    "AppealDecided": lambda case, days: case.decide_appeal(
        by(APPEAL_PANEL[0], days), AppealOutcome.upheld, APPEAL_PANEL, WHY, signed(days)
    ),
    "FindingLifted": lambda case, days: case.lift(by(THIRD, days), WHY, signed(days)),
    "CaseReopened": lambda case, days: case.reopen(by(THIRD, days), WHY),
}
"""Each event, tried on a case so many days after its beginning."""


def refuses(error: type[Exception], case: SafetyCase, act: Callable[[], Any]) -> None:
    """See an act refused, with nothing recorded."""
    before = case.version
    with pytest.raises(error):
        act()
    assert case.version == before
