"""Options of everything that reads: as of which position or time, what had happened by which day, how fresh."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click
import psycopg

from domain.errors import InvalidInput
from infra.event_log import EventLog


class DayType(click.ParamType[date]):
    """A calendar day."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day; fail with the format."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write YYYY-MM-DD", param, ctx)


as_of_option = click.option(
    "--as-of", metavar="POSITION|TIME", help="What was known then: a position, a time, or a day (its end, UTC)."
)
happened_by_option = click.option("--happened-by", type=DayType(), help="Only what had happened by this day.")
day_option = click.option("--day", type=DayType(), help="The day to judge. [today]")
min_position_option = click.option(
    "--min-position", type=click.IntRange(0), help="Wait up to 2 s until this position is seen."
)


def resolve(connection: psycopg.Connection[Any], as_of: str | None) -> int | None:
    """Return the position that is meant; raise InvalidInput for what is neither position nor time nor day."""
    if as_of is None:
        return None
    log = EventLog(connection)
    if as_of.isdecimal():
        position, head = int(as_of), log.head()
        if position > head:
            raise InvalidInput(field="--as-of", problem=f"position {position} is not recorded yet; the last is {head}")
        return position
    return log.position_at(moment_of(as_of, "--as-of"))


def moment_of(text: str, field: str) -> datetime:
    """Return a time; a day means its end, a time without zone is UTC. Raise InvalidInput."""
    try:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text)
            return datetime.combine(day, time(), UTC) + timedelta(days=1) - timedelta(microseconds=1)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        problem = f"{text!r} is neither a position nor a time; write 1234, 2026-03-01 or 2026-03-01T12:00:00Z"
        raise InvalidInput(field=field, problem=problem) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
