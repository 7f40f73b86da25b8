"""What each field of a command takes, read off the command itself: so a mapping cannot name a field that is not there.

A report of an adverse event takes any text at all. An extract is held to the lists all the same: a slip in a mapping
would be in every row.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union
from uuid import UUID

from domain.adverse_event_codes import (
    Action,
    Affected,
    EventKind,
    Outcome,
    RegulatorStatus,
    ReporterKind,
    ReporterRelated,
    Seriousness,
    SuspectFactor,
)
from domain.codes import Code, YesNo
from domain.dates import DaysText, PartialDate, days_text, partial_date
from domain.errors import InvalidInput
from domain.report_form import ReportForm
from domain.treatment_codes import ProductKind, Route

REPORT_CODES: Mapping[str, type[Code]] = {
    "affected": Affected, "kind": EventKind, "serious": YesNo, "seriousness": Seriousness, "related": ReporterRelated,
    "suspect_factors": SuspectFactor, "outcome": Outcome, "actions": Action, "autopsy": YesNo, "organism_found": YesNo,
    "regulator": RegulatorStatus, "reporter": ReporterKind, "described_product_kind": ProductKind,
    "described_route": Route,
}  # fmt: skip
REPORT_DATES = frozenset(
    {"described_month", "onset", "ended", "first_awareness", "received", "latest_information", "death_date",
     "regulator_date"}
)  # fmt: skip
REPORT_DAYS = frozenset({"onset_days", "ended_days", "death_days"})


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What one field takes."""

    convert: Callable[[str], Any]
    """Turns a text into what the command takes; raises ValueError saying what is wrong."""
    required: bool = False
    many: bool = False


def field_kinds(command: type[Any]) -> Mapping[str, FieldKind]:
    """Return every field of a command by its path, `indication.category`."""
    found = dict(_walk(command, "", required=True))
    if issubclass(command, ReportForm):
        found |= {name: dataclasses.replace(found[name], convert=_report_text(name)) for name in _report_fields()}
    return found


def lacking(command: type[Any], used: frozenset[str]) -> list[str]:
    """Return the paths that must be given, and are not among those used: also within a section that is begun."""
    kinds = field_kinds(command)
    begun = {path.rpartition(".")[0] for path in used}
    return [
        path
        for path, kind in kinds.items()
        if path not in used and _must(command, path) and (kind.required or path.rpartition(".")[0] in begun)
    ]


def _must(command: type[Any], path: str) -> bool:
    """Tell whether the innermost section of a path cannot do without it."""
    *sections, name = path.split(".")
    for section in sections:
        command, _ = _shape(typing.get_type_hints(command)[section])
    return _is_required({each.name: each for each in dataclasses.fields(command)}[name])


def _walk(kind: type[Any], prefix: str, *, required: bool) -> Iterator[tuple[str, FieldKind]]:
    hints = typing.get_type_hints(kind)
    for each in dataclasses.fields(kind):
        inner: Any
        inner, many = _shape(hints[each.name])
        needed = required and _is_required(each)
        if dataclasses.is_dataclass(inner) and not many:
            yield from _walk(typing.cast("type[Any]", inner), f"{prefix}{each.name}.", required=needed)
        elif not dataclasses.is_dataclass(inner):
            yield f"{prefix}{each.name}", FieldKind(_converter(inner), needed, many)


def _is_required(each: dataclasses.Field[Any]) -> bool:
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def _shape(hint: Any) -> tuple[Any, bool]:
    """Return the type of one value, and whether it is a list of them."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is Union:
        return _shape(next(each for each in typing.get_args(hint) if each is not type(None)))
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0], True
    return hint, False


def _converter(hint: Any) -> Callable[[str], Any]:
    if isinstance(hint, type) and issubclass(hint, Code):
        return _code(hint)
    return _CONVERTERS.get(hint, str)


def _code(kind: type[Code]) -> Callable[[str], str]:
    codes = [each.value for each in kind if each.name != "unrecognised"]

    def convert(text: str) -> str:
        if text not in codes:
            msg = f"is no code of the list {', '.join(codes)}"
            raise ValueError(msg)
        return text

    return convert


def _checked(check: Callable[[str, str], str]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        try:
            return check(text, "")
        except InvalidInput as error:
            # It goes on a quotation of the cell: "'soon' is no number of days".
            problem = str(error.facts["problem"])
            msg = problem.removeprefix("it ") if problem.startswith("it ") else f"is refused: {problem}"
            raise ValueError(msg) from None

    return convert


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        msg = "is no whole number"
        raise ValueError(msg) from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        msg = "is no number"
        raise ValueError(msg)
    return number


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        msg = "is no id"
        raise ValueError(msg) from None


def _grade(text: str) -> str:
    if text not in ("1", "2", "3", "4", "5"):
        msg = "is no grade from 1 to 5"
        raise ValueError(msg)
    return text


_CONVERTERS: Mapping[Any, Callable[[str], Any]] = {
    int: _whole_number,
    float: _number,
    UUID: _id,
    PartialDate: _checked(partial_date),
    DaysText: _checked(days_text),
}


def _report_fields() -> frozenset[str]:
    return frozenset(REPORT_CODES) | REPORT_DATES | REPORT_DAYS | {"grade"}


def _report_text(name: str) -> Callable[[str], Any]:
    if name in REPORT_CODES:
        return _code(REPORT_CODES[name])
    if name == "grade":
        return _grade
    return _checked(days_text) if name in REPORT_DAYS else _checked(partial_date)
