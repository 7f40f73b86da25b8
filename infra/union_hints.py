"""Optional sections of an event are written without trying first whether they fit.

For a union fastavro checks the whole value against every branch, at every level again; told which record it is by
`(name, value)`, it writes at once. Only optional records need it: of what else may be absent there is one choice.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Step(NamedTuple):
    """One field below which there are records: an optional record (then `name` is its), a record, or a list."""

    field: str
    name: str | None
    is_list: bool
    below: list[Step]


def plan(parsed: Any) -> list[Step]:
    """Return the steps for a record schema as fastavro parsed it (full names)."""
    return _steps(parsed, {})


def hint(record: dict[str, Any], steps: list[Step]) -> None:
    """Replace every optional record that is there by its name and itself, in place."""
    for field, name, is_list, below in steps:
        value = record[field]
        if is_list:
            for item in value:
                hint(item, below)
        elif value is not None:
            if below:
                hint(value, below)
            if name is not None:
                record[field] = (name, value)


def _steps(record: Any, known: dict[str, list[Step]]) -> list[Step]:
    steps = known.setdefault(record["name"], [])
    for field in record["fields"]:
        kind, is_optional, is_list = field["type"], False, False
        if isinstance(kind, list):
            kind, is_optional = kind[-1], True
        if isinstance(kind, dict) and kind["type"] == "array":
            kind, is_list = kind["items"], True
        name, below = _record(kind, known)
        if name is not None and (is_optional or below):
            steps.append(Step(field["name"], name if is_optional else None, is_list, below))
    return steps


def _record(kind: Any, known: dict[str, list[Step]]) -> tuple[str | None, list[Step]]:
    """Return name and steps of a record, defined here or before; None for everything else."""
    if isinstance(kind, dict) and kind["type"] == "record":
        return kind["name"], _steps(kind, known)
    return (kind, known[kind]) if isinstance(kind, str) and kind in known else (None, [])
