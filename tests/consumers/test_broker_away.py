"""Row 11 of the failure table: a broker that is away is waited for; commands go on, and nobody need do anything."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from infra.kafka_access import ensure_access, ensure_topics
from infra.kafka_clients import KafkaServers
from infra.kafka_log import Topics
from infra.postgres import migrate, open_store
from infra.stack.kafka_broker import KafkaCluster
from tests.consumers.conftest import PASSWORDS, TestedRegistry
from tests.consumers.oracle import followed, read_topic
from tests.consumers.worker_process import running, until
from tests.consumers.written_log import WrittenLog
from tests.infra.stack.conftest import folder_for_a_while
from tests.shared_stack import LocalKafka

AWAY = 5.0
BACK_WITHIN = 10.0


@pytest.fixture
def cluster(stack_state_dir: Path, kafka_jars: Path) -> Iterator[KafkaCluster]:
    """Yield a broker that nobody else uses, so that it may be stopped."""
    with folder_for_a_while(stack_state_dir) as folder:
        cluster = KafkaCluster(folder / "away", brokers=1, jars=kafka_jars)
        cluster.start()
        try:
            yield cluster
        finally:
            for node in cluster.nodes():
                if node.pid:
                    os.kill(node.pid, signal.SIGCONT)
            cluster.stop()


@pytest.fixture
def lonely(cluster: KafkaCluster, fresh_database: str, topic_prefix: str) -> Iterator[TestedRegistry]:
    """Yield a registry on that broker."""
    migrate(fresh_database, PASSWORDS)
    open_store(fresh_database, simulated=True)
    kafka, topics = LocalKafka(cluster.bootstrap_servers(), cluster.users()), Topics(topic_prefix)
    servers = KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user="admin", password=kafka.users["admin"])
    admin = KafkaAdminClient(**kafka.credentials("admin"))
    ensure_topics(admin, topics, servers)
    ensure_access(admin, topics, servers)
    admin.close()
    log = WrittenLog(fresh_database)
    yield TestedRegistry(fresh_database, kafka, topics, log)
    log.close()


def published(registry: TestedRegistry) -> int:
    row = registry.log.connection.execute("SELECT position FROM registry.relay_lease").fetchone()
    return row[0] if row else 0


def test_a_broker_that_was_away_for_five_seconds_is_followed_again(
    lonely: TestedRegistry, cluster: KafkaCluster, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    (pid,) = [node.pid for node in cluster.nodes()]
    assert pid is not None
    with running("consumers.relay", lonely.options("icms_relay", "relay"), tmp_path) as worker:
        lonely.log.write(100)
        until(lambda: published(lonely) == 100, worker)

        os.kill(pid, signal.SIGSTOP)
        back = threading.Timer(AWAY, os.kill, (pid, signal.SIGCONT))
        back.start()
        written = chance.randrange(1, 1_000)
        lonely.log.write(written)
        assert published(lonely) == 100
        back.join()
        lonely.log.write(50)

        until(lambda: published(lonely) == 150 + written, worker, seconds=BACK_WITHIN)

    assert followed(read_topic(lonely.kafka, lonely.topics.events)) == list(range(1, 151 + written))
