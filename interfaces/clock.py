"""The clock as a process: `python -m interfaces.clock`, started by `icms up` with the settings in its environment.

It ticks by itself in a real store. In a simulated one time is what a person says: `icms clock tick`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import NoReturn
from uuid import UUID

import psycopg

from consumers.clock import Clock, Ticked
from consumers.worker import Life, run_process
from consumers.worker_log import log_to_stderr
from domain.errors import RegistryError
from infra import crash_points, postgres
from interfaces.bootstrap import Bootstrap, RealSurroundings

EVERY = 20.0
"""Seconds between two ticks."""

_PATIENCE = 30.0


class TickSurroundings:
    """Implements `application.ports.Surroundings` for a simulated store: its time is the tick's."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment
        self._real = RealSurroundings()

    def now(self) -> datetime:
        """Return the moment of the tick."""
        return self._moment

    def new_id(self) -> UUID:
        """Return a random id."""
        return self._real.new_id()

    def salt(self) -> bytes:
        """Return 16 random bytes."""
        return self._real.salt()


@contextmanager
def clock_of(
    bootstrap: Bootstrap,
    moment: datetime | None = None,
    patience: float = _PATIENCE,
    tell: Callable[[int, int], object] | None = None,
) -> Iterator[Clock]:
    """Yield the clock of an installation; in a simulated store a moment is also the time of recording.

    Raises: DatabaseRefused, StoreNotOpened, WrongKey
    """
    with ExitStack() as stack:
        own = stack.enter_context(postgres.connect(bootstrap.role_dsn("icms_app"), "icms clock"))
        reader = stack.enter_context(bootstrap.reader())
        told = None
        if moment is not None and postgres.store_facts(own).simulated:
            # Time follows position: nothing is recorded before what was recorded last.
            told = TickSurroundings(max(moment, _latest(own) or moment))
        handler = stack.enter_context(bootstrap.writer(told))
        yield Clock(handler, reader, own, patience=patience, tell=tell)


def tick(bootstrap: Bootstrap, moment: datetime | None, tell: Callable[[int, int], object] | None = None) -> Ticked:
    """Record what is so by a moment; raise what refuses it."""
    with clock_of(bootstrap, moment, tell=tell) as clock:
        return clock.tick(moment)


def run(bootstrap: Bootstrap, life: Life) -> None:
    """Tick until asked to stop."""
    with postgres.connect(bootstrap.role_dsn("icms_app"), "icms clock") as own:
        simulated = postgres.store_facts(own).simulated
    if simulated:
        while not life.stopping():
            life.pause(EVERY)
        return
    with clock_of(bootstrap, tell=lambda _done, _total: life.stopping()) as clock:
        while not life.stopping():
            clock.tick()
            life.pause(EVERY)


def _latest(connection: psycopg.Connection[tuple[object, ...]]) -> datetime | None:
    row = connection.execute("SELECT recorded_at FROM registry.events ORDER BY position DESC LIMIT 1").fetchone()
    return row[0] if row is not None and isinstance(row[0], datetime) else None


def report(bootstrap: Bootstrap, error: RegistryError) -> None:
    """Say beside the clock's place why it stands still, if the database can be told."""
    with (
        contextlib.suppress(RegistryError, psycopg.Error),
        postgres.connect(bootstrap.role_dsn("icms_app"), "icms clock") as own,
    ):
        own.execute("UPDATE registry.clock SET error = %s", (str(error),))


def main() -> NoReturn:
    """Run as the process that lets time pass."""
    bootstrap = Bootstrap.from_environment(os.environ)
    crash_points.arm(os.environ)
    log_to_stderr(bootstrap.settings.log_level)
    run_process("clock", lambda life: run(bootstrap, life), lambda error: report(bootstrap, error))


if __name__ == "__main__":
    main()
