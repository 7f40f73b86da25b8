"""Rows 10 and 11 of the failure table: an absent broker is waited for, and a batch that it broke leaves no hole."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from consumers.worker import START_AGAIN
from infra.stack.kafka_broker import KafkaCluster
from infra.stack.supervisor import Supervisor
from tests.consumers.conftest import TestedRegistry
from tests.consumers.kept_relay import kept_running, own_cluster, published, registry_on, require_whole
from tests.consumers.worker_process import running, until
from tests.consumers.written_log import WrittenLog

AWAY = 5.0
PAUSES = 2
BACK_WITHIN = 10.0


@pytest.fixture
def cluster(stack_state_dir: Path, kafka_jars: Path) -> Iterator[KafkaCluster]:
    """Yield a broker that nobody else uses, so that it may be stopped."""
    with own_cluster(stack_state_dir, kafka_jars, brokers=1) as made:
        yield made


@pytest.fixture
def lonely(cluster: KafkaCluster, fresh_database: str, topic_prefix: str) -> Iterator[TestedRegistry]:
    """Yield a registry on that broker."""
    with registry_on(cluster, fresh_database, topic_prefix) as made:
        yield made


def test_a_broker_that_was_away_for_five_seconds_is_followed_again(
    lonely: TestedRegistry, cluster: KafkaCluster, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    (pid,) = [node.pid for node in cluster.nodes()]
    assert pid is not None
    with running("consumers.relay", lonely.options("icms_relay", "relay"), tmp_path) as worker:
        lonely.log.write(100)
        until(lambda: published(lonely) == 100, worker)

        os.kill(pid, signal.SIGSTOP)
        back = threading.Timer(AWAY, os.kill, (pid, signal.SIGCONT))
        back.start()
        written = chance.randrange(1, 1_000)
        lonely.log.write(written)
        assert published(lonely) == 100
        back.join()
        lonely.log.write(50)

        until(lambda: published(lonely) == 150 + written, worker, seconds=BACK_WITHIN)

    assert lonely.log.head == 150 + written
    require_whole(lonely)


@pytest.mark.parametrize(
    "away",
    [
        pytest.param(35.0, marks=pytest.mark.campaign),
        pytest.param(150.0, marks=pytest.mark.campaign),
        pytest.param(3_600.0, marks=[pytest.mark.campaign, pytest.mark.timeout(5_000)]),
    ],
)
def test_a_broker_that_was_away_for_long_is_followed_again(
    lonely: TestedRegistry, cluster: KafkaCluster, tmp_path: Path, seed: int, away: float
) -> None:
    chance = random.Random(seed)
    with kept_running(lonely, tmp_path) as supervisor:
        lonely.log.write(100)
        until(lambda: published(lonely) == 100)
        before = memory_of(supervisor)

        (stop_and_start if chance.random() < 0.5 else freeze_and_thaw)(cluster, away, lonely.log)

        until(lambda: published(lonely) == lonely.log.head, seconds=BACK_WITHIN)
        assert memory_of(supervisor) - before < 50
    require_whole(lonely)


def stop_and_start(cluster: KafkaCluster, away: float, log: WrittenLog) -> None:
    cluster.stop()
    write_for(log, away)
    cluster.start()


def freeze_and_thaw(cluster: KafkaCluster, away: float, log: WrittenLog) -> None:
    (pid,) = [node.pid for node in cluster.nodes()]
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    write_for(log, away)
    os.kill(pid, signal.SIGCONT)


def write_for(log: WrittenLog, seconds: float) -> None:
    """Go on recording while the broker is away; the time is the fault that this test is about."""
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        log.write(10)
        time.sleep(min(1.0, seconds / 20))


def memory_of(supervisor: Supervisor) -> float:
    """Return the resident memory of the relay in MiB."""
    (status,) = supervisor.status()
    return psutil.Process(status.pid).memory_info().rss / 1024**2


def test_a_broker_paused_in_mid_batch_beyond_the_time_out_leaves_no_hole(
    lonely: TestedRegistry, cluster: KafkaCluster, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    (pid,) = [node.pid for node in cluster.nodes()]
    assert pid is not None
    with kept_running(lonely, tmp_path, patience=1.0) as supervisor:
        for run in range(PAUSES):
            restarts, before = supervisor.status()[0].restarts, lonely.log.head
            lonely.log.write(chance.randrange(4_000, 9_000))
            until(lambda before=before: published(lonely) > before)  # type: ignore[misc]
            os.kill(pid, signal.SIGSTOP)
            lonely.log.write(50)
            try:
                # Its client gave up with a part of the batch on its way; its successor finds no broker yet.
                until(lambda restarts=restarts: supervisor.status()[0].restarts > restarts)  # type: ignore[misc]
            finally:
                os.kill(pid, signal.SIGCONT)
            until(lambda: published(lonely) == lonely.log.head)
            assert supervisor.status()[0].last_exit_code == START_AGAIN, run
    require_whole(lonely)
