"""The whole registry on one machine: servers, database, topics, rights and processes, brought up and taken down.

Everything here may be repeated, after any interruption: what is there already is left as it is.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psycopg

from consumers.worker_options import WorkerOptions
from domain.errors import RegistryError, Unavailable
from infra import postgres
from infra.kafka_access import ensure_access, ensure_topics
from infra.kafka_clients import open_admin
from infra.stack.ports import keep_or_choose
from infra.stack.state_files import make_folder, read_json, write_json
from infra.stack.supervisor import Supervisor, Worker
from interfaces.bootstrap import Bootstrap
from interfaces.web.options import WebOptions

Tell = Callable[[str], None]
"""Called with a sentence when a step that takes a while begins."""

_WEB_PATIENCE = 30.0
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "ICMS_CRASH_AT")


class WebSilent(Unavailable):
    """The web page did not answer within {seconds} seconds."""

    remedy = "Everything recorded is safe. Look at {log}, or ask `icms status`."


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


class Services:
    """Servers and processes of one installation."""

    def __init__(self, bootstrap: Bootstrap, tell: Tell) -> None:
        self._bootstrap = bootstrap
        self._tell = tell
        self._state = bootstrap.settings.state_dir
        self._supervisor = Supervisor(self._state)

    def up(self) -> str:
        """Bring everything up and return the address of the web page.

        Raises: StackRefused, DatabaseRefused, KafkaRefused, WebSilent
        """
        make_folder(self._state)
        self.start_servers()
        self.prepare()
        self._tell("starting relay, projector and web page")
        self._supervisor.up(self._workers())
        return self._await_web()

    def start_servers(self) -> None:
        """Start the embedded servers, where no own ones are configured."""
        if self._bootstrap.postgres_server is not None:
            self._tell("starting PostgreSQL")
            self._bootstrap.postgres_server.start()
        if self._bootstrap.kafka_cluster is not None:
            self._tell("starting Kafka (the first time it is fetched: 44 MB)")
            self._bootstrap.kafka_cluster.start()

    def prepare(self) -> None:
        """Bring database, topics and rights to the shape this software needs."""
        self._tell("preparing database, topics and rights")
        passwords = {role: self._bootstrap.role_password(role) for role in postgres.ROLES}
        postgres.migrate(self._bootstrap.owner_dsn, passwords)
        servers = self._bootstrap.kafka_servers("admin")
        admin = open_admin(servers)
        try:
            ensure_topics(admin, self._bootstrap.topics, servers)
            ensure_access(admin, self._bootstrap.topics, servers)
        finally:
            admin.close()

    def stop(self) -> None:
        """Stop the processes, then the embedded servers; what was recorded stays."""
        self._tell("stopping the registry's processes")
        self._supervisor.stop()
        if self._bootstrap.kafka_cluster is not None:
            self._tell("stopping Kafka")
            self._bootstrap.kafka_cluster.stop()
        if self._bootstrap.postgres_server is not None:
            self._tell("stopping PostgreSQL")
            self._bootstrap.postgres_server.stop()

    def status(self) -> list[ServiceStatus]:
        """Return how every process is, servers included; what cannot be asked is shown as not running."""
        head, places = self._places()
        found = [*self._servers(head)]
        pid = self._supervisor.pid()
        found.append(ServiceStatus(name="supervisor", running=pid is not None, pid=pid))
        for worker in self._supervisor.status():
            position, error = places.get(worker.name, (None, None))
            found.append(
                ServiceStatus(
                    name=worker.name,
                    running=worker.running,
                    pid=worker.pid,
                    position=position,
                    lag=None if position is None or head is None else head - position,
                    restarts=worker.restarts,
                    last_error=error or (worker.last_error if not worker.running else None),
                )
            )
        return found

    def _servers(self, head: int | None) -> list[ServiceStatus]:
        found = []
        server = self._bootstrap.postgres_server
        pid = server.pid() if server else None
        alive = head is not None or pid is not None
        found.append(ServiceStatus(name="postgresql", running=alive, pid=pid, position=head, lag=0 if head else None))
        cluster = self._bootstrap.kafka_cluster
        if cluster is None:
            problem = self._kafka_problem()
            found.append(ServiceStatus(name="kafka", running=problem is None, last_error=problem))
        else:
            found += [ServiceStatus(name=node.name, running=node.running, pid=node.pid) for node in cluster.nodes()]
        return found

    def _kafka_problem(self) -> str | None:
        try:
            open_admin(self._bootstrap.kafka_servers("admin")).close()
        except RegistryError as error:
            return str(error)
        return None

    def _places(self) -> tuple[int | None, Mapping[str, tuple[int | None, str | None]]]:
        """Return the head of the log, and position and error of relay, projector and each read model."""
        try:
            with self._bootstrap.reader() as connection:
                return _head(connection), {**_relay_place(connection), **_model_places(connection)}
        except (RegistryError, psycopg.Error):
            return None, {}

    def _workers(self) -> list[Worker]:
        settings = self._bootstrap.settings
        port = settings.web_port or keep_or_choose(read_json(self._state / "web.port"))
        write_json(self._state / "web.port", port)
        folder = make_folder(self._state / "workers")
        relay = self._options("icms_relay", "relay")
        projector = self._options("icms_projector", "auditor")
        web = WebOptions(
            dsn=self._bootstrap.role_dsn("icms_reader"),
            host=settings.web_host,
            port=port,
            events_topic=self._bootstrap.topics.events,
            public_topic=self._bootstrap.topics.public,
        )
        relay.write(folder / "relay.json")
        projector.write(folder / "projector.json")
        web.write(folder / "web.json")
        modules = {"relay": "consumers.relay", "projector": "consumers.projector", "web": "interfaces.web"}
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return [
            Worker(name, (sys.executable, "-m", module, str(folder / f"{name}.json")), environment)
            for name, module in modules.items()
        ]

    def _options(self, role: str, user: str) -> WorkerOptions:
        settings = self._bootstrap.settings
        return WorkerOptions(
            dsn=self._bootstrap.role_dsn(role),
            kafka=self._bootstrap.kafka_servers(user),
            source=settings.source_uri,
            address=self._bootstrap.public_address,
            log_level=settings.log_level,
        )

    def _await_web(self) -> str:
        address = f"http://{self._bootstrap.settings.web_host}:{read_json(self._state / 'web.port')}"
        deadline = time.monotonic() + _WEB_PATIENCE
        while time.monotonic() < deadline:
            try:
                with urlopen(f"{address}/robots.txt", timeout=2):  # noqa: S310 - our own address
                    return address
            except HTTPError:
                # It answers; before the store is opened every page is an error page.
                return address
            except (URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
        raise WebSilent(seconds=_WEB_PATIENCE, log=self._state / "logs" / "web.log")


def _head(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM registry.events").fetchone()
    return int(row[0]) if row else 0


def _relay_place(connection: psycopg.Connection[Any]) -> dict[str, tuple[int | None, str | None]]:
    row = connection.execute("SELECT position, error FROM registry.relay_lease").fetchone()
    return {"relay": (int(row[0]), row[1])} if row else {}


def _model_places(connection: psycopg.Connection[Any]) -> dict[str, tuple[int | None, str | None]]:
    """Return each live build's position, and for the projector that of the one furthest behind."""
    rows = connection.execute(
        """
        SELECT name, position, error FROM registry.builds WHERE state IN ('live', 'quarantined') ORDER BY name
        """
    ).fetchall()
    if not rows:
        return {}
    errors = "; ".join(f"{name}: {error}" for name, _, error in rows if error)
    return {"projector": (min(int(position) for _, position, _ in rows), errors or None)}
