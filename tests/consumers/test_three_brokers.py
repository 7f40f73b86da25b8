"""Row 15 of the failure table: of three brokers one dies and nothing is lost; with two dead, records wait."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from infra.stack.kafka_broker import KafkaCluster
from tests.consumers.conftest import TestedRegistry
from tests.consumers.kept_relay import kept_running, own_cluster, published, registry_on, require_whole
from tests.consumers.worker_process import until

KILLS = 1
NODES = (1, 2, 3)


@pytest.fixture
def cluster(stack_state_dir: Path, kafka_jars: Path) -> Iterator[KafkaCluster]:
    """Yield three brokers that nobody else uses."""
    with own_cluster(stack_state_dir, kafka_jars, brokers=3) as made:
        yield made


@pytest.fixture
def safe(cluster: KafkaCluster, fresh_database: str, topic_prefix: str) -> Iterator[TestedRegistry]:
    """Yield a registry on those brokers."""
    with registry_on(cluster, fresh_database, topic_prefix) as made:
        yield made


def settings_of(registry: TestedRegistry) -> tuple[int, dict[str, str]]:
    """Return how many copies the events topic has, and its settings."""
    admin = KafkaAdminClient(**registry.kafka.credentials("admin"))
    try:
        (topic,) = admin.describe_topics([registry.topics.events])
        asked = ConfigResource(ConfigResourceType.TOPIC, registry.topics.events)
        found = admin.describe_configs([asked], config_filter="all")["topic"][registry.topics.events]
    finally:
        admin.close()
    return len(topic["partitions"][0]["replica_nodes"]), {name: str(each["value"]) for name, each in found.items()}


def test_brokers_that_die_one_at_a_time_lose_nothing_and_with_two_dead_records_wait(
    safe: TestedRegistry, cluster: KafkaCluster, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    copies, settings = settings_of(safe)
    assert copies == 3
    assert settings["min.insync.replicas"] == "2"
    assert settings["unclean.leader.election.enable"] == "false"

    with kept_running(safe, tmp_path, patience=5.0):
        for _ in range(KILLS):
            node = chance.choice(NODES)
            safe.log.write(chance.randrange(500, 3_000))
            cluster.kill_node(node)
            safe.log.write(200)
            until(lambda: published(safe) == safe.log.head, seconds=60)
            cluster.start()

        kept = chance.choice(NODES)
        reached = safe.log.head
        for node in NODES:
            if node != kept:
                cluster.kill_node(node)
        safe.log.write(300)
        until(lambda: waits(safe), seconds=60)
        assert published(safe) == reached
        cluster.start()
        until(lambda: published(safe) == safe.log.head, seconds=90)

    require_whole(safe)


def waits(registry: TestedRegistry) -> bool:
    """Say whether the relay has said why it publishes nothing."""
    row = registry.log.connection.execute("SELECT error FROM registry.relay_lease").fetchone()
    return bool(row and row[0])
