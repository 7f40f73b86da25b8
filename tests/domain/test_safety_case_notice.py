"""What a clinic is told, how long it may reply, and what a late reply is worth."""

from __future__ import annotations

import dataclasses
from uuid import UUID

import pytest

from domain import safety_case_errors as refused
from domain.chronology import ImpossibleDate
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.first_policy import FIRST_POLICY
from domain.letters import InvitationChannel
from domain.policy import PolicyVersion
from domain.safety_case_codes import (
    Allegation,
    EvidenceKind,
    Ground,
    VoteChoice,
)
from domain.safety_case_state import CaseState
from tests.domain.cases import (
    ALLEGATION,
    CLINIC_PERSON,
    EVIDENCE,
    FINDING,
    GROUNDS,
    LEADER,
    PANEL,
    THIRD,
    WHY,
    by,
    decided,
    deciding,
    notice_delivered,
    notice_served,
    on,
    publish_interim,
    refuses,
    signed,
    under_review,
)
from tests.domain.clinics import CASE, LETTER, OTHER, POLICY, POST, PROOF, last

YES, NO = VoteChoice.substantiated, VoteChoice.not_substantiated
MORE = tuple(UUID(int=number) for number in (204, 205))


class TestNotice:
    def test_names_grounds_scopes_and_evidence_of_the_case(self) -> None:
        case = under_review()

        for changes, error in (
            ({"grounds": ()}, InvalidInput),
            ({"grounds": (GROUNDS[0], GROUNDS[0])}, InvalidInput),
            ({"grounds": (Ground.unrecognised,)}, InvalidInput),
            ({"scopes": ()}, InvalidInput),
            ({"evidence_ids": ()}, InvalidInput),
            ({"evidence_ids": (EVIDENCE, EVIDENCE)}, InvalidInput),
            ({"evidence_ids": (f"{OTHER}/1",)}, refused.EvidenceUnknown),
        ):
            wrong: Allegation = dataclasses.replace(ALLEGATION, **changes)
            refuses(error, case, lambda wrong=wrong: case.serve_notice(by(LEADER, 2), wrong, LETTER, (POST,)))
        refuses(InvalidInput, case, lambda: case.serve_notice(by(LEADER, 2), ALLEGATION, LETTER, ()))

    def test_a_reopened_case_needs_a_new_panel_before_its_notice(self) -> None:
        case = decided()
        case.reopen(by(THIRD, 39), WHY)

        refuses(refused.PanelNotConvened, case, lambda: case.serve_notice(by(LEADER, 40), ALLEGATION, LETTER, (POST,)))
        refuses(refused.PanelNotConvened, case, lambda: publish_interim(case, 40))
        refuses(
            refused.AppealHeardByFirstPanel,
            case,
            lambda: case.convene(by(LEADER, 40), (PANEL[0], *MORE), (), POLICY),
        )

    def test_delivery_is_proved_by_a_way_it_went_and_after_it_went(self) -> None:
        case = notice_served()

        refuses(
            InvalidInput,
            case,
            lambda: case.prove_notice_delivery(by(LEADER, 3), InvitationChannel.courier, PROOF, POLICY),
        )
        refuses(
            ImpossibleDate,
            case,
            lambda: case.prove_notice_delivery(by(LEADER, 1), InvitationChannel.post, PROOF, POLICY),
        )

    def test_the_clock_keeps_the_policy_of_the_day_it_started(self) -> None:
        longer = tuple(
            dataclasses.replace(rule, limit=45) if rule.rule_id == "RE-30" else rule for rule in FIRST_POLICY.rules
        )
        policy = PolicyVersion(2, PartialDate("2026-03-01"), dataclasses.replace(FIRST_POLICY, rules=longer))
        case = notice_served()

        case.prove_notice_delivery(by(LEADER, 5), InvitationChannel.post, PROOF, policy)

        assert (last(case).policy_version, last(case).reply_until) == (2, on(50).isoformat())
        refuses(refused.ReplyPeriodRuns, case, lambda: case.lapse_reply_period(by(LEADER, 50), on(50)))
        case.lapse_reply_period(by(LEADER, 51), on(51))
        assert (last(case).rule, last(case).due_on, last(case).policy_version) == ("RE-30", on(50).isoformat(), 2)
        assert last(case).context.occurred_on == on(50).isoformat()

    def test_a_further_notice_starts_the_clock_anew(self) -> None:
        case = deciding()
        case.add_evidence(by(LEADER, 37), EvidenceKind.event, event=f"{OTHER}/1")
        more = dataclasses.replace(ALLEGATION, evidence_ids=(EVIDENCE, f"{CASE}/{case.version}"))

        case.serve_notice(by(LEADER, 37), more, LETTER, (POST,))

        refuses(refused.NoticeNotDelivered, case, lambda: case.vote(by(PANEL[0], 38), YES, (), signed(38)))


class TestReply:
    @pytest.mark.parametrize(("days", "late"), [(6, False), (35, False), (36, True)])
    def test_is_late_after_the_last_day_for_it(self, days: int, late: bool) -> None:
        case = notice_delivered()

        case.reply(by(CLINIC_PERSON, days, Role.clinic), on(days))

        assert last(case).late is late
        assert case.stage is CaseState.deciding

    def test_late_ones_are_recorded_and_shown_to_everybody_who_decides(self) -> None:
        case = deciding()
        case.reply(by(CLINIC_PERSON, 37, Role.clinic), on(37))
        reply = f"{CASE}/{case.version}"

        refuses(refused.RepliesNotShown, case, lambda: case.vote(by(PANEL[0], 38), YES, (), signed(38)))
        refuses(InvalidInput, case, lambda: case.vote(by(PANEL[0], 38), YES, (reply, EVIDENCE), signed(38)))
        for member in PANEL[:2]:
            case.vote(by(member, 38), YES, (reply,), signed(38))
        refuses(refused.RepliesNotShown, case, lambda: case.decide(by(PANEL[0], 38), FINDING, (), (), signed(38)))
        case.decide(by(PANEL[0], 38), FINDING, (reply,), (), signed(38))

        assert (last(case).replies, last(case).late_replies) == ((reply,), (reply,))
        case.reply(by(CLINIC_PERSON, 39, Role.clinic), on(39))
        assert last(case).late
        assert case.stage is CaseState.decided

    def test_a_finding_may_rest_on_a_reply(self) -> None:
        case = notice_delivered()
        case.reply(by(CLINIC_PERSON, 6, Role.clinic), on(6))
        reply = f"{CASE}/{case.version}"
        for member in PANEL:
            case.vote(by(member, 7), YES, (reply,), signed(7))

        resting = dataclasses.replace(FINDING, evidence_ids=(EVIDENCE, reply))
        case.decide(by(PANEL[0], 8), resting, (reply,), (), signed(8))

        assert last(case).finding.evidence_ids == (EVIDENCE, reply)
