"""How every process of an installation is, told within seconds whatever is stopped, missing or stuck."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple, TypeVar

import psutil

from domain.errors import RegistryError
from infra.stack.supervisor import ProcessStatus, Supervisor
from interfaces.bootstrap import Bootstrap

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

WORKERS = ("relay", "projector", "clock", "web")
"""The registry's own processes, in the order in which they are started."""

STALLED_AFTER = 30.0
"""Seconds for which an event may wait for relay or projector before that counts as a fault."""

_PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """How one process is."""

    name: str
    running: bool
    pid: int | None = None
    position: int | None = None
    """Everything up to this position has passed through it."""
    lag: int | None = None
    """Positions between it and the head of the store."""
    restarts: int = 0
    last_error: str | None = None


class Place(NamedTuple):
    """Up to where a process is, and what it stumbled over."""

    position: int | None
    error: str | None


class Places(NamedTuple):
    """Where the store, the relay and the projector are, as far as the database says; else why it does not."""

    head: int | None
    of: Mapping[str, Place]
    problem: str | None


class Health:
    """Looks at one installation without changing it."""

    def __init__(self, bootstrap: Bootstrap, stalled_after: float = STALLED_AFTER) -> None:
        """Look at this installation; who lets events wait for more seconds than `stalled_after` has stalled."""
        self._bootstrap = bootstrap
        self._stalled_after = stalled_after
        self._supervisor = Supervisor(bootstrap.settings.state_dir)

    def status(self) -> list[ServiceStatus]:
        """Return how every process is, servers included; what does not run has its row too."""
        places = self.places()
        pid = self._supervisor.pid()
        supervisor = ServiceStatus(name="supervisor", running=pid is not None, pid=pid, last_error=_stuck(pid))
        known = {worker.name: worker for worker in self._supervisor.status()}
        workers = [self._worker(name, known.get(name), places) for name in WORKERS]
        return [self._postgresql(places), *self._kafka(), supervisor, *workers]

    def places(self) -> Places:
        """Return where everything is; within seconds, even when the database has stopped in the middle."""
        try:
            return _within(_PATIENCE, self._ask_database)
        except RegistryError as error:
            return Places(None, {}, str(error))
        except TimeoutError:
            return Places(None, {}, f"It does not answer within {_PATIENCE:g} seconds.")

    def _ask_database(self) -> Places:
        import psycopg

        try:
            with self._bootstrap.reader() as connection:
                relay = _relay_place(connection, self._stalled_after)
                models = _model_places(connection, self._stalled_after)
                return Places(_head(connection), {**relay, **models, **_clock_place(connection)}, None)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return Places(None, {}, "The database is not prepared yet; `icms up` does it.")
        except psycopg.Error as error:
            return Places(None, {}, f"It went away ({type(error).__name__}).")

    def _postgresql(self, places: Places) -> ServiceStatus:
        server = self._bootstrap.postgres_server
        pid = server.pid() if server else None
        running = places.problem is None or pid is not None
        lag = None if places.head is None else 0
        problem = places.problem if running or server is None else None
        return ServiceStatus(
            name="postgresql", running=running, pid=pid, position=places.head, lag=lag,
            last_error=_stuck(pid) or problem,
        )  # fmt: skip

    def _kafka(self) -> list[ServiceStatus]:
        cluster = self._bootstrap.kafka_cluster
        if cluster is None:
            problem = self._problem_of_own_kafka()
            return [ServiceStatus(name="kafka", running=problem is None, last_error=problem)]
        return [
            ServiceStatus(name=node.name, running=node.running, pid=node.pid, last_error=_stuck(node.pid))
            for node in cluster.nodes()
        ]

    def _problem_of_own_kafka(self) -> str | None:
        from infra.kafka_clients import open_admin

        try:
            _within(2 * _PATIENCE, lambda: open_admin(self._bootstrap.kafka_servers("admin")).close())
        except RegistryError as error:
            return str(error)
        except TimeoutError:
            return f"It does not answer within {2 * _PATIENCE:g} seconds."
        return None

    def _worker(self, name: str, seen: ProcessStatus | None, places: Places) -> ServiceStatus:
        if seen is None:
            return ServiceStatus(name=name, running=False)
        place = places.of.get(name, Place(None, None))
        lag = None if place.position is None or places.head is None else places.head - place.position
        ended = None if seen.running else seen.last_error
        return ServiceStatus(
            name=name, running=seen.running, pid=seen.pid, position=place.position, lag=lag, restarts=seen.restarts,
            last_error=_stuck(seen.pid) or place.error or ended,
        )  # fmt: skip


def healthy(statuses: list[ServiceStatus]) -> bool:
    """Say whether everything runs and nothing has anything to complain about."""
    return all(each.running and each.last_error is None for each in statuses)


def _stuck(pid: int | None) -> str | None:
    """Say that a process was stopped by a signal: it is there, and does nothing."""
    try:
        stopped = pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return None
    return "It was suspended by a signal and does nothing until it is continued." if stopped else None


def _within(seconds: float, ask: Callable[[], T]) -> T:
    """Return what a question yields; raise TimeoutError when it takes too long, and leave it behind then."""
    answers: list[T] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again by who asked
            failures.append(error)

    thread = threading.Thread(target=work, name="health", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if not answers:
        raise TimeoutError
    return answers[0]


def _head(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM registry.events").fetchone()
    return int(row[0]) if row else 0


def _relay_place(connection: psycopg.Connection[Any], stalled_after: float) -> dict[str, Place]:
    row = connection.execute(_RELAY).fetchone()
    return {"relay": Place(int(row[0]), row[1] or _behind(row[2], row[3], stalled_after))} if row else {}


def _model_places(connection: psycopg.Connection[Any], stalled_after: float) -> dict[str, Place]:
    """Return the place of the live build that is furthest behind, and what any of them stumbled over."""
    rows = connection.execute(_MODELS).fetchall()
    if not rows:
        return {}
    said = {name: error or _behind(behind, waited, stalled_after) for name, _, error, behind, waited in rows}
    errors = "; ".join(f"{name}: {error}" for name, error in said.items() if error)
    return {"projector": Place(min(int(row[1]) for row in rows), errors or None)}


def _clock_place(connection: psycopg.Connection[Any]) -> dict[str, Place]:
    row = connection.execute("SELECT position, error FROM registry.clock").fetchone()
    return {"clock": Place(int(row[0]), row[1])} if row else {}


def _behind(events: int, waited: float | None, stalled_after: float) -> str | None:
    """Say that events wait for longer than they should; whether Kafka has them makes no difference."""
    if waited is None or waited < stalled_after:
        return None
    return f"It is {events:,} events behind the store; the first of them has waited for {waited:,.0f} s."


# A simulation records years in minutes: there the waiting cannot have begun before the reader last moved.
_RELAY: LiteralString = """
    SELECT lease.position, lease.error, head.position - lease.position,
           extract(epoch FROM clock_timestamp() - CASE WHEN lacking.position IS NULL THEN NULL WHEN store.simulated
               THEN greatest(lacking.recorded_at, lease.updated_at) ELSE lacking.recorded_at END)::float8
      FROM registry.relay_lease AS lease
     CROSS JOIN registry.store AS store
     CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM registry.events) AS head
      LEFT JOIN registry.events AS lacking ON lacking.position = lease.position + 1
"""

_MODELS: LiteralString = """
    SELECT build.name, build.position, build.error, head.position - build.position,
           extract(epoch FROM clock_timestamp() - CASE WHEN lacking.position IS NOT NULL
               THEN greatest(lacking.recorded_at, build.updated_at) END)::float8
      FROM registry.builds AS build
     CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM registry.events) AS head
      LEFT JOIN registry.events AS lacking ON lacking.position = build.position + 1
     WHERE build.state IN ('live', 'quarantined')
     ORDER BY build.name
"""
