"""A log of any length is written in seconds: rows as the store would have them, copied straight into the table.

Every fifth event is public; the others concern a clinic. Bytes and hashes are true, so that every reader takes them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg

from domain.catalogue import event_classes
from infra.avro_codec import Codec
from infra.commitment import commitment, leaf_hash
from tests.factories import minimal

CLINIC = UUID(int=0xC << 64)
CLINICS = tuple(UUID(int=(0xC << 64) + number) for number in range(200))
_KINDS = ("RegistryOpened", "OfficerAppointed", "ClinicWithdrew", "AdverseEventClosed", "ClinicClosed")
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_COPY: LiteralString = """
    COPY registry.events (
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position, store_epoch
    ) FROM STDIN
"""


def fill(owner_dsn: str, codec: Codec, events: int, clinics: Sequence[UUID] = CLINICS) -> None:
    """Add so many events to an empty store."""
    with psycopg.connect(owner_dsn) as connection, connection.cursor() as cursor:
        row = cursor.execute("SELECT epoch FROM registry.store").fetchone()
        assert row is not None
        with cursor.copy(_COPY) as copy:
            for each in _rows(codec, events, clinics, row[0]):
                copy.write_row(each)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE registry.events")


def _rows(codec: Codec, events: int, clinics: Sequence[UUID], epoch: UUID) -> Iterator[tuple[Any, ...]]:
    examples: list[Any] = [minimal(event_classes()[name]) for name in _KINDS]
    public_before = 0
    for position in range(1, events + 1):
        example = examples[position % len(examples)]
        public = position % len(examples) == 0
        clinic = None if public else clinics[position % len(clinics)]
        context = dataclasses.replace(example.context, salt=position.to_bytes(16, "big"), clinic_id=clinic)
        event = dataclasses.replace(
            example, originator_id=uuid4(), context=context, timestamp=_BEGAN + timedelta(microseconds=position)
        )
        state = codec.encode(event)
        hashed = leaf_hash(commitment(event.TOPIC, event.originator_id, event.originator_version, state))
        yield (
            position, event.originator_id, event.originator_version, event.TOPIC, state, event.timestamp,
            event.context.occurred_on, clinic, hashed, "public" if public else "party",
            public_before if public else None, epoch,
        )  # fmt: skip
        public_before = position if public else public_before
