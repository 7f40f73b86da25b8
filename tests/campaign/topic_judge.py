"""A topic as a subscriber gets it, read by a client of another make and decoded by the plain Avro library.

Records are read as a stream and compared with the store's rows some at a time; what is kept is one bit per position.
"""

from __future__ import annotations

import io
import json
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import avro.errors
import avro.io
import avro.schema
import psycopg
from confluent_kafka import Consumer, TopicPartition

from tests.campaign.store_judge import leaf, named
from tests.campaign.verdict import Faults, Verdict

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
PATIENCE = 60.0
"""Seconds after which a topic that gives nothing more, though its end was not reached, is given up."""

_AT_ONCE = 2_000
_LARGEST = 2**63 - 1
_ROWS = """
    SELECT position, topic, originator_id, originator_version, leaf_hash, prev_public_position
    FROM registry.events WHERE position = ANY (%(positions)s)
"""
_MISSING = """
    SELECT position, topic, originator_id, originator_version FROM registry.events
    WHERE (NOT %(public)s OR disclosure = 'public') ORDER BY position
"""


class TopicSilent(Exception):
    """The topic gave no more records, though it was not read to its end."""


class _Row(NamedTuple):
    position: int
    topic: str
    aggregate: UUID
    version: int
    leaf_hash: bytes
    before: int | None

    def __str__(self) -> str:
        return named(self.position, self.topic, self.aggregate, self.version)


def records_of(options: Mapping[str, Any], topic: str, patience: float = PATIENCE) -> Iterator[Sequence[Any]]:
    """Yield what the topic holds now, some records at a time.

    Raises: TopicSilent
    """
    consumer = Consumer({"group.id": "oracle", "enable.auto.commit": False, **options})
    try:
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)
        consumer.assign([TopicPartition(topic, 0, first)])
        heard, after = time.monotonic(), first
        while after < end:
            records = consumer.consume(_AT_ONCE, timeout=1)
            if failed := [record for record in records if record.error() is not None]:
                raise RuntimeError(str(failed[0].error()))
            if records:
                heard, after = time.monotonic(), records[-1].offset() + 1
                yield records
            elif time.monotonic() > heard + patience:
                msg = f"{topic} gave nothing for {patience:.0f} s at offset {after}; it ends at {end}"
                raise TopicSilent(msg)
    finally:
        consumer.close()


def headers_of(record: Any) -> dict[str, str]:
    """Return the headers as text; those without a value or that are no text are left out."""
    found = {}
    for name, value in record.headers() or []:
        try:
            found[name] = value.decode()
        except (AttributeError, UnicodeDecodeError):
            continue
    return found


class _Subscriber:
    """Drops repeats, takes what follows the last, and remembers what it has seen at all."""

    def __init__(self, verdict: Verdict, *, public: bool) -> None:
        self.last = 0
        self.early = Faults()
        self.seen = bytearray()
        self._verdict = verdict
        self._public = public

    def take(self, record: Any, headers: Mapping[str, str], row: _Row | None) -> None:
        what = f"offset {record.offset()}, position {headers.get('position')}"
        if row is None or not _is_stored(record, headers, row):
            self._verdict.foreign.add(what)
            return
        if not _readable(row.topic, record.value()[5:]):
            self._verdict.changed.add(f"the bytes of {row} cannot be read by its schema")
        wanted = (row.before or 0) if self._public else row.position - 1
        if headers.get("prev_position") != str(wanted):
            self._verdict.changed.add(f"prev_position at {what}")
        self._see(row.position)
        if row.position <= self.last:
            return
        if wanted == self.last:
            self.last = row.position
        else:
            self.early.add(f"{what} came after {self.last}, and {wanted} was not there")

    def _see(self, position: int) -> None:
        place = position // 8
        if place >= len(self.seen):
            self.seen.extend(bytes(place + 1 - len(self.seen)))
        self.seen[place] |= 1 << position % 8

    def saw(self, position: int) -> bool:
        place = position // 8
        return place < len(self.seen) and bool(self.seen[place] & 1 << position % 8)


def judge_topic(
    connection: psycopg.Connection[Any], options: Mapping[str, Any], topic: str, verdict: Verdict, *, public: bool
) -> None:
    """Judge what a subscriber of a topic gets against the rows of the store.

    Raises: TopicSilent
    """
    subscriber = _Subscriber(verdict, public=public)
    for records in records_of(options, topic):
        read = [(record, headers_of(record)) for record in records]
        rows = _rows(connection, {position for _, headers in read if (position := _position(headers))})
        for record, headers in read:
            subscriber.take(record, headers, rows.get(_position(headers)))
    last = 0
    with connection.transaction(), connection.cursor(name="missing") as cursor:
        for row in cursor.execute(_MISSING, {"public": public}):
            last = row[0]
            if not subscriber.saw(last):
                verdict.lost.add(f"{named(*row)} in the topic {topic}")
    (verdict.early if subscriber.last == last else verdict.reordered).take(subscriber.early)


def _position(headers: Mapping[str, str]) -> int:
    """Return the position that a record claims, 0 where it claims none that a store could have."""
    text = headers.get("position", "")
    position = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return position if position <= _LARGEST else 0


def _rows(connection: psycopg.Connection[Any], positions: set[int]) -> dict[int, _Row]:
    found = connection.execute(_ROWS, {"positions": sorted(positions)}).fetchall()
    return {row[0]: _Row._make(row) for row in found}


def _is_stored(record: Any, headers: Mapping[str, str], row: _Row) -> bool:
    """Tell whether a record holds the bytes of its row, under its schema's id; its headers are not believed."""
    value = record.value()
    if value is None or len(value) < 5 or headers.get("ce_type") != row.topic:
        return False
    frame, schema_id = struct.unpack_from(">bI", value)
    if frame != 0 or schema_id != _schema_ids().get(row.topic):
        return False
    if headers.get("ce_id") != f"{row.aggregate}/{row.version}":
        return False
    return leaf(row.topic, row.aggregate, row.version, value[5:]) == row.leaf_hash


def _readable(topic: str, state: bytes) -> bool:
    source = io.BytesIO(state)
    try:
        avro.io.DatumReader(_schema(topic)).read(avro.io.BinaryDecoder(source))
    except (avro.errors.AvroException, ValueError, LookupError, EOFError, struct.error, OverflowError, MemoryError):
        return False
    return not source.read(1)


@cache
def _schema(topic: str) -> Any:
    return avro.schema.parse((SCHEMAS / f"{topic}.avsc").read_text("utf-8"))


@cache
def _schema_ids() -> dict[str, int]:
    ids: dict[str, int] = json.loads((SCHEMAS / "ids.json").read_text("utf-8"))
    return ids
