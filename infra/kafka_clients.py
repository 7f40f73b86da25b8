"""Every client of Kafka is made here, with the options without which it would lose, double or hide records.

The reasons are in architecture.md ("What kafka-python needs"); each option that looks like a habit was tried.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from infra.kafka_refusals import KafkaAway, TopicMissing, knock, naming, translated

BOOTSTRAP_PATIENCE_MS = 8_000
LARGEST_REQUEST = 1024 * 1024
SILENCE = 30.0
"""Seconds without a record where there are some, after which Kafka counts as away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaServers:
    """Where Kafka is and how one of its users signs in."""

    bootstrap_servers: str
    user: str
    password: str = field(repr=False)
    security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_PLAINTEXT"
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    ca_file: Path | None = None

    def options(self) -> dict[str, Any]:
        """Return what every client of kafka-python is given."""
        return {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
            "ssl_cafile": str(self.ca_file) if self.ca_file else None,
            "bootstrap_timeout_ms": BOOTSTRAP_PATIENCE_MS,
            # Without this bound a client that saw a long outage looks again only every 30 s.
            "reconnect_backoff_max_ms": 1_000,
        }


def open_producer(servers: KafkaServers, client_id: str = "icms-relay") -> KafkaProducer:
    """Connect the one kind of producer there is: idempotent, acknowledged by all, never giving up by itself.

    A record that the client gave up on makes every later send of kafka-python hang or follow a hole; so it never
    does, and the relay's watchdog ends the process instead.

    Raises: KafkaRefused
    """
    _prepare(servers)
    with naming(servers.bootstrap_servers, servers.user, "publish events"):
        return KafkaProducer(
            **servers.options(),
            client_id=client_id,
            metrics_enabled=False,
            enable_idempotence=True,
            acks="all",
            delivery_timeout_ms=2_147_483_647,
            request_timeout_ms=15_000,
            max_block_ms=30_000,
            allow_auto_create_topics=False,
            max_request_size=LARGEST_REQUEST,
            batch_size=256 * 1024,
            linger_ms=0,
        )


def open_consumer(servers: KafkaServers, topic: str, client_id: str, **more: Any) -> KafkaConsumer:
    """Connect a consumer that reads the one partition of a topic from its beginning, in no group, committing nothing.

    Raises: KafkaRefused
    """
    _prepare(servers)
    with naming(servers.bootstrap_servers, servers.user, f"read {topic}"):
        consumer = KafkaConsumer(
            **{
                **servers.options(),
                "client_id": client_id,
                "metrics_enabled": False,
                "enable_auto_commit": False,
                "group_id": None,
                "auto_offset_reset": "earliest",
                "allow_auto_create_topics": False,
                "fetch_max_wait_ms": 500,
                "metadata_max_age_ms": 30_000,
                "max_partition_fetch_bytes": 4 * LARGEST_REQUEST,
                "max_poll_records": 1_000,
                **more,
            }
        )
        try:
            consumer.bootstrap(BOOTSTRAP_PATIENCE_MS)
            require_topic(consumer, topic)
        except BaseException:
            consumer.close()
            raise
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    return consumer


def open_admin(servers: KafkaServers, client_id: str = "icms-admin") -> KafkaAdminClient:
    """Connect to look at topics or, as the administrator, to change them.

    Raises: KafkaRefused
    """
    _prepare(servers)
    with naming(servers.bootstrap_servers, servers.user, "look at the cluster"):
        return KafkaAdminClient(**servers.options(), client_id=client_id, request_timeout_ms=15_000)


def require_topic(consumer: KafkaConsumer, topic: str) -> None:
    """Ask the cluster whether the topic is there; the client itself would wait for it for ever.

    Raises: TopicMissing, or KafkaError when the user may not read it
    """
    if not consumer.partitions_for_topic(topic):
        raise TopicMissing(topic=topic)


def bounds(consumer: KafkaConsumer, topic: str) -> tuple[int, int]:
    """Return the first offset that the topic still holds, and the one that its next record will get."""
    partition = TopicPartition(topic, 0)
    first: int = consumer.beginning_offsets([partition])[partition]
    end: int = consumer.end_offsets([partition])[partition]
    return first, end


def sending_failed(error: BaseException, servers: KafkaServers) -> BaseException:
    """Return what a failed send means, for a person, when it is Kafka's answer."""
    if isinstance(error, KafkaError):
        return translated(error, servers.bootstrap_servers, servers.user, "publish events")
    return error


def records_of(polled: Mapping[TopicPartition, list[Any]]) -> list[Any]:
    """Return the records of a poll in the order of the one partition."""
    return [record for records in polled.values() for record in records]


def _prepare(servers: KafkaServers) -> None:
    """Knock first; and let the client's own log tell of trouble only: what matters is said by those who use it."""
    knock(servers.bootstrap_servers)
    log = logging.getLogger("kafka")
    if log.level == logging.NOTSET:
        log.setLevel(logging.ERROR)


class Silence:
    """How long a consumer has not come forward in a topic that holds more: the client itself would wait for ever."""

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        """Begin to listen; the consumer stands where it is to read on."""
        self._consumer = consumer
        self._partition = TopicPartition(topic, 0)
        self._offset = -1
        self._since = time.monotonic()

    def require_short(self) -> None:
        """Refuse to wait longer when nothing came for `SILENCE` seconds.

        Raises: KafkaAway
        """
        now, offset = time.monotonic(), self._consumer.position(self._partition)
        if offset != self._offset:
            self._offset, self._since = offset, now
        elif now - self._since > SILENCE:
            raise KafkaAway(servers=",".join(self._consumer.config["bootstrap_servers"]))


def read_between(consumer: KafkaConsumer, topic: str, begin: int, end: int) -> Iterator[list[Any]]:
    """Yield the records from one offset up to before another, batch by batch, both within the topic's bounds.

    Raises: KafkaAway when nothing more comes
    """
    partition = TopicPartition(topic, 0)
    consumer.seek(partition, begin)
    silence = Silence(consumer, topic)
    while consumer.position(partition) < end:
        records = [record for record in records_of(consumer.poll(timeout_ms=500)) if record.offset < end]
        silence.require_short()
        if records:
            yield records
