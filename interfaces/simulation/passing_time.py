"""Time that passes in a simulated society: the registry's own clock, told the simulated time once a week.

Everything that fell due since is recorded at the tick, in the order of due days, as after an outage of some days. The
clock decides on read models, so relay and projector must run beside the simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg

from application.command import Command, CommandHandler, Receipt, Request
from consumers.clock import Clock
from consumers.clock_place import Place
from domain.errors import Unavailable
from infra import postgres
from infra.mapper import EventCodec
from interfaces.bootstrap import SOFTWARE, Bootstrap
from interfaces.simulation.agenda import Agenda, Life
from interfaces.simulation.surroundings import SimulatedSurroundings
from projections.live import ReadModelBehind, ReadModelMissing

EVERY = timedelta(days=7)
PATIENCE = 60.0
# No simulated person acts in the same microsecond, so what comes before a tick and what after it is never in doubt.
APART = timedelta(microseconds=1)


class TimeStandsStill(Unavailable):
    """The simulation's clock waited {seconds:.0f} seconds for the read models and decides nothing without them."""

    remedy = (
        "Everything recorded is safe. Start relay and projector with `icms up`, look at `icms status` for what holds "
        "them up, and repeat the same command: it goes on where it ended."
    )


class PassingTime:
    """The clock of one simulation."""

    def __init__(
        self, clock: Clock, place: Place, patience: float, reader: psycopg.Connection[Any], codec: EventCodec
    ) -> None:
        self._clock = clock
        self.reader, self.codec = reader, codec
        self.heard: Callable[[datetime], Iterable[Life]] = lambda _moment: ()
        """What begins with a tick, from what it recorded."""
        self._patience = patience
        self._began, self._ticked = place.tick_began(), place.read()[1]
        self.recorded = 0

    def reached(self, moment: datetime) -> bool:
        """Say whether a tick after this moment had begun before this simulation was interrupted."""
        return self._began is not None and moment < self._began

    def tick(self, moment: datetime) -> None:
        """Record what fell due by a moment, if that was not done before an interruption; raise TimeStandsStill."""
        if self._ticked is not None and moment <= self._ticked:
            return
        try:
            self.recorded += self._clock.tick(moment).events
        except (ReadModelBehind, ReadModelMissing) as error:
            raise TimeStandsStill(seconds=self._patience) from error

    def live(self, agenda: Agenda) -> Life:
        """Tick every week, and at the end."""
        while True:
            self.tick(agenda.now)
            for life in self.heard(agenda.now):
                agenda.begin(life)
            if agenda.now >= agenda.end:
                return
            yield min(agenda.now + EVERY, agenda.end)


class _InOrder(CommandHandler):
    """Carries out the clock's commands with ids and salts that follow from their keys."""

    def __init__(self, handler: CommandHandler, surroundings: SimulatedSurroundings) -> None:
        super().__init__(handler.store, handler.sealer, surroundings, SOFTWARE, handler.index)
        self._draws = surroundings

    def execute(self, command: Command, request: Request) -> Receipt:
        """Carry out one command as every handler does."""
        self._draws.turn_to(f"clock {request.key}")
        return super().execute(command, request)


@contextmanager
def passing_time(
    bootstrap: Bootstrap, handler: CommandHandler, plot: str, now: Callable[[], datetime], patience: float
) -> Iterator[PassingTime]:
    """Yield the clock of this installation as a plot's own; `handler` is the one that the society acts with."""
    with ExitStack() as stack:
        own = stack.enter_context(postgres.connect(bootstrap.role_dsn("icms_app"), "icms simulated clock"))
        reader = stack.enter_context(bootstrap.reader())
        ordered = _InOrder(handler, SimulatedSurroundings(plot, now))
        clock = Clock(ordered, reader, own, patience=patience, repeatable=True)
        yield PassingTime(clock, Place(own), patience, reader, bootstrap.codec)
