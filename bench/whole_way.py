"""Rows E1 and M1: from append to visible in every read model, through the real relay and projector.

Both run as the processes that they are in service. Treatments are appended at a steady pace; an event counts as visible
when the cursors of all read models have passed it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg

from application.treatment_form import given
from bench.commanding import submission
from bench.ground import REPOSITORY, Ground, Scratch
from bench.materials import act, record
from bench.row import Contest
from consumers.worker_options import WorkerOptions
from domain.codes import Missing
from domain.dates import PartialDate
from domain.registry import DEFAULT_REGISTRIES
from domain.treatment import Treatment
from domain.treatment_content import TreatmentContent
from infra.event_store import EventStore
from infra.kafka_access import ensure_access, ensure_topics, ensure_users
from infra.kafka_clients import KafkaServers, open_admin
from infra.kafka_log import Topics
from infra.relay_wake import RelayWake
from tests.interfaces.importing.registries import CLINICS, founded

SLOWEST = 0.5
"""Seconds within which 99 of 100 events must be visible."""
PACES = (2_000, 1_500, 1_200, 1_000, 800, 600, 400, 200)
_TRIAL, _SUSTAINED = 8, 60
_THREADS = 8
_PROJECTOR_PASSWORD = "projector-of-the-benchmarks"
_VISIBLE = "SELECT min(position), count(*) FROM registry.builds WHERE state = 'live'"


@dataclass(slots=True)
class Run:
    """What one steady stretch came to."""

    pace: int
    delays: list[float] = field(default_factory=list)
    """Seconds from acknowledgement to visible, of each event."""
    seconds: float = 0.0
    memory: float = 0.0
    """MiB of the larger of relay and projector, at the end."""

    @property
    def slow(self) -> float:
        """Return the 99th percentile of the delays."""
        return sorted(self.delays)[int(len(self.delays) * 0.99)] if self.delays else float("inf")

    @property
    def rate(self) -> float:
        """Return events per second that became visible."""
        return len(self.delays) / self.seconds if self.seconds else 0.0

    @property
    def holds(self) -> bool:
        """Say whether the pace was kept and everything was seen in time."""
        return self.slow <= SLOWEST and self.rate >= 0.97 * self.pace


class WholeWay:
    """A store, its relay and its projector, all working."""

    def __init__(
        self, scratch: Scratch, store: EventStore, wake: RelayWake, workers: Sequence[subprocess.Popen[bytes]]
    ):
        self._scratch = scratch
        self._store = store
        self._wake = wake
        self._workers = workers

    def stretch(self, pace: int, seconds: float) -> Run:
        """Append at this pace for so long and watch until everything is visible."""
        run, acknowledged = Run(pace), dict[int, float]()
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(run, acknowledged, done))
        pieces = [treatment(number) for number in range(int(pace * seconds))]
        watcher.start()
        began = time.perf_counter()
        writers = [
            threading.Thread(target=self._write, args=(pieces, number, pace, began, acknowledged))
            for number in range(_THREADS)
        ]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
        run.seconds = time.perf_counter() - began
        done.set()
        watcher.join()
        run.memory = max(psutil.Process(each.pid).memory_info().rss for each in self._workers) / 1024**2
        return run

    def _write(self, pieces: Any, number: int, pace: int, began: float, acknowledged: dict[int, float]) -> None:
        for index in range(number, len(pieces), _THREADS):
            # The pace is what is measured; who is late begins at once and is not forgiven.
            time.sleep(max(0.0, began + index / pace - time.perf_counter()))
            treatment = pieces[index]()
            saved = self._store.save([treatment], record(treatment.id))
            acknowledged[saved.last_position] = time.perf_counter()
            self._wake.wake()

    def _watch(self, run: Run, acknowledged: dict[int, float], done: threading.Event) -> None:
        with psycopg.connect(self._scratch.dsn("icms_reader"), autocommit=True) as connection:
            quiet_since = time.perf_counter()
            while (not done.is_set() or acknowledged) and time.perf_counter() - quiet_since < 30:
                position, _ = connection.execute(_VISIBLE).fetchone() or (0, 0)
                now = time.perf_counter()
                for each in [each for each in list(acknowledged) if each <= (position or 0)]:
                    run.delays.append(now - acknowledged.pop(each))
                    quiet_since = now
                time.sleep(0.004)


def treatment(number: int) -> Any:
    """Return what makes an ordinary treatment of one of the founded clinics."""
    schedule = dict(DEFAULT_REGISTRIES)["blood"].schedule

    def make() -> Treatment:
        content = TreatmentContent(**given(submission(number)), patient=uuid.uuid4())
        clinic = CLINICS[number % len(CLINICS)]
        return Treatment.submit(
            uuid.uuid4(), act().replace(clinic_id=clinic, occurred_on=PartialDate("2026-02-03")), content,
            time_zone="Europe/Berlin", own_reference_hmac="ab" * 32, schedule=schedule, missing=(),
            missing_otherwise=Missing.unknown,
        )  # fmt: skip

    return make


@contextmanager
def whole_way(ground: Ground) -> Iterator[WholeWay]:
    """Yield a whole way at work; its processes end with it."""
    with ground.scratch() as scratch, ground.event_store(scratch) as store, ExitStack() as stack:
        for aggregate in founded(datetime.now(UTC)):
            store.save([aggregate], record(aggregate.id))
        topics = Topics(f"b-{uuid.uuid4().hex[:12]}.")
        admin, servers = open_admin(ground.kafka_servers("admin")), ground.kafka_servers("admin")
        stack.callback(admin.close)
        ensure_topics(admin, topics, servers)
        ensure_users(admin, {"projector": _PROJECTOR_PASSWORD}, servers)
        ensure_access(admin, topics, servers)
        reads = KafkaServers(
            bootstrap_servers=servers.bootstrap_servers, user="projector", password=_PROJECTOR_PASSWORD
        )
        wake = RelayWake(scratch.dsn("icms_app"))
        stack.callback(wake.close)
        publishes = ground.kafka_servers("relay")
        workers = [
            _started(stack, ground.folder, "consumers.relay", scratch.dsn("icms_relay"), publishes, topics),
            _started(stack, ground.folder, "consumers.projector", scratch.dsn("icms_projector"), reads, topics),
        ]
        _await_read_models(scratch)
        yield WholeWay(scratch, store, wake, workers)


def _await_read_models(scratch: Scratch) -> None:
    deadline = time.monotonic() + 60
    with psycopg.connect(scratch.dsn("icms_reader"), autocommit=True) as connection:
        while True:
            position, builds = connection.execute(_VISIBLE).fetchone() or (0, 0)
            if builds == 3 and position:
                return
            assert time.monotonic() < deadline, "relay and projector did not begin within a minute"
            time.sleep(0.05)


def _started(
    stack: ExitStack, folder: Path, module: str, dsn: str, servers: KafkaServers, topics: Topics
) -> subprocess.Popen[bytes]:
    path = folder / f"{module}.json"
    WorkerOptions(dsn=dsn, kafka=servers, topic_prefix=topics.prefix, address="https://registry.example").write(path)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ICMS_")}
    with (folder / f"{module}.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", module, str(path)], cwd=REPOSITORY, env=environment, stderr=log
        )

    def end() -> None:
        worker.terminate()
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()

    stack.callback(end)
    return worker


@contextmanager
def sustained(ground: Ground) -> Iterator[Contest]:
    """Find the fastest pace that holds in a short stretch, then hold it for a minute; slower where it does not."""
    with whole_way(ground) as way:

        def fastest() -> float:
            way.stretch(100, 3)
            for pace in PACES:
                if way.stretch(pace, _TRIAL).holds:
                    long = way.stretch(pace, _SUSTAINED)
                    _note(ground, long)
                    if long.holds:
                        return long.rate
            return 0.0

        yield Contest(fastest, lambda: 1.0)


@contextmanager
def memory(ground: Ground) -> Iterator[Contest]:
    """Return the resident memory of the larger worker after a stretch at half of E1's gate."""
    with whole_way(ground) as way:
        yield Contest(lambda: way.stretch(400, 30).memory, lambda: 1.0)


def _note(ground: Ground, run: Run) -> None:
    ordered = sorted(run.delays)
    facts = {
        "pace": run.pace, "visible_per_s": round(run.rate), "p50_ms": round(ordered[len(ordered) // 2] * 1e3, 1),
        "p99_ms": round(run.slow * 1e3, 1), "memory_mib": round(run.memory, 1),
    }  # fmt: skip
    (ground.folder / "sustained.json").write_text(json.dumps(facts))
    sys.stderr.write(f"E1: {facts}\n")
