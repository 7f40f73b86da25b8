"""Every schema has one id for ever, one name, and one class of who may see what it describes.

The catalogue is what lies beside this file: `<Name>.v<N>.avsc` and `ids.json`. It is read once, when first asked
for, and refused as a whole when a file and its id, name or disclosure class do not agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from fastavro import parse_schema

FOLDER = Path(__file__).parent
NAMESPACE = "icms.registry"
DISCLOSURES = frozenset({"public", "party", "restricted"})

_TOPIC = re.compile(r"([A-Z][A-Za-z0-9]*)\.v([1-9][0-9]*)")


class CatalogueDamaged(Exception):
    """The schemas beside this file contradict each other; the message names the file."""


class NoSuchSchema(LookupError):
    """The catalogue has no schema of this topic or id."""


@dataclass(frozen=True)
class Schema:
    """One released or coming version of what is stored under one topic."""

    id: int
    """Id in the framing of every record, from `ids.json`."""
    topic: str
    """Stored topic: `AdverseEventReported.v1`."""
    name: str
    """Record name without namespace."""
    version: int
    """Version of this name, from 1."""
    disclosure: str
    """Who may see such content: `public`, `party` or `restricted`."""
    text: str
    """The schema as in its file, as JSON without needless white space."""

    @cached_property
    def parsed(self) -> Any:
        """Return the schema as fastavro wants it, parsed when first needed."""
        return parse_schema(json.loads(self.text))

    @property
    def full_name(self) -> str:
        """Return the record's name with its namespace."""
        return f"{NAMESPACE}.{self.name}"


class Catalogue:
    """All schemas, found by topic, id or name."""

    def __init__(self, schemas: Iterable[Schema]) -> None:
        self._schemas = tuple(sorted(schemas, key=lambda schema: schema.id))
        self._by_topic = {schema.topic: schema for schema in self._schemas}
        self._by_id = {schema.id: schema for schema in self._schemas}
        self._newest: dict[str, Schema] = {}
        for schema in sorted(self._schemas, key=lambda schema: schema.version):
            self._newest[schema.name] = schema
        if len(self._by_id) < len(self._schemas):
            msg = "ids.json gives one id to two schemas"
            raise CatalogueDamaged(msg)

    def all(self) -> tuple[Schema, ...]:
        """Return every schema, ordered by id."""
        return self._schemas

    def by_topic(self, topic: str) -> Schema:
        """Return the schema of a stored topic; raise NoSuchSchema."""
        try:
            return self._by_topic[topic]
        except KeyError as error:
            raise NoSuchSchema(topic) from error

    def by_id(self, schema_id: int) -> Schema:
        """Return the schema with an id; raise NoSuchSchema."""
        try:
            return self._by_id[schema_id]
        except KeyError as error:
            raise NoSuchSchema(schema_id) from error

    def newest(self, name: str) -> Schema:
        """Return the newest version of a name; raise NoSuchSchema."""
        try:
            return self._newest[name]
        except KeyError as error:
            raise NoSuchSchema(name) from error


@cache
def load() -> Catalogue:
    """Return the shipped catalogue, read and checked once per process; raise CatalogueDamaged."""
    return read(FOLDER)


def read(folder: Path) -> Catalogue:
    """Read and check the catalogue in a folder; raise CatalogueDamaged."""
    ids = read_ids(folder)
    topics = {path.stem for path in folder.glob("*.avsc")}
    if stray := topics ^ ids.keys():
        msg = f"{', '.join(sorted(stray))}: in ids.json without an .avsc, or an .avsc without an id"
        raise CatalogueDamaged(msg)
    return Catalogue(_schema(topic, schema_id, folder / f"{topic}.avsc") for topic, schema_id in ids.items())


def read_ids(folder: Path) -> dict[str, int]:
    """Return the id of every topic in a folder; raise CatalogueDamaged."""
    try:
        ids: dict[str, int] = json.loads((folder / "ids.json").read_text("utf-8"), object_pairs_hook=_once)
    except (OSError, ValueError) as error:
        msg = f"ids.json: {error}"
        raise CatalogueDamaged(msg) from error
    if not all(type(number) is int and 0 < number < 2**31 for number in ids.values()):
        msg = "ids.json: every id is a whole number above 0"
        raise CatalogueDamaged(msg)
    return ids


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that JSON would let stand twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        msg = "a topic stands twice"
        raise ValueError(msg)
    return found


def _schema(topic: str, schema_id: int, path: Path) -> Schema:
    try:
        content = json.loads(path.read_text("utf-8"))
        name, disclosure = content["name"], content["disclosure"]
        namespace, kind = content["namespace"], content["type"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        msg = f"{path.name}: {type(error).__name__} {error}"
        raise CatalogueDamaged(msg) from error
    match = _TOPIC.fullmatch(topic)
    if match is None or (match[1], NAMESPACE, "record") != (name, namespace, kind):
        msg = f"{path.name}: holds the {kind} {namespace}.{name}; expected a record {NAMESPACE}.<name of the file>"
        raise CatalogueDamaged(msg)
    if disclosure not in DISCLOSURES:
        msg = f"{path.name}: disclosure {disclosure!r} is none of {', '.join(sorted(DISCLOSURES))}"
        raise CatalogueDamaged(msg)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Schema(schema_id, topic, name, int(match[2]), disclosure, text)
