"""Relay and projector at work as the processes that they are in service; they end with the one who started them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg

from bench.ground import REPOSITORY, Ground, Scratch
from consumers.worker_options import WorkerOptions
from infra.kafka_access import ensure_access, ensure_topics, ensure_users
from infra.kafka_clients import KafkaServers
from infra.kafka_log import Topics
from projections.catalogue import READ_MODELS

VISIBLE = "SELECT min(position), count(*) FROM registry.builds WHERE state = 'live'"
_PASSWORD = "projector-of-the-benchmarks"
_MIB = 1024**2
_EVERY = 0.5

Workers = dict[str, subprocess.Popen[bytes]]


@contextmanager
def at_work(ground: Ground, scratch: Scratch, topics: Topics) -> Iterator[Workers]:
    """Yield relay and projector of a store that holds something, once all read models have begun."""
    servers = ground.kafka_servers("admin")
    with ground.kafka_admin() as admin:
        ensure_topics(admin, topics, servers)
        ensure_users(admin, {"projector": _PASSWORD}, servers)
        ensure_access(admin, topics, servers)
    reads = KafkaServers(bootstrap_servers=servers.bootstrap_servers, user="projector", password=_PASSWORD)
    publishes = ground.kafka_servers("relay")
    with ExitStack() as stack:
        workers = {
            "relay": _started(stack, ground.folder, "consumers.relay", scratch.dsn("icms_relay"), publishes, topics),
            "projector": _started(
                stack, ground.folder, "consumers.projector", scratch.dsn("icms_projector"), reads, topics
            ),
        }
        _await_read_models(scratch)
        yield workers


def _await_read_models(scratch: Scratch) -> None:
    deadline = time.monotonic() + 60
    with psycopg.connect(scratch.dsn("icms_reader"), autocommit=True) as connection:
        while True:
            position, builds = connection.execute(VISIBLE).fetchone() or (0, 0)
            if builds == len(READ_MODELS) and position:
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


class Watch:
    """The resident memory of processes, looked at twice a second while the block runs."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.samples: dict[str, list[tuple[float, float]]] = {name: [] for name in pids}
        """Of each: seconds since some moment, and MiB."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    @property
    def largest(self) -> float:
        """Return the most that any of them took, in MiB."""
        return max(memory for samples in self.samples.values() for _, memory in samples)

    def slopes(self) -> dict[str, float]:
        """Return by how many MiB a minute each grew in the second half, when caches are warm."""
        return {name: 60 * slope(samples[len(samples) // 2 :]) for name, samples in self.samples.items()}

    def _look(self) -> None:
        while True:
            now = time.monotonic()
            for name, process in self._processes.items():
                self.samples[name].append((now, process.memory_info().rss / _MIB))
            if self._done.wait(_EVERY):
                return


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line that fits the points best (least squares); 0 for fewer than two."""
    if len(points) < 2:
        return 0.0
    middle = sum(x for x, _ in points) / len(points)
    height = sum(y for _, y in points) / len(points)
    width = sum((x - middle) ** 2 for x, _ in points)
    return sum((x - middle) * (y - height) for x, y in points) / width if width else 0.0
