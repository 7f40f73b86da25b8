"""A simulation on a real store: it opens an empty one itself, and refuses one that is not simulated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from domain.errors import InvalidInput, Refused
from infra import postgres
from infra.event_log import EventLog
from interfaces.bootstrap import Bootstrap
from interfaces.founding import found, is_open, officer_ids, open_store
from interfaces.simulation.agenda import Agenda
from interfaces.simulation.history import Plot, Told, tell
from interfaces.simulation.surroundings import SimulatedSurroundings

FOUNDERS = ("Founding officer A", "Founding officer B")


class StoreNotSimulated(Refused):
    """This store holds {events} events and is not marked as simulated; nothing may be made up in it."""

    remedy = "Nothing was recorded. Simulate in a store of its own: set ICMS_STATE_DIR to another folder."


class AlreadySimulated(Refused):
    """This store holds the simulation with seed {seed} already, or a later time; time does not run backwards."""

    remedy = "Nothing was recorded. Choose a later --start, or a store of its own with ICMS_STATE_DIR."


def simulate_society(bootstrap: Bootstrap, plot: Plot, progress: Callable[[int, int], object]) -> Told:
    """Tell a plot in the store of this installation; raise StoreNotSimulated, AlreadySimulated, InvalidInput."""
    if plot.ends > datetime.now(UTC):
        raise InvalidInput(field="start", problem=f"the simulation would end on {plot.ends:%Y-%m-%d}, in the future")
    _require_simulated(bootstrap)
    latest = _latest(bootstrap)
    if latest is not None and latest > plot.begins:
        raise AlreadySimulated(seed=plot.seed)
    agenda = Agenda(plot.begins, plot.ends)
    surroundings = SimulatedSurroundings(plot.seed, lambda: agenda.now)
    subjects = Random(f"subjects {plot.seed}")
    with bootstrap.writer(surroundings, lambda: UUID(int=subjects.getrandbits(128), version=4)) as handler:
        before = 0
        if latest is None:
            receipt = found(handler, FOUNDERS)
            before = receipt.last_position
        with bootstrap.reader() as connection:
            officers = officer_ids(connection)
        told = tell(plot, agenda, handler, officers, progress)
    return Told(told.events + before, told.refused)


def _require_simulated(bootstrap: Bootstrap) -> None:
    if not is_open(bootstrap):
        open_store(bootstrap, simulated=True)
    with bootstrap.reader() as connection:
        if not postgres.store_facts(connection).simulated:
            raise StoreNotSimulated(events=EventLog(connection).head())


def _latest(bootstrap: Bootstrap) -> datetime | None:
    with bootstrap.reader() as connection:
        log = EventLog(connection)
        head = log.head()
        last = log.row(head) if head else None
    return last.recorded_at + timedelta(microseconds=1) if last else None
