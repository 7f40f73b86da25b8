"""A whole simulation: an empty or simulated store, a seed, a number of clinics and years; equal input, equal events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from application.command import CommandHandler
from interfaces.simulation.agenda import Agenda
from interfaces.simulation.candidate import Candidate
from interfaces.simulation.cast import part_of
from interfaces.simulation.in_tray import InTray
from interfaces.simulation.office import Office
from interfaces.simulation.passing_time import APART, PassingTime
from interfaces.simulation.recollection import Recollection
from interfaces.simulation.society import Society, seeds, some_days
from interfaces.simulation.warnings import warned


@dataclass(frozen=True, slots=True)
class Plot:
    """What a simulation is made from."""

    clinics: int
    years: float
    seed: int
    start: date
    time_passes: bool = True
    """Whether the registry's clock ticks in it; if not, one later tick finds everything that fell due."""

    @property
    def name(self) -> str:
        """Return what this plot is known by: everything that it makes follows from it."""
        told = f"{self.seed} {self.start} {self.clinics} {self.years:g}"
        return told if self.time_passes else f"{told} without clock"

    @property
    def options(self) -> str:
        """Return the options with which `icms simulate` tells it."""
        told = f"--clinics {self.clinics} --years {self.years:g} --seed {self.seed} --start {self.start}"
        return told if self.time_passes else f"{told} --no-clock"

    def key_of(self, command: int) -> str:
        """Return the idempotency key of the command with this number, counted from 1."""
        return f"simulation {self.name} {command}"

    @property
    def begins(self) -> datetime:
        """Return the first moment, UTC."""
        return datetime.combine(self.start, time(8), UTC)

    @property
    def ends(self) -> datetime:
        """Return the last moment, UTC."""
        return self.begins + timedelta(days=round(self.years * 365.25)) - timedelta(hours=8)


def default_start(years: float, today: date) -> date:
    """Return the start with which a simulation of so many years ends yesterday."""
    return today - timedelta(days=round(years * 365.25))


@dataclass(frozen=True, slots=True)
class Told:
    """What a simulation did."""

    events: int
    """How many are new."""
    refused: Counter[str]


def tell(
    plot: Plot,
    agenda: Agenda,
    handler: CommandHandler,
    officers: tuple[UUID, ...],
    progress: Callable[[int, int], object],
    recollection: Recollection | None = None,
    passing: PassingTime | None = None,
) -> Told:
    """Let the society live from start to end; `progress` is told the days done and all days.

    What the recollection knows is not done again. Without a clock nothing falls due.
    """
    society = Society(handler, agenda, officers, plot.key_of, recollection or Recollection(), passing)
    office = Office(society)
    agenda.begin(office.work(), plot.begins + timedelta(minutes=10))
    agenda.begin(society.work(Random(f"society {plot.seed}")), plot.begins + timedelta(hours=1))
    agenda.begin(warned(office, Random(f"warnings {plot.seed}")), plot.begins + timedelta(days=200))
    for number, chance in seeds(plot.seed, plot.clinics):
        found_after = some_days(chance, 1, 365.25 * plot.years * 0.45)
        part = part_of(number, plot.clinics, plot.years)
        if part is not None:
            found_after = some_days(chance, 1, 25)
        agenda.begin(Candidate(society, number, chance, part).live(), plot.begins + found_after)
    if passing is not None:
        passing.heard = InTray(office, passing.reader, passing.codec, plot.seed).take
        agenda.begin(passing.live(agenda), plot.begins + APART)
    days = (plot.ends - plot.begins).days
    shown = -1
    for moment in agenda.run():
        if (done := (moment - plot.begins).days) > shown:
            shown = done
            progress(done, days)
    progress(days, days)
    return Told(society.recorded + (passing.recorded if passing else 0), society.refused)
