"""A store with events in it, written straight into the table: quick, and by other means than the code under test."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import psycopg

from domain.catalogue import event_classes
from infra.avro_codec import Codec, commitment, leaf_hash
from infra.relay_wake import CHANNEL
from schemas import catalogue
from tests import factories

CLINICS = [UUID(int=(0xC << 64) + number) for number in range(7)]
KINDS = ("RegistryOpened", "OfficerAppointed", "ClinicWithdrew", "AdverseEventClosed", "GuidelineRetired")
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class WrittenLog:
    """The events of one database, to which a test adds."""

    def __init__(self, owner_dsn: str, clinics: Sequence[UUID] = CLINICS) -> None:
        self.codec = Codec(catalogue.load())
        self.connection = psycopg.connect(owner_dsn, autocommit=True)
        row = self.connection.execute("SELECT epoch FROM registry.store").fetchone()
        assert row is not None
        self._epoch = row[0]
        self._clinics = clinics
        self.head = self._public = 0

    def write(self, count: int, *, state: bytes | None = None, topic: str | None = None) -> None:
        """Add events of several kinds, every fifth public; with `state` or `topic`, rows that a test makes wrong."""
        self._copy(self._row(state, topic) for _ in range(count))

    def add(self, events: Iterable[Any]) -> None:
        """Add these events."""
        self._copy(self._row_of(event) for event in events)

    def rows(self) -> list[tuple[int, bytes]]:
        """Return position and leaf hash of every row, as the database has them."""
        return self.connection.execute("SELECT position, leaf_hash FROM registry.events ORDER BY position").fetchall()

    def cut_back(self, position: int) -> None:
        """Make the store one that was restored from an older backup: what came after this position is gone."""
        with self.connection.transaction():
            self.connection.execute("ALTER TABLE registry.events DISABLE TRIGGER never_changed")
            self.connection.execute("DELETE FROM registry.events WHERE position > %s", (position,))
            self.connection.execute("ALTER TABLE registry.events ENABLE TRIGGER never_changed")
            row = self.connection.execute(
                "SELECT max(position) FROM registry.events WHERE disclosure = 'public'"
            ).fetchone()
        self.head, self._public = position, (row and row[0]) or 0

    def close(self) -> None:
        self.connection.close()

    def _copy(self, rows: Iterable[tuple[Any, ...]]) -> None:
        copy_into = (
            "COPY registry.events (position, originator_id, originator_version, topic, state, recorded_at, occurred_on,"
            " clinic_id, leaf_hash, disclosure, prev_public_position, store_epoch) FROM STDIN"
        )
        with self.connection.transaction(), self.connection.cursor() as cursor, cursor.copy(copy_into) as copy:
            for row in rows:
                copy.write_row(row)
        self.connection.execute(f"NOTIFY {CHANNEL}")

    def _row(self, state: bytes | None, topic: str | None) -> tuple[Any, ...]:
        position = self.head + 1
        return self._row_of(_event(KINDS[position % len(KINDS)], position, self._clinics), state, topic)

    def _row_of(self, event: Any, state: bytes | None = None, topic: str | None = None) -> tuple[Any, ...]:
        self.head += 1
        topic = topic or event.TOPIC
        state = self.codec.encode(event) if state is None else state
        disclosure = self.codec.catalogue.by_topic(event.TOPIC).disclosure
        before, self._public = self._public, self.head if disclosure == "public" else self._public
        return (
            self.head,
            event.originator_id,
            event.originator_version,
            topic,
            state,
            event.timestamp,
            event.context.occurred_on,
            event.context.clinic_id,
            leaf_hash(commitment(topic, event.originator_id, event.originator_version, state)),
            disclosure,
            before if disclosure == "public" else None,
            self._epoch,
        )


def _event(name: str, position: int, clinics: Sequence[UUID]) -> Any:
    event = _example(name)
    public = name in {"RegistryOpened", "GuidelineRetired"}
    context = dataclasses.replace(
        event.context,
        clinic_id=None if public else clinics[position % len(clinics)],
        salt=position.to_bytes(16, "big"),
    )
    recorded_at = _BEGAN + timedelta(microseconds=position)
    # Each is an aggregate of its own, whole with one version, whatever its kind begins with elsewhere.
    return dataclasses.replace(
        event, originator_id=uuid4(), originator_version=1, context=context, timestamp=recorded_at
    )


@cache
def _example(name: str) -> Any:
    return factories.minimal(event_classes()[name])
