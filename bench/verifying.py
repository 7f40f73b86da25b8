"""Row V1: `icms verify` against nothing but reading what it compares, the store and both topics.

V1/logs is its comparison of the logs alone; V1/all also replays every read model, as the command always does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import TopicPartition

from bench.ground import Ground
from bench.growth import Site, small
from bench.row import Contest, RowFailed
from consumers.fold import MakeReadModel
from consumers.garbage import collect_seldom
from consumers.store_rows import StoreRows
from consumers.verifier import VerifyPlan, verify
from infra.kafka_clients import bounds, open_consumer, records_of
from infra.postgres import connect

_EVENTS = 50_000


def verified(models: Sequence[MakeReadModel]) -> Callable[[Ground], Any]:
    """Return the contest for a verification with these read models."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        collect_seldom()
        site = small(ground, _EVENTS)
        plan = VerifyPlan(
            dsn=site.scratch.dsn("icms_projector"), servers=ground.kafka_servers("admin"), topics=site.topics,
            envelope=site.envelope, codec=ground.codec, models=models,
        )  # fmt: skip

        def ours() -> float:
            began = time.perf_counter()
            result = verify(plan)
            if not result.passed or len(result.models) != len(models):
                raise RowFailed(f"the verification found {result.problems}")
            return result.events / (time.perf_counter() - began)

        yield Contest(ours, lambda: _read(site))

    return prepare


def _read(site: Site) -> float:
    began = time.perf_counter()
    with connect(site.scratch.dsn("icms_projector")) as connection:
        rows = StoreRows(connection)
        events = sum(map(len, rows.pages(0, rows.head())))
    for topic in site.topics.both:
        consumer = open_consumer(site.ground.kafka_servers("admin"), topic, "icms-bench")
        partition, (first, end) = TopicPartition(topic, 0), bounds(consumer, topic)
        consumer.seek(partition, first)
        while consumer.position(partition) < end:
            records_of(consumer.poll(timeout_ms=250))
        consumer.close()
    return events / (time.perf_counter() - began)
