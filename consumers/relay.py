"""Every stored event is published once in effect, in the order of its position, and never before its predecessors.

The store is read in bounded pages; a page is sent and every acknowledgement read before it counts. Killed anywhere,
the relay goes on from what the topics themselves hold (see `continuation`). The events topic comes first, so that
whatever a subscriber has seen, an auditor can find.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
import structlog
from kafka import KafkaAdminClient

from consumers.continuation import Place, TopicEnd
from consumers.halting import Halted, InDoubt
from consumers.lease import Lease
from consumers.outflow import Outflow
from consumers.outlet import Outlet
from consumers.relay_notes import TopicNote, read_note, require_known_cluster, write_note
from consumers.store_rows import StoreRows
from consumers.worker import Life, run_process
from consumers.worker_options import WorkerOptions
from infra.crash_points import crash_point
from infra.event_log import StoredRow
from infra.kafka_access import check_topics
from infra.kafka_clients import KafkaServers, bounds, open_admin, open_consumer, open_producer
from infra.kafka_log import Envelope, Topics
from infra.kafka_refusals import KafkaRefused, naming
from infra.postgres import connect, store_facts
from infra.relay_wake import CHANNEL
from schemas import catalogue

POLL = 1.0
"""Seconds after which the store is asked again even if nobody said that there is something."""
"""Seconds between looks at the topics' shape and bounds."""
_TELL = 1.0
_TRY_LEASE = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is published where."""

    servers: KafkaServers
    topics: Topics
    envelope: Envelope
    patience: float = 20.0
    """Seconds without any acknowledgement after which the relay ends and a new one asks the topics."""
    look_every: float = 15.0
    """Seconds after which it looks again whether the topics have the shape they must have."""


class TopicsChanged(Exception):
    """A topic was emptied or made anew; nothing of ours is on its way."""


class Relay:
    """The one that publishes, from taking the lease until it is asked to stop."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        publication: Publication,
        lease: Lease,
        stopping: Callable[[], bool],
    ) -> None:
        """Use this autocommit connection, whose session holds the lease."""
        self._connection = connection
        self._publication = publication
        self._lease = lease
        self._stopping = stopping
        self._rows = StoreRows(connection)
        self._notes: dict[str, TopicNote] = {}
        self._told: tuple[int, int] | None = None
        self._called = False

    def run(self, admin: KafkaAdminClient) -> None:
        """Publish until asked to stop, or until a topic changed under us.

        Raises: TopicsChanged, Halted, KafkaRefused before anything is sent; InDoubt when something may be on its way
        """
        events, public = self._places(admin)
        producer = open_producer(self._publication.servers)
        envelope, topics = self._publication.envelope, self._publication.topics
        given = self._lease.keep, self._publication.servers, self._publication.patience
        flow = Outflow(
            self._rows,
            Outlet(producer, topics.events, envelope.event, events.next_offset, *given),
            Outlet(producer, topics.public, envelope.public, public.next_offset, *given),
            events,
            public.position,
            envelope.knows,
        )
        self._connection.execute(f"LISTEN {CHANNEL}")
        log.info("relay_started", position=events.position, public_position=public.position)
        try:
            self._publish(admin, flow)
        except InDoubt:
            # Something may be on its way. Closing would push it; the process ends instead, and its client with it.
            raise
        except psycopg.Error as error:
            raise InDoubt(problem="the database went away") from error
        except Exception:
            producer.close(timeout=2)
            raise
        producer.close(timeout=2)

    def _publish(self, admin: KafkaAdminClient, flow: Outflow) -> None:
        flow.catch_up_public()
        began, stuck = flow.position, True
        told = looked = time.monotonic()
        while not self._stopping():
            self._lease.keep()
            idle = not flow.publish_page()
            if stuck and (idle or flow.position > began):
                # What was reported before holds until Kafka has taken something again, or there is nothing to take.
                self._lease.report(None)
                stuck = False
            now = time.monotonic()
            if idle or now - told > _TELL:
                told = now
                self._tell(flow)
            if now - looked > self._publication.look_every:
                looked = now
                flow.settle()
                self._look(admin)
            if idle and not self._called:
                self._wait()
        flow.settle()
        self._tell(flow)

    def _tell(self, flow: Outflow) -> None:
        """Note for people how far the topics are, and forget what was said while nobody waited: it would pile up."""
        place = flow.position, flow.public_position
        if place != self._told:
            self._lease.renew(*place)
            self._told = place
        self._called = bool(list(self._connection.notifies(timeout=0)))

    def _wait(self) -> None:
        """Wait until somebody says that there is something, or until it is time to ask."""
        for _ in self._connection.notifies(timeout=POLL, stop_after=1):
            return

    def _places(self, admin: KafkaAdminClient) -> tuple[Place, Place]:
        """Look at both topics and note where the log begins in them; nothing is sent before both are understood."""
        topics, servers = self._publication.topics, self._publication.servers
        facts = check_topics(admin, topics, servers, writing=True)
        require_known_cluster(self._connection, facts, servers.bootstrap_servers)
        envelope = self._publication.envelope
        ways: tuple[tuple[str, Callable[[StoredRow], Any], Callable[[StoredRow], int]], ...] = (
            (topics.events, envelope.event, lambda row: row.position - 1),
            (topics.public, envelope.public, lambda row: row.prev_public_position or 0),
        )
        places = []
        for topic, wrap, previous in ways:
            consumer = open_consumer(servers, topic, "icms-relay")
            try:
                end = TopicEnd(consumer, topic, self._rows, wrap, previous)
                note = self._note(topic, facts.cluster_id, facts.topic_ids[topic], end)
                places.append(end.place(note.begins_at, note.settled_until))
            finally:
                consumer.close()
            self._lease.renew()
        crash_point("relay.after_topic_noted")
        return places[0], places[1]

    def _note(self, topic: str, cluster_id: str, topic_id: Any, end: TopicEnd) -> TopicNote:
        known = read_note(self._connection, topic)
        same = known if known is not None and known.topic_id == topic_id else None
        begins_at = end.begins_at(same)
        if same is None or same.begins_at != begins_at:
            if known is not None:
                log.warning("topic_began_anew", topic=topic, offset=begins_at)
            same = TopicNote(topic, cluster_id, topic_id, begins_at, same.settled_until if same else 0)
            write_note(self._connection, same)
        self._notes[topic] = same
        return same

    def _look(self, admin: KafkaAdminClient) -> None:
        """Notice that a topic's shape was changed, that it was emptied or made anew.

        Raises: TopicOfAnotherShape, TopicMissing, TopicsChanged
        """
        topics, servers = self._publication.topics, self._publication.servers
        facts = check_topics(admin, topics, servers, writing=True)
        for topic in topics.both:
            note = self._notes[topic]
            if facts.topic_ids[topic] != note.topic_id:
                raise TopicsChanged(topic)
            consumer = open_consumer(servers, topic, "icms-relay")
            try:
                if bounds(consumer, topic)[0] > note.begins_at:
                    raise TopicsChanged(topic)
            finally:
                consumer.close()


def relay(dsn: str, publication: Publication, life: Life) -> None:
    """Wait for the lease, then publish until asked to stop or until a topic changed.

    Raises: InDoubt; Halted, KafkaRefused, DatabaseRefused, psycopg.OperationalError when nothing is on its way
    """
    servers = publication.servers
    with connect(dsn, "icms relay") as connection:
        store_facts(connection)
        lease = Lease(connection, publication.topics.events)
        if not _lease_taken(lease, life):
            return
        crash_point("relay.after_lease")
        try:
            with naming(servers.bootstrap_servers, servers.user, "publish events"):
                admin = open_admin(servers, "icms-relay")
                try:
                    Relay(connection, publication, lease, life.stopping).run(admin)
                except TopicsChanged as change:
                    log.warning("topic_changed", topic=str(change))
                finally:
                    admin.close()
        except (Halted, KafkaRefused) as error:
            lease.report(str(error))
            raise
        except InDoubt as error:
            # This process ends now; the reason is to be seen until its successor has got on.
            if not isinstance(error.__cause__, psycopg.Error):
                with contextlib.suppress(psycopg.Error):
                    lease.report(str(error))
            raise
        lease.release()


def _lease_taken(lease: Lease, life: Life) -> bool:
    """Stand by until the lease is free; say whether it is ours now."""
    standing_by = False
    while not lease.acquire():
        if not standing_by:
            standing_by = True
            log.info("relay_standing_by")
        life.pause(_TRY_LEASE)
        if life.stopping():
            return False
    return True


def main() -> NoReturn:
    """Run as the process that publishes, told by the options file that is the only argument."""
    options = WorkerOptions.of_process()
    ids = {schema.topic: schema.id for schema in catalogue.load().all()}
    envelope = Envelope(options.source, options.address, ids)
    publication = Publication(
        servers=options.kafka,
        topics=options.topics,
        envelope=envelope,
        patience=options.patience,
        look_every=options.look_every,
    )
    run_process("relay", lambda life: relay(options.dsn, publication, life))


if __name__ == "__main__":
    main()
