"""The log itself, decoded: its last events, those that come, and how many there are of each type."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_entries, print_json_line, print_rows
from interfaces.cli.reading_options import (
    as_of_option,
    limit_option,
    min_position_option,
    moment_of,
    resolve,
    start_of,
    topics_of,
    type_option,
)
from interfaces.cli.waiting import await_head

if TYPE_CHECKING:
    from infra.event_log import EventLog, Selection, StoredRow

_LOOK = 0.25
_PAGE = 500


@click.group("events", no_args_is_help=True)
def events() -> None:
    """Look at the log."""


@events.command("tail")
@type_option
@click.option("--clinic", type=click.UUID, help="Only events that concern this clinic.")
@click.option("--since", metavar="TIME", help="Only events recorded at this time or later; a day: from its beginning.")
@click.option("--until", metavar="TIME", help="Only events recorded at this time or earlier; a day: to its end.")
@limit_option(20)
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until Ctrl-C; with --json one line each.")
@min_position_option
@json_option
@click.pass_obj
def tail(
    bootstrap: Bootstrap,
    *,
    types: tuple[str, ...],
    clinic: UUID | None,
    since: str | None,
    until: str | None,
    limit: int,
    follow: bool,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show the last events of the log, decoded."""
    from infra.event_log import Selection

    selection = Selection(
        topics=topics_of(bootstrap, types),
        clinic_id=clinic,
        since=start_of(since, "--since") if since else None,
        until=moment_of(until, "--until") if until else None,
    )
    with bootstrap.log() as log:
        await_head(log, min_position)
        head = log.head()
        shown = (decoded(bootstrap, row) for row in log.last(selection, limit) if row.position <= head or not follow)
        if not follow:
            _show(shown, as_json=as_json)
            return
        _show_each(shown, as_json=as_json)
        _show_each((decoded(bootstrap, row) for row in _coming(log, selection, head)), as_json=as_json)


def _show(rows: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_rows(rows, (), as_json=True)
    else:
        print_entries(rows)


def _show_each(rows: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    for row in rows:
        if as_json:
            print_json_line(row)
        else:
            print_entries([row])


def _coming(log: EventLog, selection: Selection, after: int) -> Iterator[StoredRow]:
    while True:
        rows = log.following(selection, after, _PAGE)
        yield from rows
        if rows:
            after = rows[-1].position
        else:
            time.sleep(_LOOK)


@events.command("count")
@as_of_option
@min_position_option
@json_option
@click.pass_obj
def count(bootstrap: Bootstrap, *, as_of: str | None, min_position: int | None, as_json: bool) -> None:
    """Count the events of each type."""
    from infra import postgres
    from infra.event_log import EventLog

    with bootstrap.reader() as connection:
        postgres.store_facts(connection)
        log = EventLog(connection)
        await_head(log, min_position)
        position = resolve(connection, as_of)
        counts = log.counts() if position is None else log.counts(position)
    by_type: Counter[str] = Counter()
    for topic, number in counts.items():
        by_type[topic.partition(".")[0]] += number
    rows = ({"type": name, "count": number} for name, number in sorted(by_type.items()))
    print_rows(rows, ("type", "count"), as_json=as_json)


def decoded(bootstrap: Bootstrap, row: StoredRow) -> dict[str, Any]:
    """Return a stored row as people and programs read it."""
    from projections.trail_entry import what_of

    event = bootstrap.codec.decode(row.topic, row.state, row.originator_id, row.originator_version)
    context = event.context
    return {
        "position": row.position,
        "event_id": f"{row.originator_id}/{row.originator_version}",
        "type": row.topic.partition(".")[0],
        "topic": row.topic,
        "aggregate_id": row.originator_id,
        "version": row.originator_version,
        "clinic_id": row.clinic_id,
        "happened": row.occurred_on,
        "recorded_at": row.recorded_at,
        "disclosure": row.disclosure,
        "who": {"person": context.actor_person, "role": context.actor_role, "via": context.via},
        "reason": context.reason,
        "what": what_of(event),
        "sealed": [{"subject": part.subject, "schema_id": part.schema_id} for part in context.sealed],
        "leaf_hash": row.leaf_hash.hex(),
    }
