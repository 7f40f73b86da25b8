"""The benchmarks' own arithmetic is right, and their rows keep to the table: what is not measured is named."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from bench import kept
from bench.__main__ import main
from bench.crew import rate
from bench.ground import Busy, Ground, NoRoom, require_room
from bench.row import Contest, Measured, Row, RowFailed, measure
from bench.serving import Reader
from bench.stages import Clock
from bench.table import ROWS
from bench.whole_way import Run
from bench.workers import slope
from interfaces.web.page_source import ClinicAnswer, ViewState
from tests.infra.scratch_store import count_events, damage

DESIGNED = {
    "A1", "A2", "A3", "A4", "A5", "A6", "O1", "O2", "R1", "R2", "P1", "B1", "H1", "H2", "Q1", "I1", "E1", "G1", "M1",
    "L1", "V1",
}  # fmt: skip


def row(ours: list[float], peer: list[float], *, gate: float = 1.0, at_most: bool = False) -> Row:
    @contextmanager
    def prepare(_: Ground) -> Iterator[Contest]:
        yield Contest(iter(ours).__next__, iter(peer).__next__)

    return Row(id="X1", what="ours", against="a peer", gate=gate, goal=2.0, at_most=at_most, prepare=prepare)


def test_every_row_of_the_design_is_measured() -> None:
    ids = [row.id for row in ROWS]

    assert {each.partition("/")[0] for each in ids} == DESIGNED
    assert len(ids) == len(set(ids))


def test_a_stage_is_told_without_what_is_told_within_it() -> None:
    clock = Clock()

    with clock.stage("outer"):
        time.sleep(0.02)
        with clock.stage("inner"):
            time.sleep(0.05)

    assert 0.02 <= clock.seconds["outer"] < 0.05 <= clock.seconds["inner"]


def test_a_row_is_the_median_of_its_interleaved_rounds(tmp_path: Path) -> None:
    found = measure(row([99.0, 10.0, 20.0, 30.0], [1.0, 10.0, 10.0, 10.0]), Ground(tmp_path), rounds=3)

    assert found.ratios == (1.0, 2.0, 3.0)
    assert found.as_json() == {
        "id": "X1", "value": 2.0, "low": 1.0, "high": 3.0, "gate": 1.0, "gate_met": True, "goal": 2.0, "goal_met": True,
        "ours": 20.0, "peer": 10.0, "unit": "/s", "figures": {},
    }  # fmt: skip


@pytest.mark.parametrize(("at_most", "met"), [(False, False), (True, True)])
def test_a_gate_is_kept_from_its_own_side(at_most: bool, met: bool) -> None:
    found = Measured(row([], [], at_most=at_most), (0.5, 0.6, 0.7), 1.0, 2.0)

    assert found.as_json()["gate_met"] is met


def test_a_crew_does_every_piece_once_and_tells_of_a_failure() -> None:
    done, lock = [], threading.Lock()

    def note(piece: int) -> None:
        with lock:
            done.append(piece)

    assert rate(note, range(100), 8) > 0
    assert sorted(done) == list(range(100))
    with pytest.raises(ZeroDivisionError):
        rate(lambda piece: 1 / piece, range(5), 2)


def test_an_unknown_row_is_refused_before_anything_starts() -> None:
    answer = CliRunner().invoke(main, ["A1", "Z9"])

    assert answer.exit_code == 2
    assert "there is no row Z9" in answer.output


def lacking(monkeypatch: pytest.MonkeyPatch, folder: Path, *others: Row) -> None:
    monkeypatch.setenv("ICMS_BENCH_STATE_DIR", str(folder))
    monkeypatch.setattr("bench.__main__.facts", lambda _: {})
    lame = dataclasses.replace(row([], []), id="X2", lacks=lambda _: "there is no leg")
    monkeypatch.setattr("bench.__main__.ROWS", (lame, *others))


def test_a_row_asked_for_that_cannot_be_measured_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking(monkeypatch, tmp_path, row([1.0] * 9, [1.0] * 9))

    answer = CliRunner().invoke(main, ["X1", "X2"])

    assert answer.exit_code == 2
    assert "X2: there is no leg." in answer.output
    assert "X1: ours" not in answer.output


def test_a_full_run_leaves_out_what_cannot_be_measured_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking(monkeypatch, tmp_path, row([3.0] * 9, [1.0] * 9))

    answer = CliRunner().invoke(main, ["--json", "--rounds", "1"])

    found = json.loads(answer.stdout)
    assert [each["id"] for each in found["rows"]] == ["X1"]
    assert found["left_out"] == {"X2": "there is no leg"}
    assert answer.exit_code == 1


def test_a_row_that_fails_is_told_and_does_not_take_the_others_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose() -> float:
        raise RowFailed("3 of 9 events were never seen")

    @contextmanager
    def prepare(_: Ground) -> Iterator[Contest]:
        yield Contest(lose, lambda: 1.0)

    monkeypatch.setenv("ICMS_BENCH_STATE_DIR", str(tmp_path))
    monkeypatch.setattr("bench.__main__.facts", lambda _: {})
    failing = dataclasses.replace(row([], []), id="X3", prepare=prepare, once=True)
    monkeypatch.setattr("bench.__main__.ROWS", (failing, row([3.0] * 9, [1.0] * 9)))

    answer = CliRunner().invoke(main, ["--json", "--rounds", "1"])

    found = json.loads(answer.stdout)
    assert [each["id"] for each in found["rows"]] == ["X1"]
    assert found["failed"] == {"X3": "3 of 9 events were never seen"}
    assert answer.exit_code == 1


def test_a_second_run_at_once_is_refused(tmp_path: Path) -> None:
    with Ground(tmp_path), pytest.raises(Busy, match="another run"), Ground(tmp_path):
        pass

    with Ground(tmp_path):
        pass


def test_no_round_at_all_is_refused() -> None:
    assert CliRunner().invoke(main, ["Q1", "--rounds", "0"]).exit_code == 2


def test_a_stretch_with_an_unseen_event_or_a_lost_writer_fails() -> None:
    with pytest.raises(RowFailed, match="1 of 3 events were never seen"):
        Run(delays=[0.1, 0.2]).require_whole(3)
    with pytest.raises(RowFailed, match="a writer gave up"):
        Run(delays=[0.1, 0.2, 0.3], failures=[ValueError()]).require_whole(3)
    Run(delays=[0.1, 0.2, 0.3]).require_whole(3)


def test_growth_is_the_slope_of_the_line_through_all_samples() -> None:
    assert slope([(0.0, 10.0), (1.0, 12.0), (2.0, 14.0)]) == pytest.approx(2.0)
    assert slope([(0.0, 10.0), (1.0, 10.0)]) == 0.0
    assert slope([(0.0, 10.0)]) == 0.0


def test_a_machine_without_room_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.ground._DISK", 1 << 60)

    with pytest.raises(NoRoom, match="GiB free; the benchmarks need"):
        require_room(tmp_path)


def test_a_row_runs_for_real_and_prints_json(stack_state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICMS_BENCH_STATE_DIR", str(stack_state_dir.parent / "bench-test"))

    answer = CliRunner().invoke(main, ["Q1", "--rounds", "1", "--json"])

    (measured,) = json.loads(answer.stdout)["rows"]
    assert measured["id"] == "Q1"
    assert 0 < measured["low"] <= measured["value"] <= measured["high"]
    assert answer.exit_code == (0 if measured["gate_met"] else 1)


def test_a_filling_that_goes_on_saves_nothing_twice_and_loses_nothing(stack_state_dir: Path) -> None:
    with Ground(stack_state_dir.parent / "bench-test") as ground, ground.scratch() as scratch:
        with ground.event_store(scratch) as store:
            kept.begin(store)
            kept.add(store, range(10), 4)
        with ground.event_store(scratch) as store:
            kept.begin(store)
            kept.add(store, range(25), 4)

        assert count_events(scratch.owner_dsn) == 1 + 4 * len(kept.CLINICS) + 25
        assert damage(scratch.owner_dsn) == []


def test_a_quiet_clinic_has_as_much_at_the_end_as_in_the_beginning() -> None:
    early = Counter(map(kept.clinic_of, range(8_000)))
    late = Counter(map(kept.clinic_of, range(8_000, kept.EVENTS)))

    assert all(early[clinic] > 20 and late[clinic] == 0 for clinic in kept.QUIET)
    assert early[kept.LONG] + late[kept.LONG] == kept.EVENTS // 100


def test_an_answer_that_goes_back_or_names_no_time_fails_the_row() -> None:
    reader = Reader()
    reader.note(answer(5, datetime.now(UTC)))

    with pytest.raises(RowFailed, match="of position 4"):
        reader.note(answer(4, datetime.now(UTC)))
    with pytest.raises(RowFailed, match="recorded at None"):
        reader.note(answer(6, None))


def answer(position: int, recorded_at: datetime | None) -> ClinicAnswer:
    state = ViewState(
        epoch=UUID(int=1), build="public_listing_1", position=position, recorded_at=recorded_at, head=position,
        day=date(2026, 1, 1), behind_for=0.0, quarantined=False, simulated=False,
    )  # fmt: skip
    return ClinicAnswer(state=state, clinic=None)
