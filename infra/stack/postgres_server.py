"""The embedded PostgreSQL is one durable server per state folder; who asks for it gets the one that runs.

Every role needs its password (scram-sha-256), nothing but loopback is listened to, and a commit that was acknowledged
is on disk: fsync, synchronous_commit and full_page_writes are on. A crash is answered by PostgreSQL's own recovery,
for which we wait as long as it works.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Literal

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from infra.stack import postgres_home, process
from infra.stack.ports import LOOPBACK, keep_or_choose
from infra.stack.postgres_home import PostgresHome
from infra.stack.refusals import SecretLost, ServerDidNotStart
from infra.stack.state_files import Secrets, exclusive, make_folder, read_json, write_json

OWNER = "icms_owner"
DATABASE = "icms"
_WHO = "PostgreSQL"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
}


class PostgresServer:
    """The PostgreSQL of one state folder."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = Path(state_dir).absolute()
        self.folder = self.state_dir / "postgres"
        self.log = self.folder / "server.log"
        self._where = self.folder / "server.json"

    def start(self) -> str:
        """Start the server unless it runs, wait until it answers, and return the owner's DSN.

        Raises: StackRefused
        """
        make_folder(self.state_dir)
        make_folder(self.folder)
        with exclusive(self.folder / ".lock"):
            password = self._password()
            home = postgres_home.prepare(self.folder, owner=OWNER, password=password)
            found = postgres_home.postmaster(home.data)
            if found is None or not self._becomes_ready(found):
                self._start_anew(home)
            self._make_database()
        return self.dsn()

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """End the server: `fast` writes everything down, `immediate` is a crash without the power cut."""
        home = postgres_home.known(self.folder)
        if home is None:
            return
        with exclusive(self.folder / ".lock"):
            server = postgres_home.postmaster(home.data)
            if server is not None:
                ask = signal.SIGINT if mode == "fast" else signal.SIGQUIT
                process.end(server, who=_WHO, ask=ask, patience=120)
            postgres_home.end_leftovers(home.data)

    def pid(self) -> int | None:
        """Return the number of the main process, or None when it is not running."""
        home = postgres_home.known(self.folder)
        server = postgres_home.postmaster(home.data) if home else None
        return server.pid if server else None

    def running(self) -> bool:
        """Say whether the main process lives."""
        return self.pid() is not None

    def dsn(self, database: str = DATABASE) -> str:
        """Return the owner's DSN as a URL, for the port at which the server listens or listened last.

        Raises: SecretLost if there is no server yet
        """
        password = Secrets(self.state_dir).password(f"postgres.{OWNER}", may_create=False)
        return f"postgresql://{OWNER}:{password}@{LOOPBACK}:{self._port()}/{database}"

    def data_folder(self) -> Path | None:
        """Return where the data are: beside the state unless the server's account cannot get there."""
        home = postgres_home.known(self.folder)
        return home.data if home else None

    def _password(self) -> str:
        has_data = postgres_home.known(self.folder) is not None
        return Secrets(self.state_dir).password(f"postgres.{OWNER}", may_create=not has_data)

    def _port(self) -> int | None:
        match read_json(self._where):
            case {"port": int(port)}:
                return port
            case _:
                return None

    def _start_anew(self, home: PostgresHome) -> None:
        postgres_home.end_leftovers(home.data)
        port = keep_or_choose(self._port())
        write_json(self._where, {"port": port})
        options = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(port)}.items()]
        server = process.detached(
            [str(home.programs / "postgres"), "-D", str(home.data), *options],
            log=self.log,
            cwd=home.data,
            env=postgres_home.ENVIRONMENT,
            account=home.account,
        )
        if server is None or not self._becomes_ready(server):
            raise ServerDidNotStart(who=_WHO, last_words=process.last_words(self.log), log=self.log)

    def _becomes_ready(self, server: psutil.Process) -> bool:
        """Wait as long as the server lives, because recovery takes what it takes; say whether it answered."""
        while process.alive(server):
            try:
                psycopg.connect(make_conninfo(self.dsn("postgres"), connect_timeout=5)).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise SecretLost(path=Secrets(self.state_dir).path) from error
                time.sleep(0.05)
            else:
                return True
        return False

    def _make_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %(name)s", {"name": DATABASE})
            if known.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
