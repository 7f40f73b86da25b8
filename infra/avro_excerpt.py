"""Of events that are read by the million only the fields that somebody needs are decoded; the rest is passed over.

Which fields, whoever folds the events says, by their names; everything else follows from the schema and the classes. A
needed field's bytes are cut out and read as ever; equal bytes, such as a registry's schedule, are read once. Bytes that
end early or go on too long are refused as by the whole reading.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from fastavro import schemaless_reader

from domain.aggregate import RegistryEvent
from domain.catalogue import event_classes
from infra.avro_codec import FOREIGN, LEFT_TO_FASTAVRO, BytesLeft, Codec, Form, UnreadableEvent, problem_of
from infra.avro_passing import Needed, passing
from infra.excerpt_classes import excerpt_class, needed_fields

C = TypeVar("C")

NeededOf = Callable[[type[RegistryEvent]], Collection[str] | None]
"""Say which fields of a kind of events are needed, nested ones by a dotted name; None: the whole event."""

_Read = Callable[[bytes, UUID, int], RegistryEvent]

_KEPT = 4_096


class ExcerptReader:
    """Reads events as far as somebody needs them; a field that was not named cannot be asked for."""

    def __init__(self, codec: Codec, needed: NeededOf) -> None:
        self._codec = codec
        self._needed = needed
        self._readers: dict[str, _Read | None] = {}

    def read(self, topic: str, state: bytes, originator_id: UUID, originator_version: int) -> RegistryEvent:
        """Return an event, whole or the fields that are needed; raise UnknownSchema, UnreadableEvent."""
        try:
            reader = self._readers[topic]
        except KeyError:
            reader = self._readers[topic] = self._made(topic)
        if reader is None:
            return self._codec.decode(topic, state, originator_id, originator_version)
        try:
            return reader(state, originator_id, originator_version)
        except FOREIGN as error:
            raise UnreadableEvent(
                topic=topic, version=originator_version, aggregate_id=originator_id, problem=problem_of(error)
            ) from error

    def _made(self, topic: str) -> _Read | None:
        form = self._codec.form(topic)
        names = self._needed(event_classes()[form.schema.name])
        # Bytes of an older schema are brought up to the newest one as a whole.
        return None if names is None or form.reader is not None else _reader(form, names)


def _reader(form: Form, names: Collection[str]) -> _Read:
    """Return what reads the named fields of events of one kind.

    Raises: ValueError for a name that no field has
    """
    needed = needed_fields(form.kind, names)
    kind: type[RegistryEvent] = excerpt_class(form.kind, frozenset(needed))
    cut = passing(form.writer, needed, _read_of, _nested)
    new, put = object.__new__, object.__setattr__

    def read(state: bytes, originator_id: UUID, originator_version: int) -> RegistryEvent:
        values, end = cut(state)
        if end != len(state):
            raise BytesLeft(f"{len(state) - end} bytes follow its end")
        values["originator_id"] = originator_id
        values["originator_version"] = originator_version
        event = new(kind)
        put(event, "__dict__", values)
        return event

    return read


def _read_of(schema: Any, kind: Any) -> Callable[[bytes], Any]:
    """Return what reads the bytes of one needed field; what it returns cannot be changed, so equal bytes may share."""

    @lru_cache(_KEPT)
    def read(state: bytes) -> Any:
        content: Any = schemaless_reader(BytesIO(state), schema, None)
        return msgspec.convert(content, kind, builtin_types=LEFT_TO_FASTAVRO)

    return read


def _nested(kind: type[C], needed: Mapping[str, Needed]) -> Callable[[dict[str, Any]], C]:
    """Return what makes an excerpt of a record within an event."""
    made, new, put = excerpt_class(kind, frozenset(needed)), object.__new__, object.__setattr__

    def make(values: dict[str, Any]) -> C:
        record = new(made)
        for name, value in values.items():
            put(record, name, value)
        return record

    return make
