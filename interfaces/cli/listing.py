"""What the public sees, on the command line: each clinic's category with its neutral sentence.

`icms listing` alone shows it; followed by a verb it records something about one entry.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import click

from domain.public_category import PublicCategory
from interfaces.bootstrap import Bootstrap
from interfaces.cli.aggregate_commands import AggregateGroup
from interfaces.cli.output import json_option, plain, print_rows, say
from interfaces.cli.reading_options import as_of_option, day_option, limit_option, min_position_option, read_model


class ListingGroup(AggregateGroup):
    """The commands on entries, and without one of them the list that the public sees."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(settings.pop("name"), settings.pop("help"))
        self.params, self.callback = settings["params"], settings["callback"]
        self.invoke_without_command, self.no_args_is_help = True, False


@click.command("listing", cls=ListingGroup)
@click.option("--search", "text", help="Part of a name; case and accents do not matter.")
@click.option("--country", help="ISO 3166-1 alpha-2 code.")
@click.option("--category", type=click.Choice([each.value for each in PublicCategory]), help="Public category.")
@day_option
@as_of_option
@limit_option(1000, 10_000)
@min_position_option
@json_option
@click.pass_context
def listing(
    context: click.Context,
    *,
    text: str | None,
    country: str | None,
    category: str | None,
    day: date | None,
    as_of: str | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show what the public sees: category and neutral sentence of each clinic."""
    if context.invoked_subcommand is not None:
        return
    from projections import public_listing

    bootstrap: Bootstrap = context.obj
    with read_model(bootstrap, "public_listing", as_of, min_position) as read:
        page = public_listing.search(
            read.cursor,
            text=text,
            country=country.upper() if country else None,
            category=PublicCategory(category) if category else None,
            day=day or datetime.now(UTC).date(),
            simulated=read.simulated,
            as_of=read.as_of,
            limit=limit,
        )
    rows = (plain(dataclasses.asdict(each)) for each in page.entries)
    print_rows(rows, ("clinic_id", "name", "country", "label", "sentence"), as_json=as_json)
    if not as_json:
        say(f"{len(page.entries):,} of {page.count:,} entries, as of position {read.position:,}")
