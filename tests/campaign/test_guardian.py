"""A campaign that is killed leaves no process behind, and the next one begins when that is so."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil

from infra.stack.state_files import write_json
from tests.campaign.guardian import guarded
from tests.campaign.ledger import REPOSITORY

CAMPAIGN = """
import subprocess, sys, time
from pathlib import Path
from tests.campaign.guardian import guarded
folder = Path(sys.argv[1])
sleeps = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"]
with guarded(folder, patience=1) as tell:
    run = subprocess.Popen([*sleeps, "a run"], start_new_session=True)
    servers = [
        subprocess.Popen([*sleeps, f"-D {place}"], start_new_session=True)
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
