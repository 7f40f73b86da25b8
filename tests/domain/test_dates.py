"""A date lies in the calendar that is kept, whatever is written or reckoned; what was written is never repeated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from domain.dates import (
    DaysText,
    PartialDate,
    after,
    days_text,
    first_day,
    is_interval,
    last_day,
    next_quarter,
    partial_date,
    quarter_end,
)
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    "text",
    [
        "0001", "0000", "1849", "1849-12-31", "2201", "9999", "2024/9999", "0001/1990", "2024-13", "2024-00",
        "2023-02-29", "2024-1-1", "٢٠٢٤", "2024-0١", "2024 ", "2024/", "/2024", "2025/2024", "2024/2025/2026", "",
    ],
)  # fmt: skip
def test_what_lies_outside_the_calendar_is_no_date(text: str) -> None:
    with pytest.raises(InvalidInput, match="performed_on"):
        partial_date(text, "performed_on")


@pytest.mark.parametrize("text", ["1850", "2200", "1850-01-01/2200-12-31", "2024-02", "2024-02-29"])
def test_the_ends_of_the_calendar_are_dates(text: str) -> None:
    assert partial_date(text) == text
    assert is_interval(PartialDate(text)) == ("/" in text)


@pytest.mark.parametrize("text", ["30", "-400", "+2", "22.0", ".5", "7.", "0.3333333333333333", "100000"])
def test_days_are_kept_as_received(text: str) -> None:
    assert days_text(text, "onset_days") == text


@pytest.mark.parametrize("text", ["1_0", "1_0 ", " 10", "10 ", "١٠", "1e9", "1e99999999", "NaN", "inf", "", "-", "."])
def test_what_is_not_written_in_digits_is_no_number_of_days(text: str) -> None:
    with pytest.raises(InvalidInput, match="onset_days"):
        days_text(text, "onset_days")


def test_an_implausible_number_of_days_is_refused() -> None:
    with pytest.raises(InvalidInput, match="plausible"):
        days_text("100001", "onset_days")


@pytest.mark.parametrize("start", ["1850/1990", "1850", "2200", "2026-03-03"])
@pytest.mark.parametrize("days", ["-100000", "-400", "400", "100000"])
def test_days_after_any_date_stay_in_the_calendar(start: str, days: str) -> None:
    found = after(PartialDate(start), DaysText(days))

    assert date(1850, 1, 1) <= first_day(found) <= last_day(found) <= date(2200, 12, 31)


def test_days_after_a_date_are_counted() -> None:
    assert after(PartialDate("2026-02-03"), DaysText("17.0")) == "2026-02-20"
    assert after(PartialDate("2026-02"), DaysText("-1")) == "2026-01-31/2026-02-27"


@pytest.mark.parametrize("quarter", ["0000-Q4", "0001-Q1", "1849-Q4", "9999-Q4", "2026-Q5", "٢٠٢٦-Q1", "2026-Q١"])
def test_a_quarter_outside_the_calendar_is_none(quarter: str) -> None:
    with pytest.raises(InvalidInput, match="quarter"):
        quarter_end(quarter)


def test_a_quarter_ends_with_its_last_day() -> None:
    assert quarter_end("2024-Q1") == date(2024, 3, 31)
    assert next_quarter("2024-Q4") == "2025-Q1"


@pytest.mark.parametrize(
    "read",
    [
        lambda: partial_date("Anna Becker", "performed_on"),
        lambda: partial_date("1961-13-01", "performed_on"),
        lambda: partial_date("1961/1931", "performed_on"),
        lambda: days_text("Anna Becker", "onset_days"),
        lambda: days_text("196101", "onset_days"),
        lambda: quarter_end("Anna Becker"),
    ],
)
def test_no_message_repeats_what_was_written(read: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read()

    assert not any(word in str(refusal.value) for word in ("Anna", "Becker", "1961", "1931"))
    assert refusal.value.__cause__ is None
