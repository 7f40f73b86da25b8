"""A second process finds what one would have found, is not missed when it ends, and does not outlive who waits."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consumers.beside import Beside
from consumers.verify_pieces import StorePiece
from infra.postgres import migrate, open_store
from tests.consumers.written_log import WrittenLog


@pytest.fixture
def log(fresh_database: str) -> Iterator[WrittenLog]:
    """Return 300 events, of which one has another's hash and one is missing."""
    migrate(fresh_database, {})
    open_store(fresh_database, simulated=True)
    log = WrittenLog(fresh_database)
    log.write(300)
    with log.connection.transaction():
        log.connection.execute("ALTER TABLE registry.events DISABLE TRIGGER never_changed")
        log.connection.execute("UPDATE registry.events SET leaf_hash = sha256('x') WHERE position = 120")
        log.connection.execute("DELETE FROM registry.events WHERE position = 296")
        log.connection.execute("ALTER TABLE registry.events ENABLE TRIGGER never_changed")
    yield log
    log.close()


@dataclasses.dataclass(frozen=True)
class Who:
    """A piece that says which process did it; the other one waits in it until this one has done a piece."""

    here: int
    mark: Path
    name: str = "who"

    def done(self, progress: Callable[[int, int], None]) -> int:
        if os.getpid() == self.here:
            self.mark.touch()
        while not self.mark.exists():
            progress(0, 1)
        return os.getpid()

    def again(self) -> Who:
        return self


@dataclasses.dataclass(frozen=True)
class Large:
    """A piece whose answer is larger than what waits between two processes."""

    name: str = "large"

    def done(self, progress: Callable[[int, int], None]) -> bytes:
        return bytes(1_000_000)

    def again(self) -> Refuses:
        return Refuses()


@dataclasses.dataclass(frozen=True)
class Refuses:
    """A piece that cannot be done."""

    name: str = "refuses"

    def done(self, progress: Callable[[int, int], None]) -> None:
        raise InterruptedError(os.getpid())

    def again(self) -> Refuses:
        return self


def nothing(*_: object) -> None:
    """Tell nobody."""


def test_it_finds_what_this_process_finds(fresh_database: str, log: WrittenLog) -> None:
    piece = StorePiece(fresh_database, log.codec.catalogue, 300)
    count, here = piece.done(nothing)

    with Beside([piece]) as beside:
        while not beside.answer.poll(0.2):
            assert beside.process.is_alive()
        (counted, there), *_ = beside.results(nothing)

    assert (counted, dataclasses.asdict(there)) == (count, dataclasses.asdict(here))
    assert count == 299
    assert sorted(here.counts) == ["hash_wrong", "position_missing"]


def test_both_processes_do_pieces_and_each_is_answered_in_its_place(tmp_path: Path) -> None:
    pieces = [Who(os.getpid(), tmp_path / "done") for _ in range(4)]
    with Beside(pieces) as beside:
        while beside._taken.value == 0:
            assert beside.process.is_alive()
        found = beside.results(nothing)

    assert found[0] == beside.process.pid
    assert os.getpid() in found[1:]
    assert set(found) == {os.getpid(), beside.process.pid}


def test_what_prevents_the_other_process_is_made_up_for(fresh_database: str, log: WrittenLog) -> None:
    with Beside([StorePiece(fresh_database, log.codec.catalogue, 300)] * 2) as beside:
        beside.process.kill()
        found = beside.results(nothing)

    assert [counted for counted, _ in found] == [299, 299]
    assert [sorted(there.counts) for _, there in found] == [["hash_wrong", "position_missing"]] * 2


def test_a_process_killed_as_it_takes_a_piece_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.beside._PATIENCE", 0.1)
    with Beside([Who(os.getpid(), tmp_path / "done")] * 2) as beside:
        while beside._taken.value == 0:
            assert beside.process.is_alive()
        beside._taken.get_lock().acquire()
        beside.process.kill()

        assert beside.results(nothing) == [os.getpid()] * 2


def test_a_process_killed_within_an_answer_is_made_up_for() -> None:
    with Beside([Large()]) as beside:
        while _waiting(beside) < 10_000:
            assert beside.process.is_alive()
        beside.process.kill()

        with pytest.raises(InterruptedError, match=str(os.getpid())):
            beside.results(nothing)


def _waiting(beside: Beside) -> int:
    """Return how many bytes of the answer were sent and not yet received."""
    there = fcntl.ioctl(beside.answer.fileno(), termios.FIONREAD, bytes(4))
    return int.from_bytes(there, "little")


def test_what_cannot_be_done_is_raised_here(capfd: pytest.CaptureFixture[str]) -> None:
    with Beside([Refuses()]) as beside:
        beside.process.join()
        with pytest.raises(InterruptedError, match=str(os.getpid())):
            beside.results(nothing)

    assert capfd.readouterr().err == ""


def test_it_ends_with_the_block(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError), Beside([Who(os.getpid(), tmp_path / "never")]) as beside:
        raise InterruptedError

    assert not beside.process.is_alive()
