"""Of an event the fields are read that were named, as the whole reading gives them, and no other can be asked for."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue import event_classes
from domain.treatment import Treatment
from infra.avro_codec import Codec, UnknownSchema, UnreadableEvent
from infra.avro_excerpt import ExcerptReader
from infra.excerpt_classes import FieldNotRead
from schemas.catalogue import load
from tests.factories import AGGREGATE_ID, full, minimal

CODEC = Codec(load())
EVENTS = [pytest.param(kind, id=name) for name, kind in event_classes().items()]
NOT_STORED = {"originator_id", "originator_version", "originator_topic", "timestamp"}
SUBMITTED = Treatment.TreatmentSubmitted


def reader(*names: str) -> ExcerptReader:
    return ExcerptReader(CODEC, lambda _: frozenset(names))


def stored(kind: type[Any]) -> list[str]:
    return [each.name for each in dataclasses.fields(kind) if each.name not in NOT_STORED]


def nested(value: object) -> Iterator[str]:
    if dataclasses.is_dataclass(value):
        yield from (each.name for each in dataclasses.fields(value))


def matched(event: object) -> bool:
    match event:
        case Treatment.TreatmentCorrected(follow_up=None):
            return True
        case _:
            return False


@pytest.mark.parametrize("kind", EVENTS)
def test_each_field_alone_is_read_as_with_all_others(kind: type[Any]) -> None:
    for event in (full(kind), minimal(kind)):
        state = CODEC.encode(event)
        for name in stored(kind):
            read = reader(name).read(kind.TOPIC, state, AGGREGATE_ID, 2)

            assert getattr(read, name) == getattr(event, name), name
            assert isinstance(read, kind)
            assert (read.originator_id, read.originator_version) == (AGGREGATE_ID, 2)


@pytest.mark.parametrize("kind", EVENTS)
def test_each_field_of_a_record_within_is_read_as_with_all_others(kind: type[Any]) -> None:
    event = full(kind)
    state = CODEC.encode(event)
    for name in stored(kind):
        for inner in nested(getattr(event, name)):
            read: Any = reader(f"{name}.{inner}").read(kind.TOPIC, state, AGGREGATE_ID, 2)

            assert getattr(getattr(read, name), inner) == getattr(getattr(event, name), inner), f"{name}.{inner}"


def test_a_record_that_is_absent_stays_absent() -> None:
    event = minimal(Treatment.TreatmentCorrected)
    read: Any = reader("content.registry_id").read(event.TOPIC, CODEC.encode(event), AGGREGATE_ID, 2)

    assert event.content is None
    assert read.content is None


def test_what_was_not_named_cannot_be_asked_for() -> None:
    event = full(SUBMITTED)
    read: Any = reader("content.registry_id", "schedule").read(event.TOPIC, CODEC.encode(event), AGGREGATE_ID, 2)

    with pytest.raises(FieldNotRead, match="the field missing of TreatmentSubmitted was not read"):
        _ = read.missing
    with pytest.raises(FieldNotRead, match="the field donor of TreatmentContent was not read"):
        _ = read.content.donor


def test_a_field_with_a_default_does_not_seem_to_have_it() -> None:
    event = full(Treatment.TreatmentCorrected)
    read: Any = reader("schedule").read(event.TOPIC, CODEC.encode(event), AGGREGATE_ID, 2)

    with pytest.raises(FieldNotRead, match="the field follow_up of TreatmentCorrected"):
        assert matched(read)


@pytest.mark.parametrize("name", ["colour", "content.colour", "schedule.months.number"])
def test_a_name_that_no_field_has_is_refused(name: str) -> None:
    event = full(SUBMITTED)

    with pytest.raises(ValueError, match=r"has no field colour|has no fields to choose from"):
        reader(name).read(event.TOPIC, CODEC.encode(event), AGGREGATE_ID, 2)


def test_a_kind_that_nobody_limits_is_read_whole() -> None:
    event = full(SUBMITTED)

    read = ExcerptReader(CODEC, lambda _: None).read(event.TOPIC, CODEC.encode(event), event.originator_id, 1)

    assert read == event


def test_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(UnknownSchema):
        reader().read("NeverHeardOf.v1", b"", AGGREGATE_ID, 1)


@pytest.mark.parametrize("kind", EVENTS)
def test_bytes_that_end_early_or_go_on_too_long_are_refused(kind: type[Any]) -> None:
    state, nothing = CODEC.encode(full(kind)), reader()
    nothing.read(kind.TOPIC, state, AGGREGATE_ID, 2)

    for wrong in (state[:-1], state[: len(state) // 2], state + b"\0", b""):
        with pytest.raises(UnreadableEvent):
            nothing.read(kind.TOPIC, wrong, AGGREGATE_ID, 2)


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["content.registry_id", "schedule", "context.sealed"]))
def test_changed_bytes_are_read_alike_or_refused(chance: random.Random, name: str) -> None:
    event = full(SUBMITTED)
    state = bytearray(CODEC.encode(event))
    for _ in range(chance.randint(1, 4)):
        state[chance.randrange(len(state))] = chance.randrange(256)

    try:
        whole: Any = CODEC.decode(event.TOPIC, bytes(state), AGGREGATE_ID, 1)
    except UnreadableEvent:
        whole = None
    try:
        read: Any = reader(name).read(event.TOPIC, bytes(state), AGGREGATE_ID, 1)
    except UnreadableEvent:
        assert whole is None
        return

    # Values that nobody asks for are passed over and not checked.
    if whole is not None:
        for part in name.split("."):
            read, whole = getattr(read, part), getattr(whole, part)
        assert read == whole


def test_long_texts_and_many_items_are_passed_over() -> None:
    event = full(SUBMITTED)
    context = dataclasses.replace(event.context, software="s" * 9_000, sealed=event.context.sealed * 300)
    event = dataclasses.replace(event, context=context)

    read: Any = reader("schedule").read(event.TOPIC, CODEC.encode(event), UUID(int=7), 1)

    assert read.schedule == event.schedule
