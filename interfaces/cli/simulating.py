"""Fill a simulated store with a plausible society."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import monotonic

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import print_json, progress
from interfaces.cli.stack import json_option
from interfaces.simulation.history import Plot, default_start
from interfaces.simulation.run import simulate_society


@click.command("simulate")
@click.option("--clinics", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Number of clinics.")
@click.option("--years", type=click.FloatRange(0.1, 40), default=3.0, show_default=True, help="Years to tell.")
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds give equal events.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day. [such that the last one is yesterday]")
@json_option
@click.pass_obj
def simulate(
    bootstrap: Bootstrap, *, clinics: int, years: float, seed: int, start: datetime | None, as_json: bool
) -> None:
    """Let a made-up society live through the real commands.

    Opens an empty store and marks it as simulated. A store that holds events and is not so marked is refused.
    """
    today = datetime.now(UTC).date()
    first_day: date = start.date() if start else default_start(years, today)
    plot = Plot(clinics=clinics, years=years, seed=seed, start=first_day)
    began = monotonic()
    with progress("simulating, in days", None) as show:
        told = simulate_society(bootstrap, plot, show)
    seconds = monotonic() - began
    rate = round(told.events / seconds) if seconds else 0
    if as_json:
        answer = {"new_events": told.events, "refused": dict(told.refused), "start": first_day, "seed": seed}
        print_json({**answer, "seconds": round(seconds, 1), "events_per_second": rate})
        return
    click.echo(f"{told.events:,} events from {first_day} on, in {seconds:.0f} s ({rate:,} a second).")
