"""The Avro schema of an event is drafted from its class: types, codes and the docstring of every field.

So class and schema say the same. A field without a docstring, or of a type that Avro would hold differently, is
refused here rather than described vaguely for ever.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import types
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from domain.aggregate import RegistryEvent
from domain.catalogue import aggregate_of
from domain.codes import Code
from domain.errors import RegistryError
from domain.sealed import PersonalPart
from schemas.catalogue import NAMESPACE

RECORDED_AT = "recorded_at"
"""What Avro calls the time that the library calls `timestamp`."""

_PLAIN: dict[type, Any] = {
    bool: "boolean",
    int: "long",
    float: "double",
    str: "string",
    bytes: "bytes",
    UUID: {"type": "string", "logicalType": "uuid"},
    datetime: {"type": "long", "logicalType": "timestamp-micros"},
}
_KEPT_IN_COLUMNS = {"originator_id", "originator_version", "originator_topic"}
_PUBLIC = {"Registry", "Guideline", "Policy", "SafetyNotice"}
_PUBLIC_EVENTS = {
    "SocietyDutyMissed", "ListingPublished", "ListingDisputed", "ListingCorrected", "ListingWithdrawn",
}  # fmt: skip
_RESTRICTED = {"Officer", "Determination", "Signal", "SafetyCase"}
_RESTRICTED_EVENTS = {"DuplicateSuspected"}


class SchemaNotDraftable(RegistryError):
    """{where}: {problem}."""

    remedy = "Change the class; no file was written."


def disclosure_of(kind: type[RegistryEvent | PersonalPart]) -> str:
    """Return who may see an event or opened part of this class: the list of domain.md, *party* where it has none."""
    if issubclass(kind, PersonalPart):
        return kind.DISCLOSURE
    aggregate = aggregate_of()[kind.__name__].__name__
    if aggregate in _PUBLIC or kind.__name__ in _PUBLIC_EVENTS:
        return "public"
    return "restricted" if aggregate in _RESTRICTED or kind.__name__ in _RESTRICTED_EVENTS else "party"


def draft(kind: type[RegistryEvent | PersonalPart], disclosure: str) -> dict[str, Any]:
    """Return the Avro record schema of an event or personal part; raise SchemaNotDraftable."""
    drafter = _Drafter()
    schema = drafter.record(kind)
    head = {key: schema.pop(key) for key in ("type", "name")}
    return {**head, "namespace": NAMESPACE, "doc": schema["doc"], "disclosure": disclosure, "fields": schema["fields"]}


class _Drafter:
    """Drafts one schema; a named type is written out where it is first used and named afterwards."""

    def __init__(self) -> None:
        self._defined: dict[str, type] = {}

    def record(self, kind: type) -> dict[str, Any]:
        hints = get_type_hints(kind)
        fields = [each for each in dataclasses.fields(kind) if each.name not in _KEPT_IN_COLUMNS]
        fields.sort(key=lambda each: each.name != "timestamp")
        return {
            "type": "record",
            "name": self._claim(kind),
            "doc": _class_doc(kind),
            "fields": [self._field(kind, each, hints[each.name]) for each in fields],
        }

    def _field(self, kind: type, field: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
        where = f"{kind.__qualname__}.{field.name}"
        if field.name == "timestamp":
            return {"name": RECORDED_AT, "type": self._type(hint, where), "doc": "Time of recording, UTC."}
        drafted: dict[str, Any] = {
            "name": field.name,
            "type": self._type(hint, where),
            "doc": field_doc(kind, field.name),
        }
        if (default := _default(field, drafted["type"], where)) is not dataclasses.MISSING:
            drafted["default"] = default
        return drafted

    def _type(self, hint: Any, where: str) -> Any:
        if isinstance(hint, NewType):
            return self._type(hint.__supertype__, where)
        if hint in _PLAIN:
            return _PLAIN[hint]
        if get_origin(hint) in (Union, types.UnionType):
            return self._optional(hint, where)
        if get_origin(hint) is tuple:
            item, *rest = get_args(hint)
            if rest == [...]:
                return {"type": "array", "items": self._type(item, where)}
        elif inspect.isclass(hint):
            return self._named(hint, where)
        raise SchemaNotDraftable(where=where, problem=f"the type {hint} has no place in an event")

    def _optional(self, hint: Any, where: str) -> list[Any]:
        members = [member for member in get_args(hint) if member is not types.NoneType]
        if len(members) != 1 or len(get_args(hint)) != 2:
            raise SchemaNotDraftable(where=where, problem=f"{hint} may be more than one thing")
        if get_origin(members[0]) is tuple:
            raise SchemaNotDraftable(where=where, problem="a list is empty where there is nothing, never absent")
        return ["null", self._type(members[0], where)]

    def _named(self, kind: type, where: str) -> Any:
        if self._defined.get(kind.__name__) is kind:
            return kind.__name__
        if issubclass(kind, Code):
            return self._enum(kind)
        if dataclasses.is_dataclass(kind):
            return self.record(kind)
        raise SchemaNotDraftable(where=where, problem=f"{kind.__name__} is neither a code list nor a value type")

    def _enum(self, kind: type[Code]) -> dict[str, Any]:
        symbols = [code.value for code in kind]
        if symbols[0] != "unrecognised":
            raise SchemaNotDraftable(where=kind.__qualname__, problem="its first code isn't `unrecognised`")
        if odd := [symbol for symbol in symbols if not (symbol.isascii() and symbol.isidentifier())]:
            raise SchemaNotDraftable(where=kind.__qualname__, problem=f"Avro allows no such code: {', '.join(odd)}")
        name, doc = self._claim(kind), _class_doc(kind)
        return {"type": "enum", "name": name, "doc": doc, "symbols": symbols, "default": "unrecognised"}

    def _claim(self, kind: type) -> str:
        if kind.__name__ in self._defined:
            raise SchemaNotDraftable(where=kind.__qualname__, problem="another type of this schema has the same name")
        self._defined[kind.__name__] = kind
        return kind.__name__


def _default(field: dataclasses.Field[Any], drafted: Any, where: str) -> Any:
    """Return the Avro default, or MISSING; what may be absent or empty always has one."""
    if isinstance(drafted, list):
        if field.default not in (None, dataclasses.MISSING):
            raise SchemaNotDraftable(where=where, problem="a field that may be absent has no other default")
        return None
    if isinstance(drafted, dict) and drafted["type"] == "array":
        return []
    if isinstance(field.default, Code):
        return field.default.value
    if field.default is dataclasses.MISSING or isinstance(field.default, (bool, int, float, str)):
        return field.default
    raise SchemaNotDraftable(where=where, problem="a default is absent, empty, a code, a number or a text")


def field_doc(kind: type, name: str) -> str:
    """Return the docstring below a field, in the class or the nearest base that declares it."""
    for base in kind.__mro__:
        if name in vars(base).get("__annotations__", {}):
            if doc := _field_docs(base).get(name):
                return doc
            break
    raise SchemaNotDraftable(where=f"{kind.__qualname__}.{name}", problem="the field has no docstring")


@cache
def _field_docs(kind: type) -> dict[str, str]:
    """Return the docstrings of the fields that a class itself declares."""
    found: dict[str, str] = {}
    body = _class_bodies(kind.__module__)[kind.__qualname__]
    for statement, following in pairwise(body):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = _one_line(text)
    return found


@cache
def _class_bodies(module: str) -> dict[str, list[ast.stmt]]:
    """Return the statements of every class of a module, by qualified name."""
    found: dict[str, list[ast.stmt]] = {}

    def collect(statements: list[ast.stmt], prefix: str) -> None:
        for statement in statements:
            if isinstance(statement, ast.ClassDef):
                found[prefix + statement.name] = statement.body
                collect(statement.body, f"{prefix}{statement.name}.")

    collect(ast.parse(inspect.getsource(sys.modules[module])).body, "")
    return found


def _class_doc(kind: type) -> str:
    doc = vars(kind).get("__doc__")
    if not doc or doc.startswith(f"{kind.__name__}("):
        raise SchemaNotDraftable(where=kind.__qualname__, problem="the class has no docstring")
    return _one_line(doc)


def _one_line(text: str) -> str:
    return " ".join(text.split())
