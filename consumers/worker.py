"""How every worker lives: it waits for what is away, keeps a halt on show, and in doubt it dies at once.

Exit codes: 0 asked to stop · 75 in doubt, start it again · 76 another runner has its work.
A watchdog ends the process when a library call never comes back.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn, Protocol

import psycopg
import structlog

from consumers.garbage import collect_seldom
from consumers.halting import AnotherRunner, Halted, InDoubt
from domain.errors import RegistryError, Unavailable

STOPPED, START_AGAIN, NOT_NEEDED = 0, 75, 76
AWAY_PAUSE = 1.0
HALTED_PAUSE = 15.0
WATCHDOG_PATIENCE = 90.0

log = structlog.get_logger(__name__)


class Attempt(Protocol):
    """One life of a worker, from connecting until it is asked to stop or cannot go on."""

    def __call__(self, life: Life) -> None:
        """Work; return when asked to stop, or to be called again at once."""


class Life:
    """What a working process asks and tells while it works."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._heard = time.monotonic()

    def stopping(self) -> bool:
        """Say whether the process was asked to stop; asking shows that it is not stuck."""
        self._heard = time.monotonic()
        return self._asked.is_set()

    def stop(self) -> None:
        """Ask it to stop."""
        self._asked.set()

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than until it is asked to stop."""
        deadline = time.monotonic() + seconds
        while not self.stopping() and (left := deadline - time.monotonic()) > 0:
            self._asked.wait(min(left, 5.0))

    def silent_for(self) -> float:
        """Return for how many seconds nothing was heard of it."""
        return time.monotonic() - self._heard


Report = Callable[[RegistryError], None]


def live(name: str, attempt: Attempt, life: Life, report: Report | None = None) -> int:
    """Call `attempt` again and again until asked to stop; return the exit code.

    What is away is waited for; a halt is reported and looked at again after a while, so that it ends by itself when a
    person has acted. Nothing of a halted attempt is on its way anywhere.

    Raises: InDoubt; the process must end then, at once
    """
    said = ""
    while not life.stopping():
        try:
            attempt(life)
            said = ""
        except AnotherRunner as error:
            log.error("worker_not_needed", worker=name, problem=str(error))
            return NOT_NEEDED
        except InDoubt:
            raise
        except (RegistryError, psycopg.OperationalError, psycopg.InterfaceError) as error:
            known = error if isinstance(error, RegistryError) else Away(problem=type(error).__name__)
            if str(known) != said:
                said = str(known)
                log.error("worker_waits", worker=name, situation=known.name, problem=said)
            if report is not None:
                report(known)
            life.pause(HALTED_PAUSE if isinstance(known, Halted) else AWAY_PAUSE)
    log.info("worker_stopped", worker=name)
    return STOPPED


class Away(Unavailable):
    """PostgreSQL went away ({problem})."""

    remedy = "Nothing is lost; this process goes on when it is back."


def run_process(name: str, attempt: Attempt, report: Report | None = None) -> NoReturn:
    """Live as a process of its own: signals, watchdog, exit codes; never returns."""
    life = Life()
    collect_seldom()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: life.stop())
    threading.Thread(target=_watch, args=(name, life), name="watchdog", daemon=True).start()
    code: int = START_AGAIN
    try:
        code = live(name, attempt, life, report)
    except InDoubt as error:
        log.error("worker_in_doubt", worker=name, problem=str(error))
    except Exception:
        log.exception("worker_failed", worker=name)
    leave(code)


def leave(code: int) -> NoReturn:
    """End the process now: no thread of a library may still send anything, and none is waited for."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _watch(name: str, life: Life) -> None:
    while True:
        time.sleep(1.0)
        if life.silent_for() > WATCHDOG_PATIENCE:
            log.error("worker_stuck", worker=name, seconds=round(life.silent_for()))
            leave(START_AGAIN)
