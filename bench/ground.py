"""The servers of the benchmarks are real, their own, and end with the run; every contest gets a database of its own."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

import psutil
import psycopg
from kafka import KafkaAdminClient

from infra.avro_codec import Codec
from infra.event_store import EventStore
from infra.kafka_clients import KafkaServers, open_admin
from infra.postgres import migrate, open_store, role_dsn
from infra.stack import postgres_home
from infra.stack.kafka_broker import KafkaCluster
from infra.stack.postgres_server import PostgresServer
from schemas import catalogue
from schemas.catalogue import Catalogue
from tests.interfaces.importing.registries import PASSWORD
from tests.shared_stack import drop_database

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[1]
# A role's password is the whole server's. The application's is that of the tests' registries, which stand beside.
PASSWORDS = {"icms_app": PASSWORD} | {
    role: f"{role}-of-the-benchmarks" for role in ("icms_relay", "icms_projector", "icms_reader")
}
_DISK = 4 * 1024**3
_MEMORY = 2 * 1024**3


class NoRoom(Exception):
    """The machine lacks what a run needs; the message says what and how much."""


class Busy(Exception):
    """Another run uses the servers; two at once would measure each other."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """A migrated and opened store in a database of its own."""

    owner_dsn: str

    def dsn(self, role: str) -> str:
        """Return the DSN of a role."""
        return role_dsn(self.owner_dsn, role, PASSWORDS[role])


class Ground:
    """The servers, started when they are first needed."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(os.environ.get("ICMS_BENCH_STATE_DIR") or REPOSITORY / "var" / "bench").absolute()
        self._postgres = PostgresServer(self.folder)
        self._kafka: KafkaCluster | None = None
        self._lock: IO[str] | None = None
        self._made: dict[str, Any] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Take the ground for this run alone.

        Raises: NoRoom, Busy
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        require_room(self.folder)
        self._lock = (self.folder / ".run.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise Busy(f"another run of the benchmarks uses {self.folder}; wait until it has ended") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._open.close()
        finally:
            self.stop()
            if self._lock is not None:
                self._lock.close()

    def stop(self) -> None:
        """End the servers."""
        (self._kafka or KafkaCluster(self.folder)).stop()
        self._postgres.stop()

    def once(self, name: str, make: Callable[[ExitStack], T]) -> T:
        """Return what several rows share, made when the first asks; what it entered ends with the run."""
        if name not in self._made:
            self._made[name] = make(self._open)
        made: T = self._made[name]
        return made

    @cached_property
    def owner_dsn(self) -> str:
        """Return the DSN of the server's owner; databases that a killed run left are gone."""
        dsn = self._postgres.start()
        with psycopg.connect(dsn) as connection:
            left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'b\\_%'").fetchall()
        for (name,) in left:
            drop_database(dsn, name)
        return dsn

    def dsn(self, database: str) -> str:
        """Return the owner's DSN of a database."""
        return self._postgres.dsn(database)

    @property
    def programs(self) -> Path:
        """Return the folder of PostgreSQL's programs."""
        home = postgres_home.known(self._postgres.folder)
        assert home is not None, "the server was not started"
        return home.programs

    @cached_property
    def kafka(self) -> KafkaCluster:
        """Return one running broker; topics that a killed run left are gone."""
        self._kafka = KafkaCluster(self.folder, brokers=1, jars=self.folder.parent / "kafka-jars")
        self._kafka.start()
        admin = open_admin(self._servers(self._kafka, "admin"))
        try:
            left = [topic for topic in admin.list_topics() if topic.startswith("b-")]
            if left:
                admin.delete_topics(left)
        finally:
            admin.close()
        return self._kafka

    @contextmanager
    def kafka_admin(self) -> Iterator[KafkaAdminClient]:
        """Yield a client that may make topics and give rights."""
        admin = open_admin(self.kafka_servers("admin"))
        try:
            yield admin
        finally:
            admin.close()

    def kafka_servers(self, user: str) -> KafkaServers:
        """Return how a user reaches the broker."""
        return self._servers(self.kafka, user)

    @staticmethod
    def _servers(kafka: KafkaCluster, user: str) -> KafkaServers:
        return KafkaServers(bootstrap_servers=kafka.bootstrap_servers(), user=user, password=kafka.users()[user])

    @cached_property
    def schemas(self) -> Catalogue:
        """Return the schemas of all events."""
        return catalogue.load()

    @cached_property
    def codec(self) -> Codec:
        """Return what encodes events."""
        return Codec(self.schemas)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the owner's DSN of an empty database, dropped afterwards."""
        name = f"b_{uuid.uuid4().hex}"
        with psycopg.connect(self.owner_dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield self._postgres.dsn(name)
        finally:
            drop_database(self.owner_dsn, name)

    @contextmanager
    def scratch(self) -> Iterator[Scratch]:
        """Yield an empty store; it counts as simulated, so that times of events may be made beforehand."""
        with self.database() as owner_dsn:
            migrate(owner_dsn, PASSWORDS)
            open_store(owner_dsn, simulated=True)
            yield Scratch(owner_dsn)

    @contextmanager
    def event_store(self, scratch: Scratch) -> Iterator[EventStore]:
        """Yield the application's store on a scratch database."""
        store = EventStore(
            scratch.dsn("icms_app"), self.codec, lambda topic: self.schemas.by_topic(topic).disclosure, readers=8
        )
        try:
            yield store
        finally:
            store.close()


def require_room(folder: Path) -> None:
    """Refuse a machine without room before anything is started.

    Raises: NoRoom
    """
    free, memory = shutil.disk_usage(folder).free, psutil.virtual_memory().available
    if free < _DISK:
        raise NoRoom(f"{folder} has {free / 1024**3:.1f} GiB free; the benchmarks need {_DISK / 1024**3:.0f} GiB")
    if memory < _MEMORY:
        raise NoRoom(f"{memory / 1024**3:.1f} GiB of memory are free; the benchmarks need {_MEMORY / 1024**3:.0f} GiB")


def stop_leftovers() -> None:
    """Stop the servers that a killed run left behind, unless a run uses them now."""
    ground = Ground()
    if not ground.folder.exists():
        return
    with (ground.folder / ".run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        ground.stop()


def facts(ground: Ground) -> dict[str, Any]:
    """Return what a reader must know of the machine to read the rates."""
    with psycopg.connect(ground.owner_dsn) as connection:
        version = connection.info.parameter_status("server_version")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3),
        "python": platform.python_version(),
        "postgresql": version,
        "load_at_start": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    stop_leftovers()
