"""One row can be anything at all: it is refused, and the others are done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from application.follow_ups import RecordFollowUp
from interfaces.importing import row_plan
from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.mapping import load_mapping
from interfaces.importing.preview import preview
from interfaces.importing.row import Row
from interfaces.importing.row_answer import Outcome
from tests.interfaces.importing.extracts import ALIVE, DEAD, extract_file, mapping_file
from tests.interfaces.importing.registries import in_memory, run_import

SHIFTED = ('death_days = { column = "days" }', 'death_days = { column = "days", plus = 1 }')
ROWS = [ALIVE, DEAD, ALIVE.replace("A1", "A3")]


@pytest.mark.parametrize("days", ["1e9999999", "-1e9999999", "1e-9999999", f"{'8' * 80}", f"0.{'1' * 80}"])
def test_a_number_beyond_all_measure_is_refused_with_its_column(days: str, tmp_path: Path) -> None:
    target, _ = in_memory()
    extract = extract_file(tmp_path, [ALIVE, DEAD.replace("30.0", days), ALIVE.replace("A1", "A3")])

    done = run_import(target, extract, mapping_file(tmp_path, SHIFTED))

    assert [answer.outcome for answer in done.answers] == [Outcome.accepted, Outcome.refused, Outcome.accepted]
    assert ("days", "for 1 to be added") in [
        (each.column, each.reason[-len("for 1 to be added"):]) for each in done.answers[1].refusals
    ]  # fmt: skip


def test_a_defect_while_a_row_is_planned_is_that_rows_refusal_without_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target, _ = in_memory()
    read = row_plan.clinic_name

    def failing(mapping: Any, row: Row) -> str | None:
        if row.number == 2:
            raise ArithmeticError(row.cells["id"])
        return read(mapping, row)

    monkeypatch.setattr(row_plan, "clinic_name", failing)

    done = run_import(target, extract_file(tmp_path, ROWS), mapping_file(tmp_path))
    mapping = load_mapping(mapping_file(tmp_path))
    with CsvExtract(extract_file(tmp_path, ROWS), mapping.shape) as extract:
        tried = preview(extract, mapping, 0).as_object()

    assert [answer.outcome for answer in done.answers] == [Outcome.accepted, Outcome.refused, Outcome.accepted]
    reason = done.answers[1].refusals[0].reason
    assert "ArithmeticError, test_row_defect.py" in reason
    assert "A2" not in reason
    assert (tried["rows"], tried["refused"]) == (3, 1)


def test_a_defect_of_one_command_leaves_what_the_row_recorded_and_names_the_rule(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target, _ = in_memory()
    run = RecordFollowUp.run

    def failing(command: RecordFollowUp, desk: Any) -> Any:
        if command.result == "deceased":
            raise OverflowError("date value out of range")
        return run(command, desk)

    monkeypatch.setattr(RecordFollowUp, "run", failing)

    done = run_import(target, extract_file(tmp_path, ROWS), mapping_file(tmp_path))

    assert [answer.outcome for answer in done.answers] == [Outcome.accepted, Outcome.refused, Outcome.accepted]
    (refusal,) = done.answers[1].refusals
    assert (refusal.rule, "OverflowError" in refusal.reason) == ("death", True)
    assert [event.type for event in done.answers[1].events] == ["TreatmentSubmitted", "AdverseEventReported"]
