"""A registry of a test's own: a migrated and opened store, topics with their rights, a log that is written straight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from kafka import KafkaAdminClient

from consumers.relay import Publication
from consumers.worker_options import WorkerOptions
from infra.kafka_access import ensure_access, ensure_topics, ensure_users
from infra.kafka_clients import KafkaServers
from infra.kafka_log import Envelope, Topics
from infra.postgres import migrate, open_store, role_dsn
from schemas import catalogue
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.written_log import WrittenLog
from tests.shared_stack import LocalKafka

PASSWORDS = {"icms_relay": "relay-password", "icms_projector": "projector-password"}
SOURCE, ADDRESS = "urn:icms:tests", "https://registry.example"


@dataclass(frozen=True)
class TestedRegistry:
    """Where everything is."""

    __test__ = False

    owner_dsn: str
    kafka: LocalKafka
    topics: Topics
    log: WrittenLog

    def servers(self, user: str) -> KafkaServers:
        """Return how this user reaches Kafka."""
        return KafkaServers(bootstrap_servers=self.kafka.bootstrap_servers, user=user, password=self.kafka.users[user])

    def dsn(self, role: str) -> str:
        """Return the DSN of a role."""
        return role_dsn(self.owner_dsn, role, PASSWORDS[role])

    def options(self, role: str, user: str) -> WorkerOptions:
        """Return what a worker is told."""
        return WorkerOptions(
            dsn=self.dsn(role),
            kafka=self.servers(user),
            topic_prefix=self.topics.prefix,
            source=SOURCE,
            address=ADDRESS,
        )

    @property
    def envelope(self) -> Envelope:
        """Return what wraps rows for Kafka."""
        return Envelope(SOURCE, ADDRESS, {schema.topic: schema.id for schema in catalogue.load().all()})

    @property
    def publication(self) -> Publication:
        """Return what the relay publishes where."""
        return Publication(servers=self.servers("relay"), topics=self.topics, envelope=self.envelope)


@pytest.fixture(scope="session")
def kafka_admin(kafka: LocalKafka) -> Iterator[KafkaAdminClient]:
    """Yield the administrator's client; the user `projector` is there from then on."""
    admin = KafkaAdminClient(**kafka.credentials("admin"))
    if "projector" not in kafka.users:
        kafka.users["projector"] = "projector-of-the-tests"
        servers = KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user="admin", password="")
        ensure_users(admin, {"projector": kafka.users["projector"]}, servers)
    yield admin
    admin.close()


@pytest.fixture
def registry(
    fresh_database: str, kafka: LocalKafka, kafka_admin: KafkaAdminClient, topic_prefix: str
) -> Iterator[TestedRegistry]:
    """Yield an empty registry; its topics are removed afterwards."""
    migrate(fresh_database, PASSWORDS)
    open_store(fresh_database, simulated=True)
    topics = Topics(topic_prefix)
    servers = KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user="admin", password="")
    ensure_topics(kafka_admin, topics, servers)
    ensure_access(kafka_admin, topics, servers)
    log = WrittenLog(fresh_database)
    yield TestedRegistry(fresh_database, kafka, topics, log)
    log.close()
    kafka_admin.delete_topics([topic for topic in topics.both if topic in kafka_admin.list_topics()])


@pytest.fixture
def topic(registry: TestedRegistry) -> Iterator[TopicWriter]:
    """Yield a writer of the registry's topics."""
    writer = TopicWriter(registry.log, registry.servers("relay"), registry.topics, registry.envelope)
    yield writer
    writer.close()
