"""A history is replayed from the stored rows of one clinic or one aggregate, as of any day or position."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import click

from domain.errors import NotFound
from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_entries, print_rows, say
from interfaces.cli.reading_options import (
    ReadOf,
    as_of_option,
    happened_by_option,
    limit_option,
    min_position_option,
    read_model,
    reader_option,
    topics_of,
    type_option,
)

if TYPE_CHECKING:
    from interfaces.unsealing import Unsealer
    from projections.trail_entry import TrailEntry

_PAGE = 500


class _Asked(NamedTuple):
    identity: UUID
    reader: Reader
    happened_by: date | None
    topics: list[str] | None


@click.command("history")
@click.argument("identity", metavar="ID", type=click.UUID)
@reader_option
@as_of_option
@happened_by_option
@type_option
@click.option("--unseal", is_flag=True, help="Open the sealed parts; what was erased shows as erased.")
@limit_option(None)
@min_position_option
@json_option
@click.pass_obj
def history(
    bootstrap: Bootstrap,
    *,
    identity: UUID,
    reader: Reader,
    as_of: str | None,
    happened_by: date | None,
    types: tuple[str, ...],
    unseal: bool,
    limit: int | None,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Replay a clinic, treatment, adverse event …, as of any day or position.

    ID is the clinic's id, or that of any other aggregate.
    """
    from projections.histories import knows

    asked = _Asked(identity, reader, happened_by, topics_of(bootstrap, types))
    with ExitStack() as stack:
        read = stack.enter_context(read_model(bootstrap, "audit_trail", as_of, min_position))
        if not knows(read.cursor, identity, reader=reader, decode=bootstrap.codec.decode):
            raise NotFound(what="clinic or other aggregate", id=identity)
        unsealer = _unsealer(bootstrap, stack) if unseal else None
        rows = (_row(each, unsealer, reader) for each in islice(_entries(bootstrap, read, asked), limit))
        count = print_rows(rows, (), as_json=True) if as_json else print_entries(rows)
    if not as_json:
        say(f"{count:,} events, as of position {read.position:,}")


def _unsealer(bootstrap: Bootstrap, stack: ExitStack) -> Unsealer:
    from interfaces.unsealing import unsealing

    return stack.enter_context(unsealing(bootstrap))


def _entries(bootstrap: Bootstrap, read: ReadOf, asked: _Asked) -> Iterator[TrailEntry]:
    """Yield the events that concern a clinic, or else those of the aggregate with this id, page by page."""
    from projections import audit_trail

    for query in (audit_trail.of_clinic, audit_trail.of_aggregate):
        found, after = False, 0
        while True:
            page = query(
                read.cursor,
                asked.identity,
                reader=asked.reader,
                decode=bootstrap.codec.decode,
                part_class=bootstrap.codec.part_class,
                as_of=read.as_of,
                happened_by=asked.happened_by,
                topics=asked.topics,
                after=after,
                limit=_PAGE,
            )
            yield from page.entries
            found = found or bool(page.entries)
            if page.after is None:
                break
            after = page.after
        if found:
            return


def _row(entry: TrailEntry, unsealer: Unsealer | None, reader: Reader) -> dict[str, Any]:
    row = {**entry._asdict(), "who": entry.who._asdict(), "sealed": [each._asdict() for each in entry.sealed]}
    if unsealer is not None and entry.sealed:
        row["sealed"] = unsealer.open(entry.position, reader=reader)
    return row
