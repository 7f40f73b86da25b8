"""However a campaign ends, killed included, nothing that it started outlives it.

A process of its own waits until the campaign is gone, then ends the run that was going on and every server of the
campaign's folder. The next campaign begins when it is done.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import psutil

from infra.stack.process import end_all
from infra.stack.state_files import read_json
from tests.campaign.ledger import REPOSITORY

PATIENCE = 30.0
"""Seconds that a run has to clear up after itself."""
NOBODY = 0
"""What the guardian is told when no run is going on."""
_SERVERS = {"postgres", "java"}
_OUR_CODE = ("infra.", "interfaces.", "tests.")


@contextmanager
def guarded(folder: Path, patience: float = PATIENCE) -> Iterator[Callable[[int], None]]:
    """Yield what tells the guardian of a run by its session, and with `NOBODY` that it is over.

    At the end nothing of the folder is left running.
    """
    command = [sys.executable, "-m", "tests.campaign.guardian", str(folder), str(patience)]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def tell(session: int) -> None:
        stdin.write(b"%d\n" % session)
        stdin.flush()

    with stdout:
        stdout.readline()
        try:
            yield tell
        finally:
            stdin.close()
            process.wait()


def leader_of(session: int) -> psutil.Process | None:
    """Return the process that began a session, to be known again by the moment it began; None where it is gone."""
    with suppress(psutil.Error):
        leader = psutil.Process(session)
        return leader if _session_of(leader) == session else None
    return None


def end_run(leader: psutil.Process, patience: float = PATIENCE) -> None:
    """Let a run clear up after itself, and end whatever is left of it; whoever has its number now is let be."""
    with suppress(psutil.Error):
        leader.send_signal(signal.SIGINT)
        leader.wait(patience)
    if psutil.pid_exists(leader.pid) and not leader.is_running():
        # The number was given out again, so nothing of that session was left.
        return
    # Workers stay in the session of the test that started them.
    _kill(each for each in psutil.process_iter() if _session_of(each) == leader.pid)


def clear(folder: Path) -> None:
    """End every process that was started for something in this folder: who starts others again first, then servers."""
    keepers = [each for each in _of(folder) if any("keeper" in word for word in each.cmdline())]
    for some in (keepers, list(_of(folder))):
        for each in some:
            with suppress(psutil.Error):
                each.send_signal(signal.SIGCONT)
        end_all([each for each in some if each.is_running()], who="a server of the campaign", ask=signal.SIGTERM)


def _of(folder: Path) -> Iterator[psutil.Process]:
    places = [_whole(place) for place in _places(folder)]
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            words = each.cmdline()
            if each.pid in _ours() or not _is_a_program_of_ours(words):
                continue
            if any(place.search(word) for word in words for place in places):
                yield each


def _whole(place: str) -> re.Pattern[str]:
    """Return what finds a folder, or something in it, in a word of a command; not a folder whose name begins so."""
    return re.compile(rf"(?:^|[\s=:,@]){re.escape(place)}(?:$|[\s/:,])")


def _is_a_program_of_ours(words: list[str]) -> bool:
    """Tell whether a command is a server's or runs our code; others may look at a server's files."""
    if not words:
        return False
    given = dict(pairwise(words))
    return Path(words[0]).name in _SERVERS or given.get("-m", "").startswith(_OUR_CODE)


def _places(folder: Path) -> Iterator[str]:
    """Yield where servers of this folder keep their files; PostgreSQL's may lie elsewhere, which it notes."""
    yield str(folder)
    for note in folder.rglob("elsewhere.json"):
        with suppress(OSError, ValueError, KeyError):
            yield str(read_json(note)["place"])


def _ours() -> set[int]:
    return {os.getpid(), os.getppid()}


def _session_of(process: psutil.Process) -> int | None:
    with suppress(OSError):
        return os.getsid(process.pid)
    return None


def _kill(processes: Iterator[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.Error):
            each.kill()


def main(folder: str, patience: str) -> None:
    """Wait for the campaign's end, then clear up; one at a time, so that nobody's successor is ended."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with (Path(folder) / ".guardian").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clear(Path(folder) / "servers")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        leader = None
        for line in sys.stdin:
            leader = leader_of(int(line)) if int(line) != NOBODY else None
        if leader:
            end_run(leader, float(patience))
        clear(Path(folder) / "servers")


if __name__ == "__main__":
    main(*sys.argv[1:])
