"""Who judges, what a finding may rest on, when it becomes public, and who hears the appeal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from domain import safety_case_errors as refused
from domain.appeal import AppealOutcome
from domain.chronology import ImpossibleDate
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import InvalidInput, Refused
from domain.first_policy import FIRST_POLICY
from domain.letters import InvitationChannel
from domain.policy import PolicyVersion
from domain.safety_case import SafetyCase
from domain.safety_case_codes import (
    Allegation,
    CaseOutcome,
    CaseScope,
    EvidenceKind,
    Ground,
    Remedy,
    ScopeKind,
    VoteChoice,
)
from domain.safety_case_consequence import (
    FindingNotInForce,
    FindingNotSubstantiated,
    NotTheFindingInForce,
    RemedyIsNotExpulsion,
    require_expulsion,
)
from domain.safety_case_state import CaseState, gravest
from domain.signature import SignatureMeaning
from tests.domain.cases import (
    ALLEGATION,
    APPEAL_PANEL,
    CLINIC_PERSON,
    EVIDENCE,
    FINDING,
    GROUNDS,
    IN_STATE,
    LEADER,
    PANEL,
    RAISER,
    SCOPES,
    SECOND,
    THIRD,
    UNFOUNDED,
    WHY,
    appealed,
    by,
    decided,
    deciding,
    delivered,
    interim,
    notice_delivered,
    notice_served,
    on,
    publish_interim,
    published,
    raised,
    signed,
    stayed,
    stayed_on_appeal,
    under_review,
    voted,
)
from tests.domain.clinics import CASE, CLINIC, LETTER, OTHER, POLICY, POST, PROOF, last

YES, NO = VoteChoice.substantiated, VoteChoice.not_substantiated
MORE = tuple(UUID(int=number) for number in (204, 205))


def refuses(error: type[Exception], case: SafetyCase, act: Callable[[], Any]) -> None:
    """See an act refused, with nothing recorded."""
    before = case.version
    with pytest.raises(error):
        act()
    assert case.version == before


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


class TestFinding:
    def test_rests_only_on_what_the_clinic_could_reply_to(self) -> None:
        case = voted()
        case.add_evidence(by(LEADER, 38), EvidenceKind.testimony)
        untold = f"{CASE}/{case.version}"

        for changes, error in (
            ({"grounds": (Ground.consent,)}, refused.GroundNotInNotice),
            ({"grounds": ()}, InvalidInput),
            ({"scopes": ()}, InvalidInput),
            ({"reasons": ()}, InvalidInput),
            ({"reasons": (" ",)}, InvalidInput),
            ({"evidence_ids": ()}, InvalidInput),
            ({"evidence_ids": (f"{OTHER}/1",)}, refused.EvidenceUnknown),
            ({"evidence_ids": (untold,)}, refused.EvidenceNotInNotice),
        ):
            wrong = dataclasses.replace(FINDING, **changes)  # type: ignore[arg-type]
            refuses(error, case, lambda wrong=wrong: case.decide(by(PANEL[0], 38), wrong, (), (), signed(38)))
        refuses(refused.NotOnThePanel, case, lambda: case.decide(by(LEADER, 38), FINDING, (), (), signed(38)))

    def test_that_substantiates_nothing_has_no_remedy(self) -> None:
        case = voted(NO)

        refuses(refused.RemedyWithoutFinding, case, lambda: case.decide(by(PANEL[0], 38), FINDING, (), (), signed(38)))
        case.decide(by(PANEL[0], 38), UNFOUNDED, (), (), signed(38))

        assert case.stage is CaseState.closed

    def test_delivery_starts_appeal_and_preview(self) -> None:
        case = delivered()

        assert (last(case).appeal_until, last(case).preview_until) == (on(70).isoformat(), on(70).isoformat())
        assert last(case).finding == f"{CASE}/{case.version - 1}"
        early = decided()
        refuses(
            ImpossibleDate,
            early,
            lambda: early.prove_finding_delivery(by(LEADER, 37), LETTER, POST, PROOF, POLICY),
        )


class TestPublication:
    def test_waits_for_preview_and_appeal(self) -> None:
        shorter = tuple(
            dataclasses.replace(rule, limit=10) if rule.rule_id == "LI-30" else rule for rule in FIRST_POLICY.rules
        )
        policy = PolicyVersion(2, PartialDate("2026-03-01"), dataclasses.replace(FIRST_POLICY, rules=shorter))
        case = decided()
        case.prove_finding_delivery(by(LEADER, 40), LETTER, POST, PROOF, policy)

        refuses(refused.PreviewPeriodRuns, case, lambda: case.publish(by(SECOND, 50), on(50), signed(50)))
        refuses(refused.AppealPeriodRuns, case, lambda: case.publish(by(SECOND, 51), on(51), signed(51)))
        refuses(refused.AppealPeriodRuns, case, lambda: case.publish(by(SECOND, 70), on(70), signed(70)))
        case.publish(by(SECOND, 71), on(71), signed(71))

        assert case.stage is CaseState.finding_published

    def test_is_the_act_of_a_second_person_and_tells_both(self) -> None:
        case = delivered()

        refuses(refused.PublisherIsNotSecondApprover, case, lambda: case.publish(by(PANEL[0], 71), on(71), signed(71)))
        refuses(refused.RaiserDoesNotDecide, case, lambda: case.publish(by(RAISER, 71), on(71), signed(71)))
        refuses(
            InvalidInput,
            case,
            lambda: case.publish(by(SECOND, 71), on(71), signed(71, SignatureMeaning.verified)),
        )
        case.publish(by(SECOND, 71), on(71), signed(71))

        event = last(case)
        first, second = event.approvals
        assert (first.approver, second.approver) == (PANEL[0], SECOND)
        assert first.act == event.finding
        assert second.act == f"{event.originator_id}/{event.originator_version}"
        assert first.approved_at < second.approved_at

    def test_goes_on_after_an_upheld_appeal(self) -> None:
        case = stayed()
        case.decide_appeal(by(APPEAL_PANEL[0], 60), AppealOutcome.upheld, APPEAL_PANEL, WHY, signed(60))
        refuses(refused.PreviewPeriodRuns, case, lambda: case.publish(by(SECOND, 61), on(61), signed(61)))
        refuses(refused.AppealAlreadyLodged, case, lambda: case.lodge_appeal(by(CLINIC_PERSON, 61), on(61)))

        case.publish(by(SECOND, 71), on(71), signed(71))

        assert case.stage is CaseState.finding_published

    def test_a_lifted_finding_is_lifted_by_none_who_raised_it_and_with_reasons(self) -> None:
        case = published()

        refuses(refused.RaiserDoesNotDecide, case, lambda: case.lift(by(RAISER, 80), WHY, signed(80)))
        refuses(InvalidInput, case, lambda: case.lift(by(THIRD, 80), (), signed(80)))


class TestInterim:
    def test_is_in_force_up_to_the_end_of_its_last_day(self) -> None:
        case = interim()

        assert (last(case).ends_on, case.state(on(31)), case.state(on(32))) == (
            on(31).isoformat(),
            CaseState.interim,
            CaseState.under_review,
        )
        refuses(
            refused.NoInterimInForce,
            case,
            lambda: case.renew_interim(by(THIRD, 32), (GROUNDS, WHY), (on(32), "UTC"), POLICY, signed(32)),
        )
        publish_interim(case, 32)
        assert last(case).replaces is None

    def test_needs_a_second_officer_each_time(self) -> None:
        case = under_review()
        refuses(refused.InterimNeedsSecondOfficer, case, lambda: publish_interim(case, 2, LEADER))
        refuses(refused.RaiserDoesNotDecide, case, lambda: publish_interim(case, 2, RAISER))
        publish_interim(case, 2)

        refuses(
            refused.InterimNeedsSecondOfficer,
            case,
            lambda: case.renew_interim(by(SECOND, 20), (GROUNDS, WHY), (on(20), "UTC"), POLICY, signed(20)),
        )
        before = f"{CASE}/{case.version}"
        case.renew_interim(by(LEADER, 20), (GROUNDS, WHY), (on(20), "UTC"), POLICY, signed(20))

        assert (last(case).ends_on, last(case).replaces, last(case).first_step) == (
            on(50).isoformat(),
            before,
            before,
        )

    def test_is_ended_by_one_officer_on_the_day(self) -> None:
        case = interim()

        case.end_interim(by(SECOND, 10), (GROUNDS, WHY), (on(10), "UTC"), POLICY, signed(10))

        assert (case.state(on(10)), case.state(on(11))) == (CaseState.interim, CaseState.under_review)

    def test_needs_grounds_and_reasons(self) -> None:
        case = under_review()

        for content in (((), WHY), (GROUNDS, ())):
            refuses(
                InvalidInput,
                case,
                lambda content=content: case.publish_interim(by(SECOND, 2), content, (on(2), "UTC"), POLICY, signed(2)),
            )

    def test_ends_with_the_case_and_goes_on_beside_its_steps(self) -> None:
        case = interim()
        case.serve_notice(by(LEADER, 2), ALLEGATION, LETTER, (POST,))
        assert (case.stage, case.state(on(3))) == (CaseState.notice_served, CaseState.interim)

        gone = interim()
        gone.dismiss(by(LEADER, 3), WHY)

        assert gone.state(on(3)) is CaseState.closed


class TestAppeal:
    def test_before_publication_is_possible_until_the_last_day_for_it(self) -> None:
        case = delivered()

        refuses(refused.AppealPeriodOver, case, lambda: case.lodge_appeal(by(CLINIC_PERSON, 71), on(71)))
        case.lodge_appeal(by(CLINIC_PERSON, 70), on(70))

        assert (case.stage, last(case).published) == (CaseState.stayed, False)

    def test_after_publication_leaves_it_published(self) -> None:
        case = appealed()

        assert (case.stage, last(case).published) == (CaseState.finding_published, True)

    @pytest.mark.parametrize("make", [stayed, appealed, stayed_on_appeal])
    def test_overturned_lifts_the_finding(self, make: Callable[[], SafetyCase]) -> None:
        case = make()

        case.decide_appeal(by(APPEAL_PANEL[0], 80), AppealOutcome.overturned, APPEAL_PANEL, WHY, signed(80))

        assert case.stage is CaseState.lifted

    def test_is_heard_by_nobody_who_had_a_part_in_the_finding(self) -> None:
        case = appealed()

        for hearer, error in (
            (PANEL[2], refused.AppealHeardByFirstPanel),
            (SECOND, refused.AppealHeardByFirstPanel),
            (RAISER, refused.RaiserDoesNotDecide),
            (CLINIC_PERSON, refused.PanelMemberHasInterest),
        ):
            refuses(
                error,
                case,
                lambda hearer=hearer: case.decide_appeal(
                    by(APPEAL_PANEL[0], 80), AppealOutcome.upheld, (APPEAL_PANEL[0], hearer), WHY, signed(80)
                ),
            )
            refuses(error, case, lambda hearer=hearer: case.grant_stay(by(hearer, 80), WHY))
        refuses(
            refused.NotAmongTheHearers,
            case,
            lambda: case.decide_appeal(by(THIRD, 80), AppealOutcome.upheld, APPEAL_PANEL, WHY, signed(80)),
        )

    def test_is_decided_with_outcome_hearers_and_reasons(self) -> None:
        case = appealed()

        for outcome, heard_by, reasons in (
            (AppealOutcome.unrecognised, APPEAL_PANEL, WHY),
            (AppealOutcome.upheld, (), WHY),
            (AppealOutcome.upheld, (APPEAL_PANEL[0], APPEAL_PANEL[0]), WHY),
            (AppealOutcome.upheld, APPEAL_PANEL, ()),
        ):
            refuses(
                InvalidInput,
                case,
                lambda outcome=outcome, heard_by=heard_by, reasons=reasons: case.decide_appeal(
                    by(APPEAL_PANEL[0], 80), outcome, heard_by, reasons, signed(80)
                ),
            )


class TestExpulsion:
    def test_rests_on_a_finding_in_force_that_can_be_appealed_no_longer(self) -> None:
        case = delivered()
        finding = f"{CASE}/{case.version - 1}"

        with pytest.raises(refused.AppealPeriodRuns):
            require_expulsion(case, finding, on(70))
        with pytest.raises(NotTheFindingInForce):
            require_expulsion(case, f"{CASE}/1", on(71))
        require_expulsion(case, finding, on(71))

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (raised, refused.FindingNotDecided),
            (voted, refused.FindingNotDecided),
            (decided, refused.FindingNotDelivered),
            (stayed, FindingNotInForce),
            (stayed_on_appeal, FindingNotInForce),
            (IN_STATE["lifted"][0], FindingNotInForce),
        ],
    )
    def test_is_refused_by_name_before_and_after(self, make: Callable[[], SafetyCase], error: type[Refused]) -> None:
        case = make()

        with pytest.raises(error):
            require_expulsion(case, case.finding.evidence if case.finding else "", on(200))

    def test_needs_this_remedy_and_a_substantiated_finding(self) -> None:
        case = voted()
        case.decide(by(PANEL[0], 38), dataclasses.replace(FINDING, remedy=Remedy.cessation), (), (), signed(38))
        unfounded = voted(NO)
        unfounded.decide(by(PANEL[0], 38), UNFOUNDED, (), (), signed(38))

        for each, error in ((case, RemedyIsNotExpulsion), (unfounded, FindingNotSubstantiated)):
            assert each.finding is not None
            with pytest.raises(error):
                require_expulsion(each, each.finding.evidence, on(200))


def test_no_step_is_dated_before_the_step_before_it() -> None:
    case = deciding()
    refuses(ImpossibleDate, case, lambda: case.vote(by(PANEL[0], 34), YES, (), signed(34)))
    case = voted()
    refuses(ImpossibleDate, case, lambda: case.decide(by(PANEL[0], 36), FINDING, (), (), signed(36)))
    case = decided()
    for wide in ("2026", "2026-04", "2026-04-10/2026-04-12"):
        act = by(LEADER, 40).replace(occurred_on=PartialDate(wide))
        refuses(InvalidInput, case, lambda act=act: case.prove_finding_delivery(act, LETTER, POST, PROOF, POLICY))
    case = raised()
    refuses(ImpossibleDate, case, lambda: case.convene(by(LEADER, -1), PANEL, (), POLICY))


def test_what_became_known_late_is_dated_as_it_happened() -> None:
    case = decided()
    case.reply(by(CLINIC_PERSON, 45, Role.clinic), on(45))

    case.prove_finding_delivery(by(LEADER, 40), LETTER, POST, PROOF, POLICY)

    assert last(case).appeal_until == on(70).isoformat()


def test_evidence_names_its_event_and_only_an_event_does() -> None:
    case = raised()

    for kind, event, document in (
        (EvidenceKind.unrecognised, None, None),
        (EvidenceKind.event, None, None),
        (EvidenceKind.event, "no event", None),
        (EvidenceKind.document, f"{OTHER}/1", None),
        (EvidenceKind.document, None, "no hash"),
    ):
        refuses(
            InvalidInput,
            case,
            lambda kind=kind, event=event, document=document: case.add_evidence(by(LEADER, 1), kind, event, document),
        )


def test_a_scope_names_what_it_is_about_and_nothing_else() -> None:
    for wrong in (
        {"kind": ScopeKind.unrecognised},
        {"kind": ScopeKind.site},
        {"kind": ScopeKind.clinic, "about": OTHER},
        {"kind": ScopeKind.technique},
        {"kind": ScopeKind.clinic, "technique": "injection"},
        {"kind": ScopeKind.technique, "technique": "a\u202eb"},
    ):
        with pytest.raises(InvalidInput):
            CaseScope(**wrong)
    assert CaseScope(kind=ScopeKind.laboratory, about=OTHER) != SCOPES[0]


def test_who_raised_a_concern_neither_dismisses_nor_reopens_it() -> None:
    case = raised()
    refuses(refused.RaiserDoesNotDecide, case, lambda: case.dismiss(by(RAISER, 1), WHY))
    refuses(InvalidInput, case, lambda: case.dismiss(by(LEADER, 1), ()))
    case.dismiss(by(LEADER, 1), WHY)

    refuses(refused.RaiserDoesNotDecide, case, lambda: case.reopen(by(RAISER, 2), WHY))
    case.reopen(by(THIRD, 2), WHY)

    assert (case.stage, last(case).finding) == (CaseState.under_review, None)


def test_every_event_concerns_the_clinic() -> None:
    for make, _ in IN_STATE.values():
        assert {event.context.clinic_id for event in make().pending_events} == {CLINIC}


def test_the_gravest_case_is_a_clinics_place_on_the_safety_axis() -> None:
    order = ["finding_published", "interim", "stayed_on_appeal", "deciding", "notice_served", "under_review", "lifted"]
    for index, state in enumerate(order):
        assert gravest(CaseState(each) for each in reversed(order[index:])) == state
    for counted in (CaseState.decided, CaseState.stayed):
        assert gravest([counted, CaseState.notice_served]) == "deciding"
    assert gravest([CaseState.raised, CaseState.closed]) == gravest([]) == "none"
