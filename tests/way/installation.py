"""One whole installation, as `icms up` makes it, in a folder of its own under the tests' state folder.

A run holds its folder by a lock that the operating system takes back however the run ends; a second run beside it
takes the next folder. What a killed run left running is stopped, and what it recorded is thrown away.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import itertools
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

import psycopg
from kafka.errors import UnknownTopicOrPartitionError

from infra.kafka_clients import open_admin
from infra.kafka_log import Topics
from infra.stack.postgres_server import DATABASE, PostgresServer
from infra.stack.state_files import make_folder
from infra.stack.supervisor import Supervisor
from interfaces.bootstrap import Bootstrap
from interfaces.cli.main import run
from interfaces.services import Services
from tests.shared_stack import drop_database, state_dir

FOLDER = "way"
_MADE_ANEW = ("keys", "logs", "workers", "run")
_PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command line of `icms` printed, and with which code it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return what it printed for programs."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a running registry is, and its command line."""

    state_dir: Path
    environment: Mapping[str, str]

    @property
    def bootstrap(self) -> Bootstrap:
        """Return what it is made of, as its own command line makes it."""
        return Bootstrap.from_environment(self.environment)

    @property
    def services(self) -> Services:
        """Return its servers and processes."""
        return Services(self.bootstrap, lambda _sentence: None)

    def icms(self, *arguments: object) -> Answer:
        """Run one command line of `icms` to its end."""
        out, err = io.StringIO(), io.StringIO()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ICMS_")}
        with (
            patch.dict(os.environ, {**kept, **self.environment}, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run([str(each) for each in arguments])
        return Answer(int(code), out.getvalue(), err.getvalue())

    def done(self, *arguments: object) -> Any:
        """Run one command line with --json, which must succeed, and return what it printed."""
        answer = self.icms(*arguments, "--json")
        assert answer.code == 0, f"icms {' '.join(map(str, arguments))} ended with {answer.code}: {answer.err}"
        return answer.json

    @property
    def head(self) -> int:
        """Return the last position of its log."""
        with self.bootstrap.log() as log:
            return log.head()

    def owner(self) -> psycopg.Connection[Any]:
        """Connect as the owner of the database."""
        return psycopg.connect(self.bootstrap.owner_dsn, autocommit=True)

    def caught_up(self) -> int:
        """Wait until everything recorded is in the topics and in every read model; return the last position."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            head = self.head
            seen = {each.name: each for each in self.services.status()}
            if all(seen[name].position == head for name in ("relay", "projector") if name in seen):
                return head
            assert time.monotonic() < deadline, f"it stands still: {seen}"
            time.sleep(0.1)

    def _kafka(self) -> dict[str, str]:
        cluster = self.bootstrap.kafka_cluster
        assert cluster is not None
        passwords = {f"ICMS_KAFKA_{user.upper()}_PASSWORD": password for user, password in cluster.users().items()}
        return {"ICMS_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap.kafka_bootstrap, **passwords}

    def relayed(self, position: int) -> None:
        """Wait until the relay has published everything up to a position."""
        deadline = time.monotonic() + _PATIENCE
        with self.owner() as connection:
            while True:
                told = connection.execute("SELECT position, error FROM registry.relay_lease").fetchone()
                if told is not None and told[0] >= position:
                    return
                assert time.monotonic() < deadline, f"the relay stands still: {told}"
                time.sleep(0.02)

    @contextmanager
    def beside(self, database: str, folder: Path) -> Iterator[Installation]:
        """Yield a second registry without processes: an own database and own topics on the same servers, equal keys."""
        with self.owner() as connection:
            connection.execute(f"CREATE DATABASE {database}".encode())
        try:
            make_folder(folder)
            shutil.copy(self.state_dir / "secrets.json", folder)
            shutil.copytree(self.state_dir / "keys", folder / "keys")
            server = PostgresServer(self.state_dir)
            dsn = server.dsn(database)
            yield Installation(
                folder,
                {
                    "ICMS_STATE_DIR": str(folder),
                    "ICMS_DATABASE_URL": dsn,
                    "ICMS_KAFKA_TOPIC_PREFIX": f"t-{database}.".replace("_", "-"),
                    **self._kafka(),
                },
            )
        finally:
            drop_database(self.bootstrap.owner_dsn, database)


@contextmanager
def whole_installation() -> Iterator[Installation]:
    """Yield an installation that is up and empty, in a folder that no other run uses; it is stopped at the end."""
    with ExitStack() as stack:
        folder = stack.enter_context(_free_folder())
        installation = Installation(folder, {"ICMS_STATE_DIR": str(folder)})
        Supervisor(folder).stop()
        stack.callback(installation.services.stop)
        _forget(installation)
        installation.services.up()
        yield installation


def stop_leftovers() -> None:
    """Stop what killed runs left running."""
    for folder in sorted(state_dir().glob(f"{FOLDER}*")):
        if not (folder / ".run.lock").exists():
            continue
        with (folder / ".run.lock").open("a") as lock:
            if _lock(lock):
                Installation(folder, {"ICMS_STATE_DIR": str(folder)}).services.stop()


@contextmanager
def _free_folder() -> Iterator[Path]:
    for number in itertools.count(1):
        folder = make_folder(state_dir() / (FOLDER if number == 1 else f"{FOLDER}-{number}"))
        with (folder / ".run.lock").open("a") as lock:
            if _lock(lock):
                jars = folder / "kafka-jars"
                if not jars.is_symlink():
                    shared = state_dir().parent / "kafka-jars"
                    # The first test of a fresh checkout may be this one.
                    shared.mkdir(parents=True, exist_ok=True)
                    jars.symlink_to(shared, target_is_directory=True)
                yield folder
                return


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget(installation: Installation) -> None:
    """Throw away what an earlier run recorded; the servers' own files are kept, because they take longest to make."""
    services, bootstrap = installation.services, installation.bootstrap
    services.start_servers()
    with psycopg.connect(PostgresServer(installation.state_dir).dsn("postgres"), autocommit=True) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname = %s OR datname LIKE 'w\\_%%'", (DATABASE,)
        )
        names = [name for (name,) in found.fetchall()]
    for name in names:
        drop_database(PostgresServer(installation.state_dir).dsn("postgres"), name)
    admin = open_admin(bootstrap.kafka_servers("admin"))
    try:
        for topic in admin.list_topics():
            if topic.startswith("t-") or topic.endswith(Topics().both):
                with contextlib.suppress(UnknownTopicOrPartitionError):
                    admin.delete_topics([topic])
    finally:
        admin.close()
    for name in _MADE_ANEW:
        shutil.rmtree(installation.state_dir / name, ignore_errors=True)
    services.start_servers()


if __name__ == "__main__":
    stop_leftovers()
