"""All clinics are looked at when a quarter may have ended somewhere, and not at every tick around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consumers.clock import quarter_ended

END = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize("hours", [-14, -5.75, 0, 9.5, 12])
def test_every_end_of_a_day_around_the_quarters_end_is_looked_at(hours: float) -> None:
    ended = END + timedelta(hours=hours)

    assert quarter_ended(ended - timedelta(seconds=10), ended + timedelta(seconds=10))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (END + timedelta(minutes=1), END + timedelta(minutes=2)),
        (END + timedelta(days=10), END + timedelta(days=11)),
        (None, END),
    ],
)
def test_nothing_ends_between(before: datetime | None, after: datetime) -> None:
    assert not quarter_ended(before, after)


def test_an_outage_over_a_quarters_end_is_noticed() -> None:
    assert quarter_ended(END - timedelta(days=30), END + timedelta(days=30))
