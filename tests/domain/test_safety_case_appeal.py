"""Who hears the appeal, what a stay does, and what a clinic may be expelled for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from uuid import UUID

import pytest

from domain import safety_case_errors as refused
from domain.appeal import AppealOutcome
from domain.errors import InvalidInput, Refused
from domain.safety_case import SafetyCase
from domain.safety_case_codes import (
    Remedy,
    VoteChoice,
)
from domain.safety_case_consequence import (
    FindingNotInForce,
    FindingNotSubstantiated,
    NotTheFindingInForce,
    RemedyIsNotExpulsion,
    require_expulsion,
)
from domain.safety_case_state import CaseState
from tests.domain.cases import (
    APPEAL_PANEL,
    CLINIC_PERSON,
    FINDING,
    IN_STATE,
    PANEL,
    RAISER,
    SECOND,
    THIRD,
    UNFOUNDED,
    WHY,
    appealed,
    by,
    decided,
    delivered,
    on,
    raised,
    refuses,
    signed,
    stayed,
    stayed_on_appeal,
    voted,
)
from tests.domain.clinics import CASE, last

YES, NO = VoteChoice.substantiated, VoteChoice.not_substantiated
MORE = tuple(UUID(int=number) for number in (204, 205))


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
