"""When a rule applies to a row: a condition looks at one column; several must all hold.

A numeric comparison with an empty cell does not hold, whatever it compares; with a cell that is no number the row is
refused, because nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from interfaces.importing.refusals import CellRefused, MappingFault
from interfaces.importing.row import Row

Test = Callable[[Row, str], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests on one column."""

    column: str
    tests: tuple[Test, ...]

    def holds(self, row: Row) -> bool:
        """Tell whether all tests hold; raise CellRefused where a number is needed and there is none."""
        return all(test(row, self.column) for test in self.tests)


def conditions(content: Any, where: str) -> tuple[Condition, ...]:
    """Return the conditions that a mapping writes as one table or a list of tables; raise MappingFault."""
    tables = content if isinstance(content, list) else [content]
    if not tables:
        raise MappingFault(where, "is an empty list; leave it out when the rule always applies")
    return tuple(_condition(table, where) for table in tables)


def _condition(table: Any, where: str) -> Condition:
    if not isinstance(table, dict) or not isinstance(table.get("column"), str):
        raise MappingFault(where, 'a condition is written { column = "…", equals = "…" }')
    words = table.keys() - {"column"}
    if unknown := sorted(words - _TESTS.keys()):
        raise MappingFault(where, f"{unknown[0]!r} is no comparison; there are {', '.join(_TESTS)}")
    if not words:
        raise MappingFault(where, f"the condition on {table['column']!r} compares with nothing")
    return Condition(table["column"], tuple(_TESTS[word](table[word], f"{where}.{word}") for word in sorted(words)))


def _equals(wanted: Any, where: str) -> Test:
    if isinstance(wanted, str):
        return lambda row, column: row.text(column) == wanted
    number = _number(wanted, where)
    return lambda row, column: _cell_number(row, column) == number


def _differs(unwanted: Any, where: str) -> Test:
    same = _equals(unwanted, where)
    return lambda row, column: not same(row, column)


def _one_of(wanted: Any, where: str) -> Test:
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, str) for each in wanted):
        raise MappingFault(where, "needs a list of texts")
    texts = frozenset(wanted)
    return lambda row, column: row.text(column) in texts


def _empty(wanted: Any, where: str) -> Test:
    if not isinstance(wanted, bool):
        raise MappingFault(where, "is true or false")
    return lambda row, column: (row.text(column) == "") is wanted


def _ordered(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[Any, str], Test]:
    def make(limit: Any, where: str) -> Test:
        bound = _number(limit, where)

        def test(row: Row, column: str) -> bool:
            number = _cell_number(row, column)
            return number is not None and compare(number, bound)

        return test

    return make


_TESTS: Mapping[str, Callable[[Any, str], Test]] = {
    "equals": _equals,
    "differs": _differs,
    "one_of": _one_of,
    "empty": _empty,
    "below": _ordered(lambda number, bound: number < bound),
    "at_most": _ordered(lambda number, bound: number <= bound),
    "above": _ordered(lambda number, bound: number > bound),
    "at_least": _ordered(lambda number, bound: number >= bound),
}


def _number(value: Any, where: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MappingFault(where, f"{value!r} is no number; write it without quotation marks")
    number = Decimal(str(value))
    if not number.is_finite():
        raise MappingFault(where, f"{value!r} is no number to compare with")
    return number


def _cell_number(row: Row, column: str) -> Decimal | None:
    text = row.text(column)
    return decimal_of(text, column) if text else None


def decimal_of(text: str, column: str) -> Decimal:
    """Return the number in a cell; raise CellRefused."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise CellRefused(column, text, "is no number")
    return number
