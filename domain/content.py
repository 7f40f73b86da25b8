"""What nested content lacks, and where two versions of it differ: every empty field says why.

A field is named by its path, `indication.diagnosed_on`; a list counts as one field.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Union

from domain.codes import Missing
from domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingField:
    """An empty field with its reason."""

    field: str
    """Path of the field."""
    why: Missing
    """Why it is empty."""


def check_missing(content: Any, missing: tuple[MissingField, ...]) -> None:
    """Refuse a reason for a field that does not exist, is not empty, or has a reason already."""
    paths = [each.field for each in missing]
    for each in missing:
        if each.field not in field_paths(content.__class__):
            raise InvalidInput(field="missing", problem=f"there is no field {each.field}")
        if not is_empty(value_at(content, each.field)):
            raise InvalidInput(field="missing", problem=f"{each.field} is given, so it is not missing")
        if paths.count(each.field) > 1 or each.why is Missing.unrecognised:
            raise InvalidInput(field="missing", problem=f"{each.field} needs one reason of the list")


_NEVER_A_CODE = frozenset({str, int, float, bool, bytes})


@cache
def field_names(kind: Any) -> tuple[str, ...] | None:
    """Return the names of a dataclass's fields, None for any other class; looked up once for each class."""
    return tuple(each.name for each in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def refuse_unrecognised(content: Any, path: str = "") -> None:
    """Refuse `unrecognised` where a person should give a code: it is what readers see, not what writers say."""
    if content is None or type(content) in _NEVER_A_CODE:
        return
    if getattr(content, "name", None) == "unrecognised":
        raise InvalidInput(field=path, problem="give a code of its list")
    for name in field_names(content.__class__) or ():
        held = getattr(content, name)
        if held is not None and held != ():
            refuse_unrecognised(held, f"{path}.{name}" if path else name)
    if isinstance(content, tuple):
        for item in content:
            refuse_unrecognised(item, path)


def is_empty(value: Any) -> bool:
    """Tell whether a field holds nothing."""
    return value is None or value == ()


def value_at(content: Any, path: str) -> Any:
    """Return the value at a path; None below an empty section."""
    for name in path.split("."):
        content = None if content is None else getattr(content, name)
    return content


def without(content: Any, path: str) -> Any:
    """Return the content with the field at this path emptied; refuse a field that must be there."""
    name, _, rest = path.partition(".")
    found = getattr(content, name)
    if found is None:
        return content
    fields = {each.name: each for each in dataclasses.fields(content)}
    if not rest and fields[name].default is dataclasses.MISSING:
        raise InvalidInput(field=path, problem="this field cannot be empty")
    return dataclasses.replace(content, **{name: without(found, rest) if rest else fields[name].default})


def merged(old: Any, new: Any) -> Any:
    """Return the newer content, with what it leaves empty taken over from the old one.

    A value type that says `WHOLE` is one statement and is replaced as such.
    """
    if is_empty(new):
        return old
    if old is None or not dataclasses.is_dataclass(new) or isinstance(new, type) or getattr(new, "WHOLE", False):
        return new
    names = [each.name for each in dataclasses.fields(new)]
    return dataclasses.replace(new, **{name: merged(getattr(old, name), getattr(new, name)) for name in names})


def changed_paths(old: Any, new: Any, path: str = "") -> tuple[str, ...]:
    """Return the paths at which two contents differ, a whole section where one of them lacks it."""
    if old == new:
        return ()
    if not dataclasses.is_dataclass(old) or not dataclasses.is_dataclass(new):
        return (path,)
    names = (each.name for each in dataclasses.fields(old))
    return tuple(
        changed
        for name in names
        for changed in changed_paths(getattr(old, name), getattr(new, name), f"{path}.{name}".lstrip("."))
    )


@cache
def field_paths(kind: type[Any]) -> frozenset[str]:
    """Return the paths of all fields of a content class, its sections included."""
    return frozenset(_paths(kind))


def _paths(kind: type[Any]) -> Iterator[str]:
    hints = typing.get_type_hints(kind)
    for each in dataclasses.fields(kind):
        yield each.name
        section = _section(hints[each.name])
        if section is not None:
            yield from (f"{each.name}.{below}" for below in _paths(section))


def _section(hint: Any) -> type[Any] | None:
    choices = typing.get_args(hint) if typing.get_origin(hint) in (Union, types.UnionType) else (hint,)
    return next((each for each in choices if isinstance(each, type) and dataclasses.is_dataclass(each)), None)
