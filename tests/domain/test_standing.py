"""A quarter moves a standing by what was missed in it and by what is overdue at its end, and says what would help."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.standing import LADDER, MissedDuty, StandingStep, restored_by, step_after

GOOD, WARNED, PROBATION, SUSPENDED = LADDER


def miss(rule_id: str = "TX-30") -> MissedDuty:
    return MissedDuty(UUID(int=1), rule_id, f"{UUID(int=1)}/2")


@pytest.mark.parametrize(
    ("before", "missed", "overdue", "after"),
    [
        (GOOD, (), (), GOOD),
        (GOOD, (miss(),), (), WARNED),
        (GOOD, (miss(), miss("FU-30")), (miss(),), WARNED),
        (GOOD, (miss("AE-7"),), (), PROBATION),
        (PROBATION, (miss("AE-7"),), (), SUSPENDED),
        (SUSPENDED, (miss(),), (), SUSPENDED),
        (SUSPENDED, (), (), PROBATION),
        (WARNED, (), (), GOOD),
        (WARNED, (), (miss(),), WARNED),
        (GOOD, (), (miss(),), GOOD),
    ],
)
def test_a_quarter_moves_the_standing(
    before: StandingStep, missed: tuple[MissedDuty, ...], overdue: tuple[MissedDuty, ...], after: StandingStep
) -> None:
    assert step_after(before, missed, overdue) is after


@pytest.mark.parametrize("step", LADDER)
@pytest.mark.parametrize("overdue", [(), (miss(), miss(), miss("FU-30"))])
def test_what_would_restore_a_clinic_is_a_sentence(step: StandingStep, overdue: tuple[MissedDuty, ...]) -> None:
    said = restored_by(step, overdue)

    assert said.endswith(".")
    assert ("2 under TX-30" in said) == bool(overdue)
    if step is not GOOD:
        assert LADDER[LADDER.index(step) - 1].value.replace("_", " ") in said
