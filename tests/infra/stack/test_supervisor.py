"""Workers are kept running, come back after any crash, and never outlive their supervisor."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.stack import keeper, process
from infra.stack.state_files import read_json
from infra.stack.supervisor import ProcessStatus, Supervisor, Worker

SLEEPER = (sys.executable, "-c", "import time\nwhile True: time.sleep(60)")
STUMBLER = (sys.executable, "-c", "raise SystemExit('the last word')")


def worker(name: str, command: tuple[str, ...] = SLEEPER) -> Worker:
    return Worker(name, command, dict(os.environ))


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "a state")
    yield made
    made.stop()


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def named(supervisor: Supervisor, name: str) -> ProcessStatus:
    return next(status for status in supervisor.status() if status.name == name)


def test_workers_run_in_the_order_asked_for(supervisor: Supervisor) -> None:
    supervisor.up([worker("relay"), worker("another")])

    assert [(status.name, status.running, status.restarts) for status in supervisor.status()] == [
        ("relay", True, 0),
        ("another", True, 0),
    ]


def test_asking_again_for_the_same_changes_nothing(supervisor: Supervisor) -> None:
    supervisor.up([worker("relay")])
    before = supervisor.pid(), named(supervisor, "relay").pid

    supervisor.up([worker("relay")])

    assert (supervisor.pid(), named(supervisor, "relay").pid) == before


def test_a_killed_worker_comes_back(supervisor: Supervisor) -> None:
    supervisor.up([worker("relay")])
    first = named(supervisor, "relay").pid
    assert first is not None

    psutil.Process(first).kill()

    # One status, asked once: between two questions the keeper may have found the dead one.
    eventually(lambda: named(supervisor, "relay").restarts == 1 and named(supervisor, "relay").running)
    assert named(supervisor, "relay").pid not in (None, first)
    assert named(supervisor, "relay").last_exit_code == -9


def test_a_worker_that_ends_at_once_is_tried_again_and_its_last_word_is_kept(supervisor: Supervisor) -> None:
    supervisor.up([worker("stumbler", STUMBLER)])

    eventually(lambda: named(supervisor, "stumbler").restarts >= 2)
    assert named(supervisor, "stumbler").last_error == "the last word"
    assert named(supervisor, "stumbler").last_exit_code == 1


def test_a_worker_whose_program_is_missing_does_not_stop_the_others(supervisor: Supervisor) -> None:
    supervisor.up([worker("missing", ("/no/such/program",)), worker("relay")])

    assert named(supervisor, "relay").running
    assert not named(supervisor, "missing").running
    assert "/no/such/program" in str(named(supervisor, "missing").last_error)


def test_stopping_ends_everything(supervisor: Supervisor) -> None:
    supervisor.up([worker("relay"), worker("another")])
    pids = [status.pid for status in supervisor.status()]

    supervisor.stop()

    assert supervisor.pid() is None
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)
    assert [status.running for status in supervisor.status()] == [False, False]


def test_workers_die_with_a_killed_supervisor_and_start_again_with_the_next(supervisor: Supervisor) -> None:
    for _ in range(2):
        supervisor.up([worker("relay")])
        old = named(supervisor, "relay").pid
        own = supervisor.pid()
        assert old is not None
        assert own is not None

        psutil.Process(own).kill()

        eventually(lambda: not named(supervisor, "relay").running)
        supervisor.up([worker("relay")])
        assert named(supervisor, "relay").running
        assert named(supervisor, "relay").pid != old


def test_the_secrets_of_the_environment_are_not_left_on_disk(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.up([Worker("relay", SLEEPER, {**os.environ, "ICMS_KAFKA_RELAY_PASSWORD": "a-very-secret-word"})])

    eventually(lambda: named(supervisor, "relay").running)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"a-very-secret-word" in path.read_bytes() for path in files)


def test_a_full_disk_does_not_stop_the_keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(keeper, "write_json", refuse_to_write)
    monkeypatch.setattr(process, "turn_log", refuse_to_write)
    kept = keeper.Kept(worker("stumbler", STUMBLER), 0, tmp_path)

    kept.look(time.monotonic())
    kept.stop()
    monkeypatch.undo()
    kept.look(0)

    assert read_json(tmp_path / "run" / "stumbler.json")["restarts"] == 0


def refuse_to_write(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_is_kept_about_workers_is_closed_to_others(supervisor: Supervisor) -> None:
    supervisor.log.parent.mkdir(parents=True, mode=0o755)

    supervisor.up([worker("relay")])

    for folder in (supervisor.folder, supervisor.log.parent):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_process_that_ends_while_it_is_looked_at_is_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = psutil.Process()
    record = process.record_of(ours)
    monkeypatch.setattr(Path, "read_text", vanish)

    assert process.same_process(record) is None


def vanish(*_: object) -> str:
    raise ProcessLookupError(errno.ESRCH, "No such process")


def test_two_supervisors_side_by_side_do_not_meet(supervisor: Supervisor, tmp_path: Path) -> None:
    other = Supervisor(tmp_path / "a state too")
    supervisor.up([worker("relay")])
    other.up([worker("relay")])

    supervisor.stop()

    assert named(other, "relay").running
    other.stop()
