"""Tests that need a database or a Kafka get real ones: started once per run, shared with runs that go on beside it.

The servers' state is kept between runs (in var/test, or where ICMS_TEST_STATE_DIR says), because making it anew costs
more than a test. Every test gets a database or topic names of its own, so nothing depends on what was there before.
"""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.shared_stack import LocalKafka, SharedStack, drop_database, hold_stack, state_dir

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A run in the background begins with Ctrl-C ignored, and every process that a test starts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stack_state_dir() -> Path:
    """Return the folder in which the servers of the tests keep their state."""
    return state_dir()


@pytest.fixture(scope="session")
def kafka_jars(stack_state_dir: Path) -> Path:
    """Return the folder with Kafka's jars, shared with the local stack so that they are fetched once."""
    return stack_state_dir.parent / "kafka-jars"


@pytest.fixture(scope="session")
def stack(stack_state_dir: Path, kafka_jars: Path) -> Iterator[SharedStack]:
    """Yield PostgreSQL and one Kafka broker, both running; the last run to leave stops them."""
    with hold_stack(stack_state_dir, kafka_jars) as shared:
        yield shared


@pytest.fixture(scope="session")
def owner_dsn(stack: SharedStack) -> str:
    """Return the DSN of the database server's owner. Make databases of your own; do not write into this one."""
    return stack.owner_dsn


@pytest.fixture(scope="session")
def kafka(stack: SharedStack) -> LocalKafka:
    """Return where the broker listens, and the password of each user."""
    return stack.kafka


@pytest.fixture
def fresh_database(stack: SharedStack) -> Iterator[str]:
    """Yield the owner's DSN of a new, empty database that is dropped after the test, whoever still uses it."""
    with _new_database(stack) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def module_database(stack: SharedStack) -> Iterator[str]:
    """Yield the same for all tests of a module, which only read what its fixtures wrote."""
    with _new_database(stack) as dsn:
        yield dsn


@contextmanager
def _new_database(stack: SharedStack) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(stack.owner_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield stack.postgres.dsn(name)
    finally:
        drop_database(stack.owner_dsn, name)


@pytest.fixture
def topic_prefix() -> str:
    """Return the beginning of topic names that no other test uses; topics left behind are removed by a later run."""
    return f"t-{uuid.uuid4().hex[:12]}."


@pytest.fixture(scope="session")
def seed() -> int:
    """Return the seed of whatever a test leaves to chance: always the same, unless a campaign gives another."""
    return int(os.environ.get("ICMS_CAMPAIGN_SEED", "20260301"))
