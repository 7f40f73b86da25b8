"""Both published extracts go whole into a real store; what must come out is counted from the files by other lines."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from interfaces.importing.mapping import load_mapping
from interfaces.importing.row_answer import Outcome
from tests.interfaces.importing.registries import (
    CLINICS,
    DATA,
    HOSPITALS,
    MAPPINGS,
    REPOSITORY,
    Imported,
    run_import,
    stored,
)

needs_data = pytest.mark.skipif(
    not (DATA / "ebmt4.csv").exists(),
    reason=f"THE REAL EXTRACTS ARE MISSING: {DATA}/ebmt4.csv and bmt.csv; ICMS_TEST_TRANSPLANTS says where they are",
)
pytestmark = needs_data


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def expected_ebmt4() -> dict[str, int]:
    rows = rows_of("ebmt4")
    seen = {column: sum(row[column] == "1" for row in rows) for column in ("rec.s", "ae.s", "rel.s", "srv.s")}
    alive = len(rows) - seen["srv.s"]
    return {
        "TreatmentSubmitted": len(rows),
        "AdverseEventReported": seen["ae.s"] + seen["srv.s"],
        "FollowUpRecorded": seen["rec.s"] + seen["rel.s"] + seen["srv.s"] + alive,
    }


def expected_bmt() -> dict[str, int]:
    rows = rows_of("bmt")
    seen = {column: sum(row[column] == "1" for row in rows) for column in ("da", "dc", "d1", "d2", "dp")}
    alive = len(rows) - seen["d1"]
    return {
        "TreatmentSubmitted": len(rows),
        "AdverseEventReported": seen["da"] + seen["dc"] + seen["d1"],
        "FollowUpRecorded": seen["dp"] + seen["d2"] + seen["d1"] + alive,
    }


def test_the_files_hold_what_their_description_says() -> None:
    ebmt4, bmt = expected_ebmt4(), expected_bmt()

    assert ebmt4 == {"TreatmentSubmitted": 2279, "AdverseEventReported": 1972, "FollowUpRecorded": 3867}
    assert bmt == {"TreatmentSubmitted": 137, "AdverseEventReported": 168, "FollowUpRecorded": 299}
    assert (sum(ebmt4.values()), sum(bmt.values())) == (8118, 604)


def test_both_extracts_go_into_a_real_store_and_the_second_time_nothing_is_new(fresh_database: str) -> None:
    with stored(fresh_database) as target:
        before = target.counts()

        ebmt4 = run_import(target, DATA / "ebmt4.csv", MAPPINGS / "ebmt4.toml", threads=8)
        bmt = run_import(target, DATA / "bmt.csv", MAPPINGS / "bmt.toml", HOSPITALS, threads=8)
        once = target.counts()
        again = run_import(target, DATA / "bmt.csv", MAPPINGS / "bmt.toml", HOSPITALS, threads=8)

        assert dict(ebmt4.summary.counts) == expected_ebmt4()
        assert dict(bmt.summary.counts) == expected_bmt()
        assert once - before == Counter(expected_ebmt4()) + Counter(expected_bmt())
        assert ebmt4.summary.refused == bmt.summary.refused == 0
        assert again.summary.new_events == 0
        assert again.summary.outcomes == {Outcome.repeat: 137}
        assert [[e.position for e in each.events] for each in again.answers] == [
            [e.position for e in each.events] for each in bmt.answers
        ]
        assert target.counts() == once
        _require_each_hospital_its_own(fresh_database)
        _require_contradiction_named(bmt)


def _require_each_hospital_its_own(owner_dsn: str) -> None:
    wanted = Counter(row["z9"] for row in rows_of("bmt"))
    with psycopg.connect(owner_dsn) as connection:
        found = connection.execute(
            """
            SELECT clinic_id, count(*) FROM registry.events
            WHERE topic = 'TreatmentSubmitted.v1' AND occurred_on = '1984-03/1989-06' GROUP BY clinic_id
            """
        ).fetchall()
    assert dict(found) == {CLINICS[int(hospital) - 1]: count for hospital, count in wanted.items()}


def _require_contradiction_named(bmt: Imported) -> None:
    contradicting = next(each for each in bmt.answers if each.line == 128)
    assert contradicting.outcome is Outcome.accepted
    assert ("chronic-gvhd", "onset", "it lies on day 200, after the death on day 168") in {
        (each.rule, each.field, each.problem) for each in contradicting.remarks
    }
    others = [each for each in bmt.answers if each.line != 128 for remark in each.remarks if remark.field == "onset"]
    assert others == []


def test_a_killed_import_is_finished_by_running_it_again(fresh_database: str, tmp_path: Path) -> None:
    extract = tmp_path / "first.csv"
    lines = (DATA / "ebmt4.csv").read_text().splitlines(keepends=True)
    extract.write_text("".join(lines[:401]))
    with stored(fresh_database):
        pass
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.interfaces.importing.import_process", fresh_database, str(extract)],
        cwd=REPOSITORY, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None

    for _ in range(60):
        assert json.loads(process.stdout.readline())["answer"] == "accepted"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    with stored(fresh_database, found=False) as target:
        left = target.counts()
        again = run_import(target, extract, load_mapping(MAPPINGS / "ebmt4.toml"), threads=8)
        once_more = run_import(target, extract, MAPPINGS / "ebmt4.toml", threads=8)
        whole = target.counts()
    wanted = _expected_of(rows_of("ebmt4")[:400])
    assert 60 <= left["TreatmentSubmitted"] < 400
    assert {name: whole[name] for name in wanted} == wanted
    assert again.summary.new_events == sum(wanted.values()) - sum(left[name] for name in wanted)
    assert again.summary.refused == 0
    assert once_more.summary.new_events == 0


def _expected_of(rows: list[dict[str, str]]) -> dict[str, int]:
    observed = [[row[column] == "1" for column in ("rec.s", "ae.s", "rel.s", "srv.s")] for row in rows]
    return {
        "TreatmentSubmitted": len(rows),
        "AdverseEventReported": sum(ae + died for _, ae, _, died in observed),
        "FollowUpRecorded": sum(rec + rel + 1 for rec, _, rel, _ in observed),
    }
