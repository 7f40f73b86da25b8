"""What stands for an event of which some fields only were read: of its class, and it says so when asked for another."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Collection
from typing import Any, NoReturn, TypeVar

from infra.avro_passing import Needed

C = TypeVar("C")

_GIVEN = frozenset({"originator_id", "originator_version"})


class FieldNotRead(Exception):
    """Somebody asks for a field that whoever reads the event did not say was needed: a defect of the software."""


def needed_fields(kind: type[Any], names: Collection[str]) -> dict[str, Needed]:
    """Return the fields of a class that names, dotted for those of a record within, ask for.

    Raises: ValueError for a name that no field has
    """
    hints, found = _hints(kind), {}
    for name in sorted({name.partition(".")[0] for name in names}):
        if name not in hints:
            raise ValueError(f"{kind.__name__} has no field {name}")
        inner = [each.partition(".")[2] for each in names if each.partition(".")[0] == name]
        if all(inner):
            record = _record(hints[name])
            found[name] = Needed(record, needed_fields(record, inner))
        else:
            found[name] = Needed(hints[name])
    return found


def excerpt_class(kind: type[C], names: frozenset[str]) -> type[C]:
    """Return a class like this one of which the named fields alone can be asked for."""
    others = {each.name for each in dataclasses.fields(kind)} - names - _GIVEN  # type: ignore[arg-type]
    return types.new_class(
        kind.__name__, (kind,), exec_body=lambda space: space.update({each: _refusing(each) for each in others})
    )


def _refusing(name: str) -> property:
    def refuse(event: object) -> NoReturn:
        raise FieldNotRead(f"the field {name} of {type(event).__name__} was not read; name it among those needed")

    return property(refuse)


def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}


def _record(hint: Any) -> type[Any]:
    """Return the class of a record that may be absent."""
    kinds = [each for each in (typing.get_args(hint) or (hint,)) if dataclasses.is_dataclass(each)]
    if len(kinds) != 1 or not isinstance(kinds[0], type):
        raise ValueError(f"{hint} has no fields to choose from")
    return kinds[0]
