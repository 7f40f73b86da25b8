"""What clients wrote down when they were told *done*, against the commands that the store has recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.campaign.verdict import Verdict

_AT_ONCE = 2_000
_COMMANDS = """
    SELECT asked.number, c.aggregate_id, c.version, c.first_position, c.last_position
      FROM unnest(%(actors)s::uuid[], %(keys)s::bytea[]) WITH ORDINALITY AS asked (actor, key_hmac, number)
      JOIN registry.commands AS c ON c.actor = asked.actor AND c.key_hmac = asked.key_hmac
"""
# A command without events names the same place twice over: its first position lies behind its last.
_IN_ORDER = """
    SELECT c.first_position, c.last_position, c.aggregate_id, c.version FROM registry.commands AS c
    WHERE c.last_position >= c.first_position AND c.first_position > 0 ORDER BY c.first_position, c.last_position
"""
_HEAD = "SELECT coalesce(max(position), 0) FROM registry.events"


class NotAcknowledgements(Exception):
    """What was handed over is not what a client wrote down; judging the rest would hide what it lacks."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command as its client wrote it down when it was told that it is done."""

    actor: UUID
    key_hmac: bytes
    aggregate_id: UUID
    version: int
    first_position: int
    last_position: int

    @classmethod
    def read(cls, file: Path) -> Iterator[Acknowledged]:
        """Yield the commands of a file of JSON lines; a last line that was cut off was not acknowledged.

        Raises: NotAcknowledgements for any other line that is none
        """
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield cls._of(json.loads(line))
                except (ValueError, TypeError, KeyError) as error:
                    if line.endswith(b"\n"):
                        msg = f"line {number} of {file} is no acknowledgement"
                        raise NotAcknowledgements(msg) from error

    @classmethod
    def _of(cls, said: dict[str, Any]) -> Acknowledged:
        return cls(
            UUID(said["actor"]), bytes.fromhex(said["key_hmac"]), UUID(said["aggregate_id"]), said["version"],
            said["first_position"], said["last_position"],
        )  # fmt: skip


def judge_commands(connection: psycopg.Connection[Any], acknowledged: Iterable[Acknowledged], verdict: Verdict) -> None:
    """Judge that each acknowledged command is recorded as its client was told, and none shares an event."""
    head = _head(connection)
    claimed = bytearray(head // 8 + 1)
    told = iter(acknowledged)
    while some := list(islice(told, _AT_ONCE)):
        recorded = _recorded(connection, some)
        for number, each in enumerate(some, start=1):
            told_rightly = _judge_one(each, recorded.get(number), verdict)
            _claim(each, head, claimed, verdict, again=told_rightly)


def judge_coverage(connection: psycopg.Connection[Any], verdict: Verdict) -> None:
    """Judge that every event belongs to exactly one recorded command; for stores that only commands wrote to."""
    expected = 1
    with connection.transaction(), connection.cursor(name="commands") as cursor:
        for first, last, aggregate, version in cursor.execute(_IN_ORDER):
            what = f"the command of {aggregate}/{version} at position {first}"
            if first > expected:
                verdict.changed.add(f"position {expected} belongs to no command, before {what}", first - expected)
            elif first < expected:
                verdict.doubled.add(f"position {first} belongs to two commands, one is {what}")
            expected = max(expected, last + 1)
    if expected <= (head := _head(connection)):
        verdict.changed.add(f"position {expected} belongs to no command", head + 1 - expected)
    elif expected > head + 1:
        verdict.lost.add(f"position {head + 1}, which a recorded command made", expected - head - 1)


def _judge_one(each: Acknowledged, row: tuple[Any, ...] | None, verdict: Verdict) -> bool:
    """Judge one command; say whether it is recorded as its client was told."""
    what = f"command of {each.aggregate_id}/{each.version} at position {each.first_position}"
    if row is None:
        verdict.lost.add(f"the acknowledged {what}")
    elif row != (each.aggregate_id, each.version, each.first_position, each.last_position):
        verdict.changed.add(f"the answer to the {what}")
    else:
        return True
    return False


def _claim(each: Acknowledged, head: int, claimed: bytearray, verdict: Verdict, *, again: bool) -> None:
    """Note the positions of a command; one that is recorded may have been told again, and its own events only once."""
    if each.first_position < 1:
        return
    for position in range(each.first_position, min(each.last_position, head) + 1):
        place, bit = position // 8, 1 << position % 8
        if claimed[place] & bit and not again:
            verdict.doubled.add(f"position {position} was acknowledged for two commands")
        claimed[place] |= bit
    if each.last_position > head:
        verdict.lost.add(f"position {max(each.first_position, head + 1)}, which was acknowledged")


def _recorded(connection: psycopg.Connection[Any], some: list[Acknowledged]) -> dict[int, tuple[Any, ...]]:
    asked = {"actors": [each.actor for each in some], "keys": [each.key_hmac for each in some]}
    return {row[0]: row[1:] for row in connection.execute(_COMMANDS, asked).fetchall()}


def _head(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(_HEAD).fetchone()
    assert row is not None
    return int(row[0])
