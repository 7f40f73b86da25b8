"""Registries for the command line: one that is only a store, and one with all its processes on the tests' servers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from domain.first_policy import FIRST_POLICY
from infra.kafka_access import ensure_users
from infra.kafka_clients import KafkaServers, open_admin
from infra.postgres import migrate
from infra.stack.state_files import write_json
from interfaces.services import Services
from tests.infra.scratch_store import PASSWORDS
from tests.interfaces.cli.shell import Shell
from tests.shared_stack import SharedStack, drop_database

INSPECTOR, INSPECTORS_PASSWORD = "inspector", "inspector-of-the-tests"
FOUNDERS = ("--officer", "Founding officer A", "--officer", "Founding officer B")


def store_shell(state_dir: Path, dsn: str) -> Shell:
    """Return a shell for a database of its own, whose roles have the passwords that all tests share."""
    state_dir.mkdir(parents=True, exist_ok=True)
    write_json(state_dir / "secrets.json", PASSWORDS, 0o600)
    return Shell({"ICMS_STATE_DIR": str(state_dir), "ICMS_DATABASE_URL": dsn})


@pytest.fixture
def empty_store(fresh_database: str, tmp_path: Path) -> Shell:
    """Return a shell for a prepared database without a registry and without processes."""
    migrate(fresh_database, PASSWORDS)
    return store_shell(tmp_path / "state", fresh_database)


@pytest.fixture(scope="session")
def registry(stack: SharedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Yield a shell for a registry that is up, with a few simulated clinics in it.

    PostgreSQL and Kafka are own ones (those of the tests), and the auditor has another name than usual.
    """
    database = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(stack.owner_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}".encode())
    admin = open_admin(_as_admin(stack))
    ensure_users(admin, {INSPECTOR: INSPECTORS_PASSWORD}, _as_admin(stack))
    admin.close()
    # Two spaces and a quote in the path, as people have them.
    shell = store_shell(tmp_path_factory.mktemp("a registry's own"), stack.postgres.dsn(database))
    shell = shell.with_(
        ICMS_KAFKA_BOOTSTRAP_SERVERS=stack.kafka.bootstrap_servers,
        ICMS_KAFKA_TOPIC_PREFIX=f"t-{uuid.uuid4().hex[:12]}.",
        ICMS_KAFKA_ADMIN_PASSWORD=stack.kafka.users["admin"],
        ICMS_KAFKA_RELAY_PASSWORD=stack.kafka.users["relay"],
        ICMS_KAFKA_AUDITOR_USER=INSPECTOR,
        ICMS_KAFKA_AUDITOR_PASSWORD=INSPECTORS_PASSWORD,
        ICMS_KAFKA_SUBSCRIBER_PASSWORD=stack.kafka.users["subscriber"],
    )
    try:
        shell.done("up")
        shell.done("simulate", "--clinics", 6, "--years", 1, "--seed", 11)
        yield shell
    finally:
        Services(shell.bootstrap, lambda _: None).stop()
        drop_database(stack.owner_dsn, database)


@pytest.fixture(scope="session")
def officer(registry: Shell) -> str:
    """Return the id of a founding officer."""
    officers: list[str] = registry.done("init", *FOUNDERS, "--simulated")["officers"]
    return officers[0]


def _as_admin(stack: SharedStack) -> KafkaServers:
    kafka = stack.kafka
    return KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user="admin", password=kafka.users["admin"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return files that some commands need: an extract, a mapping for it, and a draft of the policy."""
    folder = tmp_path_factory.mktemp("files")
    mappings = Path(__file__).parents[3] / "examples" / "mappings"
    mapping = next(iter(sorted(mappings.glob("*.toml"))), folder / "mapping.toml")
    (folder / "extract.csv").write_text("a,b\n1,2\n")
    (folder / "draft.json").write_bytes(msgspec.json.encode({"terms": FIRST_POLICY}))
    return {"file": str(folder / "extract.csv"), "mapping_file": str(mapping), "draft": str(folder / "draft.json")}


@pytest.fixture(scope="module")
def unopened(registry: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Yield a shell for a database in which nothing was prepared."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(registry.environment["ICMS_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        dsn = re.sub(r"/t_\w+$", f"/{name}", registry.environment["ICMS_DATABASE_URL"])
        yield store_shell(tmp_path_factory.mktemp("unopened"), dsn)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
