"""Row G1: what an event costs with a million events in the store, against what it costs with ten thousand.

Both stores get the same treatments in turns: saved by eight threads, published, followed by all read models, then asked
about a clinic whose own history is as long in both. A turn of one store serves all rows.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from kafka import KafkaAdminClient

from bench import kept
from bench.ground import Ground, Scratch
from bench.listed import list_clinics
from bench.relaying import Watch, waking
from bench.row import Contest, Sample
from consumers import builds
from consumers.fold import Fold
from consumers.lease import Lease
from consumers.projector import BATCH, Projector, ProjectorPlan
from consumers.relay import Publication, Relay
from consumers.store_rows import StoreRows
from domain.reader import OFFICER
from infra.event_store import EventStore
from infra.kafka_access import ensure_access, ensure_topics
from infra.kafka_clients import open_consumer
from infra.kafka_log import Envelope, Topics
from infra.postgres import connect, open_pool
from interfaces.web.database_pages import DatabasePages
from interfaces.web.page_source import ListingQuery
from projections import audit_trail
from projections.catalogue import READ_MODELS
from projections.live import reading

PARTS = ("append", "relay", "projection", "queries")
_EVENTS = 4_000
_ASKED = 100
_THREADS = 8


@dataclass
class Site:
    """One store with its topics and read models, and how many seconds an event or a question costs there."""

    ground: Ground
    scratch: Scratch
    store: EventStore
    topics: Topics
    admin: KafkaAdminClient
    number: int
    """Of the next treatment."""
    turns: list[dict[str, float]] = field(default_factory=list)

    @property
    def envelope(self) -> Envelope:
        """Return what makes the records, as the worker does."""
        ids = {schema.topic: schema.id for schema in self.ground.schemas.all()}
        return Envelope("urn:icms:registry", "https://registry.example", ids)

    def turn(self, index: int) -> dict[str, float]:
        """Return what the turn of this number cost; it is taken when it is first asked for."""
        while len(self.turns) <= index:
            added = 1 / kept.add(self.store, range(self.number, self.number + _EVENTS), _THREADS)
            self.number += _EVENTS
            self.turns.append(
                {"append": added, "relay": self.relayed(), "projection": self.followed(), "queries": self.asked()}
            )
        return self.turns[index]

    def relayed(self) -> float:
        """Let the relay publish what waits and return seconds for an event, from its first page on."""
        publication = Publication(
            servers=self.ground.kafka_servers("relay"), topics=self.topics, envelope=self.envelope
        )
        with connect(self.scratch.dsn("icms_relay")) as connection, connect(self.scratch.dsn("icms_relay")) as other:
            head = StoreRows(other).head()
            lease = Lease(connection, self.topics.events)
            deadline = time.monotonic() + 30
            while not lease.acquire():
                assert time.monotonic() < deadline, "somebody else publishes"
                time.sleep(0.1)
            before = _published(other, self.topics.events)
            watch = Watch(lambda: _published(other, self.topics.events) == head)
            with waking(self.scratch):
                Relay(connection, publication, lease, watch).run(self.admin)
            lease.release()
        return watch.seconds / (head - before)

    def followed(self) -> float:
        """Let all read models follow to the end of the log and return seconds for an event."""
        plan = ProjectorPlan(
            dsn=self.scratch.dsn("icms_projector"), servers=self.ground.kafka_servers("admin"),
            topic=self.topics.events, codec=self.ground.codec, models=READ_MODELS,
        )  # fmt: skip
        with connect(plan.dsn) as connection:
            connection.execute("SET synchronous_commit = off")
            head = StoreRows(connection).head()
            folds = [Fold(connection, make, builds.create(connection, make(), "live")) for make in plan.models]
            consumer = open_consumer(plan.servers, plan.topic, "icms-bench", max_poll_records=BATCH)
            try:
                projector = Projector(connection, folds, consumer, plan)
                before, began = folds[0].build.position, 0.0
                # Finding the place in the topic is the start of a process, and no cost of an event.
                while any(fold.build.position < head for fold in folds):
                    began = began or time.perf_counter()
                    projector.step()
                return (time.perf_counter() - began) / (head - before)
            finally:
                consumer.close()

    def asked(self) -> float:
        """Ask for the first page of the listing, a clinic's page and its history; return seconds for a question."""
        decode = self.ground.codec.decode
        pool = open_pool(self.scratch.dsn("icms_reader"))
        try:
            pages = DatabasePages(pool)
            pages.search(ListingQuery())
            began = time.perf_counter()
            for number in range(_ASKED):
                clinic = kept.QUIET[number % len(kept.QUIET)]
                pages.search(ListingQuery())
                assert pages.clinic(clinic, None).clinic is not None
                with pool.connection() as connection, reading(connection, "audit_trail") as (cursor, _):
                    assert audit_trail.of_clinic(
                        cursor,
                        clinic,
                        reader=OFFICER,
                        part_class=self.ground.codec.part_class,
                        decode=decode,
                        limit=500,
                    ).entries
            return (time.perf_counter() - began) / (3 * _ASKED)
        finally:
            pool.close()


def _published(connection: psycopg.Connection[Any], topic: str) -> int:
    row = connection.execute(
        "SELECT position FROM registry.relay_lease WHERE topic = %(topic)s", {"topic": topic}
    ).fetchone()
    return int(row[0]) if row else 0


def large(ground: Ground) -> Site:
    """Return the kept store at work."""

    def make(stack: ExitStack) -> Site:
        admin = stack.enter_context(ground.kafka_admin())
        scratch = kept.kept(ground)
        store = stack.enter_context(ground.event_store(scratch))
        list_clinics(ground, store, kept.QUIET)
        with connect(scratch.dsn("icms_relay")) as connection:
            # Higher than every number that was used: a treatment has one event, and the clinics' come on top.
            return Site(ground, scratch, store, kept.TOPICS, admin, StoreRows(connection).head())

    return ground.once("large", make)


def small(ground: Ground, events: int = kept.FEW) -> Site:
    """Return a store of so many events, all published and followed."""

    def make(stack: ExitStack) -> Site:
        admin = stack.enter_context(ground.kafka_admin())
        scratch, store = stack.enter_context(kept.fresh(ground, events))
        topics = Topics(f"b-{uuid.uuid4().hex[:12]}.")
        servers = ground.kafka_servers("admin")
        ensure_topics(admin, topics, servers)
        ensure_access(admin, topics, servers)
        list_clinics(ground, store, kept.QUIET)
        site = Site(ground, scratch, store, topics, admin, kept.EVENTS)
        site.relayed()
        site.followed()
        return site

    return ground.once(f"store of {events}", make)


def grown(part: str) -> Callable[[Ground], Any]:
    """Return the contest of the large store with the small one in one part of the way."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        yield Contest(_turns(large(ground), part), _turns(small(ground), part))

    return prepare


def _turns(site: Site, part: str) -> Sample:
    taken = iter(range(1_000))
    return lambda: site.turn(next(taken))[part] * 1e6
