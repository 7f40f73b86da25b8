"""One run of one row's test, as a process of its own that can be killed with everything it started."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from tests.campaign.ledger import REPOSITORY, Entry
from tests.campaign.row import CampaignRow

SEED_VARIABLE = "ICMS_CAMPAIGN_SEED"
_WORDS = 4_000


def new_seed() -> int:
    """Return the seed of a new run."""
    return secrets.randbelow(10**9)


def run(row: CampaignRow, seed: int, environ: Mapping[str, str], code: str, log: Path) -> Entry:
    """Run the row's test once with this seed, and return what became of it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-rs", "-m", "", "-p", "no:cacheprovider", "--tb=short", row.test],
            cwd=REPOSITORY, env={**environ, SEED_VARIABLE: str(seed)}, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
        try:
            status = process.wait(row.longest)
        except subprocess.TimeoutExpired:
            status = -1
        finally:
            _end_session(process)
    said = log.read_text(errors="replace")
    verdict = _verdict(status, said)
    units = row.each if verdict == "held" else 0
    words = "" if verdict == "held" else said[-_WORDS:]
    return Entry(row.id, code, seed, units, round(time.monotonic() - began, 1), verdict, words)


def _verdict(status: int, said: str) -> str:
    if status == 0:
        return "unmeasured" if " skipped" in said.splitlines()[-1] else "held"
    return "failed"


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """Let a run clear up after itself, and end whatever is left of it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
    for each in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            # Workers stay in the session of the test that started them.
            if os.getsid(each.pid) == process.pid:
                each.kill()
    process.wait()
