"""A note in the state folder says which plot is being told, so that whoever comes next can finish it.

It is a convenience, never the truth: the truth about what is recorded is in the store. A note that speaks of another
store, by its epoch, counts for nothing.
"""

from __future__ import annotations

import dataclasses
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from domain.errors import Unavailable
from infra.stack.state_files import make_folder, read_json, write_json
from interfaces.simulation.history import Plot


class SimulationRunning(Unavailable):
    """Another process tells a simulation in this store."""

    remedy = "Nothing was recorded by this one. Wait until the other has ended, or end it."


@dataclass(frozen=True, slots=True)
class PlotNote:
    """Which plot is told in a store, and whether its end was reached."""

    epoch: UUID
    plot: Plot
    finished: bool


def read_note(state_dir: Path, epoch: UUID) -> PlotNote | None:
    """Return the note about this store, or None."""
    match read_json(state_dir / "simulation.json"):
        case {"epoch": str(noted), "clinics": int(clinics), "years": int() | float() as years, "seed": int(seed),
              "start": str(start), "time_passes": bool(passes),
              "finished": bool(finished)} if noted == str(epoch):  # fmt: skip
            return PlotNote(epoch, Plot(clinics, float(years), seed, date.fromisoformat(start), passes), finished)
        case _:
            return None


def write_note(state_dir: Path, note: PlotNote) -> None:
    """Replace the note."""
    content = {**dataclasses.asdict(note.plot), "start": note.plot.start.isoformat()}
    write_json(state_dir / "simulation.json", {"epoch": str(note.epoch), **content, "finished": note.finished})


@contextmanager
def alone(state_dir: Path) -> Iterator[None]:
    """Let one simulation at a time into the block; raise SimulationRunning instead of waiting."""
    with (make_folder(state_dir) / ".simulation.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SimulationRunning from error
        yield
