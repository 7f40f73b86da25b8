"""The topics as a relay, or somebody with its password, writes them."""

from __future__ import annotations

from kafka import KafkaProducer

from infra.event_log import EventLog
from infra.kafka_clients import KafkaServers, open_producer
from infra.kafka_log import Envelope, Message, Topics
from tests.consumers.written_log import WrittenLog


class TopicWriter:
    """A writer that publishes what a test wants, in the order that it wants."""

    def __init__(self, log: WrittenLog, servers: KafkaServers, topics: Topics, envelope: Envelope) -> None:
        self.rows = EventLog(log.connection)
        self._topics = topics
        self._envelope = envelope
        self._producer: KafkaProducer = open_producer(servers)

    def publish(self, first: int, last: int) -> None:
        """Write the records of these positions as the relay does."""
        rows = self.rows.read(first - 1, last - first + 1)
        self.write(*(self._envelope.event(row) for row in rows))

    def publish_all(self, upto: int) -> None:
        """Fill both topics as the relay does."""
        self.publish(1, upto)
        public = [row for row in self.rows.read(0, upto) if row.disclosure == "public"]
        self.write(*(self._envelope.public(row) for row in public), topic=self._topics.public)

    def message(self, position: int) -> Message:
        """Return the record of a row."""
        row = self.rows.row(position)
        assert row is not None
        return self._envelope.event(row)

    def write(self, *messages: Message, topic: str | None = None) -> None:
        """Write any records."""
        futures = [
            self._producer.send(topic or self._topics.events, each.value, each.key, each.headers, 0)
            for each in messages
        ]
        for future in futures:
            future.get(20)

    def close(self) -> None:
        self._producer.close()
