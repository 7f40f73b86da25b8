"""A standard consumer and producer (confluent-kafka), with what `icms subscribe --show` tells and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.way.installation import Installation

QUIET = {"log_level": 0}
"""What a client says on standard error about a refusal that a test provokes."""


@dataclass(frozen=True, slots=True)
class Read:
    """A record as a foreigner reads it."""

    key: str
    value: Any
    headers: dict[str, str]

    @property
    def position(self) -> int:
        """Return its place in the log."""
        return int(self.headers["position"])


def access_of(way: Installation, *, auditor: bool = False) -> dict[str, Any]:
    """Return what somebody is told who subscribes."""
    shown: dict[str, Any] = way.done("subscribe", "--show", *(["--auditor"] if auditor else []))
    return shown


def read_all(access: dict[str, Any], schema_endpoint: str) -> list[Read]:
    """Return every record of the topic, decoded."""
    topic = access["topic"]
    consumer = Consumer(
        {**access["librdkafka"], "group.id": f"{access['group_prefix']}way", "enable.auto.commit": False}
    )
    read: list[Read] = []
    try:
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)
        consumer.assign([TopicPartition(topic, 0, first)])
        with SchemaRegistryClient({"url": schema_endpoint}) as registry:
            decode = AvroDeserializer(registry)
            while len(read) < end - first:
                for message in consumer.consume(min(1000, end - first - len(read)), timeout=5):
                    assert message.error() is None, message.error()
                    headers = {
                        name: value.decode()
                        for name, value in dict(message.headers() or []).items()
                        if isinstance(value, bytes)
                    }
                    value = decode(message.value(), SerializationContext(topic, MessageField.VALUE))
                    read.append(Read((message.key() or b"").decode(), value, headers))
    finally:
        consumer.close()
    return read


def reading_refused(access: dict[str, Any], topic: str) -> int | None:
    """Try to read a topic, and return the code of the refusal; None when a record came."""
    consumer = Consumer({**access["librdkafka"], **QUIET, "group.id": f"{access['group_prefix']}{uuid4()}"})
    try:
        consumer.subscribe([topic])
        while (message := consumer.poll(20)) is not None:
            error: KafkaError | None = message.error()
            return error.code() if error else None
        raise AssertionError("Kafka neither refused nor sent anything")
    finally:
        consumer.close()


def writing_refused(access: dict[str, Any], topic: str) -> int | None:
    """Try to write to a topic, and return the code of the refusal; None when it was accepted."""
    of_a_reader = ("auto.offset.reset", "group.id")
    settings = {name: value for name, value in access["librdkafka"].items() if name not in of_a_reader}
    outcome: list[int | None] = []
    producer = Producer({**settings, **QUIET, "message.timeout.ms": 20_000})
    producer.produce(topic, b"forged", on_delivery=lambda error, _: outcome.append(error.code() if error else None))
    producer.flush(30)
    return outcome[0]
