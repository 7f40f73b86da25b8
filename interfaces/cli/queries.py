"""Which queries wait for an answer or a decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import click

from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, plain, print_rows, say
from interfaces.cli.reading_options import as_of_option, limit_option, min_position_option, read_model, reader_option

_STATES = ("open", "answered", "closed")
_SIDES = ("clinic", "society")


@click.command("queries")
@click.argument("clinic", type=click.UUID, required=False)
@click.option("--about", type=click.UUID, help="Only queries about this treatment or adverse event.")
@click.option("--state", type=click.Choice(_STATES), help="Only queries that stand so. [all but closed]")
@click.option("--waits-for", type=click.Choice(_SIDES), help="Only queries in which the next step is theirs.")
@reader_option
@as_of_option
@limit_option(1000)
@min_position_option
@json_option
@click.pass_obj
def queries(
    bootstrap: Bootstrap,
    *,
    clinic: UUID | None,
    about: UUID | None,
    state: str | None,
    waits_for: str | None,
    reader: Reader,
    as_of: str | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show which queries about treatments and adverse events wait, and for whom.

    The oldest first. Without CLINIC, those of all clinics.
    """
    from projections.queries import QueryState, WaitsFor, work_list

    with read_model(bootstrap, "queries", as_of, min_position) as read:
        found = work_list(
            read.cursor,
            reader=reader,
            clinic_id=clinic,
            about_id=about,
            state=QueryState(state) if state else None,
            waits_for=WaitsFor(waits_for) if waits_for else None,
            as_of=read.as_of,
            limit=limit,
        )
    columns = ("clinic_id", "query_id", "about", "about_id", "asked", "state", "raised_at", "faults")
    print_rows(_rows(found, as_json=as_json), columns[1 if clinic else 0 :], as_json=as_json)
    if not as_json:
        say(f"{len(found):,} queries, as of position {read.position:,}")


def _rows(found: list[Any], *, as_json: bool) -> Iterator[dict[str, Any]]:
    for each in found:
        row: dict[str, Any] = plain(each._asdict())
        yield row if as_json else {**row, "faults": ", ".join(fault["field"] for fault in row["faults"])}
