"""After any crash the relay asks each topic what it has, compares it with the store, and goes on behind it.

It looks at the whole end of the topic and not at the last record alone: should the client ever have left a hole in
what was on its way when a relay died, publishing goes on from the hole, and readers find what they miss.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from kafka import KafkaConsumer

from consumers.halting import ForeignRecordAtEnd, StoreBehindTopic
from consumers.relay_notes import TopicNote
from consumers.store_rows import StoreRows
from infra.event_log import StoredRow
from infra.kafka_clients import bounds, read_between
from infra.kafka_log import ForeignRecord, Message, difference, parse

TAIL = 4_000
"""Records looked at; more than twice of what can be on its way at one time."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where publishing goes on in one topic."""

    position: int
    """Everything up to this position is in the topic."""
    leaf_hash: bytes
    """Leaf hash of that position; empty at position 0."""
    next_offset: int
    """No record that is sent from now on can get a smaller offset than this, unless the topic is made anew."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A record of the topic's end, judged by the store."""

    offset: int
    row: StoredRow | None
    previous: int
    difference: str
    position: int | None


class TopicEnd:
    """One topic, as the relay's user sees it, beside the store that it should hold."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        topic: str,
        rows: StoreRows,
        wrap: Callable[[StoredRow], Message],
        previous: Callable[[StoredRow], int],
    ) -> None:
        """`wrap` makes the record of a row for this topic, `previous` says which position comes before it there."""
        self._consumer = consumer
        self._topic = topic
        self._rows = rows
        self._wrap = wrap
        self._previous = previous

    def begins_at(self, note: TopicNote | None) -> int:
        """Return the offset from which on the topic holds the log, or its end where it holds none or not all of it."""
        first, end = bounds(self._consumer, self._topic)
        if note is not None:
            return note.begins_at if first <= note.begins_at <= end else end
        for records in read_between(self._consumer, self._topic, first, end):
            seen = self._judge(records[:1])[0]
            return first if seen.row is not None and seen.previous == 0 else end
        return end

    def place(self, begins_at: int, settled_until: int) -> Place:
        """Return where to go on.

        Raises: StoreBehindTopic or ForeignRecordAtEnd, when the last record is not the store's and no person has
            looked at it
        """
        _, end = bounds(self._consumer, self._topic)
        size = TAIL
        while True:
            begin = max(begins_at, end - size)
            seen = [
                each for batch in read_between(self._consumer, self._topic, begin, end) for each in self._judge(batch)
            ]
            if seen:
                self._warn([each for each in seen if each.row is None])
                self._require_own_end(seen[-1], settled_until)
            ours = [each for each in seen if each.row is not None]
            if ours or begin == begins_at:
                return self._after(ours, end, whole=begin == begins_at)
            size *= 4

    def _after(self, ours: list[_Seen], end: int, *, whole: bool) -> Place:
        """Follow the records as a reader does, from the first one (or the topic's beginning)."""
        position, leaf_hash = (0, b"") if whole or not ours else (ours[0].previous, b"")
        for each in ours:
            if each.row is not None and each.previous == position:
                position, leaf_hash = each.row.position, each.row.leaf_hash
        return Place(position, leaf_hash, end)

    def _require_own_end(self, last: _Seen, settled_until: int) -> None:
        if last.row is not None or last.offset < settled_until:
            return
        head = self._rows.head()
        if last.position is not None and last.position > head:
            raise StoreBehindTopic(topic=self._topic, position=last.position, head=head, offset=last.offset)
        raise ForeignRecordAtEnd(topic=self._topic, offset=last.offset, difference=last.difference)

    def _warn(self, foreign: list[_Seen]) -> None:
        if foreign:
            log.error(
                "foreign_records_in_topic",
                topic=self._topic,
                records=len(foreign),
                first_offset=foreign[0].offset,
                last_offset=foreign[-1].offset,
                difference=foreign[-1].difference,
            )

    def _judge(self, records: Collection[Any]) -> list[_Seen]:
        claimed = {record.offset: _claimed_position(record) for record in records}
        rows = self._rows.at({position for position in claimed.values() if position is not None})
        return [self._judge_one(record, claimed[record.offset], rows) for record in records]

    def _judge_one(self, record: Any, position: int | None, rows: Mapping[int, StoredRow]) -> _Seen:
        row = rows.get(position) if position is not None else None
        problem: str | None = (
            "it is not a record of an event" if position is None else f"no position {position} is stored"
        )
        if row is not None:
            problem = difference(self._wrap(row), record)
        if row is None or problem is not None:
            return _Seen(record.offset, None, 0, problem or "", position)
        return _Seen(record.offset, row, self._previous(row), "", position)


def _claimed_position(record: Any) -> int | None:
    try:
        return parse(record).position
    except ForeignRecord:
        return None
