"""Row 22 of the failure table: what was written is visible, or the reader is told how far behind the answer is."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import psycopg

from projections.live import ReadModelBehind, reading
from projections.read_model import Recorded
from tests.consumers.conftest import TestedRegistry
from tests.consumers.counting_model import Counting
from tests.consumers.runner import Runner, cursor_of
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.worker_process import until

WRITES = 60


class Slow(Counting):
    """A read model whose rows come late: the delay is the fault that this test is about."""

    name = "slow"

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        super().apply(cursor, batch)
        time.sleep(0.02)


def visible(reader: psycopg.Connection[Any], position: int, wait: float) -> bool:
    """Say whether a read that asks for this position has it; otherwise it was told that it has less."""
    try:
        with reading(reader, "slow", position, wait) as (rows, build):
            found = rows.execute("SELECT count(*), max(position) FROM places").fetchone()
    except ReadModelBehind as behind:
        has = int(behind.facts["position"])
    else:
        assert found == (build.position, build.position)
        assert build.position >= position
        return True
    assert has < position
    return False


def test_a_write_is_visible_or_the_reader_hears_how_far_behind(
    registry: TestedRegistry, topic: TopicWriter, seed: int
) -> None:
    chance = random.Random(seed)
    seen = told = 0
    with Runner(registry, Slow), psycopg.connect(registry.owner_dsn, autocommit=True) as reader:
        until(lambda: cursor_of(registry, "slow")[1] == "live")
        for _ in range(WRITES):
            registry.log.write(1)
            position = registry.log.head
            topic.publish(position, position)
            if visible(reader, position, chance.choice((0.0, 0.0, 5.0))):
                seen += 1
            else:
                told += 1

    assert seen + told == WRITES
    assert seen > 5
    assert told > 5
