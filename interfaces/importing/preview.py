"""A dry run: the first rows as they would be stored, and over the whole extract everything that would be refused.

It needs no store and records nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from interfaces.importing.chronology import contradictions
from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.extract_import import new_summary
from interfaces.importing.mapping import ExtractMapping
from interfaces.importing.refusals import RowRefused
from interfaces.importing.row import Row
from interfaces.importing.row_answer import MOST_LISTED, RowAnswer, RowRemark, Summary
from interfaces.importing.row_commands import EVENTS, try_out
from interfaces.importing.row_defect import contained
from interfaces.importing.row_import import refused
from interfaces.importing.row_plan import Part, RowPlan, plan_row

MOST_VALUES = 10_000
"""Different values without a place in the mapping that are listed, far more than a mapping can name: memory stays
flat. The rows behind further ones are counted, and each row's answer has its own."""


@dataclass(slots=True)
class Preview:
    """What a dry run found."""

    summary: Summary
    first_rows: list[dict[str, Any]] = field(default_factory=list)
    not_covered: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Column, value and problem, with the number of rows."""
    values_left_out: int = 0
    """Rows with further values, counted once for each."""
    events: Counter[str] = field(default_factory=Counter)

    def as_object(self) -> dict[str, Any]:
        """Return it as one object for programs."""
        found = self.summary.as_object()
        return {
            "dry_run": True,
            "rows": found["rows"],
            "refused": found["refused"],
            "counts": {name: self.events[name] for name in self.summary.types},
            "first_rows": self.first_rows,
            "not_covered": [
                {"column": column or None, "value": value, "problem": problem, "rows": rows}
                for (column, value, problem), rows in self.not_covered.most_common()
            ],
            "values_left_out": self.values_left_out,
            **{name: found[name] for name in ("refusals", "refusals_left_out", "remarks", "remarks_left_out")},
        }


def preview(
    extract: CsvExtract,
    mapping: ExtractMapping,
    first: int,
    answered: Callable[[RowAnswer], None] = lambda _: None,
) -> Preview:
    """Plan every row and return what was found; `first` rows are shown as they would be stored.

    `answered` is given what would become of each row.
    """
    mapping.check_header(extract.header())
    found = Preview(new_summary(mapping))
    for row in extract.rows():
        answer = _looked_at(found, mapping, row, first)
        found.summary.add(answer)
        answered(answer)
    return found


def _looked_at(found: Preview, mapping: ExtractMapping, row: Row, first: int) -> RowAnswer:
    try:
        plan = plan_row(mapping, row)
        with contained():
            try_out(plan)
            against = contradictions(plan)
    except RowRefused as error:
        _count(found, error)
        return refused(row, error)
    if len(found.first_rows) < first:
        found.first_rows.append(as_stored(plan))
    found.events.update(EVENTS[part.rule.kind] for part in _parts(plan))
    remarks = tuple(RowRemark(rule=rule, field=name, problem=problem) for rule, name, problem in against)
    return RowAnswer(row=row.number, line=row.first_line, remarks=remarks)


def as_stored(plan: RowPlan) -> dict[str, Any]:
    """Return everything a row makes, rule by rule."""
    return {
        "row": plan.row.number,
        "line": plan.row.first_line,
        "clinic": plan.clinic,
        "registry": plan.registry,
        "reference": plan.reference,
        "treatment": plan.treatment.values,
        "adverse_events": {part.rule.name: part.values for part in plan.adverse_events},
        "follow_ups": {
            part.rule.name: {**part.values, **({"adverse_events": part.names} if part.names else {})}
            for part in plan.follow_ups
        },
    }


def _parts(plan: RowPlan) -> Iterator[Part]:
    yield plan.treatment
    yield from plan.adverse_events
    yield from plan.follow_ups


def _count(found: Preview, error: RowRefused) -> None:
    for cell in error.cells:
        entry = cell.column or "", cell.value[:MOST_LISTED], cell.problem
        if entry in found.not_covered or len(found.not_covered) < MOST_VALUES:
            found.not_covered[entry] += 1
        else:
            found.values_left_out += 1
