"""Row 25 of the failure table: who stands still is noticed by its distance to the store, whatever Kafka says."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from kafka.protocol.admin import AlterClientQuotasRequest

from infra.kafka_clients import open_admin
from interfaces.health import STALLED_AFTER, Health
from tests.way.installation import Installation
from tests.way.society import Member, a_member

SOON = 1.0
PROJECTORS_USER = "auditor"
"""Whose rights in Kafka the projector has."""


@contextmanager
def suspended(way: Installation, name: str) -> Iterator[None]:
    """Stop one process without its noticing, and let it go on afterwards."""
    pid = pid_of(way, name)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def pid_of(way: Installation, name: str) -> int | None:
    """Return the number of one process of the installation while it runs."""
    return next(each.pid for each in way.services.status() if each.name == name)


@contextmanager
def fetches_stalled(way: Installation) -> Iterator[None]:
    """Let the broker answer the projector's fetches with a byte a second; it is well and hears next to nothing."""
    give_quota(way, PROJECTORS_USER, 1.0)
    try:
        yield
    finally:
        give_quota(way, PROJECTORS_USER, None)
        # The broker keeps to what it told a connection; a new one is free of it.
        before = pid_of(way, "projector")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        until(lambda: pid_of(way, "projector") not in (None, before), 20)


def give_quota(way: Installation, user: str, bytes_a_second: float | None) -> None:
    """Limit what a user may fetch, or let it fetch freely again."""
    admin = open_admin(way.bootstrap.kafka_servers("admin"))
    quotas = AlterClientQuotasRequest
    limit = quotas.EntryData.OpData(
        key="consumer_byte_rate", value=bytes_a_second or 0.0, remove=bytes_a_second is None
    )
    entity = quotas.EntryData.EntityData(entity_type="user", entity_name=user)
    try:
        asked = quotas(entries=[quotas.EntryData(entity=[entity], ops=[limit])], validate_only=False)
        answer = admin._manager.run(admin._manager.send, asked)
        assert [each.error_code for each in answer.entries] == [0]
    finally:
        admin.close()


def until(condition: Callable[[], bool], seconds: float) -> float:
    """Wait until a condition holds and return for how long."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it was not noticed"
        time.sleep(0.05)
    return time.monotonic() - began


def said_of(way: Installation, name: str, stalled_after: float = SOON) -> str:
    return Health(way.bootstrap, stalled_after).places().of[name].error or ""


STALLS = {
    "the projector stands still": (lambda way: suspended(way, "projector"), ["projector"]),
    # Nothing comes to the topic: Kafka knows of no lag, and yet readers see yesterday.
    "the relay stands still": (lambda way: suspended(way, "relay"), ["relay", "projector"]),
    "the broker stands still": (lambda way: suspended(way, "kafka-1"), ["relay", "projector"]),
    # The relay goes on, the projector is well and hears nothing.
    "the projector's fetches stall": (lambda way: fetches_stalled(way), ["projector"]),
}


@pytest.mark.parametrize(("stall", "behind"), STALLS.values(), ids=STALLS)
def test_who_stands_still_is_noticed_by_its_distance_to_the_store(
    way: Installation, stall: Callable[[Installation], AbstractContextManager[None]], behind: list[str], seed: int
) -> None:
    def left_behind(member: Member, name: str) -> bool:
        # People go on: a fetch that had begun may still bring what was written first.
        member.do(member.submission())
        return "behind the store" in said_of(way, name)

    chance = random.Random(seed)
    member = a_member(way)
    member.do(*(member.submission() for _ in range(chance.randrange(5))))
    way.caught_up()
    assert not any(said_of(way, name, stalled_after=0) for name in ("relay", "projector"))

    with stall(way):
        member.do(*(member.submission() for _ in range(chance.randint(1, 20))))
        for name in chance.sample(behind, len(behind)):
            until(lambda name=name: left_behind(member, name), 20)  # type: ignore[misc]
        moving = {"relay", "projector"} - set(behind)
        assert not any("behind the store" in said_of(way, name) for name in moving)

    way.caught_up()
    assert not any(said_of(way, name, stalled_after=0) for name in ("relay", "projector"))


def test_in_service_it_is_noticed_within_a_minute() -> None:
    # `icms status` asks anew each time; what it says can be as old as this.
    assert STALLED_AFTER <= 60
