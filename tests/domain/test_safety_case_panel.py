"""Who judges: a panel of three without an interest, its votes, its notice and the reply to it."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain import safety_case_errors as refused
from domain.chronology import ImpossibleDate
from domain.codes import Role
from domain.errors import InvalidInput
from domain.safety_case_codes import (
    CaseOutcome,
    VoteChoice,
)
from domain.safety_case_state import CaseState
from domain.signature import SignatureMeaning
from tests.domain.cases import (
    CLINIC_PERSON,
    FINDING,
    LEADER,
    PANEL,
    RAISER,
    UNFOUNDED,
    by,
    deciding,
    on,
    raised,
    refuses,
    signed,
    under_review,
    voted,
)
from tests.domain.clinics import CASE, POLICY, last

YES, NO = VoteChoice.substantiated, VoteChoice.not_substantiated
MORE = tuple(UUID(int=number) for number in (204, 205))


class TestPanel:
    def test_has_at_least_three_without_an_interest(self) -> None:
        case = raised()

        refuses(refused.PanelTooSmall, case, lambda: case.convene(by(LEADER, 1), PANEL[:2], (), POLICY))
        refuses(InvalidInput, case, lambda: case.convene(by(LEADER, 1), (*PANEL, PANEL[0]), (), POLICY))
        refuses(refused.PanelMemberHasInterest, case, lambda: case.convene(by(LEADER, 1), PANEL, {PANEL[1]}, POLICY))
        refuses(refused.RaiserDoesNotDecide, case, lambda: case.convene(by(LEADER, 1), (*PANEL, RAISER), (), POLICY))
        refuses(refused.RaiserDoesNotDecide, case, lambda: case.convene(by(RAISER, 1), PANEL, (), POLICY))

    def test_keeps_the_policy_and_the_last_day_of_its_first_convening(self) -> None:
        case = under_review()
        assert (last(case).policy_version, last(case).decide_by) == (1, on(181).isoformat())

        case.convene(by(LEADER, 9), (*PANEL, *MORE), (), POLICY)

        assert last(case).decide_by == on(181).isoformat()

    def test_never_loses_a_member(self) -> None:
        case = under_review()

        refuses(refused.PanelMemberDropped, case, lambda: case.convene(by(LEADER, 2), (*PANEL[:2], *MORE), (), POLICY))

    def test_grows_after_a_vote_only_where_too_few_are_left(self) -> None:
        case = voted()
        refuses(refused.PanelComplete, case, lambda: case.convene(by(LEADER, 38), (*PANEL, *MORE), (), POLICY))

        case.declare_panel_interest(by(PANEL[2], 38))
        case.convene(by(LEADER, 38), (*PANEL, MORE[0]), (), POLICY)

        assert case.panel.independent() == (*PANEL[:2], MORE[0])

    def test_who_spoke_for_the_clinic_sits_on_none(self) -> None:
        case = deciding()
        case.reply(by(CLINIC_PERSON, 37, Role.clinic), on(37))

        refuses(
            refused.PanelMemberHasInterest,
            case,
            lambda: case.convene(by(LEADER, 38), (*PANEL, CLINIC_PERSON), (), POLICY),
        )

    def test_a_member_who_speaks_for_the_clinic_counts_no_longer(self) -> None:
        case = voted()
        case.reply(by(PANEL[0], 38, Role.clinic), on(38))
        shown = (f"{CASE}/{case.version}",)

        refuses(
            refused.PanelMemberHasInterest, case, lambda: case.decide(by(PANEL[0], 39), FINDING, shown, (), signed(39))
        )
        refuses(refused.QuorumNotReached, case, lambda: case.decide(by(PANEL[1], 39), FINDING, shown, (), signed(39)))

    def test_a_member_declares_an_interest_once(self) -> None:
        case = under_review()
        refuses(refused.NotOnThePanel, case, lambda: case.declare_panel_interest(by(LEADER, 2)))
        case.declare_panel_interest(by(PANEL[2], 2))

        refuses(refused.InterestAlreadyTold, case, lambda: case.declare_panel_interest(by(PANEL[2], 2)))


class TestVote:
    def test_each_member_without_an_interest_has_one(self) -> None:
        case = deciding()
        case.declare_panel_interest(by(PANEL[2], 37))
        case.vote(by(PANEL[0], 37), YES, (), signed(37))

        refuses(refused.VoteAlreadyCast, case, lambda: case.vote(by(PANEL[0], 37), NO, (), signed(37)))
        refuses(refused.PanelMemberHasInterest, case, lambda: case.vote(by(PANEL[2], 37), NO, (), signed(37)))
        refuses(refused.NotOnThePanel, case, lambda: case.vote(by(LEADER, 37), NO, (), signed(37)))
        refuses(InvalidInput, case, lambda: case.vote(by(PANEL[1], 37), VoteChoice.unrecognised, (), signed(37)))
        refuses(
            InvalidInput,
            case,
            lambda: case.vote(by(PANEL[1], 37), YES, (), signed(37, SignatureMeaning.agreed)),
        )
        refuses(ImpossibleDate, case, lambda: case.vote(by(PANEL[1], 37), YES, (), signed(39)))

    @pytest.mark.parametrize(
        ("choices", "outcome"),
        [
            ((YES, YES, YES), CaseOutcome.substantiated),
            ((YES, YES, NO), CaseOutcome.substantiated),
            ((YES, NO, NO), CaseOutcome.not_substantiated),
            ((YES, YES), CaseOutcome.substantiated),
            ((YES, NO), CaseOutcome.not_substantiated),
        ],
    )
    def test_more_than_half_of_those_cast_decide(self, choices: tuple[VoteChoice, ...], outcome: CaseOutcome) -> None:
        case = deciding()
        for member, choice in zip(PANEL, choices, strict=False):
            case.vote(by(member, 37), choice, (), signed(37))

        finding = FINDING if outcome is CaseOutcome.substantiated else UNFOUNDED
        case.decide(by(PANEL[0], 38), finding, (), (), signed(38))

        event = last(case)
        assert (event.outcome, event.quorum, len(event.votes)) == (outcome, 2, len(choices))
        assert [each.choice for each in event.votes] == list(choices)
        assert case.stage is (CaseState.decided if outcome is CaseOutcome.substantiated else CaseState.closed)

    def test_of_who_has_an_interest_by_the_decision_is_not_counted(self) -> None:
        case = voted()
        case.vote(by(PANEL[2], 37), NO, (), signed(37))

        refuses(
            refused.PanelMemberHasInterest,
            case,
            lambda: case.decide(by(PANEL[0], 38), FINDING, (), {PANEL[0]}, signed(38)),
        )
        case.decide(by(PANEL[0], 38), FINDING, (), {PANEL[2]}, signed(38))

        assert [each.member for each in last(case).votes] == list(PANEL[:2])

    def test_one_member_alone_never_decides(self) -> None:
        case = voted()

        refuses(
            refused.QuorumNotReached,
            case,
            lambda: case.decide(by(PANEL[0], 38), FINDING, (), set(PANEL[1:]), signed(38)),
        )

    def test_the_quorum_is_the_majority_of_members_without_an_interest(self) -> None:
        case = deciding()
        case.convene(by(LEADER, 37), (*PANEL, *MORE), (), POLICY)
        for member in PANEL[:2]:
            case.vote(by(member, 37), YES, (), signed(37))

        refuses(refused.QuorumNotReached, case, lambda: case.decide(by(PANEL[0], 38), FINDING, (), (), signed(38)))
        case.declare_panel_interest(by(MORE[0], 38))
        case.declare_panel_interest(by(MORE[1], 38))
        case.decide(by(PANEL[0], 38), FINDING, (), (), signed(38))

        assert last(case).quorum == 2
