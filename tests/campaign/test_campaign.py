"""The campaign says what it runs and what not, counts only what held with this code, and outlives a kill."""

from __future__ import annotations

import ast
import resource
from pathlib import Path

import pytest

from tests.campaign.ledger import REPOSITORY, Entry, Ledger
from tests.campaign.room import NoRoom, require_room
from tests.campaign.row import CampaignRow
from tests.campaign.rows import ROWS
from tests.campaign.runner import RunFailed, run
from tests.campaign.table import standing, table
from tests.test_reliability_rows import exists

UNSEEDED = frozenset[str]()
ROW = CampaignRow("9a", "killed", "tests/somewhere.py::test_it", 20, "kills", 8)


def entry(verdict: str, units: int = 8, code: str = "now", said: str = "") -> Entry:
    return Entry("9a", code, 17, units, 1.0, verdict, said)


def test_every_row_of_the_table_of_failures_is_run() -> None:
    assert {row.number for row in ROWS} == set(range(1, 26))
    assert len({row.id for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_rows_test_is_there(row: CampaignRow) -> None:
    path, _, name = row.test.partition("[")[0].partition("::")

    assert f"\ndef {name}(" in (REPOSITORY / path).read_text("utf-8")


def test_every_row_has_a_short_test_in_the_ordinary_run() -> None:
    assert {row.number for row in ROWS if exists(row.test)} == set(range(1, 26))


def test_only_runs_that_held_with_this_code_count(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl", "now")
    for each in (entry("held"), entry("held", code="before"), entry("failed", units=0)):
        ledger.add(each)
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write('{"row": "9a", "code": "no')

    found = standing(ROW, Ledger(tmp_path / "ledger.jsonl", "now").entries())

    assert (found.done, found.reached, len(found.failures)) == (8, False, 1)
    assert "FAILED 1 times, seeds 17" in table([found])


def test_what_cannot_be_measured_here_is_said_with_its_reason() -> None:
    found = standing(ROW, [entry("unmeasured", 0, said="SKIPPED [1] tests/x.py:3: it may not mount\n1 skipped in 1s")])

    assert found.reached
    assert "not measured here: it may not mount" in found.verdict


@pytest.mark.parametrize(("body", "verdict"), [("assert True", "held"), ("assert False", "failed")])
def test_a_run_is_judged_by_its_test(tmp_path: Path, body: str, verdict: str) -> None:
    (tmp_path / "test_planted.py").write_text(f"def test_it():\n    {body}\n")
    row = CampaignRow("9a", "planted", str(tmp_path / "test_planted.py"), 1, "runs")

    told: list[int] = []

    found = run(row, 5, {"PATH": "/usr/bin:/bin"}, "now", tmp_path / "run.log", tmp_path / "scratch", told.append)

    assert (found.verdict, found.units, found.seed) == (verdict, int(verdict == "held"), 5)
    assert [bool(session) for session in told] == [True, False], "a run is told of, and that it is over"


def test_a_machine_without_room_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NoRoom, match="GiB free and"):
        require_room(tmp_path, disk=1 << 60)
    with pytest.raises(NoRoom, match="of memory are available"):
        require_room(tmp_path, memory=1 << 60)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with pytest.raises(NoRoom, match=r"Only \d+ of 300 ports"):
            require_room(tmp_path, disk=0, memory=0, ports=300)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_test_that_could_not_be_run_says_nothing_about_its_row(tmp_path: Path) -> None:
    row = CampaignRow("9a", "planted", str(tmp_path / "test_of_long_ago.py"), 1, "runs")

    with pytest.raises(RunFailed, match="test_of_long_ago"):
        run(row, 5, {"PATH": "/usr/bin:/bin"}, "now", tmp_path / "run.log", tmp_path / "scratch")


@pytest.mark.parametrize("row", [row for row in ROWS if row.id not in UNSEEDED], ids=lambda row: row.id)
def test_a_rows_test_follows_the_seed(row: CampaignRow) -> None:
    path, _, name = row.test.partition("[")[0].partition("::")
    tests = ast.parse((REPOSITORY / path).read_text("utf-8")).body
    functions = {each.name: each for each in tests if isinstance(each, ast.FunctionDef)}
    taken = {argument.arg for argument in functions[name].args.args}

    # By itself, or by what it uses.
    used = [functions[each] for each in taken & set(functions)] + _fixtures_used(functions, name)
    assert "seed" in taken | {argument.arg for each in used for argument in each.args.args}


def _fixtures_used(functions: dict[str, ast.FunctionDef], name: str) -> list[ast.FunctionDef]:
    marks = [each for each in functions[name].decorator_list if "usefixtures" in ast.unparse(each)]
    names = {node.value for mark in marks for node in ast.walk(mark) if isinstance(node, ast.Constant)}
    return [functions[each] for each in names if each in functions]
