"""Code that writes objects of one class as the bytes of one Avro schema; it is made from the schema.

Handing an object to fastavro means making a dictionary of it first and looking each type up at every field; code that
knows both takes a quarter of the time. It writes what is exactly of the type that the schema wants and raises at
everything else: then fastavro is asked, which writes it all the same or says what is wrong with it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any
from uuid import UUID

Write = Callable[[Any], bytes]
"""Return the bytes of an object; raise any exception where it is not exactly what the schema wants."""

_SHORT = 1024


def writing(schema: Any, kind: type[Any], attributes: Mapping[str, str]) -> Write:
    """Return what writes objects of a class by the schema of a record, as JSON has it.

    `attributes` says which attribute a field is, where that has another name. Raises TypeError for a class whose
    fields are not those of the schema, ValueError for a schema with types that no schema of ours has.
    """
    own = {each.name for each in dataclasses.fields(kind)}
    if own != {attributes.get(each["name"], each["name"]) for each in schema["fields"]} | _NOT_WRITTEN & own:
        raise TypeError(f"{kind.__name__} has not the fields of its schema")
    coder = _Coder()
    lines = coder.fields(schema, "o", attributes)
    text = "\n".join(
        ["def write(o):", "    out = []", "    a = out.append", *_block(lines), "    return b''.join(out)"]
    )
    exec(compile(text, f"<writing {schema['name']}>", "exec"), coder.space)  # noqa: S102 - of our own schemas alone
    write: Write = coder.space["write"]
    return write


_NOT_WRITTEN = frozenset({"originator_id", "originator_version", "originator_topic"})
"""Fields of events that stand in columns of their own."""


_EXACT = {
    "uuid": ("UUID", "id({})"),
    "long": ("int", "long({})"),
    "double": ("float", "double({})"),
    "boolean": ("bool", "boolean({})"),
}
"""Types whose values are of one class and no other, with what writes them."""


class _Coder:
    """Writes lines of code; `a` appends bytes, and each value stands in a variable of its own."""

    def __init__(self) -> None:
        self.space: dict[str, Any] = {
            "long": long_of, "id": id_of, "double": Struct("<d").pack, "boolean": [b"\0", b"\1"].__getitem__,
            "UUID": UUID, "EPOCH": _EPOCH, "MICROSECOND": _MICROSECOND, "fits": fits, "wrong": wrong,
        }  # fmt: skip
        self._named: dict[str, Any] = {}
        self._count = 0

    def fields(self, schema: Any, of: str, attributes: Mapping[str, str]) -> list[str]:
        """Write the fields of the record in a variable."""
        lines = []
        for each in schema["fields"]:
            value = self._variable()
            attribute = attributes.get(each["name"], each["name"])
            lines += [f"{value} = {of}.{attribute}", *self._value(each["type"], value)]
        return lines

    def _value(self, schema: Any, value: str, before: bytes = b"") -> list[str]:
        """Write a value behind these bytes, which say that it is there."""
        match schema:
            case str() if schema in self._named:
                return self._value(self._named[schema], value, before)
            case list():
                return self._optional(schema, value)
            case {"type": "record", "name": name}:
                self._named[name] = schema
                known = self._helper(set())
                names = self._helper(frozenset(each["name"] for each in schema["fields"]))
                return [
                    f"if {value}.__class__ not in {known}: fits({value}.__class__, {names}, {known})",
                    *([f"a({before!r})"] if before else []),
                    *self.fields(schema, value, {}),
                ]
            case {"type": "enum", "name": name, "symbols": symbols}:
                self._named[name] = schema
                codes = self._helper({each: before + long_of(number) for number, each in enumerate(symbols)})
                return [f"a({codes}[{value}._value_])"]
            case {"type": "array", "items": items}:
                item = self._variable()
                return [
                    f"if {value}.__class__ is not tuple: wrong({value})",
                    *([f"a({before!r})"] if before else []),
                    f"if {value}:",
                    f"    a(long(len({value})))",
                    f"    for {item} in {value}:",
                    *_block(_block(self._value(items, item))),
                    "a(b'\\0')",
                ]
            case {"logicalType": logical}:
                return self._plain(logical, value, before)
            case {"type": inner}:
                return self._value(inner, value, before)
            case str():
                return self._plain(schema, value, before)
            case _:
                raise ValueError(f"nothing is known of the schema {schema}")

    def _optional(self, schema: list[Any], value: str) -> list[str]:
        if len(schema) != 2 or "null" not in schema:
            raise ValueError(f"nothing is known of the schema {schema}")
        absent = schema.index("null")
        there = self._value(schema[1 - absent], value, long_of(1 - absent))
        return [f"if {value} is None:", f"    a({long_of(absent)!r})", "else:", *_block(there)]

    def _plain(self, name: str, value: str, before: bytes) -> list[str]:
        begin = f"{before!r} + " if before else ""
        if name in _EXACT:
            kind, written = _EXACT[name]
            return [f"if {value}.__class__ is not {kind}: wrong({value})", f"a({begin}{written.format(value)})"]
        match name:
            case "string":
                return [f"s = {value}.encode()", *self._counted(before)]
            case "bytes":
                return [f"s = {value}", "if s.__class__ is not bytes: wrong(s)", *self._counted(before)]
            case "timestamp-micros":
                moment = f"long(({value} - EPOCH) // MICROSECOND)"
                return [f"if {value}.tzinfo is None: wrong({value})", f"a({begin}{moment})"]
        raise ValueError(f"nothing is known of the schema {name}")

    def _counted(self, before: bytes) -> list[str]:
        """Write the bytes in `s` behind their number, which is mostly small."""
        lengths = self._helper([before + each for each in _LENGTHS])
        return ["n = len(s)", f"a({lengths}[n] if n < {_SHORT} else {before!r} + long(n))", "a(s)"]

    def _variable(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def _helper(self, held: Any) -> str:
        self._count += 1
        self.space[f"h{self._count}"] = held
        return f"h{self._count}"


def long_of(number: int) -> bytes:
    """Return a whole number as Avro has it; raise OverflowError beyond 64 bits."""
    if 0 <= number < 64:
        return _ONE_BYTE[number]
    if not -(1 << 63) <= number < 1 << 63:
        raise OverflowError
    rest = (number << 1) ^ (number >> 63)
    found = bytearray()
    while rest > 127:
        found.append(rest & 127 | 128)
        rest >>= 7
    found.append(rest)
    return bytes(found)


def id_of(identifier: UUID) -> bytes:
    """Return an id as its text, behind the number of its 36 letters, which is an H."""
    digits = identifier.hex
    return f"H{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}".encode()


def fits(kind: type[Any], names: frozenset[str], known: set[type[Any]]) -> None:
    """Take note of a class that has the fields of a record; raise TypeError for any other."""
    if not dataclasses.is_dataclass(kind) or {each.name for each in dataclasses.fields(kind)} != names:
        raise TypeError(kind)
    known.add(kind)


def wrong(value: object) -> None:
    """Raise TypeError: this is not of the type that the schema wants."""
    raise TypeError(type(value))


def _block(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ONE_BYTE = [bytes([number << 1]) for number in range(64)]
_LENGTHS = [long_of(number) for number in range(_SHORT)]
