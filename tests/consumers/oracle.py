"""A second reader of the topics (confluent-kafka), and a second opinion on what a reader would have applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.campaign.topic_judge import headers_of, records_of
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


def options(kafka: LocalKafka, user: str = "admin") -> dict[str, Any]:
    """Return the options with which confluent-kafka connects as that user."""
    return {
        "bootstrap.servers": kafka.bootstrap_servers,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": kafka.users[user],
        "group.id": f"{user}-oracle",
    }


def read_topic(kafka: LocalKafka, topic: str, user: str = "admin") -> list[Seen]:
    """Return every record that the topic holds now."""
    return [_seen(record) for records in records_of(options(kafka, user), topic) for record in records]


def _seen(message: Any) -> Seen:
    return Seen(message.offset(), message.key(), message.value(), headers_of(message))


def followed(records: list[Seen]) -> list[int]:
    """Return the positions that a subscriber applies who drops repeats; it stops where one is missed."""
    applied: list[int] = []
    last = 0
    for record in records:
        if record.position > last and record.previous == last:
            applied.append(record.position)
            last = record.position
    return applied
