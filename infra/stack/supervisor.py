"""The registry's own processes are kept running: whichever ends is started again, and none outlives its supervisor.

The supervisor is a detached process of its own. It writes a note about each worker into `<state_dir>/run`, so that
anybody can see how things are without asking it. Killed itself, it takes its workers along, and the next `up` begins
by ending whatever is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from infra.stack import process
from infra.stack.refusals import ServerDidNotAnswer, ServerDidNotStart
from infra.stack.state_files import exclusive, make_private_folder, read_json, write_json

CODE = Path(__file__).resolve().parents[2]
_STOP_PATIENCE = 60.0
_UP_PATIENCE = 20.0


@dataclass(frozen=True)
class Worker:
    """A process to keep running: its name, its command line and its whole environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class ProcessStatus:
    """How a worker is, or was when it was seen last."""

    name: str
    pid: int | None
    running: bool
    started_at: str | None
    restarts: int
    last_exit_code: int | None
    last_error: str | None


class Supervisor:
    """The supervisor of one state folder."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = Path(state_dir).absolute()
        self.folder = self.state_dir / "run"
        self.log = self.state_dir / "logs" / "supervisor.log"
        self._mark = f"--state={self.state_dir}"

    def up(self, workers: Sequence[Worker]) -> None:
        """Keep exactly these workers running. If they are kept already, nothing changes.

        Raises: ServerDidNotStart, ServerDidNotAnswer
        """
        make_private_folder(self.folder)
        make_private_folder(self.log.parent)
        with exclusive(self.folder / ".lock"):
            asked = _digest(workers)
            if self._process() is not None and read_json(self.folder / ".asked") == asked:
                return
            self._end()
            for note in self.folder.glob("*.json"):
                note.unlink()
            write_json(self.folder / ".workers", [asdict(worker) for worker in workers], 0o600)
            self._launch(workers)
            write_json(self.folder / ".asked", asked)

    def stop(self) -> None:
        """End the workers, the last one first, then the supervisor."""
        if not self.folder.exists():
            return
        with exclusive(self.folder / ".lock"):
            self._end()

    def pid(self) -> int | None:
        """Return the supervisor's own number, or None when it does not run."""
        found = self._process()
        return found.pid if found else None

    def status(self) -> list[ProcessStatus]:
        """Return how each worker is, in the order in which they were asked for."""
        return [_seen(note) for note in self._notes()]

    def _process(self) -> psutil.Process | None:
        return next(process.mentioning(self._mark), None)

    def _launch(self, workers: Sequence[Worker]) -> None:
        command = [sys.executable, "-m", "infra.stack.keeper", self._mark]
        environment = {**(workers[0].environment if workers else os.environ), "PYTHONUNBUFFERED": "1"}
        started = process.detached(command, log=self.log, cwd=CODE, env=environment)
        deadline = time.monotonic() + _UP_PATIENCE
        while len(list(self.folder.glob("*.json"))) < len(workers):
            if started is None or not process.alive(started):
                last_words = process.last_words(self.log)
                raise ServerDidNotStart(who="the supervisor", last_words=last_words, log=self.log)
            if time.monotonic() > deadline:
                raise ServerDidNotAnswer(who="The supervisor", seconds=_UP_PATIENCE, log=self.log)
            time.sleep(0.05)

    def _end(self) -> None:
        process.end_all(list(process.mentioning(self._mark)), who="the supervisor", patience=_STOP_PATIENCE)
        for note in self._notes():
            left = process.same_process(note)
            if left is not None:
                process.end(left, who=str(note.get("name")), patience=5)

    def _notes(self) -> list[dict[str, object]]:
        """Return what was noted about our workers; in a copied folder, the notes of the original are not ours."""
        read = [note for path in self.folder.glob("*.json") if isinstance(note := read_json(path), dict)]
        ours = [note for note in read if note.get("state_dir") == str(self.state_dir)]
        return sorted(ours, key=lambda note: str(note.get("order", "")).zfill(4))


def _digest(workers: Sequence[Worker]) -> str:
    text = json.dumps([asdict(worker) for worker in workers], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _seen(note: Mapping[str, object]) -> ProcessStatus:
    living = process.same_process(note)
    restarts, code = note.get("restarts"), note.get("last_exit_code")
    return ProcessStatus(
        name=str(note.get("name")),
        pid=living.pid if living else None,
        running=living is not None,
        started_at=str(note["started_at"]) if note.get("started_at") else None,
        restarts=restarts if isinstance(restarts, int) else 0,
        last_exit_code=code if isinstance(code, int) else None,
        last_error=str(note["last_error"]) if note.get("last_error") else None,
    )
