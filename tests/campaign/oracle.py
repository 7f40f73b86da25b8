"""The judge of a run shares no code with what it judges: raw SQL, another Kafka client, the plain Avro library.

It answers whether anything that was acknowledged is lost, whether anything has effect twice, whether anything comes
out of order, and whether bytes are what they were; each verdict names the first offending event.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import avro.io
import avro.schema
import psycopg
from confluent_kafka import Consumer, TopicPartition

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
_STORE = """
    SELECT position, originator_id, originator_version, topic, state, leaf_hash, disclosure, prev_public_position
    FROM registry.events ORDER BY position
"""
_COMMAND = """
    SELECT aggregate_id, version, first_position, last_position FROM registry.commands
    WHERE actor = %(actor)s AND key_hmac = %(key_hmac)s
"""


@dataclass(slots=True)
class Verdict:
    """What is wrong, in words; of each kind the first that was found stands first."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    """Records that somebody else wrote: no fault as long as no reader takes them."""

    @property
    def clean(self) -> bool:
        """Say whether nothing is lost, doubled, reordered or changed."""
        return not (self.lost or self.doubled or self.reordered or self.changed)

    def __str__(self) -> str:
        kinds = {name: getattr(self, name) for name in ("lost", "doubled", "reordered", "changed", "foreign")}
        said = [f"{name}: {len(found)}, first {found[0]}" for name, found in kinds.items() if found]
        return "; ".join(said) or "nothing lost, doubled, reordered or changed"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command as its client wrote it down when it was told that it is done."""

    actor: UUID
    key_hmac: bytes
    aggregate_id: UUID
    version: int
    first_position: int
    last_position: int

    @classmethod
    def read(cls, file: Path) -> Iterator[Acknowledged]:
        """Yield the commands of a file of JSON lines; a last line that was cut off was not acknowledged."""
        for line in file.read_text("utf-8").splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                continue
            yield cls(
                UUID(said["actor"]), bytes.fromhex(said["key_hmac"]), UUID(said["aggregate_id"]), said["version"],
                said["first_position"], said["last_position"],
            )  # fmt: skip


def judge_store(connection: psycopg.Connection[Any], verdict: Verdict) -> dict[int, tuple[bytes, int | None]]:
    """Judge the rows by themselves; return hash and previous public position (None: not public) of each position."""
    hashes: dict[int, tuple[bytes, int | None]] = {}
    versions: dict[UUID, int] = {}
    expected, public = 1, 0
    with connection.transaction(), connection.cursor(name="oracle") as cursor:
        for position, aggregate, version, topic, state, stored_hash, disclosure, before in cursor.execute(_STORE):
            what = f"position {position} ({topic} {aggregate}/{version})"
            if position != expected:
                verdict.lost.append(f"position {expected}, before {what}")
            if version != versions.get(aggregate, 0) + 1:
                kind = verdict.doubled if version <= versions.get(aggregate, 0) else verdict.lost
                kind.append(f"a version of {aggregate} at {what}")
            if _leaf(topic, aggregate, version, state) != stored_hash:
                verdict.changed.append(f"the bytes of {what}")
            if disclosure == "public" and before != public:
                verdict.reordered.append(f"{what} names {before} as the public event before it, which is {public}")
            expected, versions[aggregate] = position + 1, version
            public = position if disclosure == "public" else public
            hashes[position] = (stored_hash, before if disclosure == "public" else None)
    return hashes


def judge_commands(connection: psycopg.Connection[Any], acknowledged: Sequence[Acknowledged], verdict: Verdict) -> None:
    """Judge that each acknowledged command is recorded as its client was told."""
    for each in acknowledged:
        row = connection.execute(_COMMAND, {"actor": each.actor, "key_hmac": each.key_hmac}).fetchone()
        told = (each.aggregate_id, each.version, each.first_position, each.last_position)
        what = f"command of {each.aggregate_id}/{each.version} at position {each.first_position}"
        if row is None:
            verdict.lost.append(f"the acknowledged {what}")
        elif row != told:
            verdict.changed.append(f"the answer to the {what}")
    claimed = [each.first_position for each in acknowledged if each.first_position]
    for position in sorted({position for position in claimed if claimed.count(position) > 1}):
        verdict.doubled.append(f"position {position} was acknowledged for two commands")


def judge_topic(
    records: Sequence[Any], hashes: Mapping[int, tuple[bytes, int | None]], verdict: Verdict, *, public: bool
) -> None:
    """Judge what a subscriber gets who drops repeats and takes what follows the last, against the store's rows."""
    last, taken = 0, set[int]()
    for record in records:
        headers = {name: value.decode() for name, value in record.headers() or []}
        what = f"offset {record.offset()}, position {headers.get('position')}"
        if not _is_ours(record, headers, hashes):
            verdict.foreign.append(what)
            continue
        position, previous = int(headers["position"]), int(headers["prev_position"])
        if previous != ((hashes[position][1] or 0) if public else position - 1):
            verdict.changed.append(f"prev_position at {what}")
        if position > last and previous == last:
            last = position
            taken.add(position)
        elif position > last:
            verdict.reordered.append(f"{what} came after {last}, and {previous} was not there")
    wanted = [position for position, (_, before) in hashes.items() if not public or before is not None]
    verdict.lost += [f"position {position} in the topic" for position in wanted if position not in taken][:1]


def _is_ours(record: Any, headers: Mapping[str, str], hashes: Mapping[int, tuple[bytes, int | None]]) -> bool:
    try:
        aggregate, _, version = headers["ce_id"].partition("/")
        frame, schema_id = struct.unpack_from(">bI", record.value())
        state = record.value()[5:]
        stored = hashes[int(headers["position"])][0]
        if frame != 0 or _leaf(headers["ce_type"], UUID(aggregate), int(version), state) != stored:
            return False
        _decoded(schema_id, state)
    except (KeyError, ValueError, struct.error, avro.errors.AvroException):
        return False
    return True


def _decoded(schema_id: int, state: bytes) -> Any:
    source = io.BytesIO(state)
    content = avro.io.DatumReader(_schema(schema_id)).read(avro.io.BinaryDecoder(source))
    if source.read(1):
        raise ValueError("bytes follow the record's end")
    return content


@cache
def _schema(schema_id: int) -> Any:
    ids: dict[str, int] = json.loads((SCHEMAS / "ids.json").read_text("utf-8"))
    (topic,) = [name for name, number in ids.items() if number == schema_id]
    return avro.schema.parse((SCHEMAS / f"{topic}.avsc").read_text("utf-8"))


def _leaf(topic: str, aggregate: UUID, version: int, state: bytes) -> bytes:
    name = topic.encode()
    commitment = hashlib.sha256(struct.pack(">H", len(name)) + name + aggregate.bytes + struct.pack(">Q", version))
    commitment.update(state)
    return hashlib.sha256(b"\x00" + commitment.digest()).digest()


def read_topic(options: Mapping[str, Any], topic: str) -> list[Any]:
    """Return all records of a topic by a client of another make."""
    consumer = Consumer({"group.id": "oracle", "enable.auto.commit": False, **options})
    try:
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)
        consumer.assign([TopicPartition(topic, 0, first)])
        records: list[Any] = []
        while first < end and (not records or records[-1].offset() < end - 1):
            for record in consumer.consume(2_000, timeout=1):
                if record.error() is not None:
                    raise RuntimeError(str(record.error()))
                records.append(record)
        return records
    finally:
        consumer.close()


def judge(
    owner_dsn: str, kafka: Mapping[str, Any], events: str, public: str, acknowledged: Sequence[Acknowledged] = ()
) -> Verdict:
    """Judge a registry whose relay has come to the end of the log; `kafka` are options of confluent-kafka."""
    verdict = Verdict()
    with psycopg.connect(owner_dsn) as connection:
        hashes = judge_store(connection, verdict)
        judge_commands(connection, acknowledged, verdict)
    judge_topic(read_topic(kafka, events), hashes, verdict, public=False)
    judge_topic(read_topic(kafka, public), hashes, verdict, public=True)
    return verdict
