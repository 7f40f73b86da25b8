"""What everybody is told about techniques, laboratories and lots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, plain, print_rows, say
from interfaces.cli.reading_options import as_of_option, limit_option, min_position_option, read_model, reader_option

_ABOUT = ("technique", "laboratory", "lot")
_COLUMNS = ("published_at", "state", "about", "name", "title", "advice", "countries", "notice_id")


@click.command("safety-notices")
@click.option("--about", type=click.Choice(_ABOUT), help="Only notices about this kind of thing.")
@click.option("--withdrawn", is_flag=True, help="Show those too that were withdrawn.")
@reader_option
@as_of_option
@limit_option(1000)
@min_position_option
@json_option
@click.pass_obj
def safety_notices(
    bootstrap: Bootstrap,
    *,
    about: str | None,
    withdrawn: bool,
    reader: Reader,
    as_of: str | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show what everybody is told about techniques, laboratories and lots.

    The newest first. All of it is public.
    """
    from domain.safety_notice import NoticeAbout
    from projections.safety_notices import notices

    with read_model(bootstrap, "safety_notices", as_of, min_position) as read:
        found = notices(
            read.cursor,
            reader=reader,
            about=NoticeAbout(about) if about else None,
            withdrawn=withdrawn,
            as_of=read.as_of,
            limit=limit,
        )
    print_rows(_rows(found, as_json=as_json), _COLUMNS, as_json=as_json)
    if not as_json:
        say(f"{len(found):,} safety notices, as of position {read.position:,}")


def _rows(found: list[Any], *, as_json: bool) -> Iterator[dict[str, Any]]:
    for each in found:
        row: dict[str, Any] = plain(each._asdict())
        yield row if as_json else {**row, "countries": ", ".join(row["countries"]) or "everywhere"}
