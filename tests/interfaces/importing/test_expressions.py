"""Values and conditions mean what a mapping's reader thinks they mean, above all where a cell is empty or strange."""

from __future__ import annotations

from typing import Any

import pytest

from interfaces.importing.condition import conditions
from interfaces.importing.refusals import CellRefused
from interfaces.importing.row import Row
from interfaces.importing.value_source import source_of

ROW = Row(7, 8, 8, {"one": "1", "exact": "1.0", "none": "", "word": "yes", "many.s": "0"})


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"column": "one", "equals": "1"}, True),
        ({"column": "exact", "equals": "1"}, False),
        ({"column": "exact", "equals": 1}, True),
        ({"column": "one", "differs": "1"}, False),
        ({"column": "none", "differs": "1"}, True),
        ({"column": "word", "one_of": ["yes", "ja"]}, True),
        ({"column": "none", "empty": True}, True),
        ({"column": "one", "empty": True}, False),
        ({"column": "one", "empty": False}, True),
        ({"column": "one", "below": 1}, False),
        ({"column": "one", "at_most": 1}, True),
        ({"column": "one", "above": 0.5}, True),
        ({"column": "one", "at_least": 1.5}, False),
        ({"column": "one", "at_least": 1, "below": 2}, True),
        ({"column": "none", "below": 5}, False),
        ({"column": "none", "at_least": 5}, False),
        ({"column": "#row", "equals": 7}, True),
        ([{"column": "one", "equals": "1"}, {"column": "word", "equals": "no"}], False),
    ],
)
def test_a_condition_holds_or_not(condition: Any, holds: bool) -> None:
    assert all(each.holds(ROW) for each in conditions(condition, "when")) is holds


def test_a_number_compared_with_a_word_refuses_the_row_instead_of_deciding() -> None:
    (condition,) = conditions({"column": "word", "at_least": 1}, "when")

    with pytest.raises(CellRefused, match="is no number"):
        condition.holds(ROW)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("constant", "constant"),
        (5, "5"),
        (["a", "b"], ("a", "b")),
        ({"value": "constant"}, "constant"),
        ({"column": "one"}, "1"),
        ({"column": "none"}, None),
        ({"column": "word", "map": {"yes": "ja"}}, "ja"),
        ({"column": "word", "map": {"yes": ""}}, None),
        ({"column": "none", "map": {"yes": "ja"}}, None),
        ({"column": "none", "map": {"": "nothing said"}}, "nothing said"),
        ({"column": "exact", "plus": 3}, "4.0"),
        ({"column": "exact", "plus": -0.5}, "0.5"),
        ({"text": "{one} of {many.s}, {none}, row {#row}"}, "1 of 0, (empty), row 7"),
        ({"choose": [{"when": {"column": "one", "equals": "2"}, "value": "two"}, {"column": "word"}]}, "yes"),
        ({"choose": [{"when": {"column": "one", "equals": "2"}, "value": "two"}]}, None),
    ],
)
def test_a_value_comes_from_where_it_is_said(written: Any, value: Any) -> None:
    assert source_of(written, "field").read(ROW) == value


def test_what_a_map_does_not_cover_refuses_the_row_and_names_column_and_value() -> None:
    with pytest.raises(CellRefused) as refused:
        source_of({"column": "word", "map": {"no": "nein"}}, "field").read(ROW)

    assert (refused.value.column, refused.value.reason) == ("word", "'yes' is not in the map")
