"""Every event survives its encoding, foreign bytes are refused by name, and nothing of a person becomes public."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
import sys
from io import BytesIO
from typing import Any
from uuid import UUID

import fastavro
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue import event_classes, personal_parts
from domain.officer import Officer
from domain.patient import PatientIdentity, TreatmentWords
from domain.sealed import SealedPart
from infra.avro_codec import (
    LARGEST_EVENT,
    Codec,
    EventTooLarge,
    PublicEventReveals,
    UnknownSchema,
    UnreadableEvent,
    UnreadablePart,
    UnwritableEvent,
)
from schemas.catalogue import Catalogue, Schema, load
from tests.factories import AGGREGATE_ID, as_foreigners_see_it, full, is_public, minimal

CODEC = Codec(load())
EVENTS = [pytest.param(kind, id=name) for name, kind in event_classes().items()]


def decode(topic: str, state: bytes) -> object:
    return CODEC.decode(topic, state, AGGREGATE_ID, 2)


@pytest.mark.parametrize("kind", EVENTS)
def test_event_comes_back_as_it_was(kind: type) -> None:
    for event in (full(kind), minimal(kind)):
        state = CODEC.encode(event)

        assert CODEC.decode(kind.TOPIC, state, event.originator_id, event.originator_version) == event


@pytest.mark.parametrize("kind", EVENTS)
def test_other_implementations_read_the_same(kind: type) -> None:
    event = full(kind)

    read = fastavro.schemaless_reader(BytesIO(CODEC.encode(event)), json.loads(load().by_topic(kind.TOPIC).text), None)

    assert read == as_foreigners_see_it(event)


@pytest.mark.parametrize("kind", EVENTS)
def test_truncated_and_lengthened_bytes_are_refused(kind: type) -> None:
    state = CODEC.encode(full(kind))
    dice = random.Random(7)
    lengths = {0, 1, len(state) - 1, *(dice.randrange(len(state)) for _ in range(12))}

    for length in lengths:
        with pytest.raises(UnreadableEvent):
            decode(kind.TOPIC, state[:length])
    with pytest.raises(UnreadableEvent, match="1 bytes follow its end"):
        decode(kind.TOPIC, state + b"\x00")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(event_classes())), st.binary(max_size=400), st.integers(0, 10_000))
def test_garbage_is_refused_or_read_but_never_a_traceback(name: str, garbage: bytes, at: int) -> None:
    kind = event_classes()[name]
    state = CODEC.encode(full(kind))
    at %= len(state)

    for changed in (garbage, state[:at] + garbage + state[at + len(garbage) :]):
        try:
            decode(kind.TOPIC, changed)
        except UnreadableEvent as refusal:
            assert kind.TOPIC in str(refusal)  # noqa: PT017


def test_huge_length_costs_nothing() -> None:
    topic = Officer.RoleGranted.TOPIC
    with pytest.raises(UnreadableEvent):
        decode(topic, b"\x00" + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f" * 3)


@pytest.mark.parametrize("topic", ["Unheard.v1", "RoleGranted.v99", "RoleGranted", "", "PatientIdentity.v1"])
def test_unknown_topic_is_refused(topic: str) -> None:
    with pytest.raises(UnknownSchema):
        decode(topic, b"")


def test_event_without_a_schema_is_not_encoded() -> None:
    known = [schema for schema in load().all() if schema.name != "RoleGranted"]

    with pytest.raises(UnknownSchema, match=r"RoleGranted\.v1"):
        Codec(Catalogue(known)).encode(full(Officer.RoleGranted))


@pytest.mark.parametrize("kind", EVENTS)
def test_public_event_shows_no_person(kind: type) -> None:
    public = is_public(kind)
    revealing = {
        "actor_person": UUID(int=1),
        "on_behalf_of": UUID(int=2),
        "sealed": (SealedPart(subject=UUID(int=3), schema_id=1, nonce=b"", content=b""),),
    }

    for field, value in revealing.items():
        event = minimal(kind)
        event = dataclasses.replace(event, context=dataclasses.replace(event.context, **{field: value}))
        if public:
            with pytest.raises(PublicEventReveals):
                CODEC.encode(event)
        else:
            CODEC.encode(event)


def test_value_that_does_not_fit_is_refused() -> None:
    event = full(Officer.RoleGranted)

    for odd in ({"role": "no role"}, {"role": None}, {"granted_by": ("no id", 3)}, {"granted_by": None}):
        with pytest.raises(UnwritableEvent):
            CODEC.encode(dataclasses.replace(event, **odd))


def test_part_that_does_not_fit_is_refused_without_quoting_it() -> None:
    odd: list[dict[str, Any]] = [{"pseudonym": "Recognisable \ud800"}, {"sex": "Recognisable"}]

    for change in odd:
        with pytest.raises(UnwritableEvent) as refusal:
            CODEC.encode_part(dataclasses.replace(full(PatientIdentity), **change))
        assert "Recognisable" not in str(refusal.value)
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__


def test_class_ahead_of_its_schema_is_not_encoded() -> None:
    content = json.loads(load().by_topic("RoleGranted.v1").text)
    content["fields"].pop()
    behind = Schema(77, "RoleGranted.v1", "RoleGranted", 1, "restricted", json.dumps(content))

    with pytest.raises(UnwritableEvent):
        Codec(Catalogue([behind])).encode(full(Officer.RoleGranted))


def test_event_over_the_limit_is_refused() -> None:
    event = full(Officer.OfficerAppointed)
    large = dataclasses.replace(event, context=dataclasses.replace(event.context, software="x" * LARGEST_EVENT))

    with pytest.raises(EventTooLarge):
        CODEC.encode(large)


@pytest.mark.parametrize("name", sorted(personal_parts()))
def test_part_comes_back_as_it_was(name: str) -> None:
    for part in (full(personal_parts()[name]), minimal(personal_parts()[name])):
        schema_id, content = CODEC.encode_part(part)

        assert load().by_id(schema_id).topic == part.TOPIC
        assert CODEC.decode_part(schema_id, content) == part
        with pytest.raises(UnreadablePart):
            CODEC.decode_part(schema_id, content + b"\x00")


def test_part_of_an_unknown_or_an_events_schema_is_refused() -> None:
    for schema_id in (0, 999_999, load().by_topic("RoleGranted.v1").id):
        with pytest.raises(UnknownSchema):
            CODEC.decode_part(schema_id, b"")


def older(topic: str, text: str) -> Catalogue:
    """Return a catalogue in which our present RoleGranted.v1 stands beside another version."""
    name, _, version = topic.rpartition(".v")
    extra = Schema(9_999, topic, name, int(version), "restricted", text)
    return Catalogue([*load().all(), extra])


def test_bytes_of_another_version_are_resolved_to_the_newest_class() -> None:
    event = full(Officer.RoleGranted)
    schema = json.loads(load().by_topic("RoleGranted.v1").text)
    role = next(field for field in schema["fields"] if field["name"] == "role")
    context = next(field for field in schema["fields"] if field["name"] == "context")
    actor_role = next(field for field in context["type"]["fields"] if field["name"] == "actor_role")
    actor_role["type"]["symbols"].append("ombudsman")
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "granted_by"]
    schema["fields"].append({"name": "ward", "type": "string", "default": ""})
    record = as_foreigners_see_it(event) | {"role": "ombudsman", "ward": "north"}
    del record["granted_by"]
    buffer = BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(schema), record)

    codec = Codec(older("RoleGranted.v7", json.dumps(schema)))
    read = codec.decode("RoleGranted.v7", buffer.getvalue(), event.originator_id, event.originator_version)

    assert role["type"] == "Role"
    assert read == dataclasses.replace(event, role=type(event.role)("unrecognised"), granted_by=())


def test_part_made_from_json_is_written_with_its_defaults() -> None:
    part = msgspec.convert({"diagnosis": "osteoarthritis"}, TreatmentWords)

    schema_id, content = CODEC.encode_part(part)

    assert CODEC.decode_part(schema_id, content) == TreatmentWords(diagnosis="osteoarthritis")


def test_many_threads_may_decode_a_class_for_the_first_time_at_once() -> None:
    # In a process of its own: without the lock around the first look it ends by a signal.
    written = [(kind.TOPIC, CODEC.encode(full(kind)).hex()) for kind in event_classes().values()]

    ran = subprocess.run(
        [sys.executable, "-c", _FIRST_LOOKS],
        input=json.dumps(written),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (0, "whole\n"), ran.stderr


_FIRST_LOOKS = """
import json, sys, threading
from uuid import UUID
from infra.avro_codec import Codec
from schemas.catalogue import load

sys.setswitchinterval(1e-5)
codec = Codec(load())
written = [(topic, bytes.fromhex(state)) for topic, state in json.load(sys.stdin)]
together = threading.Barrier(8)

def read():
    for topic, state in written:
        together.wait()
        codec.decode(topic, state, UUID(int=1), 1)

threads = [threading.Thread(target=read) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("whole")
"""
