"""Every version of a schema reads every other (FULL_TRANSITIVE), and a change that breaks this is caught."""

from __future__ import annotations

import copy
import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import avro.schema
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from schemas.catalogue import Schema, load

Content = dict[str, Any]
PLANTED = 10


def breaks(older: str, newer: str) -> list[str]:
    """Return what stops either schema from reading what the other wrote, or from meaning the same by it."""
    first, second = avro.schema.parse(older), avro.schema.parse(newer)
    found: list[str] = []
    for reader, writer in ((first, second), (second, first)):
        result = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
        if result.compatibility is not SchemaCompatibilityType.compatible:
            found += result.messages
    before, after = _meanings(json.loads(older)), _meanings(json.loads(newer))
    # The rules of Avro let these pass: the bytes can be read, and say something else.
    found += [f"logical type of {path}" for path in before.keys() & after.keys() if before[path][0] != after[path][0]]
    found += [f"code lost at {path}" for path in before.keys() & after.keys() if before[path][1] - after[path][1]]
    return found


def _meanings(part: Any, path: str = "") -> dict[str, tuple[str, frozenset[str]]]:
    """Return logical type and codes of every field that is no record, by its path."""
    if isinstance(part, list):
        return {place: meaning for each in part if each != "null" for place, meaning in _meanings(each, path).items()}
    if not isinstance(part, dict):
        return {path: ("", frozenset())}
    if part["type"] == "record":
        return {
            place: meaning
            for field in part["fields"]
            for place, meaning in _meanings(field["type"], f"{path}.{field['name']}").items()
        }
    if part["type"] == "array":
        return _meanings(part["items"], f"{path}[]")
    return {path: (part.get("logicalType", ""), frozenset(part.get("symbols", ())))}


VERSIONS = [
    pytest.param(older, newer, id=f"{older.topic}-{newer.topic}")
    for older, newer in itertools.product(load().all(), repeat=2)
    if older.name == newer.name and older.version <= newer.version
]


@pytest.mark.parametrize(("older", "newer"), VERSIONS)
def test_every_version_reads_every_other(older: Schema, newer: Schema) -> None:
    assert breaks(older.text, newer.text) == []


BEFORE: Content = {
    "type": "record",
    "name": "Sample",
    "namespace": "icms.registry",
    "fields": [
        {"name": "needed", "type": "string"},
        {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "optional", "type": ["null", "long"], "default": None},
        {"name": "count", "type": "int", "default": 0},
        {"name": "list", "type": {"type": "array", "items": "string"}, "default": []},
        {
            "name": "code",
            "type": {"type": "enum", "name": "Kind", "symbols": ["unrecognised", "a", "b"], "default": "unrecognised"},
        },
        {
            "name": "strict",
            "type": {"type": "enum", "name": "Strict", "symbols": ["x", "y"]},
            "default": "x",
        },
        {"name": "part", "type": {"type": "record", "name": "Part", "fields": [{"name": "text", "type": "string"}]}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}


def _at(number: int, **change: Any) -> Callable[[Content], Any]:
    return lambda schema: schema["fields"][number].update(change)


def _append(schema: Content, **field: Any) -> None:
    schema["fields"].append(field)


BREAKING: dict[str, Callable[[Content], Any]] = {
    "field without default removed": lambda schema: schema["fields"].pop(0),
    "field without default added": lambda schema: _append(schema, name="new", type="string"),
    "field renamed": _at(0, name="other"),
    "type changed": _at(0, type="long"),
    "number widened": _at(3, type="long"),
    "logical type dropped": _at(1, type="string"),
    "unit of time changed": _at(8, type={"type": "long", "logicalType": "timestamp-millis"}),
    "optional field made needed": _at(2, type="long"),
    "list of something else": _at(4, type={"type": "array", "items": "long"}),
    "list made single": _at(4, type="string"),
    "symbol removed without default": lambda schema: schema["fields"][6]["type"]["symbols"].pop(),
    "symbol added without default": lambda schema: schema["fields"][6]["type"]["symbols"].append("z"),
    "code removed although the list has a default": lambda schema: schema["fields"][5]["type"]["symbols"].pop(),
    "code list renamed": lambda schema: schema["fields"][5]["type"].update(name="Sort"),
    "record renamed": lambda schema: schema.update(name="Example"),
    "nested record renamed": lambda schema: schema["fields"][7]["type"].update(name="Piece"),
    "nested field without default added": lambda schema: schema["fields"][7]["type"]["fields"].append(
        {"name": "more", "type": "string"}
    ),
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_planted_breaking_change_is_caught(change: Callable[[Content], Any]) -> None:
    after = copy.deepcopy(BEFORE)
    change(after)

    assert after != BEFORE
    assert breaks(json.dumps(BEFORE), json.dumps(after)) != []


def _fields(schema: Content) -> list[Content]:
    """Return the fields of a record and of every record in it."""
    found: list[Content] = []
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            found += part.get("fields", [])
            waiting += [part.get("items"), part.get("type"), *(each["type"] for each in part.get("fields", []))]
    return found


def _renamed(schema: Content, chance: random.Random) -> None:
    """Give a field another name; without a default, who reads the older one misses it."""
    field = chance.choice(_fields(schema))
    field["name"] += "_otherwise"
    field.pop("default", None)


def _retyped(schema: Content, chance: random.Random) -> None:
    """Make a field one of bytes, which nothing here is read as."""
    field = chance.choice(_fields(schema))
    field["type"] = {"type": "fixed", "name": f"Planted{chance.randrange(10**6)}", "size": 3}
    field.pop("default", None)


def _added(schema: Content, chance: random.Random) -> None:
    """Add a field without a default."""
    schema["fields"].insert(
        chance.randrange(len(schema["fields"]) + 1), {"name": f"planted_{chance.randrange(10**6)}", "type": "long"}
    )


def _called_otherwise(schema: Content, chance: random.Random) -> None:
    schema["name"] += chance.choice("XYZ")


def test_breaking_changes_of_our_own_schemas_are_caught(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(PLANTED):
        schema = chance.choice(load().all())
        after = json.loads(schema.text)
        chance.choice((_renamed, _retyped, _added, _called_otherwise))(after, chance)

        assert breaks(schema.text, json.dumps(after)) != [], (schema.topic, after)


ALLOWED: dict[str, Callable[[Content], Any]] = {
    "field with default added": lambda schema: _append(schema, name="new", type=["null", "string"], default=None),
    "field with default removed": lambda schema: schema["fields"].pop(4),
    "code added": lambda schema: schema["fields"][5]["type"]["symbols"].append("c"),
    "words changed": lambda schema: schema.update(doc="Other words."),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED.keys())
def test_allowed_change_passes(change: Callable[[Content], Any]) -> None:
    after = copy.deepcopy(BEFORE)
    change(after)

    assert breaks(json.dumps(BEFORE), json.dumps(after)) == []
