"""`icms import csv` from the outside: what it prints, with which code it ends, and what it leaves behind."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from application.ports import CommandRecord
from infra.postgres import migrate
from interfaces.cli.exit_codes import ExitCode
from tests.infra.scratch_store import PASSWORDS
from tests.interfaces.cli.conftest import FOUNDERS, store_shell
from tests.interfaces.cli.shell import Answer, Shell
from tests.interfaces.importing.extracts import ALIVE, DEAD, EVENTS, extract_file, mapping_file
from tests.interfaces.importing.registries import CLINICS, PHYSICIAN, joined

AS_CLINIC = ("--as", f"{PHYSICIAN.person}:clinic")
CLINIC = ("--clinic", CLINICS[0])
NOWHERE = Shell({"ICMS_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"})
"""A terminal on a machine whose database does not answer."""


@pytest.fixture
def shell(fresh_database: str, tmp_path: Path) -> Shell:
    """Return a terminal on a founded registry that one of the clinics joined."""
    migrate(fresh_database, PASSWORDS)
    shell = store_shell(tmp_path / "state", fresh_database)
    shell.done("init", *FOUNDERS)
    with shell.bootstrap.writer() as handler:
        clinic = joined(CLINICS[0], datetime.now(UTC))
        key = handler.sealer.digest("joined")
        record = CommandRecord(actor=UUID(int=0), key_hmac=key, request_hmac=key, aggregate_id=clinic.id)
        handler.store.save([clinic], record)
    return shell


def imported(shell: Shell, folder: Path, *arguments: object, rows: tuple[str, ...] = (ALIVE, DEAD)) -> Answer:
    extract = extract_file(folder, rows)
    return shell.icms("import", "csv", extract, "--mapping", mapping_file(folder), *arguments)


def test_an_import_ends_with_one_object_and_the_second_one_finds_everything(shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"

    first = imported(shell, tmp_path, *CLINIC, *AS_CLINIC, "--json", "--report", report)
    again = imported(shell, tmp_path, *CLINIC, *AS_CLINIC, "--json")

    assert first.code == again.code == ExitCode.done
    assert {name: first.json[name] for name in ("new_events", "repeats", "refused", "counts")} == {
        "new_events": EVENTS, "repeats": 0, "refused": 0,
        "counts": {"TreatmentSubmitted": 2, "AdverseEventReported": 1, "FollowUpRecorded": 2},
    }  # fmt: skip
    assert (again.json["new_events"], again.json["repeats"]) == (0, 2)
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [(line["row"], line["answer"]) for line in lines] == [(1, "accepted"), (2, "accepted")]
    assert all(line["id"] and line["position"] for line in lines)
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_refused_rows_are_shown_with_line_column_and_reason_and_end_with_their_own_code(
    shell: Shell, tmp_path: Path
) -> None:
    rows = (ALIVE, DEAD.replace(",S,", ",Z,"))

    for_people = imported(shell, tmp_path, *CLINIC, *AS_CLINIC, rows=rows)
    for_programs = imported(shell, tmp_path, *CLINIC, *AS_CLINIC, "--json", rows=rows)

    assert for_people.code == for_programs.code == ExitCode.partly
    assert "1 accepted" in for_people.out
    assert "row 2 (line 3), column donor: 'Z' is not in the map" in for_people.out
    assert for_programs.json["refusals"] == [
        {"row": 2, "line": 3, "rule": None, "column": "donor", "reason": "'Z' is not in the map"}
    ]


def test_an_officer_imports_for_a_clinic(shell: Shell, tmp_path: Path) -> None:
    officer = shell.done("init", *FOUNDERS)["officers"][0]

    answer = imported(shell, tmp_path, *CLINIC, "--as", f"{officer}:registrar", "--json")

    assert (answer.code, answer.json["new_events"]) == (ExitCode.done, EVENTS)


def test_an_unknown_clinic_is_named_and_nothing_is_recorded(shell: Shell, tmp_path: Path) -> None:
    answer = imported(shell, tmp_path, "--clinic", UUID(int=404), *AS_CLINIC)

    assert answer.code == ExitCode.not_found
    assert str(UUID(int=404)) in answer.err


def test_a_dry_run_needs_no_database_and_nobody_who_acts(tmp_path: Path) -> None:
    for_people = imported(NOWHERE, tmp_path, "--dry-run", "--rows", 1)
    for_programs = imported(NOWHERE, tmp_path, "--dry-run", "--json", rows=(DEAD.replace(",S,", ",Z,"),))

    assert for_people.code == ExitCode.done
    assert '"performed_on": "2024-02-03"' in for_people.out
    assert "Nothing was recorded." in for_people.out
    assert for_programs.code == ExitCode.partly
    assert for_programs.json["not_covered"][0]["value"] == "Z"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (AS_CLINIC, ExitCode.invalid_input, "--clinic"),
        ((*AS_CLINIC, "--clinic", f"hospital 1={CLINICS[0]}"), ExitCode.invalid_input, "without a name"),
        ((*AS_CLINIC, "--clinic", "hospital 1"), ExitCode.usage, "is no id"),
        ((*AS_CLINIC, *CLINIC, "--clinic", CLINICS[1]), ExitCode.invalid_input, "two different clinics"),
        (CLINIC, ExitCode.usage, "say who acts"),
        ((*CLINIC, "--as", "me"), ExitCode.usage, "PERSON:ROLE"),
        ((*CLINIC, *AS_CLINIC), ExitCode.unavailable, "database"),
        ((*CLINIC, *AS_CLINIC, "--threads", 0), ExitCode.usage, "threads"),
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: tuple[object, ...], code: ExitCode, message: str, tmp_path: Path
) -> None:
    answer = imported(NOWHERE, tmp_path, *arguments)

    assert answer.code == code, answer.err
    assert message in answer.err.lower() or message in answer.err


def test_a_report_never_overwrites_what_is_read(tmp_path: Path) -> None:
    extract, mapping = extract_file(tmp_path), mapping_file(tmp_path)
    before = extract.read_bytes(), mapping.read_bytes()

    for report in (extract, mapping):
        answer = NOWHERE.icms("import", "csv", extract, "--mapping", mapping, *CLINIC, *AS_CLINIC, "--report", report)
        assert (answer.code, "would be overwritten" in answer.err) == (ExitCode.invalid_input, True)

    assert (extract.read_bytes(), mapping.read_bytes()) == before


@pytest.mark.parametrize("content", [b"", b"a;b\n1;2\n", b"\xff\xfe\x00", b'id,"treated\n', b"x,y\n1,2\n"])
def test_a_file_of_another_kind_is_explained(content: bytes, tmp_path: Path) -> None:
    extract = tmp_path / "other.csv"
    extract.write_bytes(content)

    answer = NOWHERE.icms("import", "csv", extract, "--mapping", mapping_file(tmp_path), *CLINIC, *AS_CLINIC)

    assert answer.code == ExitCode.invalid_input
    assert "imported" in answer.err


def test_a_dry_run_shows_every_value_without_a_place_and_reports_every_row(tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    rows = (ALIVE, *(ALIVE.replace(",S,", f",Z{number},") for number in range(70)))

    answer = imported(NOWHERE, tmp_path, *CLINIC, "--dry-run", "--report", report, rows=rows)

    assert answer.code == ExitCode.partly
    assert [number for number in range(70) if f"donor: 'Z{number}' is not in the map" not in answer.out] == []
    assert "more; --report" not in answer.out
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [line["answer"] for line in lines] == ["accepted", *["refused"] * 70]
    assert lines[70]["refusals"] == [{"rule": None, "column": "donor", "reason": "'Z69' is not in the map"}]
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
