"""The supervisor's own process: it starts the workers, starts again whichever ends, and ends them in reverse order.

A worker that ends at once is started again after 0.2 s, then 0.4 s, … at most 5 s; one that lived for a while begins
at 0.2 s again. The kernel kills the workers when this process ends in any other way.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from infra.stack import process
from infra.stack.state_files import read_json, write_json
from infra.stack.supervisor import CODE, Worker

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
_LIVED_WELL = 10.0
_STOP_PATIENCE = 10.0
_HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> Callable[[], None]:
    """Return what a new child must call first, so that the kernel kills it when its parent ends in whatever way."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def in_the_child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child


class Kept:
    """One worker with its present process."""

    def __init__(self, worker: Worker, order: int, state_dir: Path) -> None:
        self.worker = worker
        self._log = state_dir / "logs" / f"{worker.name}.log"
        self._note = state_dir / "run" / f"{worker.name}.json"
        self._child: subprocess.Popen[bytes] | None = None
        self._facts: dict[str, object] = {"name": worker.name, "order": order, "state_dir": str(state_dir)}
        self._restarts = -1
        self._unsaved = False
        self._pause = FIRST_PAUSE
        self._began = self._due = time.monotonic()

    def look(self, now: float) -> None:
        """Notice that the process ended, and start it when it is due."""
        if self._unsaved:
            self._save()
        if self._child is not None:
            code = self._child.poll()
            if code is None:
                return
            self._ended(code, now)
        if now >= self._due:
            self._start(now)

    def due_in(self, now: float) -> float:
        """Return in how many seconds something is to be done, if nothing happens before."""
        return LONGEST_PAUSE if self._child is not None else max(0.0, self._due - now)

    def stop(self) -> None:
        """Ask the process to end, wait, then kill it."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(_STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self._write(last_exit_code=child.returncode)

    def _start(self, now: float) -> None:
        with suppress(OSError):
            process.turn_log(self._log)
        self._restarts += 1
        self._began = now
        try:
            with process.private_log(self._log) as output:
                self._child = subprocess.Popen(
                    list(self.worker.command),
                    cwd=CODE,
                    env=dict(self.worker.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    preexec_fn=die_with_parent(),
                )
        except OSError as error:
            self._ended(127, now, str(error))
            return
        started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._write(**process.record_of(psutil.Process(self._child.pid)), started_at=started_at)

    def _ended(self, code: int, now: float, problem: str | None = None) -> None:
        self._child = None
        if now - self._began > _LIVED_WELL:
            self._pause = FIRST_PAUSE
        self._due = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._write(last_exit_code=code, last_error=problem or process.last_words(self._log, lines=1))

    def _write(self, **news: object) -> None:
        self._facts |= {"restarts": self._restarts, **news}
        self._save()

    def _save(self) -> None:
        """Write the note. On a full disk the worker is kept all the same, and the note written when there is room."""
        self._unsaved = True
        with suppress(OSError):
            write_json(self._note, self._facts)
            self._unsaved = False


def main() -> None:
    """Keep the workers running until asked to stop."""
    state_dir = Path(next(word for word in sys.argv if word.startswith("--state=")).removeprefix("--state="))
    asked = state_dir / "run" / ".workers"
    kept = [Kept(Worker(**worker), order, state_dir) for order, worker in enumerate(read_json(asked))]
    # It holds the workers' environment, secrets included.
    asked.unlink()
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    heard = None
    while heard is None or heard.si_signo == signal.SIGCHLD:
        now = time.monotonic()
        for each in kept:
            each.look(now)
        heard = signal.sigtimedwait(_HEARD, min((each.due_in(now) for each in kept), default=LONGEST_PAUSE))
    for each in reversed(kept):
        each.stop()


if __name__ == "__main__":
    main()
