"""One rule of a mapping: under which conditions a row makes a treatment, an adverse event or a follow-up, from what.

A rule is held against the command it fills: unknown fields, codes outside their lists, and fields that must be given
and are not, are found before the first row is read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from application.command import Command
from application.follow_ups import RecordFollowUp
from application.reports import ReportAdverseEvent
from application.treatments import SubmitTreatment
from domain.adverse_event_content import AdverseEventContent
from domain.codes import Missing
from domain.content import field_paths
from domain.follow_up import FollowUp
from domain.report_form import ReportForm
from domain.treatment_content import TreatmentContent
from interfaces.importing.condition import Condition, conditions
from interfaces.importing.field_kind import FieldKind, field_kinds, lacking
from interfaces.importing.refusals import CellRefused, MappingFault
from interfaces.importing.row import Row
from interfaces.importing.value_source import Constant, Source, source_of

_SAYS_WHAT_HAPPENED = ("verbatim_term", "narrative", "ctcae_term", "code", "death_cause")
_SAYS_WHO_REPORTS = ("reporter", "reporter_name", "reporter_contact")


class RuleKind(StrEnum):
    """What a rule makes."""

    treatment = "treatment"
    adverse_event = "adverse_event"
    follow_up = "follow_up"

    @property
    def command(self) -> type[Command]:
        """Return the command it fills."""
        return _COMMANDS[self]

    @property
    def own(self) -> frozenset[str]:
        """Return the fields of the command that the importer fills itself."""
        return _OWN[self]


_COMMANDS: Mapping[RuleKind, type[Command]] = {
    RuleKind.treatment: SubmitTreatment,
    RuleKind.adverse_event: ReportAdverseEvent,
    RuleKind.follow_up: RecordFollowUp,
}
_OWN: Mapping[RuleKind, frozenset[str]] = {
    RuleKind.treatment: frozenset({"clinic_id", "own_reference", "registry_id"}),
    RuleKind.adverse_event: frozenset({"clinic_id", "treatments", "adverse_event_id", "missing", "further"}),
    RuleKind.follow_up: frozenset(
        {"treatment_id", "follow_up_id", "opened_adverse_event_id", "adverse_events", "serves"}
    ),
}
_CAN_BE_MISSING: Mapping[RuleKind, frozenset[str]] = {
    RuleKind.treatment: field_paths(TreatmentContent),
    RuleKind.adverse_event: field_paths(AdverseEventContent) | {each.name for each in dataclasses.fields(ReportForm)},
    RuleKind.follow_up: field_paths(FollowUp),
}


@dataclass(frozen=True, slots=True)
class RuleField:
    """One field of the command, and where its value comes from."""

    path: str
    source: Source
    kind: FieldKind

    def value(self, row: Row) -> Any:
        """Return the value as the command takes it, None where there is none; raise CellRefused."""
        found = self.source.read(row)
        if found is None:
            if self.kind.required:
                raise CellRefused(self._column, "", f"is empty, but {self.path} must be given")
            return None
        texts = found if isinstance(found, tuple) else (found,)
        values = [self._converted(text) for text in texts]
        return values if self.kind.many else values[0]

    def _converted(self, text: str) -> Any:
        try:
            return self.kind.convert(text)
        except ValueError as error:
            raise CellRefused(self._column, text, str(error)) from None

    @property
    def _column(self) -> str | None:
        return ", ".join(sorted(self.source.columns)) or None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, checked against its command."""

    kind: RuleKind
    name: str
    when: tuple[Condition, ...]
    fields: tuple[RuleField, ...]
    missing: Mapping[str, str]
    """Why fields are empty, by their paths; it counts where the row gives no value."""
    names: tuple[str, ...] = ()
    """Rules of adverse events that a follow-up of this rule names."""

    @property
    def columns(self) -> frozenset[str]:
        """Return every column that the rule uses."""
        asked = frozenset(each.column for each in self.when)
        return asked.union(*(each.source.columns for each in self.fields))

    def applies(self, row: Row) -> bool:
        """Tell whether all conditions hold; raise CellRefused."""
        return all(each.holds(row) for each in self.when)

    def columns_of(self, field: str) -> str | None:
        """Return the columns from which a field was filled that the registry complains about."""
        found = [each for each in self.fields if _concerns(each.path, field)]
        return ", ".join(sorted(frozenset[str]().union(*(each.source.columns for each in found)))) or None


def _concerns(path: str, field: str) -> bool:
    return path == field or path.endswith(f".{field}") or path.startswith(f"{field}.")


def rule_of(kind: RuleKind, name: str, content: Any, where: str, harms: tuple[str, ...]) -> Rule:
    """Return the rule that a table of a mapping writes; `harms` are the names of rules of adverse events."""
    if not isinstance(content, dict):
        raise MappingFault(where, "is a table of fields")
    content = dict(content)
    when = conditions(content.pop("when"), f"{where}, when") if "when" in content else ()
    if when and kind is RuleKind.treatment:
        raise MappingFault(where, "every row is a treatment; a condition cannot leave one out")
    missing = _missing(kind, content.pop("missing", {}), f"{where}, missing")
    names = _names(content.pop("adverse_events", []), where, harms) if kind is RuleKind.follow_up else ()
    fields = tuple(_fields(kind, content, where, ""))
    _require_enough(kind, frozenset(each.path for each in fields), where)
    return Rule(kind, name, when, fields, missing, names)


def _fields(kind: RuleKind, content: dict[str, Any], where: str, prefix: str) -> Iterator[RuleField]:
    kinds = {path: each for path, each in field_kinds(kind.command).items() if path not in kind.own}
    for word, value in content.items():
        path = f"{prefix}{word}"
        if path in kinds:
            yield _field(path, source_of(value, f"{where}, {path}"), kinds[path], where)
        elif isinstance(value, dict) and any(each.startswith(f"{path}.") for each in kinds):
            yield from _fields(kind, value, where, f"{path}.")
        elif path in kind.own:
            raise MappingFault(f"{where}, {path}", "is filled by the importer")
        else:
            near = sorted(each for each in kinds if each.startswith(prefix))
            raise MappingFault(f"{where}, {path}", f"there is no such field; there are {', '.join(near)}")


def _field(path: str, source: Source, kind: FieldKind, where: str) -> RuleField:
    if isinstance(source, Constant) and isinstance(source.value, tuple) and not kind.many:
        raise MappingFault(f"{where}, {path}", "takes one value, not a list")
    for text in source.constants:
        try:
            kind.convert(text)
        except ValueError as error:
            raise MappingFault(f"{where}, {path}", f"{text!r} {error}") from None
    return RuleField(path, source, kind)


def _missing(kind: RuleKind, content: Any, where: str) -> dict[str, str]:
    reasons = [each.value for each in Missing if each is not Missing.unrecognised]
    if not isinstance(content, dict):
        raise MappingFault(where, 'is written { field = "unknown", … }')
    for path, why in content.items():
        if path not in _CAN_BE_MISSING[kind] or path in kind.own:
            raise MappingFault(f"{where}, {path}", "there is no such field; write a path in quotation marks")
        if why not in reasons:
            raise MappingFault(f"{where}, {path}", f"{why!r} is no reason of the list {', '.join(reasons)}")
    return dict(content)


def _names(content: Any, where: str, harms: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(content, list):
        raise MappingFault(f"{where}, adverse_events", "takes a list of names of rules")
    for name in content:
        if name not in harms:
            known = ", ".join(harms) or "none"
            raise MappingFault(
                f"{where}, adverse_events", f"there is no [[adverse_event]] {name!r}; there are: {known}"
            )
    return tuple(content)


def _require_enough(kind: RuleKind, used: frozenset[str], where: str) -> None:
    if absent := [path for path in lacking(kind.command, used) if path not in kind.own]:
        raise MappingFault(where, f"must give {', '.join(absent)}")
    if kind is not RuleKind.adverse_event:
        return
    # Of the four elements of a report the patient and the treatment are the row's.
    for element, names in (("what happened", _SAYS_WHAT_HAPPENED), ("who reports it", _SAYS_WHO_REPORTS)):
        if used.isdisjoint(names):
            raise MappingFault(where, f"must say {element}, in one of {', '.join(names)}")
