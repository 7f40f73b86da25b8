"""A record in Kafka is its stored row: the row's bytes behind a schema id, every header one of its columns.

Nothing here decodes or encodes an event, so a record can be compared with the store byte for byte, and read back
without trusting whoever wrote it: `parse` says what a record claims, `KafkaRecord.true_leaf_hash` what it is.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from infra.commitment import commitment, leaf_hash

EVENTS_TOPIC = "icms.registry.events.v1"
PUBLIC_TOPIC = "icms.registry.public.v1"

Headers = list[tuple[str, bytes]]

_FRAME = struct.Struct(">bI")
_LONGEST_TOPIC = 0x3FFF


@dataclass(frozen=True, slots=True)
class Topics:
    """The names of the two topics, with a prefix where several registries (or tests) share a cluster."""

    prefix: str = ""

    @property
    def events(self) -> str:
        """Return the topic of every event, for our processes and auditors."""
        return self.prefix + EVENTS_TOPIC

    @property
    def public(self) -> str:
        """Return the topic of the public events, for subscribers."""
        return self.prefix + PUBLIC_TOPIC

    @property
    def both(self) -> tuple[str, str]:
        """Return both, in the order in which the relay fills them."""
        return self.events, self.public


class Row(Protocol):
    """The columns of a stored event that a record is made of."""

    @property
    def position(self) -> int: ...  # noqa: D102 - the columns are documented with the table
    @property
    def originator_id(self) -> UUID: ...  # noqa: D102
    @property
    def originator_version(self) -> int: ...  # noqa: D102
    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def state(self) -> bytes: ...  # noqa: D102
    @property
    def recorded_at(self) -> datetime: ...  # noqa: D102
    @property
    def clinic_id(self) -> UUID | None: ...  # noqa: D102
    @property
    def leaf_hash(self) -> bytes: ...  # noqa: D102
    @property
    def disclosure(self) -> str: ...  # noqa: D102
    @property
    def prev_public_position(self) -> int | None: ...  # noqa: D102
    @property
    def store_epoch(self) -> UUID: ...  # noqa: D102


class Message(NamedTuple):
    """What is sent to Kafka for one row."""

    key: bytes
    value: bytes
    headers: Headers


class ForeignRecord(ValueError):
    """Say in which way a record is not one of ours; never contains its content."""


class UnknownSchema(Exception):
    """A row's stored topic has no id in `ids.json`."""


class Envelope:
    """Wrap rows for Kafka; `source` is the registry's URI, `address` where `/schemas/ids/{id}` is served."""

    def __init__(self, source: str, address: str, schema_ids: Mapping[str, int]) -> None:
        self._schema_ids = dict(schema_ids)
        self._source = ("ce_source", source.encode())
        self._frames = {topic: _FRAME.pack(0, schema_id) for topic, schema_id in schema_ids.items()}
        base = address.rstrip("/")
        self._by_topic = {
            topic: (("ce_type", topic.encode()), ("ce_dataschema", f"{base}/schemas/ids/{schema_id}".encode()))
            for topic, schema_id in schema_ids.items()
        }

    def knows(self, topic: str) -> bool:
        """Say whether rows of this stored topic can be wrapped."""
        return topic in self._frames

    def event(self, row: Row) -> Message:
        """Return the record of this row for the events topic.

        Raises: UnknownSchema
        """
        return self._message(row, row.position - 1)

    def public(self, row: Row) -> Message:
        """Return the record of this row for the public topic; its predecessor is the public event before it.

        Raises: UnknownSchema
        """
        return self._message(row, row.prev_public_position or 0)

    def _message(self, row: Row, previous: int) -> Message:
        try:
            frame, (kind, schema) = self._frames[row.topic], self._by_topic[row.topic]
        except KeyError:
            raise UnknownSchema(row.topic) from None
        aggregate = _spelt(row.originator_id)
        key = aggregate if row.clinic_id is None else _text(row.clinic_id)
        subject = [] if row.clinic_id is None else [("ce_subject", key)]
        headers: Headers = [
            _SPECVERSION,
            ("ce_id", b"%b/%d" % (aggregate, row.originator_version)),
            self._source,
            kind,
            ("ce_time", time_text(row.recorded_at)),
            *subject,
            ("ce_partitionkey", key),
            schema,
            _CONTENT_TYPE,
            ("position", b"%d" % row.position),
            ("prev_position", b"%d" % previous),
            ("store_epoch", _text(row.store_epoch)),
            ("leaf_hash", row.leaf_hash.hex().encode()),
            ("disclosure", row.disclosure.encode()),
        ]
        return Message(key, frame + row.state, headers)


@dataclass(frozen=True, slots=True)
class KafkaRecord:
    """A record as somebody wrote it: what it claims, not yet whether it is true."""

    offset: int
    position: int
    prev_position: int
    store_epoch: UUID
    leaf_hash: bytes
    topic: str
    aggregate_id: UUID
    version: int
    schema_id: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]

    @property
    def state(self) -> bytes:
        """Return the Avro bytes behind the frame."""
        return self.value[5:]

    def true_leaf_hash(self) -> bytes:
        """Return the leaf hash of what the record holds, whatever its header says (RFC 6962, over the commitment)."""
        return leaf_hash(commitment(self.topic, self.aggregate_id, self.version, self.state))


def parse(record: Any) -> KafkaRecord:
    """Read what a consumed record claims.

    Raises: ForeignRecord if it lacks what every record of ours has
    """
    headers: Sequence[tuple[str, bytes]] = record.headers or ()
    value: bytes = record.value or b""
    if len(headers) != len(found := dict(headers)):
        raise ForeignRecord("a header is there twice")
    if len(value) < 5 or value[0] != 0:
        raise ForeignRecord("the value is not framed")
    try:
        aggregate, _, version = found["ce_id"].decode().partition("/")
        return KafkaRecord(
            offset=record.offset,
            position=int(found["position"]),
            prev_position=int(found["prev_position"]),
            store_epoch=_uuid(found["store_epoch"]),
            leaf_hash=bytes.fromhex(found["leaf_hash"].decode()),
            topic=found["ce_type"].decode()[:_LONGEST_TOPIC],
            aggregate_id=UUID(aggregate),
            version=_version(version),
            schema_id=_FRAME.unpack_from(value)[1],
            key=record.key or b"",
            value=value,
            headers=headers,
        )
    except KeyError as error:
        raise ForeignRecord(f"the header {error.args[0]} is missing") from None
    except (ValueError, AttributeError):
        raise ForeignRecord("a header cannot be read") from None


def difference(message: Message, record: Any) -> str | None:
    """Say in what a consumed record is not this message, or None; never shows content.

    What follows from the configuration may have changed since: `ce_source`, and the address before `/schemas/`.
    """
    if record.value != message.value:
        return "other bytes"
    if record.key != message.key:
        return "another key"
    found = list(record.headers or ())
    if found == message.headers:
        return None
    if [name for name, _ in found] != [name for name, _ in message.headers]:
        return "other headers"
    for (name, wanted), (_, value) in zip(message.headers, found, strict=True):
        if value != wanted and not _only_configured(name, wanted, value):
            return f"another {name}"
    return None


def moved(message: Message, record: Any) -> bool:
    """Say whether a record carries the name or address that the registry had before."""
    if record.headers == message.headers:
        return False
    found = dict(record.headers or ())
    return any(found.get(name) != value for name, value in message.headers if name in _CONFIGURED)


def _only_configured(name: str, wanted: bytes, found: bytes) -> bool:
    if name == "ce_dataschema":
        return found.endswith(wanted[wanted.rindex(b"/schemas/ids/") :])
    return name in _CONFIGURED


def time_text(moment: datetime) -> bytes:
    """Return a time as RFC 3339 in UTC with microseconds; spelt by hand, because the relay does it for every record."""
    if moment.utcoffset():
        moment = moment.astimezone(UTC)
    clock = (moment.hour, moment.minute, moment.second, moment.microsecond)
    return b"%bT%02d:%02d:%02d.%06dZ" % (_day(moment.toordinal()), *clock)


@lru_cache(maxsize=4_096)
def _day(ordinal: int) -> bytes:
    return date.fromordinal(ordinal).isoformat().encode()


def _version(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise ValueError(text)
    return number


@lru_cache(maxsize=16_384)
def _text(identity: UUID) -> bytes:
    return _spelt(identity)


def _spelt(identity: UUID) -> bytes:
    """Spell a UUID as `str` does, in half the time: the relay does it for every record."""
    digits = identity.bytes.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}".encode()


@lru_cache(maxsize=64)
def _uuid(text: bytes) -> UUID:
    return UUID(text.decode())


_CONFIGURED = frozenset({"ce_source", "ce_dataschema"})
_SPECVERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/avro")
