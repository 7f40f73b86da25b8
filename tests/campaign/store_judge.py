"""The rows of the store, judged by themselves: places without gaps, versions in order, bytes as their hash says."""

from __future__ import annotations

import hashlib
import struct
from typing import Any
from uuid import UUID

import psycopg

from tests.campaign.verdict import Verdict

_STORE = """
    SELECT position, originator_id, originator_version, topic, state, leaf_hash, disclosure, prev_public_position
    FROM registry.events ORDER BY position
"""
_VERSIONS = """
    SELECT position, originator_id, originator_version, topic, place
      FROM (SELECT position, originator_id, originator_version, topic,
                   row_number() OVER (PARTITION BY originator_id ORDER BY position) AS place
              FROM registry.events) AS counted
     WHERE originator_version <> place
     ORDER BY position
"""


def judge_store(connection: psycopg.Connection[Any], verdict: Verdict) -> None:
    """Judge every row, one at a time."""
    expected, public = 1, 0
    with connection.transaction(), connection.cursor(name="rows") as cursor:
        cursor.itersize = 1_000
        for position, aggregate, version, topic, state, stored_hash, disclosure, before in cursor.execute(_STORE):
            what = named(position, topic, aggregate, version)
            if position != expected:
                verdict.lost.add(f"position {expected}, before {what}", position - expected)
            if leaf(topic, aggregate, version, state) != stored_hash:
                verdict.changed.add(f"the bytes of {what}")
            if disclosure == "public" and before != public:
                verdict.reordered.add(f"{what} names {before} as the public event before it, which is {public}")
            expected, public = position + 1, position if disclosure == "public" else public
    _judge_versions(connection, verdict)


def _judge_versions(connection: psycopg.Connection[Any], verdict: Verdict) -> None:
    with connection.transaction(), connection.cursor(name="versions") as cursor:
        for position, aggregate, version, topic, place in cursor.execute(_VERSIONS):
            kind = verdict.lost if version > place else verdict.doubled
            kind.add(f"a version of {aggregate} at {named(position, topic, aggregate, version)}")


def named(position: int, topic: str, aggregate: UUID, version: int) -> str:
    """Return what an event is called in a verdict."""
    return f"position {position} ({topic} {aggregate}/{version})"


def leaf(topic: str, aggregate: UUID, version: int, state: bytes) -> bytes:
    """Return the RFC 6962 leaf hash over the commitment of an event, as architecture decision 15 spells it."""
    name = topic.encode()
    commitment = hashlib.sha256(struct.pack(">H", len(name)) + name + aggregate.bytes + struct.pack(">Q", version))
    commitment.update(state)
    return hashlib.sha256(b"\x00" + commitment.digest()).digest()
