"""A second reader of the topics (confluent-kafka), and a second opinion on what a reader would have applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from tests.shared_stack import LocalKafka


@dataclass(frozen=True)
class Seen:
    offset: int
    key: bytes
    value: bytes
    headers: dict[str, str]

    @property
    def position(self) -> int:
        return int(self.headers["position"])

    @property
    def previous(self) -> int:
        return int(self.headers["prev_position"])


def read_topic(kafka: LocalKafka, topic: str, user: str = "admin") -> list[Seen]:
    """Return every record that the topic holds now."""
    consumer = Consumer(
        {
            "bootstrap.servers": kafka.bootstrap_servers,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": kafka.users[user],
            "group.id": f"{user}-oracle",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)
        consumer.assign([TopicPartition(topic, 0, first)])
        seen: list[Seen] = []
        while not seen or seen[-1].offset < end - 1:
            if first == end:
                return []
            for message in consumer.consume(2000, timeout=1):
                assert message.error() is None, message.error()
                seen.append(_seen(message))
        return seen
    finally:
        consumer.close()


def _seen(message: Any) -> Seen:
    headers = {name: value.decode() for name, value in message.headers() or []}
    return Seen(message.offset(), message.key(), message.value(), headers)


def followed(records: list[Seen]) -> list[int]:
    """Return the positions that a subscriber applies who drops repeats; it stops where one is missed."""
    applied: list[int] = []
    last = 0
    for record in records:
        if record.position > last and record.previous == last:
            applied.append(record.position)
            last = record.position
    return applied
