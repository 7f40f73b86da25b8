"""How safety cases stand, and clinics by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click

from domain.reader import Reader
from domain.safety_case_state import CaseState
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_rows, say
from interfaces.cli.reading_options import (
    ReadOf,
    as_of_option,
    limit_option,
    min_position_option,
    read_model,
    reader_option,
)


@click.command("safety-cases")
@click.option("--clinic", type=click.UUID, help="Only about this clinic.")
@click.option("--state", type=click.Choice([each.value for each in CaseState]), help="Only cases that stand so.")
@click.option("--by-clinic", is_flag=True, help="Show each clinic by the gravest of its cases instead.")
@reader_option
@as_of_option
@limit_option(1000)
@min_position_option
@json_option
@click.pass_obj
def safety_cases(
    bootstrap: Bootstrap,
    *,
    clinic: UUID | None,
    state: str | None,
    by_clinic: bool,
    reader: Reader,
    as_of: str | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show how safety cases stand, and clinics by the gravest of theirs.

    The oldest case first. An interim measure shows while it is in force; as of a position, then.
    """
    from projections import safety_cases as model

    with read_model(bootstrap, "safety_cases", as_of, min_position) as read:
        at = _moment(read)
        wanted = CaseState(state) if state else None
        of: dict[str, Any] = {"reader": reader, "clinic_id": clinic, "as_of": read.as_of}
        found = model.cases(read.cursor, at, state=wanted, limit=limit, **of)
        axis = model.safety_axis(read.cursor, at, **of) if by_clinic else []
    columns = ("clinic_id", "case_id", "state", "since", "grounds", "reply_until", "appeal_until", "remedy")
    if by_clinic:
        print_rows((each._asdict() for each in axis[:limit]), ("clinic_id", "safety", "cases"), as_json=as_json)
    else:
        print_rows((each._asdict() for each in found), columns[1 if clinic else 0 :], as_json=as_json)
    if not as_json:
        say(f"{len(axis) if by_clinic else len(found):,} shown, as of position {read.position:,}")


def _moment(read: ReadOf) -> datetime:
    """Return the moment for which interim measures are asked: when the position was recorded, or now."""
    if read.as_of is None:
        return datetime.now(UTC)
    row = read.cursor.execute(
        "SELECT recorded_at FROM registry.events WHERE position = %(position)s", {"position": read.as_of}
    ).fetchone()
    moment: datetime = row[0] if row else datetime.min.replace(tzinfo=UTC)
    return moment
