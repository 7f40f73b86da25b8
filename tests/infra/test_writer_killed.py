"""A writer is killed at every named point and at random times: what it wrote down is there, and nothing is twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from infra.crash_points import CRASH_POINTS, VARIABLE
from tests.campaign.acknowledged import Acknowledged, judge_commands, judge_coverage
from tests.campaign.store_judge import judge_store
from tests.campaign.verdict import Verdict
from tests.infra.scratch_store import make_store

REPOSITORY = Path(__file__).resolve().parents[2]
POINTS = [point for point in CRASH_POINTS if point.startswith(("store.", "keys."))]
COMMANDS = 400


def writer(dsn: str, file: Path, count: int, crash_at: str | None = None) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ICMS_")}
    if crash_at is not None:
        environment[VARIABLE] = crash_at
    told = [sys.executable, "-m", "tests.infra.writing_process", dsn, str(file), str(count)]
    return subprocess.Popen(told, cwd=REPOSITORY, env=environment)


def require_whole(owner_dsn: str, file: Path, count: int) -> None:
    """Assert that what was written down is there, that every command took effect once, and each has its key."""
    verdict = Verdict()
    told = {each.key_hmac: each for each in Acknowledged.read(file)}
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        judge_store(owner, verdict)
        judge_commands(owner, told.values(), verdict)
        judge_coverage(owner, verdict)
        events, keyless = owner.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE s.wrapped_key IS NULL)
              FROM registry.events AS e
              LEFT JOIN registry.subjects AS s ON s.subject = e.originator_id
            """
        ).fetchone() or (0, 0)
    assert verdict.clean, str(verdict)
    assert len(told) == events == count
    assert keyless == 0


@pytest.mark.parametrize("point", POINTS)
def test_a_writer_killed_at_a_named_point_loses_and_doubles_nothing(
    fresh_database: str, tmp_path: Path, point: str, seed: int
) -> None:
    dsn, file = make_store(fresh_database), tmp_path / "acknowledged"
    passes = random.Random(seed).randint(2, 12)

    for number in (passes, 1):
        assert writer(dsn, file, COMMANDS, crash_at=f"{point}:{number}").wait(60) == -9
    assert writer(dsn, file, COMMANDS).wait(60) == 0

    require_whole(fresh_database, file, COMMANDS)


def test_a_writer_killed_at_random_times_loses_and_doubles_nothing(
    fresh_database: str, tmp_path: Path, seed: int
) -> None:
    dsn, file = make_store(fresh_database), tmp_path / "acknowledged"
    chance = random.Random(seed)

    for _ in range(3):
        file_size = file.stat().st_size if file.exists() else 0
        killed = writer(dsn, file, COMMANDS * 10)
        deadline = time.monotonic() + 60
        while (file.stat().st_size if file.exists() else 0) <= file_size:
            assert killed.poll() is None
            assert time.monotonic() < deadline
        time.sleep(chance.uniform(0, 0.1))
        killed.kill()
        killed.wait()
    assert writer(dsn, file, COMMANDS * 10).wait(120) == 0

    require_whole(fresh_database, file, COMMANDS * 10)
