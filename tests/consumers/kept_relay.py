"""A registry on brokers of its own, which may be stopped and killed, and a relay that is kept running as in service."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from kafka import KafkaAdminClient

from infra.kafka_access import ensure_access, ensure_topics
from infra.kafka_clients import KafkaServers
from infra.kafka_log import Topics
from infra.postgres import migrate, open_store
from infra.stack.kafka_broker import KafkaCluster
from infra.stack.supervisor import Supervisor, Worker
from tests.campaign import oracle
from tests.consumers.conftest import PASSWORDS, TestedRegistry
from tests.consumers.oracle import options
from tests.consumers.written_log import WrittenLog
from tests.infra.stack.conftest import folder_for_a_while
from tests.shared_stack import LocalKafka


@contextmanager
def own_cluster(state_dir: Path, jars: Path, brokers: int) -> Iterator[KafkaCluster]:
    """Yield running brokers that nobody else uses; they end whatever a test did to them."""
    with folder_for_a_while(state_dir) as folder:
        cluster = KafkaCluster(folder / "own", brokers=brokers, jars=jars)
        cluster.start()
        try:
            yield cluster
        finally:
            for node in cluster.nodes():
                if node.pid:
                    os.kill(node.pid, signal.SIGCONT)
            cluster.stop()


@contextmanager
def registry_on(cluster: KafkaCluster, database: str, topic_prefix: str) -> Iterator[TestedRegistry]:
    """Yield a registry on those brokers."""
    migrate(database, PASSWORDS)
    open_store(database, simulated=True)
    kafka, topics = LocalKafka(cluster.bootstrap_servers(), cluster.users()), Topics(topic_prefix)
    servers = KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user="admin", password=kafka.users["admin"])
    admin = KafkaAdminClient(**kafka.credentials("admin"))
    ensure_topics(admin, topics, servers)
    ensure_access(admin, topics, servers)
    admin.close()
    log = WrittenLog(database)
    yield TestedRegistry(database, kafka, topics, log)
    log.close()


@contextmanager
def kept_running(registry: TestedRegistry, folder: Path, patience: float = 20.0) -> Iterator[Supervisor]:
    """Keep a relay running as in service: when it ends in doubt, another one is started."""
    told = folder / "relay.json"
    msgspec.structs.replace(registry.options("icms_relay", "relay"), patience=patience).write(told)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ICMS_")}
    supervisor = Supervisor(folder / "kept")
    supervisor.up([Worker("relay", (sys.executable, "-m", "consumers.relay", str(told)), environment)])
    try:
        yield supervisor
    finally:
        supervisor.stop()


def published(registry: TestedRegistry) -> int:
    """Return up to where the relay says it has published."""
    row = registry.log.connection.execute("SELECT position FROM registry.relay_lease").fetchone()
    return row[0] if row else 0


def require_whole(registry: TestedRegistry) -> None:
    """Assert that both topics hold every event, once for who drops repeats, and none before its turn."""
    topics = registry.topics
    verdict = oracle.judge(registry.owner_dsn, options(registry.kafka), topics.events, topics.public)
    assert verdict.clean, str(verdict)
    assert not verdict.early, str(verdict)
