"""A dry run shows rows as they would be stored and every value without a place, and touches nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.mapping import load_mapping
from interfaces.importing.preview import preview
from interfaces.importing.row_answer import RowAnswer
from tests.interfaces.importing.extracts import ALIVE, DEAD, extract_file, mapping_file


def previewed(
    extract: Path, mapping: Path, first: int = 3, answered: Callable[[RowAnswer], None] = lambda _: None
) -> dict[str, Any]:
    read = load_mapping(mapping)
    with CsvExtract(extract, read.shape) as opened:
        return preview(opened, read, first, answered).as_object()


def test_the_first_rows_are_shown_rule_by_rule(tmp_path: Path) -> None:
    found = previewed(extract_file(tmp_path), mapping_file(tmp_path), first=2)

    alive, dead = found["first_rows"]
    assert alive["reference"] == "A1"
    assert alive["treatment"]["performed_on"] == "2024-02-03"
    assert alive["adverse_events"] == {}
    assert alive["follow_ups"]["last-contact"]["contact"] == {"days_after_treatment": "100.0"}
    assert dead["adverse_events"]["death"]["death_days"] == "30.0"
    assert dead["follow_ups"]["death"]["adverse_events"] == ("death",)
    assert found["counts"] == {"TreatmentSubmitted": 2, "AdverseEventReported": 1, "FollowUpRecorded": 2}


def test_every_value_without_a_place_is_listed_with_its_rows_over_the_whole_file(tmp_path: Path) -> None:
    rows = [ALIVE] * 5 + [ALIVE.replace(",S,", ",Z,")] * 3 + [DEAD.replace(",1,30.0", ",9,thirty")]

    found = previewed(extract_file(tmp_path, rows), mapping_file(tmp_path), first=1)

    assert {(each["column"], each["value"], each["rows"]) for each in found["not_covered"]} == {
        ("donor", "Z", 3), ("died", "9", 1),
    }  # fmt: skip
    assert (found["rows"], found["refused"], len(found["first_rows"])) == (9, 4, 1)


def test_fields_that_contradict_each_other_are_found_without_a_store(tmp_path: Path) -> None:
    own_cells = mapping_file(tmp_path, ("donor.kind =", 'donor.eligibility = "eligible"\ndonor.kind ='))

    found = previewed(extract_file(tmp_path, [ALIVE, ALIVE.replace(",S,", ",O,")]), own_cells)

    assert found["refused"] == 1
    assert "a patient's own cells have no donor eligibility" in found["not_covered"][0]["problem"]


def test_hundreds_of_different_values_are_all_listed(tmp_path: Path) -> None:
    rows = [ALIVE.replace(",S,", f",Z{number},") for number in range(700)]

    found = previewed(extract_file(tmp_path, rows), mapping_file(tmp_path))

    assert {each["value"] for each in found["not_covered"]} == {f"Z{number}" for number in range(700)}
    assert found["values_left_out"] == 0


def test_without_end_values_are_counted_and_each_rows_answer_has_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("interfaces.importing.preview.MOST_VALUES", 20)
    rows = [ALIVE.replace(",S,", f",Z{number},") for number in range(27)]
    answers: list[RowAnswer] = []

    found = previewed(extract_file(tmp_path, rows), mapping_file(tmp_path), answered=answers.append)

    assert (len(found["not_covered"]), found["values_left_out"]) == (20, 7)
    assert found["refused"] == 27
    assert [each.refusals[0].reason for each in answers] == [f"'Z{number}' is not in the map" for number in range(27)]
