"""Fill a simulated store with a plausible society."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any

import click

from domain.errors import InvalidInput
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_json, progress
from interfaces.cli.reading_options import DayType


class YearsType(click.ParamType[float]):
    """A number of years."""

    name = "YEARS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; fail outside of what can be told."""
        try:
            years = float(value)
        except ValueError:
            years = math.nan
        if not 0.1 <= years <= 40:
            self.fail(f"{value!r} is no number of years from 0.1 to 40", param, ctx)
        return years


clinics_option = click.option(
    "--clinics", type=click.IntRange(1, 10_000), default=60, show_default=True, help="Number of clinics."
)
years_option = click.option("--years", type=YearsType(), default=3.0, show_default=True, help="Years to tell.")
seed_option = click.option(
    "--seed", type=click.IntRange(-(2**63), 2**63 - 1), default=1, show_default=True, help="Equal seeds, equal events."
)


@click.command("simulate")
@clinics_option
@years_option
@seed_option
@click.option("--start", type=DayType(), help="First day. [such that the last one is yesterday]")
@click.option("--clock/--no-clock", default=True, help="Let time pass once a week, or not at all. [clock]")
@json_option
@click.pass_obj
def simulate(
    bootstrap: Bootstrap, *, clinics: int, years: float, seed: int, start: date | None, clock: bool, as_json: bool
) -> None:
    """Let a made-up society live through the real commands.

    Opens an empty store and marks it as simulated. A store that holds events and is not so marked is refused. Time
    passes by the registry's own clock, which reads what relay and projector made of the log: start them first (icms
    up). Without a clock nothing falls due; a later `icms clock tick --now` finds it all.
    Interrupted, it goes on where it ended when it is repeated.
    """
    from interfaces.simulation.history import Plot
    from interfaces.simulation.run import simulate_society

    if start is not None and start >= datetime.now(UTC).date():
        raise InvalidInput(field="--start", problem=f"{start} is not in the past")
    first_day = start or _first_day(bootstrap, clinics, years, seed)
    plot = Plot(clinics=clinics, years=years, seed=seed, start=first_day, time_passes=clock)
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


def _first_day(bootstrap: Bootstrap, clinics: int, years: float, seed: int) -> date:
    """Return the start of the same simulation where this store knows one, else the one that ends yesterday."""
    from interfaces.founding import is_open
    from interfaces.simulation.history import default_start
    from interfaces.simulation.run import known_plot

    note = known_plot(bootstrap) if is_open(bootstrap) else None
    if note is not None and (note.plot.clinics, note.plot.years, note.plot.seed) == (clinics, years, seed):
        return note.plot.start
    return default_start(years, datetime.now(UTC).date())
