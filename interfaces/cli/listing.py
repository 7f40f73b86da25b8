"""What the public sees, on the command line: each published entry with its neutral sentence.

`icms listing` alone shows it; followed by a verb it records something about one entry.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from domain.listing_category import PUBLIC_ORDER, ListingCategory
from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.aggregate_commands import AggregateGroup
from interfaces.cli.output import json_option, plain, print_rows, say
from interfaces.cli.reading_options import (
    DayType,
    ReadOf,
    as_of_option,
    limit_option,
    min_position_option,
    moment_of,
    read_model,
    reader_option,
)

if TYPE_CHECKING:
    from projections.listing_answers import Entry, ListedClinic


class ListingGroup(AggregateGroup):
    """The commands on entries, and without one of them the list that the public sees."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(settings.pop("name"), settings.pop("help"))
        self.params, self.callback = settings["params"], settings["callback"]
        self.invoke_without_command, self.no_args_is_help = True, False


@click.command("listing", cls=ListingGroup)
@click.option("--search", "text", help="Part of a name; case and accents do not matter.")
@click.option("--country", help="ISO 3166-1 alpha-2 code.")
@click.option("--category", type=click.Choice([each.value for each in PUBLIC_ORDER]), help="Public category.")
@click.option("--day", type=DayType(), help="The day to judge. [today, or the day of --as-of]")
@reader_option
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
    reader: Reader,
    as_of: str | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show what the public sees: every published entry of each clinic, what concerns safety first."""
    if context.invoked_subcommand is not None:
        return
    from projections import public_listing

    bootstrap: Bootstrap = context.obj
    with read_model(bootstrap, "public_listing", as_of, min_position) as read:
        page = public_listing.search(
            read.cursor,
            reader=reader,
            text=text,
            country=country.upper() if country else None,
            category=ListingCategory(category) if category else None,
            day=day or _day_of(read, as_of),
            as_of=read.as_of,
            limit=limit,
        )
    rows = [_row(clinic, entry) for clinic in page.clinics for entry in clinic.entries]
    print_rows(rows, ("clinic_id", "name", "country", "label", "sentence"), as_json=as_json)
    if not as_json:
        counted = f"{len(rows):,} entries of {len(page.clinics):,} of {page.count:,} clinics"
        say(f"{counted}, as of position {read.position:,}")


def _day_of(read: ReadOf, as_of: str | None) -> date:
    """Return the day on which the public saw what is asked for: that of the time or position, otherwise today."""
    if as_of is None:
        return datetime.now(UTC).date()
    if not (as_of.isascii() and as_of.isdecimal()):
        return moment_of(as_of, "--as-of").astimezone(UTC).date()
    found = read.cursor.execute(
        "SELECT recorded_at FROM registry.events WHERE position = %(position)s", {"position": int(as_of)}
    ).fetchone()
    return (found[0] if found else datetime.now(UTC)).astimezone(UTC).date()


def _row(clinic: ListedClinic, entry: Entry) -> dict[str, Any]:
    place = {"country": clinic.country, "region": clinic.region, "city": clinic.city}
    told = {field: getattr(entry, field) for field in entry.__slots__}
    row: dict[str, Any] = plain({"clinic_id": clinic.clinic_id, "name": clinic.name, **place, **told})
    return row
