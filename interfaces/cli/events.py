"""The log itself, decoded: its last events, those that come, and how many there are of each type."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import click

from domain.errors import NotFound
from infra import postgres
from infra.event_log import EventLog, Selection, StoredRow
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import print_entries, print_rows
from interfaces.cli.reading_options import min_position_option, moment_of, resolve
from interfaces.cli.stack import json_option
from interfaces.cli.waiting import await_head
from projections.audit_trail import what_of

_LOOK = 0.25


@click.group("events")
def events() -> None:
    """Look at the log."""


@events.command("tail")
@click.option("--type", "types", multiple=True, help="Only events of this type; may be repeated.")
@click.option("--clinic", type=click.UUID, help="Only events that concern this clinic.")
@click.option("--since", help="Only events recorded at this time or later.")
@click.option("--until", help="Only events recorded at this time or earlier.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="Show the last so many."
)
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until Ctrl-C.")
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
    selection = Selection(
        topics=topics_of(bootstrap, types),
        clinic_id=clinic,
        since=moment_of(since, "--since") if since else None,
        until=moment_of(until, "--until") if until else None,
    )
    with bootstrap.reader() as connection:
        postgres.store_facts(connection)
        log = EventLog(connection)
        await_head(log, min_position)
        rows = log.last(selection, limit)
        shown = (decoded(bootstrap, row) for row in rows)
        _show(shown, as_json=as_json)
        if follow:
            for row in _coming(log, selection, rows[-1].position if rows else log.head()):
                _show([decoded(bootstrap, row)], as_json=as_json)


def _show(rows: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_rows(rows, (), as_json=True)
    else:
        print_entries(rows)


def _coming(log: EventLog, selection: Selection, after: int) -> Iterator[StoredRow]:
    while True:
        rows = log.following(selection, after, 500)
        yield from rows
        if rows:
            after = rows[-1].position
        else:
            time.sleep(_LOOK)


@events.command("count")
@click.option("--as-of", metavar="POSITION|TIME", help="Count what was known then.")
@min_position_option
@json_option
@click.pass_obj
def count(bootstrap: Bootstrap, *, as_of: str | None, min_position: int | None, as_json: bool) -> None:
    """Count the events of each type."""
    with bootstrap.reader() as connection:
        postgres.store_facts(connection)
        log = EventLog(connection)
        await_head(log, min_position)
        position = resolve(connection, as_of)
        counts = log.counts() if position is None else log.counts(position)
    by_type: dict[str, int] = {}
    for topic, number in counts.items():
        by_type[topic.partition(".")[0]] = by_type.get(topic.partition(".")[0], 0) + number
    print_rows(
        ({"type": name, "count": number} for name, number in by_type.items()), ("type", "count"), as_json=as_json
    )


def topics_of(bootstrap: Bootstrap, types: tuple[str, ...]) -> list[str] | None:
    """Return the stored topics of event types; raise NotFound for a type there is not."""
    if not types:
        return None
    known: dict[str, list[str]] = {}
    for schema in bootstrap.catalogue.all():
        known.setdefault(schema.name, []).append(schema.topic)
    unknown = [name for name in types if name not in known]
    if unknown:
        raise NotFound(what="event type", id=unknown[0])
    return [topic for name in types for topic in known[name]]


def decoded(bootstrap: Bootstrap, row: StoredRow) -> dict[str, Any]:
    """Return a stored row as people and programs read it."""
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
