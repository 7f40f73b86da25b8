"""Dates as people know them: a day, a month, a year or an interval; rules take the last day.

Format: the part of ISO 8601-2 that domain.md's fields need: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `A/B`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NewType
from zoneinfo import ZoneInfo

from domain.errors import InvalidInput

PartialDate = NewType("PartialDate", str)
"""Text of a day, month, year or interval, checked by `partial_date`."""

DaysText = NewType("DaysText", str)
"""Days after the treatment, decimal text as received, checked by `days_text`."""

EARLIEST = date(1850, 1, 1)
"""First day that a date may name: before it nothing of what is recorded happened."""

LATEST = date(2200, 12, 31)
"""Last day that a date may name; every limit, window and schedule added to it stays in the calendar."""

_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_DAYS = re.compile(r"[+-]?(?:\d{1,6}(?:\.\d{0,30})?|\.\d{1,30})", re.ASCII)


def partial_date(text: str, field: str = "date") -> PartialDate:
    """Check the text of a date and return it; raise InvalidInput naming the field."""
    first, last = _bounds(text, field)
    if last < first:
        raise InvalidInput(field=field, problem="the interval ends before it begins")
    return PartialDate(text)


def day(value: date) -> PartialDate:
    """Return a full day as text."""
    return PartialDate(value.isoformat())


def first_day(text: PartialDate) -> date:
    """Return the first day that the date may mean."""
    return _bounds(text, "date")[0]


def last_day(text: PartialDate) -> date:
    """Return the last day that the date may mean; rules count from it."""
    return _bounds(text, "date")[1]


def is_interval(text: PartialDate) -> bool:
    """Tell whether its writer chose both ends, as `A/B`."""
    return "/" in text


def _bounds(text: str, field: str) -> tuple[date, date]:
    try:
        return _read(text)
    except ValueError as error:
        # What was written is never quoted: in a field for a date may stand a patient's name.
        raise InvalidInput(field=field, problem=str(error)) from None


# The same days stand in many events, and reading them is a third of a read model's work. What is no date is not kept.
@lru_cache(maxsize=8_192)
def _read(text: str) -> tuple[date, date]:
    start, slash, end = text.partition("/")
    first, last = _one(start)
    return (first, _one(end)[1]) if slash else (first, last)


def _one(text: str) -> tuple[date, date]:
    match = _SHAPE.fullmatch(text)
    if match is None:
        msg = "it is no date; write YYYY-MM-DD, YYYY-MM, YYYY or A/B"
        raise ValueError(msg)
    year = _year(match[1])
    month, day_of_month = (int(part) if part else None for part in match.groups()[1:])
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day_of_month is None:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return (exact := date(year, month, day_of_month)), exact
    except (ValueError, IndexError):
        msg = "it is not in the calendar"
        raise ValueError(msg) from None


def _year(digits: str) -> int:
    if not EARLIEST.year <= (year := int(digits)) <= LATEST.year:
        msg = f"its year lies between {EARLIEST.year} and {LATEST.year}"
        raise ValueError(msg)
    return year


def days_text(text: str, field: str) -> DaysText:
    """Check a number of days after the treatment, kept as received; raise InvalidInput naming the field."""
    if _DAYS.fullmatch(text) is None:
        raise InvalidInput(field=field, problem="it is no number of days; write digits, such as 30, -2 or 0.5")
    if abs(Decimal(text)) > 100_000:
        raise InvalidInput(field=field, problem="it is no plausible number of days")
    return DaysText(text)


def after(start: PartialDate, days: DaysText) -> PartialDate:
    """Return the date that lies so many days after a date; an interval stays an interval.

    Never fails, as read models call it: what would lie outside the calendar that is kept counts as its edge.
    """
    whole = timedelta(days=int(Decimal(days)))
    first, last = (_within(each, whole) for each in (first_day(start), last_day(start)))
    return day(first) if first == last else PartialDate(f"{first.isoformat()}/{last.isoformat()}")


def _within(start: date, days: timedelta) -> date:
    try:
        return min(max(start + days, EARLIEST), LATEST)
    except OverflowError:
        return EARLIEST if days < timedelta() else LATEST


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of a moment at the clinic."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def end_of(on: PartialDate, time_zone: str) -> datetime:
    """Return the moment at which a day ends at a place."""
    return datetime.combine(last_day(on) + timedelta(1), time(), ZoneInfo(time_zone))


def due_day(start: date, limit_days: int) -> date:
    """Return the last day on which a duty is met in time: the starting day is day 0."""
    return start + timedelta(days=limit_days)


def plus_months(start: date, months: int) -> date:
    """Return the day so many calendar months later, the month's last day where the day does not exist."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def quarter_of(value: date) -> str:
    """Return the calendar quarter of a day, as `2026-Q3`."""
    return f"{value.year}-Q{(value.month + 2) // 3}"


def quarter_end(quarter: str) -> date:
    """Return the last day of a quarter written `2026-Q3`; raise InvalidInput when it isn't one."""
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise InvalidInput(field="quarter", problem="it is no quarter; write YYYY-Q1 to YYYY-Q4")
    try:
        year, month = _year(match[1]), int(match[2]) * 3
    except ValueError as error:
        raise InvalidInput(field="quarter", problem=str(error)) from None
    return date(year, month, monthrange(year, month)[1])


def next_quarter(quarter: str) -> str:
    """Return the quarter after this one."""
    return quarter_of(quarter_end(quarter) + timedelta(days=1))
