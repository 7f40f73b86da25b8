"""Row 25 of the failure table: who stands still is noticed by its distance to the store, whatever Kafka says."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from interfaces.health import STALLED_AFTER, Health
from tests.way.installation import Installation
from tests.way.society import a_member

SOON = 1.0


@contextmanager
def suspended(way: Installation, name: str) -> Iterator[None]:
    """Stop one process without its noticing, and let it go on afterwards."""
    pid = next(each.pid for each in way.services.status() if each.name == name)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def until(condition: Callable[[], bool], seconds: float) -> float:
    """Wait until a condition holds and return for how long."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it was not noticed"
        time.sleep(0.05)
    return time.monotonic() - began


def said_of(way: Installation, name: str, stalled_after: float = SOON) -> str:
    return Health(way.bootstrap, stalled_after).places().of[name].error or ""


@pytest.mark.parametrize(
    ("stopped", "behind"),
    [
        ("projector", ["projector"]),
        # Nothing comes to the topic: Kafka knows of no lag, and yet readers see yesterday.
        ("relay", ["relay", "projector"]),
        # The fetches stall: the projector is well and hears nothing.
        ("kafka-1", ["relay", "projector"]),
    ],
)
def test_who_stands_still_is_noticed_by_its_distance_to_the_store(
    way: Installation, stopped: str, behind: list[str]
) -> None:
    member = a_member(way)
    way.caught_up()
    assert not any(said_of(way, name, stalled_after=0) for name in ("relay", "projector"))

    with suspended(way, stopped):
        member.do(member.submission())
        for name in behind:
            until(lambda name=name: "behind the store" in said_of(way, name), 20)  # type: ignore[misc]
        moving = {"relay", "projector"} - set(behind)
        assert not any("behind the store" in said_of(way, name) for name in moving)

    way.caught_up()
    assert not any(said_of(way, name, stalled_after=0) for name in ("relay", "projector"))


def test_in_service_it_is_noticed_within_a_minute() -> None:
    # `icms status` asks anew each time; what it says can be as old as this.
    assert STALLED_AFTER <= 60
