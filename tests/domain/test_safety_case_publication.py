"""What a finding may rest on, when it becomes public, and what an interim measure may do."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from domain import safety_case_errors as refused
from domain.appeal import AppealOutcome
from domain.chronology import ImpossibleDate
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.first_policy import FIRST_POLICY
from domain.policy import PolicyVersion
from domain.safety_case_codes import (
    EvidenceKind,
    Ground,
    VoteChoice,
)
from domain.safety_case_state import CaseState
from domain.signature import SignatureMeaning
from tests.domain.cases import (
    ALLEGATION,
    APPEAL_PANEL,
    CLINIC_PERSON,
    FINDING,
    GROUNDS,
    LEADER,
    PANEL,
    RAISER,
    SECOND,
    THIRD,
    UNFOUNDED,
    WHY,
    by,
    decided,
    delivered,
    interim,
    on,
    publish_interim,
    published,
    refuses,
    signed,
    stayed,
    under_review,
    voted,
)
from tests.domain.clinics import CASE, LETTER, OTHER, POLICY, POST, PROOF, last

YES, NO = VoteChoice.substantiated, VoteChoice.not_substantiated
MORE = tuple(UUID(int=number) for number in (204, 205))


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
