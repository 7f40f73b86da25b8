"""What is written straight from an object is byte for byte what fastavro writes, or fastavro is asked."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import msgspec
import pytest
from fastavro import parse_schema, schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import event_classes, personal_parts
from infra import avro_codec
from infra.avro_codec import Codec, UnwritableEvent
from infra.avro_writing import id_of, long_of, writing
from schemas.catalogue import load
from tests.factories import full, minimal

CODEC = Codec(load())
EVENTS = sorted(event_classes().values(), key=lambda each: each.__name__)
PARTS = sorted(personal_parts().values(), key=lambda each: each.__name__)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("make", [full, minimal])
def test_every_event_is_written_as_fastavro_writes_it(kind: type[Any], make: Any) -> None:
    event = make(kind)
    form = CODEC.form(kind.TOPIC)

    assert form.swift(event) == avro_codec._slowly(form, event)


@pytest.mark.parametrize("kind", PARTS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("make", [full, minimal])
def test_every_personal_part_is_written_as_fastavro_writes_it(kind: type[Any], make: Any) -> None:
    part = make(kind)
    form = CODEC._form(kind.TOPIC, personal_parts())
    given_fields = {each.name: getattr(part, each.name) for each in dataclasses.fields(kind)}

    slowly = form.write(msgspec.to_builtins(given_fields, builtin_types=avro_codec.LEFT_TO_FASTAVRO))

    assert form.swift(part) == slowly == CODEC.encode_part(part)[1]


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_whole_numbers_are_written_as_fastavro_writes_them(number: int) -> None:
    assert long_of(number) == by_fastavro("long", number)


@given(st.uuids())
def test_ids_are_written_as_their_text(identifier: UUID) -> None:
    assert id_of(identifier) == by_fastavro("string", str(identifier))


@dataclasses.dataclass
class Sample:
    held: Any


@dataclasses.dataclass
class More:
    held: Any
    forgotten: int = 0


TEXT, TEXTS = "string", {"type": "array", "items": "string"}
RECORD = {"type": "record", "name": "Inner", "fields": [{"name": "held", "type": "string"}]}
MICROS = {"type": "long", "logicalType": "timestamp-micros"}
NO_ZONE = datetime(2026, 1, 1)  # noqa: DTZ001 - the fault
ENUM = {"type": "enum", "name": "Answer", "symbols": ["yes", "no"]}


def sample_schema(kind: Any) -> Any:
    return {"type": "record", "name": "Sample", "fields": [{"name": "held", "type": kind}]}


def by_fastavro(kind: Any, value: Any) -> bytes:
    buffer = BytesIO()
    schemaless_writer(buffer, parse_schema(sample_schema(kind)), {"held": value}, strict=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "kind", ["string", "bytes", ["null", "string"], ["string", "null"], ["null", "bytes"]], ids=str
)
@pytest.mark.parametrize("length", [0, 1, 63, 64, 1023, 1024, 20_000])
def test_texts_of_any_length(kind: Any, length: int) -> None:
    value: Any = b"x" * length if "bytes" in kind else "é" * length

    for held in [value, None] if isinstance(kind, list) else [value]:
        assert writing(sample_schema(kind), Sample, {})(Sample(held)) == by_fastavro(kind, held)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TEXT, 7), (TEXT, None), (TEXT, b"x"), ("bytes", "x"), ("bytes", bytearray(b"x")), ("long", True),
        ("long", 1.0), ("long", 1 << 63), ("double", 1), ("double", Decimal(1)), ("boolean", 1), (MICROS, NO_ZONE),
        (TEXTS, ["a", "b"]), (TEXTS, "ab"), (TEXTS, {"a": 1}), (TEXTS, (1,)), (ENUM, "perhaps"), (ENUM, "yes"),
        ({"type": "string", "logicalType": "uuid"}, "no id"), (RECORD, More("x")),
        (RECORD, {"held": "x"}), (RECORD, None),
    ],
)  # fmt: skip
def test_whatever_is_not_exactly_of_its_type_is_left_to_fastavro(kind: Any, value: Any) -> None:
    write = writing(sample_schema(kind), Sample, {})

    with pytest.raises(Exception):  # noqa: B017, PT011 - of any kind
        write(Sample(value))


def test_a_class_with_a_field_that_the_schema_lacks_is_refused() -> None:
    with pytest.raises(TypeError, match="More"):
        writing(sample_schema(TEXT), More, {})


def test_a_record_within_is_written_by_any_class_of_its_fields_and_by_no_other() -> None:
    write = writing(sample_schema(RECORD), Sample, {})

    assert write(Sample(Sample("x"))) == write(Sample(Sample("x"))) == by_fastavro(RECORD, {"held": "x"})
    with pytest.raises(TypeError):
        write(Sample(More("x")))


def test_what_the_schema_does_not_allow_is_still_refused_by_name() -> None:
    event = full(event_classes()["TreatmentSubmitted"])
    wrong = dataclasses.replace(event, own_reference_hmac=7)

    with pytest.raises(UnwritableEvent):
        CODEC.encode(wrong)


def test_unions_of_more_than_one_type_are_unknown() -> None:
    with pytest.raises(ValueError, match="nothing is known"):
        writing(json.loads(json.dumps(sample_schema(["null", "string", "long"]))), Sample, {})
