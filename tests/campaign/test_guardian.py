"""A campaign that is killed leaves no process behind, and the next one begins when that is so."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from infra.stack.state_files import write_json
from tests.campaign.guardian import clear, end_run, guarded, leader_of
from tests.campaign.ledger import REPOSITORY

CAMPAIGN = """
import subprocess, sys, time
from pathlib import Path
from tests.campaign.guardian import guarded
folder = Path(sys.argv[1])
sleeps = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"]
with guarded(folder, patience=1) as tell:
    run = subprocess.Popen([*sleeps, "a run"], start_new_session=True)
    postgres = folder / "postgres"
    postgres.symlink_to(sys.executable)
    servers = [
        subprocess.Popen([str(postgres), *sleeps[1:], "-D", place], start_new_session=True)
        for place in (f"{folder}/servers/here", f"{folder}-elsewhere")
    ]
    tell(run.pid)
    print(run.pid, *(each.pid for each in servers), flush=True)
    time.sleep(600)
"""


def killed_campaign(folder: Path) -> list[psutil.Process]:
    """Begin a campaign with a run and two servers, kill it, and return what it had started."""
    campaign = subprocess.Popen(
        [sys.executable, "-c", CAMPAIGN, str(folder)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert campaign.stdout is not None
    with campaign.stdout:
        started = [psutil.Process(int(number)) for number in campaign.stdout.readline().split()]
    assert all(each.is_running() for each in started)
    campaign.kill()
    campaign.wait()
    return started


SLEEPS = "import time; print(flush=True); time.sleep(600)"


@pytest.fixture
def bystander(tmp_path: Path) -> Iterator[psutil.Process]:
    """Return a process, in a session of its own, that the test has not to do with."""
    with sleeping(sys.executable, tmp_path / "servers" / "here" / "server.log") as process:
        yield process


@contextmanager
def sleeping(program: str | Path, *words: str | Path) -> Iterator[psutil.Process]:
    """Yield a process that sleeps, in a session of its own."""
    command = [str(word) for word in (program, "-c", SLEEPS, *words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_what_a_killed_campaign_started_is_ended_before_the_next_begins(tmp_path: Path) -> None:
    (tmp_path / "servers").mkdir()
    write_json(tmp_path / "servers" / "elsewhere.json", {"place": f"{tmp_path}-elsewhere"})
    started = killed_campaign(tmp_path)

    began = time.monotonic()
    with guarded(tmp_path):
        assert len(started) == 3
        assert [each for each in started if lives(each)] == []
    assert time.monotonic() - began < 60


def test_a_server_of_another_folder_and_who_looks_at_a_file_are_let_be(
    tmp_path: Path, bystander: psutil.Process
) -> None:
    postgres = tmp_path / "postgres"
    postgres.symlink_to(sys.executable)
    folder = tmp_path / "servers"
    of_it = [("-D", str(folder / "postgres")), (f"-Dicms.node={folder}/node-1",), (f"--state={folder}",)]
    with ExitStack() as stack:
        ours = [stack.enter_context(sleeping(postgres, *words)) for words in of_it]
        other = stack.enter_context(sleeping(postgres, "-D", tmp_path / "servers-old" / "postgres"))

        clear(folder)

        assert [lives(each) for each in (*ours, other, bystander)] == [False, False, False, True, True]


def test_a_run_that_is_over_is_not_ended_again(tmp_path: Path, bystander: psutil.Process) -> None:
    with guarded(tmp_path, patience=1) as tell:
        tell(bystander.pid)
        tell(0)

    assert lives(bystander)


def test_whoever_was_given_a_runs_number_is_let_be(bystander: psutil.Process) -> None:
    leader = leader_of(bystander.pid)
    assert leader is not None
    # As if it had begun at another moment: so it is known from the one that has its number now.
    leader._ident = leader.pid, 1.0

    end_run(leader, patience=1)

    assert lives(bystander)


def test_who_leads_no_session_is_no_run() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE) as child:
        assert os.getsid(child.pid) != child.pid
        assert leader_of(child.pid) is None
        child.kill()
