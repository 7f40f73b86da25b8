"""A simulation on a real store: it opens an empty one itself, and refuses one that is not simulated.

Interrupted at any moment, even killed, the same plot told again goes on where it ended and comes to the same events.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

from application.command import CommandHandler
from domain.errors import InvalidInput, Refused
from infra import postgres
from infra.event_log import EventLog
from infra.postgres import StoreFacts
from infra.postgres_refusals import StoreMarkedOtherwise
from interfaces.bootstrap import Bootstrap
from interfaces.founding import found, officer_ids, open_store
from interfaces.simulation.agenda import Agenda
from interfaces.simulation.history import Plot, Told, tell
from interfaces.simulation.passing_time import PATIENCE, passing_time
from interfaces.simulation.plot_note import PlotNote, alone, read_note, write_note
from interfaces.simulation.recollection import Recollection, recollect
from interfaces.simulation.sole_store import SoleStore
from interfaces.simulation.surroundings import SimulatedSubjects, SimulatedSurroundings

FOUNDERS = ("Founding officer A", "Founding officer B")


class StoreNotSimulated(Refused):
    """This store holds {events} events and is not marked as simulated; nothing may be made up in it."""

    remedy = "Nothing was recorded. Simulate in a store of its own: set ICMS_STATE_DIR to another folder."


class AlreadySimulated(Refused):
    """This store holds events up to {latest}; a simulation from {start} on would let time run backwards."""

    remedy = (
        "Nothing was recorded. Repeat the simulation that is in it ({known}) to finish it, choose a later --start, or "
        "a store of its own with ICMS_STATE_DIR."
    )


def simulate_society(
    bootstrap: Bootstrap, plot: Plot, progress: Callable[[int, int], object], patience: float = PATIENCE
) -> Told:
    """Tell a plot in the store of this installation, from where it was interrupted if it was.

    The clock waits for read models for `patience` seconds.

    Raises: StoreNotSimulated, AlreadySimulated, SimulationRunning, TimeStandsStill, InvalidInput
    """
    if plot.ends > datetime.now(UTC):
        raise InvalidInput(field="--start", problem=f"the simulation would end on {plot.ends:%Y-%m-%d}, in the future")
    state_dir = bootstrap.settings.state_dir
    with alone(state_dir):
        facts = _simulated_store(bootstrap)
        agenda = Agenda(plot.begins, plot.ends)
        surroundings, subjects = SimulatedSurroundings(plot.name, lambda: agenda.now), SimulatedSubjects(plot.name)
        with bootstrap.writer(surroundings, subjects.propose, freshness=5.0) as handler:
            handler.sealer, handler.store = subjects.around(handler.sealer), SoleStore(handler.store)
            recollection = _recollection(bootstrap, handler, plot, facts)
            write_note(state_dir, PlotNote(facts.epoch, plot, finished=False))
            founding = _founded(bootstrap, handler)
            with bootstrap.reader() as connection:
                officers = officer_ids(connection)[: len(FOUNDERS)]
            with ExitStack() as stack:
                passing = None
                if plot.time_passes:
                    time = passing_time(bootstrap, handler, plot.name, lambda: agenda.now, patience)
                    passing = stack.enter_context(time)
                told = tell(plot, agenda, handler, officers, progress, recollection, passing)
        write_note(state_dir, PlotNote(facts.epoch, plot, finished=True))
    return Told(told.events + founding, told.refused)


def known_plot(bootstrap: Bootstrap) -> PlotNote | None:
    """Return which plot is told in this store, as far as it was noted."""
    with bootstrap.reader() as connection:
        return read_note(bootstrap.settings.state_dir, postgres.store_facts(connection).epoch)


def _simulated_store(bootstrap: Bootstrap) -> StoreFacts:
    try:
        open_store(bootstrap, simulated=True)
    except StoreMarkedOtherwise as error:
        with bootstrap.reader() as connection:
            raise StoreNotSimulated(events=EventLog(connection).head()) from error
    with bootstrap.reader() as connection:
        return postgres.store_facts(connection)


def _recollection(bootstrap: Bootstrap, handler: CommandHandler, plot: Plot, facts: StoreFacts) -> Recollection:
    """Return what is recorded of the plot; refuse one that is new and would begin before what the store holds."""
    with postgres.connect(bootstrap.role_dsn("icms_app"), "icms simulation") as connection:
        found = recollect(connection, lambda number: handler.sealer.digest("idempotency key", plot.key_of(number)))
    latest = _latest(bootstrap)
    if not found.receipts and latest is not None and latest > plot.begins:
        note = read_note(bootstrap.settings.state_dir, facts.epoch)
        known = note.plot.options if note else "with its own --clinics, --years, --seed and --start"
        raise AlreadySimulated(latest=f"{latest:%Y-%m-%d}", start=plot.start, known=known)
    return found


def _founded(bootstrap: Bootstrap, handler: CommandHandler) -> int:
    """Found the society in an empty store; return how many events that made."""
    if _latest(bootstrap) is not None:
        return 0
    return found(handler, FOUNDERS).last_position


def _latest(bootstrap: Bootstrap) -> datetime | None:
    with bootstrap.reader() as connection:
        log = EventLog(connection)
        head = log.head()
        last = log.row(head) if head else None
    return last.recorded_at if last else None
