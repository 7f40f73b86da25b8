"""What a row says, in the fields of the registry's commands, before any of it is done: whole, or refused cell by cell.

A row is planned whole: one cell that the mapping does not cover refuses the row, so that nothing of it is half done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from interfaces.importing.mapping import ExtractMapping
from interfaces.importing.mapping_rule import Rule, RuleKind
from interfaces.importing.refusals import CellRefused, RowRefused
from interfaces.importing.row import Row
from interfaces.importing.row_defect import contained
from interfaces.importing.value_source import Source

T = TypeVar("T")
Values = Mapping[str, Any]
"""Fields of a command by name; a section is a mapping of its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule makes of a row."""

    rule: Rule
    values: Values
    names: tuple[str, ...] = ()
    """Rules of the adverse events that a follow-up names, those that apply to this row."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """Everything a row makes."""

    row: Row
    clinic: str | None
    """Name of the clinic; None where the mapping tells none apart."""
    registry: str
    """Short code of the registry."""
    reference: str
    """The clinic's own reference of the treatment."""
    treatment: Part
    adverse_events: tuple[Part, ...]
    follow_ups: tuple[Part, ...]


class _Gathering:
    """Does the steps of a plan and gathers what their cells refuse."""

    def __init__(self) -> None:
        self.refused: list[CellRefused] = []

    def do(self, step: Callable[[], T], otherwise: T) -> T:
        """Return what the step returns, `otherwise` when a cell refuses it."""
        try:
            return step()
        except CellRefused as refused:
            self.refused.append(refused)
            return otherwise


def plan_row(mapping: ExtractMapping, row: Row) -> RowPlan:
    """Return what a row makes; raise RowRefused with every cell that stands against it."""
    with contained():
        return _planned(mapping, row)


def _planned(mapping: ExtractMapping, row: Row) -> RowPlan:
    if row.fault is not None:
        raise RowRefused((CellRefused(row.fault[0], "", row.fault[1]),))
    gathering = _Gathering()
    for column, allowed in mapping.values.items():
        if row.cells[column] not in allowed:
            gathering.refused.append(CellRefused(column, row.cells[column], "is not among the values of the mapping"))
    clinic = gathering.do(lambda: clinic_name(mapping, row), None)
    registry = gathering.do(lambda: _needed(mapping.registry, row, "the registry"), "")
    reference = gathering.do(lambda: _needed(mapping.reference, row, "the clinic's own reference"), "")
    treatment = _part(gathering, mapping.treatment, row)
    harms = _applying(gathering, mapping.adverse_events, row)
    follow_ups = tuple(
        Part(part.rule, part.values, _named(gathering, part, {each.rule.name for each in harms}))
        for part in _applying(gathering, mapping.follow_ups, row)
    )
    if gathering.refused:
        raise RowRefused(_once(gathering.refused))
    return RowPlan(row, clinic, registry, reference, treatment, harms, follow_ups)


def clinic_name(mapping: ExtractMapping, row: Row) -> str | None:
    """Return the clinic's name in a row, None where the mapping tells none apart; raise CellRefused."""
    return _needed(mapping.clinic, row, "the clinic") if mapping.clinic is not None else None


def _needed(source: Source, row: Row, what: str) -> str:
    found = source.read(row)
    if not isinstance(found, str) or not found.strip():
        raise CellRefused(", ".join(sorted(source.columns)) or None, "", f"is empty, but it gives {what}")
    return found


def _applying(gathering: _Gathering, rules: tuple[Rule, ...], row: Row) -> tuple[Part, ...]:
    applying = [rule for rule in rules if gathering.do(lambda rule=rule: rule.applies(row), otherwise=False)]  # type: ignore[misc]
    return tuple(_part(gathering, rule, row) for rule in applying)


def _part(gathering: _Gathering, rule: Rule, row: Row) -> Part:
    values: dict[str, Any] = {}
    for field in rule.fields:
        value = gathering.do(lambda field=field: field.value(row), None)  # type: ignore[misc]
        if value is not None:
            _put(values, field.path, value)
    reasons = {path: why for path, why in rule.missing.items() if _at(values, path) is None}
    if reasons and rule.kind is RuleKind.adverse_event:
        values["missing"] = [f"{path}={why}" for path, why in reasons.items()]
    elif reasons:
        values["missing"] = [{"field": path, "why": why} for path, why in reasons.items()]
    return Part(rule, values)


def _named(gathering: _Gathering, part: Part, harms: set[str]) -> tuple[str, ...]:
    """Return which of the adverse events that a follow-up names the row reports.

    A death or complication that names none of them would open an adverse event of its own, and there might be two.
    """
    found = tuple(name for name in part.rule.names if name in harms)
    harmed = part.values.get("result") == "deceased" or part.values.get("complication") == "yes"
    if part.rule.names and harmed and not found:
        names = " or ".join(part.rule.names)
        problem = f"the follow-up {part.rule.name} names the adverse event {names}, which this row does not report"
        gathering.refused.append(CellRefused(None, "", problem))
    return found


def _put(values: dict[str, Any], path: str, value: Any) -> None:
    *sections, name = path.split(".")
    for section in sections:
        values = values.setdefault(section, {})
    values[name] = value


def _at(values: Values, path: str) -> Any:
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _once(refused: list[CellRefused]) -> tuple[CellRefused, ...]:
    """Return the refusals without repetitions: many rules may stumble over the same cell."""
    return tuple({(each.column, each.value, each.problem): each for each in refused}.values())
