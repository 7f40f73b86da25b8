"""Whatever is killed, `icms up` brings it back, and nothing acknowledged is lost or doubled."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Any

from infra.stack.process import by_number, gone
from tests.way.installation import Installation
from tests.way.society import a_member

WORKERS = ("relay", "projector", "clock", "web")
ROUNDS = (WORKERS, ("supervisor", "postgresql"), (*WORKERS, "supervisor", "postgresql", "kafka-1"))
"""What is killed together; a power cut last."""

WRITES = 10


def processes(way: Installation) -> dict[str, dict[str, Any]]:
    """Return how every process is, by its name."""
    return {each["name"]: each for each in way.done("status")["processes"]}


def kill(way: Installation, names: tuple[str, ...]) -> None:
    """Kill processes at once, and wait until they are gone."""
    before = processes(way)
    killed = [by_number(before[name]["pid"]) for name in names]
    for process in killed:
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
    for process in killed:
        assert process is not None
        assert gone(process, 10)


def test_up_brings_back_whatever_was_killed_and_nothing_is_lost_or_doubled(way: Installation) -> None:
    member = a_member(way)
    acknowledged = []

    for names in ROUNDS:
        acknowledged += member.do(*(member.submission() for _ in range(WRITES)))
        kill(way, names)

        way.done("up")

        assert all(each["running"] for each in processes(way).values()), names
        way.caught_up()

    with way.bootstrap.log() as log:
        stored = Counter(row.originator_id for row in log.read(acknowledged[0].first_position - 1, 10_000))
    assert stored == Counter(receipt.aggregate_id for receipt in acknowledged)
    verified = way.done("verify")
    assert verified["passed"] is True
    assert verified["events"] == way.head
