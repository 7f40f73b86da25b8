"""Nobody with an interest in a clinic, or in a rival of it, takes part in its case; a clinic speaks for itself."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from application.acting import NotForThisClinic, SourceNeeded
from application.appointments import DeclareInterest, RevokeRole
from application.case_appeals import DecideCaseAppeal, GrantStay, LodgeAppeal
from application.case_decisions import (
    LiftFinding,
    PublishFinding,
    PublishInterim,
)
from application.permission import ConflictOfInterest, NotAnOfficer
from application.safety_cases import (
    ConvenePanel,
    DeclarePanelInterest,
    DismissCase,
    RaiseConcern,
    ReplyToNotice,
)
from domain import safety_case_errors as refused
from domain.aggregate import Source
from domain.appeal import AppealOutcome
from domain.clinic_state import NotIndependent
from domain.codes import Channel, Reason, Role
from domain.officer import InterestKind
from domain.safety_case_state import CaseState
from tests.application.case_society import GROUNDS, SIGNED, CaseSociety
from tests.application.society import agreement

WHY = ("patients are in danger",)
PAPER = Source(channel=Channel.paper, reference="F-1")


@pytest.fixture
def society() -> CaseSociety:
    return CaseSociety()


def bind(society: CaseSociety, person: UUID, role: Role) -> None:
    """Let an officer declare an interest in the clinic."""
    interest = DeclareInterest(clinic_id=society.clinic_id, kind=InterestKind.owns)
    society.do(interest, role, person=person)


def own_clinic(society: CaseSociety, person: UUID) -> UUID:
    """Let a person act for a clinic of their own."""
    clinic_id = society.identified(legal_name="Klinik am See")
    society.do(agreement(clinic_id), Role.clinic, person=person, on_behalf_of=clinic_id)
    return clinic_id


class TestInterest:
    def test_keeps_an_officer_from_every_decision(self, society: CaseSociety) -> None:
        convened, appealed = society.convened(), society.appealed()
        bind(society, society.safety_officers[0], Role.safety_officer)
        before = len(society.store.log)

        for command in (
            ConvenePanel(case_id=convened, members=society.panel),
            DismissCase(case_id=convened, reasons=WHY),
            society.notice(convened),
            GrantStay(case_id=appealed, reasons=WHY),
            LiftFinding(case_id=appealed, reasons=WHY, **SIGNED),
            PublishInterim(case_id=convened, grounds=GROUNDS, reasons=WHY, **SIGNED),
        ):
            with pytest.raises((ConflictOfInterest, refused.InterimNeedsSecondOfficer)):
                society.safety(command)
        assert len(society.store.log) == before

    def test_keeps_a_person_from_the_panel(self, society: CaseSociety) -> None:
        case_id = society.raised()
        convening = ConvenePanel(case_id=case_id, members=society.panel)
        with pytest.raises(NotAnOfficer):
            society.safety(ConvenePanel(case_id=case_id, members=(*society.panel, uuid4())))
        bind(society, society.panel[1], Role.auditor)

        with pytest.raises(refused.PanelMemberHasInterest):
            society.safety(convening)

    def test_declared_after_the_vote_makes_it_count_no_longer(self, society: CaseSociety) -> None:
        case_id = society.voted()
        bind(society, society.panel[1], Role.auditor)
        with pytest.raises(refused.PanelMemberHasInterest):
            society.as_member(society.finding(case_id), society.panel[1])

        society.as_member(society.finding(case_id), society.panel[0])

        assert [each.member for each in society.store.log[-1].votes] == [society.panel[0], society.panel[2]]

    def test_a_member_relieved_of_every_role_stops_nothing(self, society: CaseSociety) -> None:
        case_id = society.voted()
        relieved = RevokeRole(officer_id=society.panel[2], role=Role.auditor, reason=Reason.other)
        society.by(Role.policy_officer, relieved)

        society.as_member(society.finding(case_id), society.panel[0])

        assert len(society.store.log[-1].votes) == 3

    def test_an_appeal_is_heard_by_officers(self, society: CaseSociety) -> None:
        case_id = society.appealed()
        heard_by = (society.safety_officers[2], uuid4())
        deciding = DecideCaseAppeal(
            case_id=case_id, outcome=AppealOutcome.upheld, heard_by=heard_by, reasons=WHY, **SIGNED
        )

        with pytest.raises(NotAnOfficer):
            society.safety(deciding, 2)

    def test_declared_on_the_panel_ends_the_vote(self, society: CaseSociety) -> None:
        case_id = society.deciding()
        society.as_member(DeclarePanelInterest(case_id=case_id), society.panel[2])

        with pytest.raises(refused.PanelMemberHasInterest):
            society.as_member(society.vote(case_id), society.panel[2])

    def test_of_the_first_approver_keeps_a_finding_unpublished(self, society: CaseSociety) -> None:
        case_id = society.delivered()
        society.later(31)
        bind(society, society.panel[0], Role.auditor)

        with pytest.raises(ConflictOfInterest, match=str(society.panel[0])):
            society.safety(PublishFinding(case_id=case_id, **SIGNED), 1)

    def test_of_a_hearer_keeps_an_appeal_undecided(self, society: CaseSociety) -> None:
        case_id = society.appealed()
        other = society.appoint(Role.auditor)
        bind(society, other, Role.auditor)
        deciding = DecideCaseAppeal(
            case_id=case_id,
            outcome=AppealOutcome.upheld,
            heard_by=(society.safety_officers[2], other),
            reasons=WHY,
            **SIGNED,
        )

        with pytest.raises(ConflictOfInterest, match=str(other)):
            society.safety(deciding, 2)

    def test_who_ever_acted_for_the_clinic_judges_nothing_of_it(self, society: CaseSociety) -> None:
        person = society.appoint(Role.safety_officer)
        own = own_clinic(society, person)
        about_own = society.do(
            RaiseConcern(clinic_id=own, grounds=GROUNDS, concern="Quagga"), Role.reporter
        ).aggregate_id

        with pytest.raises(NotIndependent):
            society.do(DismissCase(case_id=about_own, reasons=WHY), Role.safety_officer, person=person)
        with pytest.raises(refused.PanelMemberHasInterest):
            society.safety(ConvenePanel(case_id=about_own, members=(*society.panel, person)))
        assert society.case(about_own).stage is CaseState.raised


class TestClinic:
    def test_speaks_for_itself_and_an_officer_with_a_source(self, society: CaseSociety) -> None:
        case_id = society.told()
        reply = ReplyToNotice(case_id=case_id, reply="Quagga was told.")

        with pytest.raises(NotForThisClinic):
            society.do(reply, Role.clinic, on_behalf_of=uuid4())
        with pytest.raises(NotForThisClinic):
            society.safety(reply, source=PAPER, on_behalf_of=uuid4())
        with pytest.raises(SourceNeeded):
            society.safety(reply)
        society.safety(reply, source=PAPER)

        assert society.store.log[-1].context.on_behalf_of == society.clinic_id

    def test_may_reply_late(self, society: CaseSociety) -> None:
        case_id = society.deciding()

        society.as_clinic(society.clinic_id, ReplyToNotice(case_id=case_id, reply="Quagga"))

        assert society.store.log[-1].late
        with pytest.raises(refused.RepliesNotShown):
            society.as_member(society.vote(case_id), society.panel[0])

    def test_appeals_before_publication_and_so_holds_it_up(self, society: CaseSociety) -> None:
        case_id = society.delivered()
        society.as_clinic(society.clinic_id, LodgeAppeal(case_id=case_id, appeal="Quagga"))
        society.later(31)

        with pytest.raises(refused.AppealNotDecided):
            society.safety(PublishFinding(case_id=case_id, **SIGNED), 1)
