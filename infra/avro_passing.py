"""Code that runs along the bytes of one Avro schema and cuts the needed fields out; it is made from the schema.

fastavro looks at every field that it passes over; code that says how far each one reaches does so at a quarter of the
cost. It is written as text, as dataclasses write theirs, from nothing but the parsed schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from fastavro import parse_schema

Cut = Callable[[bytes], tuple[dict[str, Any], int]]
"""Return the needed fields of a record, and where it ends."""


@dataclass(frozen=True, slots=True)
class Needed:
    """A field to read: whole, or of the record that it holds these fields."""

    kind: Any
    """The type of the field; of a record of which some fields are needed, its class."""
    within: Mapping[str, Needed] = field(default_factory=dict)


ReadOf = Callable[[Any, Any], Callable[[bytes], Any]]
"""Return what reads bytes of a schema as a value of a type."""
Nested = Callable[[type[Any], Mapping[str, Needed]], Callable[[dict[str, Any]], Any]]
"""Return what makes a record of some fields of a class."""


def passing(schema: Any, needed: Mapping[str, Needed], read_of: ReadOf, nested: Nested) -> Cut:
    """Return what cuts the needed fields out of bytes that a parsed schema of a record describes.

    What it returns raises IndexError, ValueError or what reading a field raises where bytes do not fit.
    Raises: ValueError for a field that the schema does not have
    """
    writer = _Writer(read_of, nested)
    body = [f"    {line}" for line in writer.cut(schema, needed, "values")]
    text = "\n".join(["def cut(b):", "    i = 0", *body, "    return values, i"])
    space: dict[str, Any] = {"length": _length, "items": _items, "strange": _strange, **writer.helpers}
    exec(compile(text, f"<passing over {schema['name']}>", "exec"), space)  # noqa: S102 - of our own schemas alone
    cut: Cut = space["cut"]
    return cut


class _Writer:
    """Writes lines of code; `b` are the bytes, and `i` is where the code stands in them."""

    def __init__(self, read_of: ReadOf, nested: Nested) -> None:
        self.helpers: dict[str, Any] = {}
        self._read_of = read_of
        self._nested = nested
        self._named: dict[str, Any] = {}

    def cut(self, schema: Any, needed: Mapping[str, Needed], target: str) -> list[str]:
        """Run along a record and leave its needed fields in a variable."""
        if lacking := needed.keys() - {each["name"] for each in schema["fields"]}:
            raise ValueError(f"{schema['name']} stores no field {', '.join(sorted(lacking))}")
        self._named[schema["name"]] = schema
        lines, found = [], []
        for each in schema["fields"]:
            wanted, place = needed.get(each["name"]), f"{target}_{each['name']}"
            if wanted is None:
                lines += self._pass(each["type"])
            else:
                found.append(f"{each['name']!r}: {place}")
                lines += self._field(each["type"], wanted, place)
        return [*lines, f"{target} = {{{', '.join(found)}}}"]

    def _field(self, schema: Any, wanted: Needed, target: str) -> list[str]:
        if isinstance(schema, str):
            schema = self._named.get(schema, schema)
        if not wanted.within:
            self.helpers[f"read_{target}"] = self._read_of(standing_alone(schema, self._named), wanted.kind)
            return [f"{target} = i", *self._pass(schema), f"{target} = read_{target}(b[{target}:i])"]
        if isinstance(schema, list):
            return self._union([self._absent_or(each, wanted, target) for each in schema])
        self.helpers[f"make_{target}"] = self._nested(wanted.kind, wanted.within)
        return [*self.cut(schema, wanted.within, target), f"{target} = make_{target}({target})"]

    def _absent_or(self, schema: Any, wanted: Needed, target: str) -> list[str]:
        return [f"{target} = None"] if schema == "null" else self._field(schema, wanted, target)

    def _pass(self, schema: Any) -> list[str]:
        """Run along a value."""
        match schema:
            case str() if schema in self._named:
                return self._pass(self._named[schema])
            case str():
                return _PLAIN[schema]
            case list():
                return self._union([self._pass(each) for each in schema])
            case {"type": "record", "name": name, "fields": fields}:
                self._named[name] = schema
                return [line for each in fields for line in self._pass(each["type"])]
            case {"type": "enum", "name": name}:
                self._named[name] = schema
                return _PLAIN["int"]
            case {"type": "array", "items": items}:
                each = self._pass(items)
                return ["while True:", *_block([*_COUNT, "for _ in range(n >> 1):", *_block(each)])]
            case {"type": inner}:
                return self._pass(inner)
            case _:
                raise ValueError(f"nothing is known of the schema {schema}")

    def _union(self, kinds: list[list[str]]) -> list[str]:
        lines = ["n = b[i]", "i += 1"]
        for number, kind in enumerate(kinds):
            lines += [f"{'elif' if number else 'if'} n == {2 * number}:", *_block(kind or ["pass"])]
        return [*lines, "else:", "    strange(n)"]


def standing_alone(schema: Any, named: Mapping[str, Any]) -> Any:
    """Return a part of a parsed schema with the named ones that it refers to inside, parsed."""
    seen: set[str] = set()

    def whole(part: Any) -> Any:
        if isinstance(part, list):
            return [whole(each) for each in part]
        if isinstance(part, str) and part in named and part not in seen:
            part = named[part]
        if not isinstance(part, dict):
            return part
        if part.get("type") in ("record", "enum", "fixed"):
            seen.add(part["name"])
        inner = {key: whole(value) for key, value in part.items() if key in ("type", "items", "fields")}
        return {key: value for key, value in part.items() if not key.startswith("__")} | inner

    return parse_schema(whole(schema))


def _block(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


_NUMBER = ["while b[i] > 127:", "    i += 1", "i += 1"]
_TEXT = ["n = b[i]", "i += 1", "if n & 129:", "    n, i = length(b, i - 1)", "i += n >> 1"]
_COUNT = ["n = b[i]", "i += 1", "if n & 129:", "    n, i = items(b, i - 1)", "if not n:", "    break"]
_PLAIN: dict[str, list[str]] = {
    "null": [],
    "boolean": ["i += 1"],
    "int": _NUMBER,
    "long": _NUMBER,
    "float": ["i += 4"],
    "double": ["i += 8"],
    "string": _TEXT,
    "bytes": _TEXT,
}
"""Code that runs along a value. Short lengths and counts, one byte without its lowest bit, need no function."""


def _long(state: bytes, place: int) -> tuple[int, int]:
    """Return the number that begins at a place, and the place after it."""
    number = shift = 0
    while True:
        byte = state[place]
        place += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return (number >> 1) ^ -(number & 1), place


def _length(state: bytes, place: int) -> tuple[int, int]:
    """Return twice the length of a text that begins at a place, and where its bytes begin."""
    number, place = _long(state, place)
    if number < 0 or number > len(state):
        raise EOFError
    return 2 * number, place


def _items(state: bytes, place: int) -> tuple[int, int]:
    """Return twice the number of items of a block, and where they begin."""
    number, place = _long(state, place)
    if number < 0:
        # The block tells its length in bytes, too.
        number, (_, place) = -number, _long(state, place)
    if number > len(state):
        raise EOFError
    return 2 * number, place


def _strange(branch: int) -> NoReturn:
    raise ValueError(f"a union has no branch {branch >> 1}")
