"""A wake-up arrives, many are as good as one, and nobody who wakes ever waits or fails."""

from __future__ import annotations

import time

import psycopg

from infra.relay_wake import CHANNEL, RelayWake


def test_a_wake_up_arrives_and_many_are_few(fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        wake = RelayWake(fresh_database)

        for _ in range(2_000):
            wake.wake()
        heard = list(listener.notifies(timeout=10, stop_after=1))
        wake.close()
        heard += list(listener.notifies(timeout=0.2))

    assert 1 <= len(heard) < 200


def test_without_a_database_waking_does_not_wait_or_fail() -> None:
    wake = RelayWake("postgresql://nobody@127.0.0.1:1/none")
    began = time.monotonic()

    for _ in range(1_000):
        wake.wake()

    assert time.monotonic() - began < 1
    wake.close()
