"""Row 19 of the failure table: whatever the poison, the read model it is for stops before it, and no other one does."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from infra.event_log import EventLog
from projections.read_model import Recorded
from tests.consumers.conftest import TestedRegistry
from tests.consumers.counting_model import Counting
from tests.consumers.runner import Runner, cursor_of, judge
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.worker_process import until

AHEAD = 30
ATTEMPTS = 16
"""Batches in which one poisoned event may be tried: the batch is halved until it stands alone."""


def _deeper(depth: int = 0) -> int:
    return _deeper(depth + 1)


def _raise(error: Exception) -> None:
    raise error


BYTES: dict[str, Callable[[bytes, bytes, random.Random], bytes]] = {
    "nothing": lambda *_: b"",
    "one byte": lambda state, *_: state[:1],
    "half of it": lambda state, *_: state[: len(state) // 2],
    "the last byte is missing": lambda state, *_: state[:-1],
    "a byte too many": lambda state, *_: state + b"\x00",
    "twice": lambda state, *_: state + state,
    "zeros": lambda state, *_: bytes(len(state)),
    "ones": lambda state, *_: b"\xff" * len(state),
    "a length beyond all memory": lambda state, *_: b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f" + state,
    "a length below nothing": lambda state, *_: b"\x01" + state,
    "framed as in Kafka": lambda state, *_: b"\x00\x00\x00\x00\x05" + state,
    "another type's bytes": lambda _, other, __: other,
    "JSON": lambda *_: b'{"position": 1}',
    "compressed": lambda state, *_: gzip.compress(state, mtime=0),
    "chance": lambda state, _, chance: chance.randbytes(len(state)),
}
"""Bytes in the store, and so in the topic, that are not what their type says."""

DEFECTS: dict[str, Callable[[psycopg.Cursor[Any]], object]] = {
    "a defect": lambda _: _raise(KeyError("no such thing")),
    "no end of recursion": lambda _: _deeper(),
    "a text that PostgreSQL does not take": lambda cursor: cursor.execute("SELECT %s", ("\x00",)),
    "a row that is there already": lambda cursor: cursor.execute("INSERT INTO places VALUES (1, 'again')"),
    "a table that is not there": lambda cursor: cursor.execute("SELECT * FROM no_such_table"),
}
"""What a read model may do wrong at an event that is whole."""

SHAPES = [*BYTES, *DEFECTS]


class Picky(Counting):
    """A read model that needs the content of one event alone, or has a defect there."""

    poisoned_at = 0
    shape = ""
    batches = 0

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        if any(each.position == self.poisoned_at for each in batch):
            type(self).batches += 1
        super().apply(cursor, batch)
        for each in batch:
            if each.position == self.poisoned_at:
                DEFECTS.get(self.shape, lambda _, each=each: each.event)(cursor)  # type: ignore[misc]


def picky(number: int, position: int, shape: str) -> type[Picky]:
    """Return a read model that stumbles over one position."""
    return type(f"Picky{number}", (Picky,), {"name": f"picky_{number}", "poisoned_at": position, "shape": shape})


def test_twenty_shapes_of_poison_each_stop_one_read_model_before_them(
    registry: TestedRegistry, topic: TopicWriter, seed: int
) -> None:
    chance = random.Random(seed)
    registry.log.write(AHEAD)
    rows = EventLog(registry.log.connection).read(0, 2)
    models = []
    for number, shape in enumerate(SHAPES):
        state = BYTES[shape](rows[0].state, rows[1].state, chance) if shape in BYTES else None
        registry.log.write(1, state=state, topic=rows[0].topic if state is not None else None)
        models.append(picky(number, registry.log.head, shape))
        registry.log.write(chance.randint(1, 4))
    poisoned = registry.log.head
    topic.publish(1, poisoned)

    with Runner(registry, *models, Counting) as runner:
        until(lambda: all(cursor_of(registry, each.name)[1] == "quarantined" for each in models))
        until(lambda: cursor_of(registry)[0] == poisoned, seconds=10)
        tried = {each.shape: each.batches for each in models}
        registry.log.write(50)
        topic.publish(poisoned + 1, registry.log.head)
        until(lambda: cursor_of(registry)[0] == registry.log.head, seconds=10)
        assert runner.alive

    assert len(models) >= 20
    judge(registry, registry.log.head)
    for each in models:
        judge(registry, each.poisoned_at - 1, each.name)
        assert (cursor_of(registry, each.name)[2] or "").startswith(f"position {each.poisoned_at} "), each.shape
        # Not tried again and again: no more often than halving a batch needs, and never after that.
        assert each.batches == tried[each.shape] <= ATTEMPTS, each.shape
