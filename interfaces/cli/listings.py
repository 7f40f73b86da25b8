"""The society's own view of public entries: how each stands, what it still lacks, how it stood at any time."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import click

from domain.listing_category import ListingCategory
from domain.listing_state import ListingState
from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, plain, print_rows, say
from interfaces.cli.reading_options import (
    as_of_option,
    happened_by_option,
    limit_option,
    min_position_option,
    read_model,
    reader_option,
)

_CATEGORIES = tuple(each.value for each in ListingCategory if each is not ListingCategory.unrecognised)


@click.command("listings")
@click.option("--clinic", type=click.UUID, help="Only entries about this clinic.")
@click.option("--category", type=click.Choice(_CATEGORIES), help="Only entries of this category.")
@click.option(
    "--state",
    type=click.Choice([each.value for each in ListingState]),
    help="Only entries that stand so. [all but withdrawn]",
)
@reader_option
@as_of_option
@happened_by_option
@limit_option(1000)
@min_position_option
@json_option
@click.pass_obj
def listings(
    bootstrap: Bootstrap,
    *,
    clinic: UUID | None,
    category: str | None,
    state: str | None,
    reader: Reader,
    as_of: str | None,
    happened_by: date | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show every public entry with its state: proposed, previewed, published, disputed, withdrawn.

    The oldest proposal first, with approvals and preview; the public is told by `icms listing`.
    """
    from projections.listings import entries

    with read_model(bootstrap, "listings", as_of, min_position) as read:
        found = entries(
            read.cursor,
            reader=reader,
            clinic_id=clinic,
            category=ListingCategory(category) if category else None,
            state=ListingState(state) if state else None,
            as_of=read.as_of,
            happened_by=happened_by,
            decode=bootstrap.codec.decode,
            limit=limit,
        )
    columns = ("clinic_id", "listing_id", "category", "state", "approvals", "preview_until", "since", "sentence")
    print_rows((plain(each._asdict()) for each in found), columns[1 if clinic else 0 :], as_json=as_json)
    if not as_json:
        say(f"{len(found):,} entries, as of position {read.position:,}")
