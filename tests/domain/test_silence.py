"""IN-90 counts days from delivery and late reminders, PL-2Q full quarters after the last sign of life."""

from __future__ import annotations

from datetime import date

import pytest

from domain.dates import PartialDate
from domain.silence import reply_due, silent_quarters
from tests.domain.clinics import POLICY


@pytest.mark.parametrize(
    ("active_since", "last_data_on", "nil", "expected"),
    [
        (date(2026, 1, 1), None, (), ("2026-Q1", "2026-Q2")),
        (date(2026, 1, 2), None, (), ("2026-Q2", "2026-Q3")),
        (date(2026, 3, 31), None, (), ("2026-Q2", "2026-Q3")),
        (date(2026, 1, 2), date(2026, 4, 1), (), ("2026-Q3", "2026-Q4")),
        (date(2026, 1, 2), date(2026, 6, 30), (), ("2026-Q3", "2026-Q4")),
        (date(2026, 1, 2), date(2025, 6, 30), (), ("2026-Q2", "2026-Q3")),
        (date(2026, 1, 2), None, ("2026-Q2",), ("2026-Q3", "2026-Q4")),
        (date(2026, 1, 2), None, ("2026-Q3", "2026-Q2"), ("2026-Q4", "2027-Q1")),
        (date(2026, 1, 2), date(2027, 1, 5), ("2026-Q3",), ("2027-Q2", "2027-Q3")),
    ],
)
def test_two_full_quarters_after_the_last_sign(
    active_since: date, last_data_on: date | None, nil: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert silent_quarters(active_since, last_data_on, nil, 2) == expected


def test_the_count_is_the_policys() -> None:
    assert silent_quarters(date(2026, 1, 1), None, (), 1) == ("2026-Q1",)


def test_without_reminders_a_reply_is_due_when_the_rule_says() -> None:
    assert reply_due(PartialDate("2026-03-03"), POLICY.rule("IN-90")) == date(2026, 6, 1)
