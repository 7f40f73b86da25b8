"""What a newcomer sees: the registry with three years of a simulated society, and commands that show something."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString, NamedTuple

from domain.errors import Unavailable
from infra.settings import load_settings, variable
from interfaces.bootstrap import Bootstrap
from interfaces.founding import is_open
from interfaces.health import Health
from interfaces.services import Services, Tell
from interfaces.simulation.history import Plot, default_start
from interfaces.simulation.run import known_plot, simulate_society

_PATIENCE = 300.0
# The clinic with most to tell, and a day in the middle of what is told.
_TELLING: LiteralString = """
    SELECT clinic_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY recorded_at)
    FROM registry.events
    WHERE clinic_id IS NOT NULL
    GROUP BY clinic_id
    ORDER BY count(*) FILTER (WHERE topic LIKE 'AdverseEvent%') DESC, count(*) DESC
    LIMIT 1
"""
_LOOK = 0.2


class ReadModelsBehind(Unavailable):
    """The read models did not move for {seconds} seconds; they are at position {position} of {head}."""

    remedy = "Everything recorded is safe. Look at `icms status` for what holds them up."


class Suggestion(NamedTuple):
    """Something to try next."""

    words: str
    command: str
    endless: bool = False
    """Whether it goes on until Ctrl-C."""


class Demonstration:
    """The registry brought up for somebody who wants to see it."""

    def __init__(self, bootstrap: Bootstrap, tell: Tell) -> None:
        self._bootstrap = bootstrap
        self._services = Services(bootstrap, tell)

    def start(self) -> str:
        """Bring everything up; return the address of the page."""
        return self._services.up()

    def stop(self) -> None:
        """Take everything down; the data stay."""
        self._services.stop()

    def plot(self, clinics: int, years: float, seed: int) -> Plot | None:
        """Return what is to be told: nothing in a store with data, the rest of what was interrupted, or all of this."""
        if is_open(self._bootstrap):
            note = known_plot(self._bootstrap)
            if note is not None:
                return None if note.finished else note.plot
            with self._bootstrap.log() as log:
                if log.head():
                    return None
        start = default_start(years, datetime.now(UTC).date())
        return Plot(clinics=clinics, years=years, seed=seed, start=start)

    def simulate(self, plot: Plot, show: Callable[[int, int], object]) -> None:
        """Let the society live until yesterday, or until the day on which an interrupted one was to end."""
        simulate_society(self._bootstrap, plot, show)

    def catch_up(self, show: Callable[[int, int], object]) -> None:
        """Wait until everything recorded is seen in all read models; raise ReadModelsBehind."""
        health, reached, deadline = Health(self._bootstrap), -1, time.monotonic() + _PATIENCE
        while True:
            places = health.places()
            head = places.head or 0
            position = (places.of["projector"].position if "projector" in places.of else None) or 0
            show(position, head)
            if position >= head > 0:
                return
            if position > reached:
                reached, deadline = position, time.monotonic() + _PATIENCE
            if time.monotonic() > deadline:
                raise ReadModelsBehind(seconds=_PATIENCE, position=position, head=head)
            time.sleep(_LOOK)

    def suggestions(self) -> list[Suggestion]:
        """Return commands that show something in this store, for a terminal at the checkout's root."""
        icms = self._command()
        with self._bootstrap.reader() as connection:
            row = connection.execute(_TELLING).fetchone()
        if row is None:
            return [Suggestion("how every process is", f"{icms} status")]
        clinic, day = row[0], f"{row[1]:%Y-%m-%d}"
        return [
            Suggestion("the history of one clinic, as it happened", f"{icms} history {clinic} --limit 40"),
            Suggestion("the same, as it was known on a day", f"{icms} history {clinic} --as-of {day} --limit 40"),
            Suggestion("its duties today: rule, due day, status, evidence", f"{icms} compliance {clinic} --limit 40"),
            Suggestion("what the public sees", f"{icms} listing --limit 20"),
            Suggestion("every event as it comes", f"{icms} events tail --follow", endless=True),
            Suggestion("how an outside service subscribes", f"{icms} subscribe --show"),
            Suggestion("check that nothing was changed: store, Kafka, read models", f"{icms} verify"),
            Suggestion("how every process is", f"{icms} status"),
        ]

    def _command(self) -> str:
        """Return how a person calls `icms` for this installation from the checkout's root."""
        state_dir = self._bootstrap.settings.state_dir
        script = ".venv/bin/icms" if Path(".venv/bin/icms").exists() else "icms"
        if state_dir == load_settings({}).state_dir:
            return script
        return f"{variable('state_dir')}={shlex.quote(str(state_dir))} {script}"
