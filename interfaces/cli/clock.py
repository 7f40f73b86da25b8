"""Time as an input."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_json, progress


class MomentType(click.ParamType[datetime]):
    """A moment with its time zone."""

    name = "MOMENT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment; fail for what is none, or has no time zone."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-04-01T00:00:00Z", param, ctx)
        if moment.utcoffset() is None:
            self.fail(f"{value!r} needs a time zone, such as 2026-04-01T00:00:00Z", param, ctx)
        return moment


@click.group("clock")
def clock() -> None:
    """Let time pass: obligations are opened, met and missed, and what runs out lapses.

    In a real store the running service does so by itself, several times a minute.
    """


@clock.command("tick")
@click.option("--now", type=MomentType(), help="Up to which moment, with its time zone. [now]")
@json_option
@click.pass_obj
def tick_(bootstrap: Bootstrap, *, now: datetime | None, as_json: bool) -> None:
    """Record what the rules make of the log so far, and what fell due up to a moment.

    Repeated, it finds nothing left to do. A moment later than the database's clock is for simulated stores alone.
    """
    from interfaces.clock import tick

    with progress("letting time pass", None) as show:
        ticked = tick(bootstrap, now, lambda done, _: show(done))
    if as_json:
        print_json({**ticked._asdict(), "moment": ticked.moment.isoformat()})
        return
    click.echo(
        f"{ticked.events:,} events up to {ticked.moment:%Y-%m-%d %H:%M %Z}: "
        f"{ticked.missed:,} missed, {ticked.lapsed:,} lapsed, the rest opened or settled."
    )
