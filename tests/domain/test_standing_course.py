"""A standing's course: misses count in their quarter, hidden ones when they are known, and a new membership is new."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.clinic_course import Phase
from domain.duties import Duty, Rule
from domain.participation import ParticipationState
from domain.standing import StandingStep
from domain.standing_course import Miss, Quarter, standing_course

CLINIC = UUID(int=1)
RULED = date(2020, 1, 1)
ENROLLED = Phase(date(2024, 12, 20), ParticipationState.enrolled, date(2024, 12, 20), readmitted=False)
TODAY = date(2026, 1, 5)


def miss(
    due: date,
    *,
    known: date | None = None,
    met: date | None = None,
    ended: date | None = None,
    rule: Rule = Rule.tx_30,
) -> Miss:
    duty = Duty(
        rule=rule,
        clinic_id=CLINIC,
        about=UUID(int=7),
        policy_version=1,
        start=due,
        due=due,
        opened_by=f"{CLINIC}/3",
        fulfilled_on=met,
        fulfilled_by=f"{CLINIC}/4" if met else None,
        ended_on=ended,
    )
    return Miss(duty, due, known or due)


def steps(*misses: Miss, phases: tuple[Phase, ...] = (ENROLLED,)) -> dict[str, StandingStep]:
    return {each.name: each.step for each in course(*misses, phases=phases)}


def course(*misses: Miss, phases: tuple[Phase, ...] = (ENROLLED,)) -> tuple[Quarter, ...]:
    return standing_course(phases, misses, RULED, TODAY)


def test_a_miss_counts_once_in_its_quarter_and_a_clean_one_restores() -> None:
    assert steps(miss(date(2025, 5, 1), met=date(2025, 5, 9))) == {
        "2025-Q1": StandingStep.good_standing,
        "2025-Q2": StandingStep.first_warning,
        "2025-Q3": StandingStep.good_standing,
        "2025-Q4": StandingStep.good_standing,
    }


def test_what_stays_overdue_restores_nothing() -> None:
    assert steps(miss(date(2025, 5, 1)))["2025-Q4"] is StandingStep.first_warning


def test_what_nobody_can_meet_any_more_is_not_overdue_for_ever() -> None:
    voided = steps(miss(date(2025, 5, 1), ended=date(2025, 8, 1), rule=Rule.fu_30))

    assert (voided["2025-Q2"], voided["2025-Q3"]) == (StandingStep.first_warning, StandingStep.good_standing)


def test_a_death_hidden_for_a_year_counts_when_it_is_known() -> None:
    hidden = miss(date(2025, 1, 20), known=date(2025, 11, 3), met=date(2025, 11, 3), rule=Rule.ae_7)

    assert steps(hidden)["2025-Q3"] is StandingStep.good_standing
    assert steps(hidden)["2025-Q4"] is StandingStep.probation


def test_a_miss_in_the_part_quarter_of_enrolment_counts_in_the_first_full_one() -> None:
    assert steps(miss(date(2024, 12, 28), met=date(2024, 12, 30)))["2025-Q1"] is StandingStep.first_warning
    assert steps(miss(date(2024, 12, 10), met=date(2024, 12, 11)))["2025-Q1"] is StandingStep.good_standing


def test_a_new_membership_begins_in_good_standing_and_after_expulsion_on_probation() -> None:
    left = Phase(date(2025, 4, 10), ParticipationState.withdrawn, None, readmitted=False)
    for readmitted, first in ((False, StandingStep.good_standing), (True, StandingStep.probation)):
        again = Phase(date(2025, 9, 1), ParticipationState.enrolled, date(2025, 9, 1), readmitted=readmitted)
        found = course(miss(date(2025, 2, 1), rule=Rule.ae_7), phases=(ENROLLED, left, again))

        assert [(each.name, each.before) for each in found] == [
            ("2025-Q1", StandingStep.good_standing),
            ("2025-Q4", first),
        ]


def test_what_was_missed_before_the_first_policy_holds_nobody_down() -> None:
    found = standing_course((ENROLLED,), (miss(date(2024, 12, 28)),), date(2025, 2, 1), TODAY)

    assert [each.name for each in found] == ["2025-Q2", "2025-Q3", "2025-Q4"]
    assert all(each.overdue == () for each in found)
