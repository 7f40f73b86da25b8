"""What happened lies in the past and after what it follows; every impossible date is refused by one name."""

from __future__ import annotations

from datetime import datetime

from domain.aggregate import Act
from domain.dates import PartialDate, first_day, last_day, local_day
from domain.errors import InvalidInput


class ImpossibleDate(InvalidInput):
    """{field}: {problem}."""

    remedy = "Check the date; nothing was recorded."


def require_past(act: Act, time_zone: str) -> None:
    """Refuse an act whose day of happening is still to come at the place; an interval may have begun."""
    today = local_day(act.recorded_at, time_zone)
    if first_day(act.context.occurred_on) > today:
        raise ImpossibleDate(field="occurred_on", problem=f"{act.context.occurred_on} lies after today, {today}")


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
