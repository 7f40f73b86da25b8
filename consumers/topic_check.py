"""A topic holds every row of the store, byte for byte and in its order; repeats are allowed, nothing else is.

The topic is read once from its beginning, and each record is compared with the row whose position it claims. Memory
does not grow with the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from consumers.findings import Findings, ProblemKind
from consumers.store_rows import StoreRows
from infra.event_log import StoredRow
from infra.kafka_clients import Silence, bounds, records_of
from infra.kafka_log import Message, difference, moved

_PATIENCE = 10.0
"""Seconds to wait for what is stored and not yet published."""


@dataclass(slots=True)
class TopicCounts:
    """What was found in a topic."""

    records: int = 0
    events: int = 0
    """Records that came in their order, each event once."""
    repeats: int = 0
    other_address: int = 0
    """Records that carry a name or address which the registry had before."""


class TopicCheck:
    """One topic beside the store."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        topic: str,
        rows: StoreRows,
        wrap: Callable[[StoredRow], Message],
        previous: Callable[[StoredRow], int],
    ) -> None:
        """`wrap` makes the record of a row for this topic, `previous` says which position comes before it there."""
        self.counts = TopicCounts()
        self.findings = Findings()
        self._consumer = consumer
        self._topic = topic
        self._rows = rows
        self._wrap = wrap
        self._previous = previous
        self._position = self._highest = 0

    def run(self, upto: int, progress: Callable[[int], None]) -> None:
        """Read the topic from its beginning to its end, or until all rows up to a position were there.

        Raises: KafkaAway, KafkaError
        """
        partition = TopicPartition(self._topic, 0)
        first, end = bounds(self._consumer, self._topic)
        self._consumer.seek(partition, first)
        deadline, silence = time.monotonic() + _PATIENCE, Silence(self._consumer, self._topic)
        while self._consumer.position(partition) < end or (self._highest < upto and time.monotonic() < deadline):
            records = records_of(self._consumer.poll(timeout_ms=250))
            if records:
                self._take(records)
                progress(self._position)
                deadline = time.monotonic() + _PATIENCE
            elif self._consumer.position(partition) < end:
                silence.require_short()
        if self._position < upto:
            # What did not come is held against the topic only where Kafka still answers.
            bounds(self._consumer, self._topic)
            missing = f"behind position {self._position}"
            self.findings.add(
                ProblemKind.not_in_topic, f"{self._topic}, {missing}", "the row that follows is not there"
            )

    def _take(self, records: Sequence[Any]) -> None:
        claimed = [_position(record) for record in records]
        rows = self._rows_of([position for position in claimed if position is not None])
        for record, position in zip(records, claimed, strict=True):
            self.counts.records += 1
            row = rows.get(position) if position is not None else None
            if row is None:
                self._problem(ProblemKind.foreign_record, record, "no row of the store")
                continue
            self._highest = max(self._highest, row.position)
            message = self._wrap(row)
            problem = difference(message, record)
            if problem is not None:
                self._problem(ProblemKind.record_differs, record, f"position {position}: {problem}")
                continue
            self.counts.other_address += moved(message, record)
            self._follow(row)

    def _follow(self, row: StoredRow) -> None:
        if row.position <= self._position:
            self.counts.repeats += 1
        elif self._previous(row) == self._position:
            self._position = row.position
            self.counts.events += 1

    def _rows_of(self, positions: list[int]) -> Mapping[int, StoredRow]:
        """Return the rows of these positions; mostly they are a stretch of the log, and read as one."""
        if not positions:
            return {}
        low, high = min(positions), max(positions)
        if low > 0 and high - low < 2 * len(positions):
            return {row.position: row for page in self._rows.stream(low - 1, high) for row in page}
        return self._rows.at(set(positions))

    def _problem(self, kind: ProblemKind, record: Any, detail: str) -> None:
        self.findings.add(kind, f"{self._topic}, offset {record.offset}", detail)


def _position(record: Any) -> int | None:
    for name, value in record.headers or ():
        if name == "position":
            return int(value) if value and len(value) < 19 and value.isdigit() else None
    return None
