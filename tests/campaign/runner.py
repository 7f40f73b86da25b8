"""One run of one row's test, as a process of its own that can be killed with everything it started."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.campaign.guardian import NOBODY, end_run, leader_of
from tests.campaign.ledger import REPOSITORY, Entry
from tests.campaign.row import CampaignRow

SEED_VARIABLE = "ICMS_CAMPAIGN_SEED"
_WORDS = 4_000
_ENDED = re.compile(r"\b\d+ (passed|failed|errors?|skipped)\b.* in [\d.]+s")


class RunFailed(Exception):
    """A test could not be run at all, which says nothing about the row."""


def new_seed() -> int:
    """Return the seed of a new run."""
    return secrets.randbelow(10**9)


def _untold(_: int) -> None:
    """Nobody guards the run."""


def run(
    row: CampaignRow,
    seed: int,
    environ: Mapping[str, str],
    code: str,
    log: Path,
    scratch: Path,
    tell: Callable[[int], None] = _untold,
) -> Entry:
    """Run the row's test once with this seed, and return what became of it; `tell` hears of its session and its end.

    Raises: RunFailed
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "pytest", "-q", "-rs", "-m", "", "-p", "no:cacheprovider", "--tb=short",
                f"--basetemp={scratch}", row.test,
            ],
            cwd=REPOSITORY, env={**environ, SEED_VARIABLE: str(seed)}, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
        leader = leader_of(process.pid)
        assert leader is not None, "it is ours, and nobody has waited for it"
        tell(process.pid)
        try:
            status = process.wait(row.longest)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            end_run(leader)
            process.wait()
            tell(NOBODY)
    verdict = _verdict(status, said := log.read_text(errors="replace"))
    units = row.each if verdict == "held" else 0
    words = "" if verdict == "held" else said[-_WORDS:]
    return Entry(row.id, code, seed, units, round(time.monotonic() - began, 1), verdict, words)


def _verdict(status: int | None, said: str) -> str:
    if status == 0:
        return "unmeasured" if " skipped" in said.splitlines()[-1] else "held"
    if status is not None and not _ENDED.search(said):
        msg = f"The test could not be run: {said[-_WORDS:]}"
        raise RunFailed(msg)
    return "failed"
