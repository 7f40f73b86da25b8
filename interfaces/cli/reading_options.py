"""Options of everything that reads: as of which position or time, what had happened by which day, how fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domain.errors import InvalidInput, NotFound
from domain.reader import Reader, reader_of
from interfaces.bootstrap import Bootstrap

if TYPE_CHECKING:
    import psycopg

    from projections.live import Build

LAST_POSITION = 2**63 - 1


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


class ReaderType(click.ParamType[Reader]):
    """Who reads."""

    name = "READER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Reader:
        """Return the reader; fail with what may be written."""
        if isinstance(value, Reader):
            return value
        try:
            return reader_of(str(value))
        except InvalidInput as error:
            self.fail(error.facts["problem"], param, ctx)


reader_option = click.option(
    "--reader",
    type=ReaderType(),
    default="officer",
    show_default=True,
    metavar="public|clinic:ID|officer|auditor",
    help="For whom it is read: what they may not see is not there.",
)
as_of_option = click.option(
    "--as-of", metavar="POSITION|TIME", help="What was known then: a position, a time, or a day (its end, UTC)."
)
happened_by_option = click.option("--happened-by", type=DayType(), help="Only what had happened by this day.")
day_option = click.option("--day", type=DayType(), help="The day to judge. [today]")
min_position_option = click.option(
    "--min-position",
    type=click.IntRange(0, LAST_POSITION),
    help="Wait up to 2 s until this position is seen; ends with 12 when it is not.",
)
type_option = click.option("--type", "types", multiple=True, help="Only events of this type; may be repeated.")


def limit_option(default: int | None, most: int = 1_000_000) -> Callable[[Any], Any]:
    """Return the option that says how much is shown."""
    return click.option(
        "--limit",
        type=click.IntRange(1, most),
        default=default,
        show_default=default is not None,
        help="Show at most so many." if default else "Show at most so many. [all]",
    )


class ReadOf(NamedTuple):
    """A read model as it is read: the transaction, as of which position is asked, and up to where it is."""

    cursor: psycopg.Cursor[Any]
    as_of: int | None
    build: Build

    @property
    def position(self) -> int:
        """Return as of which position the answer is true."""
        return self.build.position if self.as_of is None else self.as_of


@contextmanager
def read_model(bootstrap: Bootstrap, name: str, as_of: str | None, min_position: int | None) -> Iterator[ReadOf]:
    """Open a read model as of what was asked, once it has seen that much; raise ReadModelBehind."""
    from projections.live import reading

    with bootstrap.reader() as connection:
        position = resolve(connection, as_of)
        with reading(connection, name, max(position or 0, min_position or 0) or None) as (cursor, build):
            yield ReadOf(cursor, position, build)


def resolve(connection: psycopg.Connection[Any], as_of: str | None) -> int | None:
    """Return the position that is meant; raise InvalidInput for what is neither position nor time nor day."""
    from infra.event_log import EventLog

    if as_of is None:
        return None
    log = EventLog(connection)
    if as_of.isascii() and as_of.isdecimal():
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
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        problem = f"{text!r} is neither a position nor a time; write 1234, 2026-03-01 or 2026-03-01T12:00:00Z"
        raise InvalidInput(field=field, problem=problem) from error


def start_of(text: str, field: str) -> datetime:
    """Return a time at which something begins; a day means its first moment, UTC. Raise InvalidInput."""
    moment = moment_of(text, field)
    return datetime.combine(moment.date(), time(), UTC) if len(text) == len("2026-01-01") else moment


def topics_of(bootstrap: Bootstrap, types: tuple[str, ...]) -> list[str] | None:
    """Return the stored topics of event types, None for all; raise NotFound for a type there is not."""
    if not types:
        return None
    known: dict[str, list[str]] = {}
    for schema in bootstrap.catalogue.all():
        known.setdefault(schema.name, []).append(schema.topic)
    unknown = [name for name in types if name not in known]
    if unknown:
        raise NotFound(what="event type", id=unknown[0])
    return [topic for name in dict.fromkeys(types) for topic in known[name]]
