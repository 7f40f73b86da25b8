"""How clinics stand to their duties."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import click

from domain.reader import Reader
from domain.standing import LADDER, StandingStep
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_rows, say
from interfaces.cli.reading_options import (
    as_of_option,
    happened_by_option,
    limit_option,
    min_position_option,
    read_model,
    reader_option,
)


@click.command("standing")
@click.argument("clinic", type=click.UUID, required=False)
@click.option("--step", type=click.Choice([each.value for each in LADDER]), help="Only clinics on this step.")
@click.option("--history", is_flag=True, help="Every assessment instead of the last one of each clinic.")
@reader_option
@as_of_option
@happened_by_option
@limit_option(1000)
@min_position_option
@json_option
@click.pass_obj
def standing(
    bootstrap: Bootstrap,
    *,
    clinic: UUID | None,
    step: str | None,
    history: bool,
    reader: Reader,
    as_of: str | None,
    happened_by: date | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show how clinics stand to their duties, and what would restore them.

    Without CLINIC, all that were assessed. A clinic that never was is not rated.
    """
    from projections.standings import standings

    with read_model(bootstrap, "standings", as_of, min_position) as read:
        found = standings(
            read.cursor,
            reader=reader,
            clinic_id=clinic,
            step=StandingStep(step) if step else None,
            history=history,
            as_of=read.as_of,
            happened_by=happened_by,
            limit=limit,
        )
    columns = ("clinic_id", "quarter", "before", "step", "rule_ids", "restored_by")
    print_rows((each._asdict() for each in found), columns[1 if clinic else 0 :], as_json=as_json)
    if not as_json:
        say(f"{len(found):,} standings, as of position {read.position:,}")
