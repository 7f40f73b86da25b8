"""Row P1: one read model following the topic in its batches, against the same with a transaction for each event."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from bench.crew import rate
from bench.ground import Ground
from bench.relaying import Way
from bench.row import Contest
from bench.whole_way import treatment
from consumers import builds
from consumers.fold import Checked, Fold, MakeReadModel
from consumers.garbage import collect_seldom
from consumers.projector import BATCH, Projector, ProjectorPlan
from infra.kafka_clients import open_consumer
from infra.kafka_log import Envelope
from infra.postgres import connect
from tests.infra.scratch_store import record
from tests.interfaces.importing.registries import founded

_EVENTS = 10_000
_SINGLE = 500


class _OneByOne(Fold):
    """The fold as somebody writes it first: each event moves the cursor in a transaction, whether it matters or not."""

    def idle(self, batch: Sequence[Checked]) -> bool:
        del batch
        return False

    def apply(self, batch: Sequence[Checked]) -> None:
        for each in batch:
            super().apply([each])


def projected(make: MakeReadModel) -> Callable[[Ground], Any]:
    """Return the contest for one read model."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        # As the projector's own process does; both sides have it.
        collect_seldom()
        with ground.scratch() as scratch, ground.event_store(scratch) as store:
            for aggregate in founded(datetime.now(UTC)):
                store.save([aggregate], record(aggregate.id))
            made = [treatment(number)() for number in range(_EVENTS)]
            rate(lambda each: store.save([each], record(each.id)), made, 8)
            ids = {schema.topic: schema.id for schema in ground.schemas.all()}
            with ground.kafka_admin() as admin:
                way = Way(ground, scratch, admin, Envelope("urn:icms:bench", "https://registry.example", ids))
                topics = way.topics()
            way.send(topics)
            with connect(scratch.dsn("icms_projector")) as connection:
                plan = ProjectorPlan(
                    dsn=scratch.dsn("icms_projector"), servers=ground.kafka_servers("admin"), topic=topics.events,
                    codec=ground.codec, models=[make],
                )  # fmt: skip
                connection.execute("SET synchronous_commit = off")
                yield Contest(
                    lambda: _followed(connection, plan, Fold, BATCH, _EVENTS),
                    lambda: _followed(connection, plan, _OneByOne, _SINGLE, 2 * _SINGLE),
                )

    return prepare


def _followed(
    connection: psycopg.Connection[Any], plan: ProjectorPlan, kind: type[Fold], batch: int, until: int
) -> float:
    """Let a new build follow the topic up to a position and return events per second."""
    (make,) = plan.models
    fold = kind(connection, make, builds.create(connection, make(), "building"))
    consumer = open_consumer(plan.servers, plan.topic, "icms-bench", max_poll_records=batch)
    try:
        projector = Projector(connection, [fold], consumer, plan)
        began = time.perf_counter()
        while fold.build.position < until:
            projector.step()
        return fold.build.position / (time.perf_counter() - began)
    finally:
        consumer.close()
        builds.drop(connection, fold.build)
