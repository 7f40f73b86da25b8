"""What is owed, by whom and until when."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import click

from domain.obligation import ObligationStatus
from domain.obligation_terms import Holder
from domain.policy import RULE_IDS
from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_rows, say
from interfaces.cli.reading_options import (
    DayType,
    as_of_option,
    happened_by_option,
    limit_option,
    min_position_option,
    read_model,
    reader_option,
)


@click.command("obligations")
@click.argument("clinic", type=click.UUID, required=False)
@click.option("--about", type=click.UUID, help="Only about this treatment, adverse event, guideline or registry.")
@click.option("--rule", type=click.Choice(sorted(RULE_IDS)), help="Only of this rule.")
@click.option("--holder", type=click.Choice(["clinic", "society"]), help="Only theirs.")
@click.option("--status", type=click.Choice([each.value for each in ObligationStatus]), help="[open and missed]")
@click.option("--due-by", type=DayType(), help="Only those due by this day.")
@click.option("--after", help="Where the page before ended (its `next`).")
@reader_option
@as_of_option
@happened_by_option
@limit_option(1000)
@min_position_option
@json_option
@click.pass_obj
def obligations(
    bootstrap: Bootstrap,
    *,
    clinic: UUID | None,
    about: UUID | None,
    rule: str | None,
    holder: str | None,
    status: str | None,
    due_by: date | None,
    after: str | None,
    reader: Reader,
    as_of: str | None,
    happened_by: date | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show what clinics and the society owe, by due day.

    Duties, rights and waits. Without CLINIC, those of all clinics. Without a status, those that are not settled.
    """
    from projections.obligations import queue

    with read_model(bootstrap, "obligations", as_of, min_position) as read:
        page = queue(
            read.cursor,
            reader=reader,
            clinic_id=clinic,
            about=about,
            rule_id=rule,
            holder=Holder(holder) if holder else None,
            status=ObligationStatus(status) if status else None,
            due_by=due_by,
            as_of=read.as_of,
            happened_by=happened_by,
            limit=limit,
            after=after,
        )
    rows = (each._asdict() for each in page.obligations)
    print_rows(rows, _COLUMNS[1 if clinic else 0 :], as_json=as_json)
    if not as_json:
        say(f"{len(page.obligations):,} obligations, as of position {read.position:,}")
        if page.next:
            say(f"There are more: --after {page.next}")


_COLUMNS = ("clinic_id", "due_on", "rule_id", "holder", "status", "about", "item", "late_days", "obligation_id")
