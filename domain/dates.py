"""Dates as people know them: a day, a month, a year or an interval; rules take the last day.

Format: the part of ISO 8601-2 that domain.md's fields need: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `A/B`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NewType
from zoneinfo import ZoneInfo

from domain.errors import InvalidInput

PartialDate = NewType("PartialDate", str)
"""Text of a day, month, year or interval, checked by `partial_date`."""

DaysText = NewType("DaysText", str)
"""Days after the treatment, decimal text as received, checked by `days_text`."""

_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def partial_date(text: str, field: str = "date") -> PartialDate:
    """Check the text of a date and return it; raise InvalidInput naming the field."""
    first, last = _bounds(text, field)
    if last < first:
        raise InvalidInput(field=field, problem=f"the interval {text!r} ends before it begins")
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


def _bounds(text: str, field: str) -> tuple[date, date]:
    start, slash, end = text.partition("/")
    first, last = _one(start, field)
    return (first, _one(end, field)[1]) if slash else (first, last)


def _one(text: str, field: str) -> tuple[date, date]:
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise InvalidInput(field=field, problem=f"{text!r} is no date; write YYYY-MM-DD, YYYY-MM, YYYY or A/B")
    year, month, day_of_month = (int(part) if part else None for part in match.groups())
    try:
        if month is None:
            return date(year or 0, 1, 1), date(year or 0, 12, 31)
        if day_of_month is None:
            return date(year or 0, month, 1), date(year or 0, month, monthrange(year or 0, month)[1])
        return (exact := date(year or 0, month, day_of_month)), exact
    except (ValueError, IndexError) as error:
        raise InvalidInput(field=field, problem=f"{text!r} is not in the calendar") from error


def days_text(text: str, field: str) -> DaysText:
    """Check a number of days after the treatment, kept as received; raise InvalidInput naming the field."""
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise InvalidInput(field=field, problem=f"{text!r} is no number of days") from error
    if not number.is_finite() or abs(number) > 100_000:
        raise InvalidInput(field=field, problem=f"{text!r} is no plausible number of days")
    return DaysText(text)


def after(start: PartialDate, days: DaysText) -> PartialDate:
    """Return the date that lies so many days after a date; an interval stays an interval."""
    whole = timedelta(days=int(Decimal(days)))
    first, last = first_day(start) + whole, last_day(start) + whole
    return day(first) if first == last else PartialDate(f"{first.isoformat()}/{last.isoformat()}")


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of a moment at the clinic."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


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
    match = re.fullmatch(r"(\d{4})-Q([1-4])", quarter)
    if match is None:
        raise InvalidInput(field="quarter", problem=f"{quarter!r} is no quarter; write YYYY-Q1 to YYYY-Q4")
    year, month = int(match[1]), int(match[2]) * 3
    return date(year, month, monthrange(year, month)[1])


def next_quarter(quarter: str) -> str:
    """Return the quarter after this one."""
    return quarter_of(quarter_end(quarter) + timedelta(days=1))
