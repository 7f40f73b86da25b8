"""An event becomes Avro once, when it is stored; these bytes are what is hashed, relayed and read for ever.

Nothing is guessed: bytes of an unknown schema, bytes that end early or go on too long, and events that would show a
person in public are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from io import BytesIO
from threading import Lock
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.domain import CanInitAggregate
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from domain.aggregate import RegistryEvent
from domain.catalogue import aggregate_of, event_classes, personal_parts
from domain.errors import RegistryError
from domain.sealed import PersonalPart
from infra.avro_writing import Write, writing
from infra.commitment import commitment, leaf_hash
from infra.union_hints import Step, hint, plan
from schemas.catalogue import Catalogue, NoSuchSchema, Schema

__all__ = [
    "LARGEST_EVENT",
    "Codec",
    "EventTooLarge",
    "PublicEventReveals",
    "UnknownSchema",
    "UnreadableEvent",
    "UnreadablePart",
    "UnwritableEvent",
    "commitment",
    "leaf_hash",
]

LARGEST_EVENT = 256 * 1024
"""Bytes of Avro that one event may have; what is larger does not belong into a log of facts."""

# Ids pass fastavro as text: msgspec turns them into UUIDs and back at a tenth of the cost.
LEFT_TO_FASTAVRO = (datetime, bytes)

FOREIGN = (ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError, RecursionError, RegistryError)
"""What fastavro, msgspec and the validation of value types raise at bytes and values that do not fit."""


class UnknownSchema(RegistryError):
    """There is no schema {schema} in ids.json."""

    remedy = "Nothing was recorded or skipped. Run a version of this software that has it."


class UnreadableEvent(RegistryError):
    """The bytes of {topic}, version {version} of {aggregate_id}, are not what its schema says: {problem}."""

    remedy = "Nothing was skipped or changed. Compare the log with the store by `icms verify`."


class UnreadablePart(RegistryError):
    """The opened bytes of a personal part are not what its schema {schema} says: {problem}."""

    remedy = "Nothing was skipped or changed."


class UnwritableEvent(RegistryError):
    """{topic} holds something that its schema does not allow: {problem}."""

    remedy = "Nothing was recorded."


class EventTooLarge(RegistryError):
    """{topic} would take {size} bytes; an event has at most {limit}."""

    remedy = "Nothing was recorded. Refer to large documents by their hash."


class PublicEventReveals(RegistryError):
    """{topic} is public and may not carry {content}."""

    remedy = "Nothing was recorded. A public event shows a role and no person, and holds nothing sealed."


_FIRST_LOOK = Lock()


class BytesLeft(ValueError):
    """More bytes than the schema accounts for, or less."""


@dataclass(frozen=True)
class Form:
    """One class and one schema it is read or written by."""

    kind: type[Any]
    schema: Schema
    newest: Schema
    aggregate_topic: str | None = None

    @cached_property
    def writer(self) -> Any:
        """Return the schema that the bytes were written by, parsed."""
        return _ids_as_text(self.schema)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of the class's fields."""
        return tuple(each.name for each in fields(self.kind))

    @cached_property
    def optional_records(self) -> list[Step]:
        """Return where fastavro needs to be told which branch of a union a record is."""
        return plan(self.writer)

    @cached_property
    def reader(self) -> Any:
        """Return the schema to resolve to, or None: resolution doubles the cost and is needed for old bytes only."""
        return None if self.schema is self.newest else _ids_as_text(self.newest)

    @cached_property
    def swift(self) -> Write:
        """Return what writes objects that are exactly what the schema wants; raises any exception at others."""
        event = issubclass(self.kind, RegistryEvent)
        return writing(json.loads(self.schema.text), self.kind, {"recorded_at": "timestamp"} if event else {})

    def write(self, content: Any) -> bytes:
        """Return content as bytes."""
        buffer = BytesIO()
        hint(content, self.optional_records)
        schemaless_writer(buffer, self.writer, content, strict=True)
        return buffer.getvalue()

    def read(self, state: bytes) -> dict[str, Any]:
        """Return the content of bytes; raise what of FOREIGN they lead to."""
        buffer = BytesIO(state)
        content: Any = schemaless_reader(buffer, self.writer, self.reader)
        if too_many := len(state) - buffer.tell():
            msg = f"{too_many} bytes follow its end"
            raise BytesLeft(msg)
        return content  # type: ignore[no-any-return]  # every schema of ours is a record


class Codec:
    """Turns events and personal parts into Avro bytes and back, each by the schema of its topic."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._forms: dict[str, Form] = {}

    def encode(self, event: RegistryEvent) -> bytes:
        """Return the bytes to store; everything but aggregate id and version is in them.

        Raises UnknownSchema, UnwritableEvent, EventTooLarge, PublicEventReveals.
        """
        form = self._form(event.TOPIC, event_classes())
        if form.schema.disclosure == "public":
            _refuse_to_reveal(event)
        try:
            state = form.swift(event)
        except Exception:  # noqa: BLE001 - whatever it is, fastavro writes it or says what is wrong
            state = _slowly(form, event)
        if len(state) > LARGEST_EVENT:
            raise EventTooLarge(topic=event.TOPIC, size=len(state), limit=LARGEST_EVENT)
        return state

    def decode(self, topic: str, state: bytes, originator_id: UUID, originator_version: int) -> RegistryEvent:
        """Return the event as the newest class of its name; raise UnknownSchema, UnreadableEvent."""
        form = self._form(topic, event_classes())
        try:
            content = form.read(state)
            content["timestamp"] = content.pop("recorded_at")
            content["originator_id"] = str(originator_id)
            content["originator_version"] = originator_version
            if form.aggregate_topic is not None:
                content["originator_topic"] = form.aggregate_topic
            event: RegistryEvent = msgspec.convert(content, form.kind, builtin_types=LEFT_TO_FASTAVRO)
        except FOREIGN as error:
            raise UnreadableEvent(
                topic=topic, version=originator_version, aggregate_id=originator_id, problem=problem_of(error)
            ) from error
        return event

    def require(self, topic: str) -> None:
        """Make sure that events of a stored topic can be decoded, without any; raise UnknownSchema."""
        self._form(topic, event_classes())

    def form(self, topic: str) -> Form:
        """Return the class and the schemas that events of a stored topic are read by; raise UnknownSchema."""
        return self._form(topic, event_classes())

    def encode_part(self, part: PersonalPart) -> tuple[int, bytes]:
        """Return the schema id and the clear bytes of a personal part, to be sealed; raise as `encode` does."""
        form = self._form(part.TOPIC, personal_parts())
        try:
            return form.schema.id, form.swift(part)
        except Exception:  # noqa: BLE001, S110 - whatever it is, fastavro writes it or says what is wrong
            pass
        try:
            # Field by field: a part that was made from JSON leaves its defaults to its class.
            given = {name: getattr(part, name) for name in form.names}
            return form.schema.id, form.write(msgspec.to_builtins(given, builtin_types=LEFT_TO_FASTAVRO))
        except FOREIGN as error:
            # Without its cause: that one's text may quote a patient's data.
            raise UnwritableEvent(topic=part.TOPIC, problem=problem_of(error)) from None

    def decode_part(self, schema_id: int, content: bytes) -> PersonalPart:
        """Return an opened personal part as the newest class of its name; raise UnknownSchema, UnreadablePart."""
        try:
            topic = self.catalogue.by_id(schema_id).topic
        except NoSuchSchema as error:
            raise UnknownSchema(schema=schema_id) from error
        form = self._form(topic, personal_parts())
        try:
            part: PersonalPart = msgspec.convert(form.read(content), form.kind, builtin_types=LEFT_TO_FASTAVRO)
        except FOREIGN as error:
            # Without its cause, as above.
            raise UnreadablePart(schema=topic, problem=problem_of(error)) from None
        return part

    def part_class(self, schema_id: int) -> str:
        """Return the disclosure class of the sealed parts of a schema; raise UnknownSchema."""
        try:
            return self.catalogue.by_id(schema_id).disclosure
        except NoSuchSchema as error:
            raise UnknownSchema(schema=schema_id) from error

    def _form(self, topic: str, kinds: Mapping[str, type[Any]]) -> Form:
        found = self._forms.get(topic)
        if found is None or found.schema.name not in kinds:
            # msgspec's first look at a class is not safe for threads: two at once can crash the process.
            with _FIRST_LOOK:
                found = self._make_form(topic, kinds)
                msgspec.json.Decoder(found.kind)
                self._forms[topic] = found
        return found

    def _make_form(self, topic: str, kinds: Mapping[str, type[Any]]) -> Form:
        try:
            schema = self.catalogue.by_topic(topic)
            kind = kinds[schema.name]
            newest = self.catalogue.by_topic(kind.TOPIC)
        except LookupError as error:
            raise UnknownSchema(schema=topic) from error
        aggregate = aggregate_of()[schema.name].TOPIC if issubclass(kind, CanInitAggregate) else None
        return Form(kind, schema, newest, aggregate)


def _slowly(form: Form, event: RegistryEvent) -> bytes:
    try:
        content = msgspec.to_builtins(event, builtin_types=LEFT_TO_FASTAVRO)
        content["recorded_at"] = content.pop("timestamp")
        del content["originator_id"], content["originator_version"]
        content.pop("originator_topic", None)
        return form.write(content)
    except FOREIGN as error:
        raise UnwritableEvent(topic=event.TOPIC, problem=problem_of(error)) from error


def _refuse_to_reveal(event: RegistryEvent) -> None:
    context = event.context
    revealed = {
        "a person's id": context.actor_person,
        "whom it was done for": context.on_behalf_of,
        "sealed parts": context.sealed,
    }
    for content, value in revealed.items():
        if value:
            raise PublicEventReveals(topic=event.TOPIC, content=content)


def problem_of(error: Exception) -> str:
    """Return what is wrong, without the foreign message: that may quote what a field holds."""
    return str(error) if isinstance(error, BytesLeft) else type(error).__name__


def _ids_as_text(schema: Schema) -> Any:
    def plain(part: Any) -> Any:
        if isinstance(part, dict):
            if part.get("logicalType") == "uuid":
                return "string"
            return {key: plain(value) for key, value in part.items()}
        return [plain(each) for each in part] if isinstance(part, list) else part

    return parse_schema(plain(json.loads(schema.text)))
