"""What only a person can decide about a topic, each with its own command and noted with the person's name."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from consumers.relay_notes import accept_cluster, read_note, settle
from infra.kafka_access import check_topics
from infra.kafka_clients import KafkaServers, bounds, open_admin, open_consumer
from infra.kafka_log import Topics
from infra.postgres import connect

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """A topic whose end a person has looked at."""

    topic: str
    until_offset: int
    """Records before this offset that are not the store's no longer stop the relay."""


def resume_past_forged_records(dsn: str, servers: KafkaServers, topics: Topics, person: str) -> list[Settled]:
    """Let the relay go on behind the records that somebody else wrote at the end of a topic.

    Right only when they are forgeries: not when this database was restored or exchanged, because then the topic is
    right and the database is behind it. As role icms_relay and Kafka user relay.

    Raises: KafkaRefused, DatabaseRefused
    """
    settled = []
    with connect(dsn, "icms relay resume") as connection:
        for topic in topics.both:
            consumer = open_consumer(servers, topic, "icms-relay-resume")
            try:
                _, end = bounds(consumer, topic)
            finally:
                consumer.close()
            if read_note(connection, topic) is not None:
                settle(connection, topic, end, person)
                settled.append(Settled(topic, end))
                log.warning("foreign_records_settled", topic=topic, until_offset=end, person=person)
    return settled


def accept_new_cluster(dsn: str, servers: KafkaServers, topics: Topics, person: str) -> str:
    """Let the relay fill the topics of the cluster that answers now, and return its id.

    Raises: KafkaRefused, DatabaseRefused
    """
    admin = open_admin(servers)
    try:
        facts = check_topics(admin, topics, servers)
    finally:
        admin.close()
    with connect(dsn, "icms relay accept-cluster") as connection:
        accept_cluster(connection, facts)
    log.warning("cluster_accepted", cluster=facts.cluster_id, person=person)
    return facts.cluster_id
