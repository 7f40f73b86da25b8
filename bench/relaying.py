"""Row R2: the relay filling both topics, against the same client's bare loop that sends the same records."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaAdminClient

from bench.ground import Ground, Scratch
from bench.materials import fill
from bench.row import Contest
from consumers.lease import Lease
from consumers.relay import Publication, Relay
from consumers.store_rows import StoreRows
from infra.kafka_access import ensure_access, ensure_topics
from infra.kafka_clients import open_producer
from infra.kafka_log import Envelope, Topics
from infra.postgres import connect
from infra.relay_wake import RelayWake

_EVENTS = 20_000


@dataclass(frozen=True)
class Way:
    """A store that is full, and a broker."""

    ground: Ground
    scratch: Scratch
    admin: KafkaAdminClient
    envelope: Envelope

    def topics(self) -> Topics:
        """Return two new and empty topics."""
        topics = Topics(f"b-{uuid.uuid4().hex[:12]}.")
        servers = self.ground.kafka_servers("admin")
        ensure_topics(self.admin, topics, servers)
        ensure_access(self.admin, topics, servers)
        return topics

    def relayed(self) -> float:
        """Let the relay publish everything and return records per second, from its first page to its last answer."""
        publication = Publication(
            servers=self.ground.kafka_servers("relay"), topics=self.topics(), envelope=self.envelope
        )
        with connect(self.scratch.dsn("icms_relay")) as connection:
            lease = Lease(connection, publication.topics.events)
            assert lease.acquire()
            watch = Watch(lambda: self._published(publication.topics.events))
            with waking(self.scratch):
                Relay(connection, publication, lease, watch).run(self.admin)
            lease.release()
        return self._records() / watch.seconds

    def _records(self) -> int:
        """Return how many records the store makes in both topics."""
        with connect(self.scratch.dsn("icms_relay")) as connection:
            query = "SELECT count(*) + count(*) FILTER (WHERE disclosure = 'public') FROM registry.events"
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def _published(self, topic: str) -> bool:
        with connect(self.scratch.dsn("icms_relay")) as connection:
            row = connection.execute(
                "SELECT position FROM registry.relay_lease WHERE topic = %(topic)s", {"topic": topic}
            ).fetchone()
        return row is not None and row[0] == _EVENTS

    def bare(self) -> float:
        """Send the same records into new topics with nothing around it and return records per second."""
        return self.send(self.topics())

    def send(self, topics: Topics) -> float:
        """Send the records of the whole store, wait for all of them, and return records per second."""
        with connect(self.scratch.dsn("icms_relay")) as connection:
            rows = StoreRows(connection)
            stored = [row for page in rows.pages(0, rows.head()) for row in page]
        producer = open_producer(self.ground.kafka_servers("relay"))
        messages = [(topics.events, self.envelope.event(row)) for row in stored]
        messages += [(topics.public, self.envelope.public(row)) for row in stored if row.disclosure == "public"]
        began = time.perf_counter()
        futures = [producer.send(topic, message.value, message.key, message.headers, 0) for topic, message in messages]
        for future in futures:
            future.get(timeout=60)
        seconds = time.perf_counter() - began
        producer.close()
        return len(messages) / seconds


@contextmanager
def waking(scratch: Scratch) -> Iterator[None]:
    """Tell the relay all the while that there is something, as in service; idle, it looks up once a second only."""
    wake, done = RelayWake(scratch.dsn("icms_app")), threading.Event()

    def tell() -> None:
        while not done.wait(0.01):
            wake.wake()

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        wake.close()


class Watch:
    """Asked between two pages whether to stop; stops the clock when everything is published."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self._done = done
        self._began: float | None = None
        self._asked = 0.0
        self.seconds = 0.0

    def __call__(self) -> bool:
        now = time.perf_counter()
        if self._began is None:
            self._began = now
        if now - self._asked < 0.02:
            return False
        if self._done():
            self.seconds = now - self._began
            return True
        self._asked = time.perf_counter()
        return False


@contextmanager
def relay(ground: Ground) -> Iterator[Contest]:
    """Publish a full store into new topics, against the bare loop."""
    with ground.scratch() as scratch:
        fill(scratch.owner_dsn, _EVENTS)
        ids = {schema.topic: schema.id for schema in ground.schemas.all()}
        with ground.kafka_admin() as admin:
            way = Way(ground, scratch, admin, Envelope("urn:icms:bench", "https://registry.example", ids))
            yield Contest(way.relayed, way.bare)
