"""Where a value comes from: a constant, a cell (through a map, a shift or a date's format), a text, or a choice.

What a map does not cover refuses the row; an empty cell is no value, unless the map says what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from typing import Any, Protocol

from interfaces.importing.condition import Condition, conditions, decimal_of
from interfaces.importing.refusals import CellRefused, MappingFault
from interfaces.importing.row import Row

Read = str | tuple[str, ...] | None
"""A value in text, several of a list, or none."""

_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])
"""Adds as people do on paper, or not at all: a rounded number would be another one than the clinic's."""

_PLACE = re.compile(r"\{([^{}]*)\}")


class Source(Protocol):
    """Promise a value for each row, and to say beforehand on which columns it rests and which constants it can give."""

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns it looks at."""
        ...

    @property
    def constants(self) -> tuple[str, ...]:
        """Return every text of the mapping itself that can become the value."""
        ...

    def read(self, row: Row) -> Read:
        """Return the value for a row; raise CellRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every row."""

    value: str | tuple[str, ...]
    columns: frozenset[str] = frozenset()

    @property
    def constants(self) -> tuple[str, ...]:
        """Return the value."""
        return (self.value,) if isinstance(self.value, str) else self.value

    def read(self, row: Row) -> Read:  # noqa: ARG002 - the same for every row
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text: as it is, through a map, shifted by a number, or as a date in another notation."""

    column: str
    map: Mapping[str, str] | None = None
    plus: Decimal | None = None
    date: str | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Return its column."""
        return frozenset({self.column})

    @property
    def constants(self) -> tuple[str, ...]:
        """Return the map's values."""
        return tuple(each for each in (self.map or {}).values() if each)

    def read(self, row: Row) -> Read:
        """Return the value."""
        text = row.text(self.column)
        if self.map is not None:
            return self._mapped(text)
        if not text:
            return None
        if self.plus is not None:
            return self._shifted(text, self.plus)
        return self._date(text) if self.date is not None else text

    def _shifted(self, text: str, plus: Decimal) -> str:
        try:
            # A copy: a context belongs to one thread.
            return str(_EXACT.copy().add(decimal_of(text, self.column), plus))
        except DecimalException:
            raise CellRefused(self.column, text, f"is too large, or too long, for {plus} to be added") from None

    def _mapped(self, text: str) -> str | None:
        assert self.map is not None
        if text in self.map:
            return self.map[text] or None
        if not text:
            return None
        raise CellRefused(self.column, text, "is not in the map")

    def _date(self, text: str) -> str:
        assert self.date is not None
        try:
            return datetime.strptime(text, self.date).date().isoformat()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            raise CellRefused(self.column, text, f"is no date in the format {self.date}") from None


@dataclass(frozen=True, slots=True)
class Template:
    """Words with cells in them, written `{column}`."""

    text: str
    constants: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns named in it."""
        return frozenset(_PLACE.findall(self.text))

    def read(self, row: Row) -> Read:
        """Return the text with the cells filled in; an empty cell says so."""
        return _PLACE.sub(lambda place: row.text(place[1]) or "(empty)", self.text)


@dataclass(frozen=True, slots=True)
class Choice:
    """The first value whose conditions hold."""

    options: tuple[tuple[tuple[Condition, ...], Source], ...] = field(default=())

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of all conditions and values."""
        asked = {each.column for when, _ in self.options for each in when}
        return frozenset(asked).union(*(source.columns for _, source in self.options))

    @property
    def constants(self) -> tuple[str, ...]:
        """Return the constants of all values."""
        return tuple(text for _, source in self.options for text in source.constants)

    def read(self, row: Row) -> Read:
        """Return the value of the first option that holds, or none."""
        chosen = (source for when, source in self.options if all(each.holds(row) for each in when))
        found = next(chosen, None)
        return found.read(row) if found is not None else None


def source_of(content: Any, where: str) -> Source:
    """Return the source that a mapping writes as a constant or a table; raise MappingFault."""
    match content:
        case dict():
            return _table(content, where)
        case list():
            return Constant(tuple(_constant(each, where) for each in content))
        case _:
            return Constant(_constant(content, where))


def _constant(value: Any, where: str) -> str:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise MappingFault(where, f"{value!r} is no value; write a text in quotation marks, or a number")


def _table(table: dict[str, Any], where: str) -> Source:
    named = [word for word in ("column", "text", "value", "choose") if word in table]
    if len(named) != 1:
        raise MappingFault(where, "a value is written with exactly one of column, text, value and choose")
    allowed = {"column", "map", "plus", "date"} if named == ["column"] else set(named)
    if unknown := sorted(table.keys() - allowed):
        raise MappingFault(where, f"{unknown[0]!r} means nothing beside {named[0]!r}")
    match named[0]:
        case "column":
            return _cell(table, where)
        case "text":
            return _template(table["text"], where)
        case "value":
            return source_of(table["value"], where) if not isinstance(table["value"], dict) else _refuse(where)
        case _:
            return _choice(table["choose"], where)


def _refuse(where: str) -> Source:
    raise MappingFault(where, "value takes a constant")


def _cell(table: dict[str, Any], where: str) -> Cell:
    column, mapped, plus, date = (table.get(word) for word in ("column", "map", "plus", "date"))
    if not isinstance(column, str):
        raise MappingFault(where, "column takes the name of a column in quotation marks")
    if sum(each is not None for each in (mapped, plus, date)) > 1:
        raise MappingFault(where, "of map, plus and date only one can be applied to a cell")
    if mapped is not None and not (isinstance(mapped, dict) and mapped):
        raise MappingFault(where, 'map is written { "cell" = "value", … }')
    if plus is not None and (isinstance(plus, bool) or not isinstance(plus, (int, float))):
        raise MappingFault(where, "plus takes a number")
    if date is not None and not (isinstance(date, str) and "%" in date):
        raise MappingFault(where, 'date takes a format such as "%d.%m.%Y"')
    texts = (
        {key: value if value == "" else _constant(value, where) for key, value in mapped.items()} if mapped else None
    )
    return Cell(column, texts, Decimal(str(plus)) if plus is not None else None, date)


def _template(text: Any, where: str) -> Template:
    if not isinstance(text, str) or not text.strip():
        raise MappingFault(where, 'text takes words in quotation marks, with cells as "{column}"')
    if set("{}") & set(_PLACE.sub("", text)):
        raise MappingFault(where, f"the braces in {text!r} do not pair")
    return Template(text)


def _choice(options: Any, where: str) -> Choice:
    if not isinstance(options, list) or not options or not all(isinstance(each, dict) for each in options):
        raise MappingFault(where, 'choose takes a list: [{ when = {…}, value = "…" }, …]')
    return Choice(
        tuple(
            (
                conditions(option["when"], f"{where}.when") if "when" in option else (),
                _table({word: value for word, value in option.items() if word != "when"}, where),
            )
            for option in options
        )
    )
