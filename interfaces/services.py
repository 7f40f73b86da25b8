"""The whole registry on one machine: servers, database, topics, rights and processes, brought up and taken down.

Everything here may be repeated, after any interruption: what is there already is left as it is.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil

from domain.errors import Unavailable
from infra.stack import process
from infra.stack.ports import keep_or_choose, require_free
from infra.stack.state_files import make_folder, make_private_folder, read_json, write_json
from infra.stack.supervisor import Supervisor, Worker
from interfaces.bootstrap import Bootstrap
from interfaces.health import WORKERS, Health, ServiceStatus

if TYPE_CHECKING:
    from consumers.worker_options import WorkerOptions
    from interfaces.web.options import WebOptions

Tell = Callable[[str], None]
"""Called with a sentence when a step that takes a while begins."""

_MODULES = {
    "relay": "consumers.relay",
    "projector": "consumers.projector",
    "clock": "interfaces.clock",
    "web": "interfaces.web",
}
_WEB_PATIENCE = 60.0
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "PYTHONPYCACHEPREFIX")


class WebSilent(Unavailable):
    """The web page did not answer within {seconds} seconds."""

    remedy = "Everything recorded is safe. Look at {log}, or ask `icms status`."


class Services:
    """Servers and processes of one installation."""

    def __init__(self, bootstrap: Bootstrap, tell: Tell) -> None:
        self._bootstrap = bootstrap
        self._tell = tell
        self._state = bootstrap.settings.state_dir
        self._supervisor = Supervisor(self._state)

    def up(self) -> str:
        """Bring everything up and return the address of the web page.

        Raises: StackRefused, DatabaseRefused, KafkaRefused, KeyMissing, WrongKey, WebSilent
        """
        make_folder(self._state)
        self.start_servers()
        self.prepare()
        self._require_keys()
        self._tell("starting relay, projector, clock and web page")
        self._supervisor.up(self._workers())
        return self._await_web()

    def start_servers(self) -> None:
        """Start the embedded servers, where no own ones are configured."""
        if (server := self._bootstrap.postgres_server) is not None:
            if not server.running():
                self._tell("starting PostgreSQL")
            server.start()
        if (cluster := self._bootstrap.kafka_cluster) is not None:
            if not all(node.running for node in cluster.nodes()):
                fetched = (self._state / "kafka-jars" / "checked.json").exists()
                self._tell("starting Kafka" if fetched else "starting Kafka (first its programs are fetched: 44 MB)")
            cluster.start()

    def prepare(self) -> None:
        """Bring database, topics and rights to the shape this software needs."""
        from infra import postgres
        from infra.kafka_access import ensure_access, ensure_topics
        from infra.kafka_clients import open_admin

        self._tell("preparing database, topics and rights")
        passwords = {role: self._bootstrap.role_password(role) for role in postgres.ROLES}
        postgres.migrate(self._bootstrap.owner_dsn, passwords)
        servers = self._bootstrap.kafka_servers("admin")
        admin = open_admin(servers)
        try:
            ensure_topics(admin, self._bootstrap.topics, servers)
            ensure_access(admin, self._bootstrap.topics, servers, self._bootstrap.kafka_users)
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
        """Return how every process is."""
        return Health(self._bootstrap).status()

    def _require_keys(self) -> None:
        """Refuse a store whose keys are gone or others: nothing could be recorded, and nothing opened."""
        from infra import postgres
        from infra.key_files import awaits_keys, verify_keys
        from interfaces.founding import is_open

        if not is_open(self._bootstrap):
            return
        with postgres.connect(self._bootstrap.owner_dsn, "icms up") as connection:
            # An opening that was cut short is finished by the next one.
            if not awaits_keys(connection):
                verify_keys(connection, self._bootstrap.keys())

    def _workers(self) -> list[Worker]:
        from consumers.worker_options import WorkerOptions
        from interfaces.web.options import WebOptions

        bootstrap, settings = self._bootstrap, self._bootstrap.settings
        port = self._web_port()
        write_json(self._state / "web.port", port)
        options: dict[str, WorkerOptions | WebOptions] = {
            name: WorkerOptions(
                dsn=bootstrap.role_dsn(role),
                kafka=bootstrap.kafka_servers(user),
                topic_prefix=bootstrap.topics.prefix,
                source=settings.source_uri,
                address=bootstrap.public_address,
                log_level=settings.log_level,
            )
            for name, role, user in (("relay", "icms_relay", "relay"), ("projector", "icms_projector", "auditor"))
        }
        options["web"] = WebOptions(
            dsn=bootstrap.role_dsn("icms_reader"),
            host=settings.web_host,
            port=port,
            events_topic=bootstrap.topics.events,
            public_topic=bootstrap.topics.public,
        )
        folder = make_private_folder(self._state / "workers")
        return [
            self._clock() if name == "clock" else self._worker(name, options[name], folder / f"{name}.json")
            for name in WORKERS
        ]

    def _clock(self) -> Worker:
        """Return the clock, which records as a person does: by the settings and keys of this installation."""
        environment = {variable: os.environ[variable] for variable in _PASSED_ON if variable in os.environ}
        settings = {**self._bootstrap.environment, "ICMS_STATE_DIR": str(self._state.resolve())}
        told = "".join(f"{name}={value}\n" for name, value in sorted(settings.items()))
        environment["OPTIONS_DIGEST"] = hashlib.sha256(told.encode()).hexdigest()
        return Worker("clock", (sys.executable, "-m", _MODULES["clock"]), {**environment, **settings})

    def _worker(self, name: str, options: WorkerOptions | WebOptions, file: Path) -> Worker:
        options.write(file)
        environment = {variable: os.environ[variable] for variable in _PASSED_ON if variable in os.environ}
        # So that the supervisor sees that a process must begin anew: its command line names the file alone.
        environment["OPTIONS_DIGEST"] = hashlib.sha256(file.read_bytes()).hexdigest()
        return Worker(name, (sys.executable, "-m", _MODULES[name], str(file)), environment)

    def _web_port(self) -> int:
        """Return the port asked for, else the remembered one if it is free or our own page listens there, else another.

        Raises: PortTaken if somebody else listens at the one asked for
        """
        if (asked := self._bootstrap.settings.web_port) != 0:
            if not self._page_listens(asked):
                require_free(asked, "the web page")
            return asked
        remembered: int | None = read_json(self._state / "web.port")
        if remembered is not None and self._page_listens(remembered):
            return remembered
        return keep_or_choose(remembered)

    def _page_listens(self, port: int) -> bool:
        pids = [worker.pid for worker in self._supervisor.status() if worker.name == "web" and worker.pid]
        found = process.by_number(pids[0]) if pids else None
        if found is None:
            return False
        with suppress(psutil.Error):
            listening = (each for each in found.net_connections("tcp") if each.status == psutil.CONN_LISTEN)
            return any(each.laddr and each.laddr.port == port for each in listening)
        return False

    def _await_web(self) -> str:
        host, port = self._bootstrap.settings.web_host, read_json(self._state / "web.port")
        seen = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it listens, not we
        address = f"http://{f'[{seen}]' if ':' in seen else seen}:{port}"
        deadline = time.monotonic() + _WEB_PATIENCE
        while time.monotonic() < deadline:
            # Whatever answers there is ours only if our own process listens.
            if self._page_listens(port) and _answers(address):
                return address
            time.sleep(0.1)
        raise WebSilent(seconds=_WEB_PATIENCE, log=self._state / "logs" / "web.log")


def _answers(address: str) -> bool:
    try:
        urlopen(f"{address}/robots.txt", timeout=2).close()  # noqa: S310 - our own address
    except HTTPError:
        # Before the store is opened every page is an error page.
        return True
    except (URLError, TimeoutError, ConnectionError):
        return False
    return True
