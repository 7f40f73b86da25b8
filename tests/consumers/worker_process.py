"""Workers as real processes that a test starts, kills, stops and lets go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from consumers.worker_options import WorkerOptions
from infra.crash_points import VARIABLE

REPOSITORY = Path(__file__).resolve().parents[2]


class WorkerProcess:
    """One process of a worker, and what it logged."""

    def __init__(
        self, module: str, options: WorkerOptions, folder: Path, *more: str, crash_at: str | None = None
    ) -> None:
        number = len(list(folder.glob("*.log")))
        path = folder / f"worker-{number}.json"
        options.write(path)
        self._log = folder / f"worker-{number}.log"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ICMS_")}
        if crash_at is not None:
            environment[VARIABLE] = crash_at
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(path), *more], cwd=REPOSITORY, env=environment, stderr=output
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def events(self) -> list[dict[str, Any]]:
        """Return what it logged; a line it was killed in is left out."""
        entries = []
        for line in self._log.read_text().splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue
        return entries

    def logged(self, event: str) -> bool:
        return any(entry["event"] == event for entry in self.events())

    def text(self) -> str:
        return self._log.read_text()

    def wait(self, seconds: float = 30) -> int:
        """Wait until it has ended by itself, and return its exit code."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end; it said: {self.text()[-2000:]}") from None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        self._process.terminate()
        return self.wait()


def until(condition: Callable[[], bool], worker: WorkerProcess | None = None, seconds: float = 40) -> None:
    """Look again and again until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        said = worker.text()[-3000:] if worker is not None else ""
        assert time.monotonic() < deadline, f"it never happened; the worker said: {said}"
        assert worker is None or worker.alive, f"the worker ended: {said}"
        time.sleep(0.01)


@contextmanager
def running(
    module: str, options: WorkerOptions, folder: Path, *more: str, crash_at: str | None = None
) -> Iterator[WorkerProcess]:
    """Start a worker; whatever the test does, it does not outlive the test."""
    worker = WorkerProcess(module, options, folder, *more, crash_at=crash_at)
    try:
        yield worker
    finally:
        if worker.alive:
            worker.kill()
