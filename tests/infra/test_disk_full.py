"""Row 7 of the failure table: on a full disk writes are refused cleanly, reads go on, and it recovers by itself."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from domain.recording import StoreUnavailable
from infra.append import Outcome
from infra.group_commit import GroupWriter
from infra.postgres import connect
from infra.stack import postgres_home
from infra.stack.postgres_server import PostgresServer
from tests.campaign.acknowledged import judge_coverage
from tests.campaign.store_judge import judge_store
from tests.campaign.verdict import Verdict
from tests.infra.scratch_store import command, event, make_store

MEGABYTES = 64
FILLS = 2


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a file system of its own; without the right to mount one there is no such test, and the run says so."""
    place = Path("/tmp") / f"icms-small-{uuid.uuid4().hex[:8]}"
    place.mkdir(mode=0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755", "icms", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode != 0:
        place.rmdir()
        pytest.skip(f"a full disk: mounting one is not allowed here ({mounted.stderr.decode().strip()})")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()


@pytest.fixture
def server(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """Yield a server whose data lie there; it would rightly refuse to be made on so small a disk."""
    monkeypatch.setattr(postgres_home, "require_space", lambda _: None)
    made = PostgresServer(small_disk / "var")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    block = 1024 * 1024
    while block:
        try:
            os.write(file, bytes(block))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            block //= 2
    os.close(file)


def recorded_until_refused(writer: GroupWriter) -> tuple[list[Outcome], StoreUnavailable]:
    """Record until the store says that it cannot; return what was acknowledged and what it said."""
    done: list[Outcome] = []
    while True:
        try:
            done.append(writer.submit(command(event(uuid.uuid4(), state=os.urandom(2_000)))))
        except StoreUnavailable as refusal:
            return done, refusal
        assert len(done) < 20_000


def recorded_again(writer: GroupWriter) -> Outcome:
    """Record one event as soon as that is possible again."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return writer.submit(command(event(uuid.uuid4())))
        except StoreUnavailable:
            assert time.monotonic() < deadline, "it did not recover"


def test_a_full_disk_refuses_writes_answers_reads_and_recovers_by_itself(
    server: PostgresServer, small_disk: Path, seed: int
) -> None:
    chance, acknowledged = random.Random(seed), 0
    dsn, ballast = make_store(server.dsn()), small_disk / "ballast"
    writer = GroupWriter(lambda: connect(dsn), patience=5.0)
    with psycopg.connect(server.dsn(), autocommit=True) as reader:
        for _ in range(FILLS):
            for _ in range(chance.randrange(1, 50)):
                assert writer.submit(command(event(uuid.uuid4()))).word == "done"
                acknowledged += 1
            fill(ballast)

            done, refusal = recorded_until_refused(writer)

            acknowledged += len(done)
            assert "No space left on device" in str(refusal)
            assert reader.execute("SELECT count(*) FROM registry.events").fetchone() == (acknowledged,)
            ballast.unlink()
            assert recorded_again(writer).word == "done"
            acknowledged += 1
        writer.close()
        verdict = Verdict()
        judge_store(reader, verdict)
        judge_coverage(reader, verdict)
        stored = reader.execute("SELECT count(*) FROM registry.events").fetchone()
    assert verdict.clean, str(verdict)
    assert stored == (acknowledged,)
