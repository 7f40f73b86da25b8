"""The servers under the tests outlive a run as long as another run of the same checkout uses them.

Each run holds a shared lock, which the operating system takes back however the run ends. Who can get it for itself
alone is the only user: at the start it may sweep, at the end it stops the servers.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from infra.stack.kafka_admin import TidyAdminClient
from infra.stack.kafka_broker import KafkaCluster
from infra.stack.postgres_server import PostgresServer
from infra.stack.state_files import make_folder


@dataclass(frozen=True)
class LocalKafka:
    """The Kafka of the tests, as a client must know it (SASL_PLAINTEXT, SCRAM-SHA-512)."""

    bootstrap_servers: str
    users: dict[str, str]

    def credentials(self, user: str = "admin") -> dict[str, str]:
        """Return the options with which kafka-python connects as that user."""
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": self.users[user],
        }


@dataclass(frozen=True)
class SharedStack:
    """The running servers of the tests."""

    state_dir: Path
    postgres: PostgresServer
    cluster: KafkaCluster
    owner_dsn: str
    kafka: LocalKafka


@contextmanager
def hold_stack(state_dir: Path, jars: Path) -> Iterator[SharedStack]:
    """Start the servers or join those that run, and stop them when nobody else holds them."""
    make_folder(state_dir)
    with (state_dir / ".users.lock").open("a") as lock:
        alone = _try_alone(lock)
        if not alone:
            fcntl.flock(lock, fcntl.LOCK_SH)
        shared = _started(state_dir, jars)
        if alone:
            _sweep(shared)
            fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield shared
        finally:
            if _try_alone(lock):
                shared.cluster.stop()
                shared.postgres.stop()


def drop_database(owner_dsn: str, name: str) -> None:
    """Drop the database and throw out whoever is connected to it."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def state_dir() -> Path:
    """Return the folder in which the servers of the tests keep their state."""
    repository = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("ICMS_TEST_STATE_DIR") or repository / "var" / "test").absolute()


def stop_leftovers() -> None:
    """Stop the servers that a killed run left behind, unless a run uses them now."""
    folder = state_dir()
    if not folder.exists():
        return
    with (folder / ".users.lock").open("a") as lock:
        if _try_alone(lock):
            KafkaCluster(folder).stop()
            PostgresServer(folder).stop()


def _try_alone(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _started(state_dir: Path, jars: Path) -> SharedStack:
    postgres = PostgresServer(state_dir)
    cluster = KafkaCluster(state_dir, brokers=1, jars=jars)
    owner_dsn = postgres.start()
    kafka = LocalKafka(cluster.start(), cluster.users())
    return SharedStack(state_dir, postgres, cluster, owner_dsn, kafka)


def _sweep(shared: SharedStack) -> None:
    """Remove what tests of killed runs left behind."""
    with psycopg.connect(shared.owner_dsn) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 't\\_%'").fetchall()
    for (name,) in left:
        drop_database(shared.owner_dsn, name)
    admin = TidyAdminClient(**shared.kafka.credentials())
    try:
        topics = [topic for topic in admin.list_topics() if topic.startswith("t-")]
        if topics:
            admin.delete_topics(topics)
    finally:
        admin.close()


if __name__ == "__main__":
    stop_leftovers()
