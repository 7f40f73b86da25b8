"""What happened lies in the past and after what it follows; every impossible date is refused by one name."""

from __future__ import annotations

from datetime import date, datetime

from domain.aggregate import Act
from domain.dates import PartialDate, first_day, is_interval, last_day, local_day
from domain.errors import InvalidInput


class ImpossibleDate(InvalidInput):
    """{field}: {problem}."""

    remedy = "Check the date; nothing was recorded."


def require_past(act: Act, time_zone: str) -> None:
    """Refuse an act whose day of happening is still to come at the place."""
    today = local_day(act.recorded_at, time_zone)
    if lies_ahead(act.context.occurred_on, today):
        raise ImpossibleDate(field="occurred_on", problem=f"{act.context.occurred_on} lies after today, {today}")


def lies_ahead(on: PartialDate, today: date) -> bool:
    """Tell whether a date cannot be that of something that has happened.

    A year or month may have begun only; an interval A/B is over, as rules count from an end that its writer chose.
    """
    return (last_day(on) if is_interval(on) else first_day(on)) > today


def require_not_before(field: str, later: PartialDate, earlier: PartialDate, what: str) -> None:
    """Refuse a date that can only lie before the date it has to follow."""
    if last_day(later) < first_day(earlier):
        raise ImpossibleDate(field=field, problem=f"{later} lies before {what}, {earlier}")


def require_moment_past(field: str, moment: datetime, act: Act) -> None:
    """Refuse a moment without a time zone or after the act's recording."""
    if moment.utcoffset() is None:
        raise ImpossibleDate(field=field, problem="the time needs a time zone")
    if moment > act.recorded_at:
        raise ImpossibleDate(field=field, problem=f"{moment.isoformat()} lies after the time of recording")
