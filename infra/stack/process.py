"""A process is known by its number and the moment it began, so a number that was given out again is never mistaken."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil

from infra.stack.refusals import ServerDidNotStop

LOG_LIMIT = 20 * 1024 * 1024
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Account:
    """The user and group, by number, as whom a process runs."""

    uid: int
    gid: int

    def options(self) -> dict[str, object]:
        """Return what makes `subprocess` run a program as this account, with no other group."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def detached(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    account: Account | None = None,
) -> psutil.Process | None:
    """Start a process that outlives us and is nobody's child; return it, or None if it has ended already."""
    turn_log(log)
    with private_log(log) as output:
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" >&2 </dev/null & echo $!', "sh", *command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
            check=True,
            **(account.options() if account else {}),  # type: ignore[call-overload]
        )
    return by_number(int(shell.stdout))


def by_number(pid: int) -> psutil.Process | None:
    """Return the process with that number if it lives."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if alive(process) else None


def alive(process: psutil.Process) -> bool:
    """Say whether it still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def birth(process: psutil.Process) -> str:
    """Return when the process began, counted so that setting the clock does not change it."""
    try:
        ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        return f"{_BOOT.read_text().strip()}/{ticks}"
    except (FileNotFoundError, ProcessLookupError):
        return str(process.create_time())


def record_of(process: psutil.Process) -> dict[str, object]:
    """Return what `same_process` needs to know the process again."""
    return {"pid": process.pid, "birth": birth(process)}


def same_process(record: object) -> psutil.Process | None:
    """Return the living process that a record with `pid` and `birth` speaks of."""
    match record:
        case {"pid": int(pid), "birth": str(moment)}:
            process = by_number(pid)
        case _:
            return None
    try:
        return process if process is not None and birth(process) == moment else None
    except psutil.NoSuchProcess:
        return None


def mentioning(argument: str) -> Iterator[psutil.Process]:
    """Yield the living processes that were started with exactly this argument."""
    for process in psutil.process_iter():
        try:
            if argument in process.cmdline() and alive(process):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def end(process: psutil.Process, *, who: str, ask: int = signal.SIGTERM, patience: float = 20) -> None:
    """Ask the process to end, wait, then kill it.

    Raises: ServerDidNotStop if it lives on even so
    """
    end_all([process], who=who, ask=ask, patience=patience)


def end_all(processes: Sequence[psutil.Process], *, who: str, ask: int = signal.SIGTERM, patience: float = 20) -> None:
    """Ask all processes to end at once, wait, then kill those that are left.

    Raises: ServerDidNotStop if one lives on even so
    """
    left = list(processes)
    for number, seconds in ((ask, patience), (signal.SIGKILL, 10.0)):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline = time.monotonic() + seconds
        left = [process for process in left if not gone(process, deadline - time.monotonic())]
    if left:
        raise ServerDidNotStop(who=who, pid=left[0].pid)


def gone(process: psutil.Process, seconds: float) -> bool:
    """Wait until the process has ended; say whether it did in time."""
    deadline = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def turn_log(log: Path) -> None:
    """Put a log that has grown large aside, in the place of the one put aside before."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))


def private_log(log: Path) -> BinaryIO:
    """Open a log at its end; what servers say may tell of data, so only its owner reads it."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with suppress(PermissionError):
        os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "ab")


def last_words(log: Path, lines: int = 3) -> str:
    """Return the last lines of a log, for an error that a person reads."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            tail = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return "(none)"
    words = [line.strip() for line in tail.splitlines() if line.strip()]
    return " | ".join(words[-lines:]) or "(none)"
