"""Questions across clinics, answered from the store itself and never from a read model that may be behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from infra.reader import Reader

_CLAIM: LiteralString = """
    INSERT INTO registry.match_keys (key_hmac, kind, clinic_id)
    SELECT key_hmac, kind, %(clinic_id)s
    FROM unnest(%(hmacs)s::bytea[], %(kinds)s::text[]) AS claimed (key_hmac, kind)
    ON CONFLICT DO NOTHING
    RETURNING true
"""
_MATCHING: LiteralString = """
    SELECT DISTINCT known.clinic_id, known.kind
    FROM registry.match_keys AS known
    JOIN unnest(%(hmacs)s::bytea[], %(kinds)s::text[]) AS asked (key_hmac, kind)
        ON known.key_hmac = asked.key_hmac AND known.kind = asked.kind
    ORDER BY known.clinic_id, known.kind
"""
_LAST_RECORDED: LiteralString = """
    SELECT originator_id, originator_version, recorded_at
    FROM registry.events
    WHERE clinic_id = %(clinic_id)s AND split_part(topic, '.', 1) = ANY (%(names)s)
    ORDER BY position DESC
    LIMIT 1
"""
_RECORDED_IN: LiteralString = """
    SELECT DISTINCT originator_id
    FROM registry.events
    WHERE clinic_id = %(clinic_id)s AND split_part(topic, '.', 1) = ANY (%(names)s)
    ORDER BY originator_id
"""


class StoreClinicIndex:
    """Implements `application.ports.ClinicIndex` on PostgreSQL, as the role icms_app."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]], patience: float = 30.0) -> None:
        """Use the pool of the store; `patience` is how long a PostgreSQL that went away is waited for, in seconds."""
        self._reader = Reader(pool, patience)

    def claim(self, clinic_id: UUID, keys: Sequence[tuple[str, bytes]]) -> None:
        """Note that a clinic has these match keys (kind, HMAC); committed before this returns."""
        if keys:
            self._reader.rows(_CLAIM, {"clinic_id": clinic_id, **_columns(keys)})

    def matching(self, keys: Sequence[tuple[str, bytes]]) -> Sequence[tuple[UUID, str]]:
        """Return every clinic that claimed one of these keys, with the kind of key."""
        if not keys:
            return []
        return [(clinic_id, kind) for clinic_id, kind in self._reader.rows(_MATCHING, _columns(keys))]

    def last_recorded(self, clinic_id: UUID, event_names: Sequence[str]) -> tuple[str, datetime] | None:
        """Return id and recorded time of the newest event of these names that concerns a clinic."""
        rows = self._reader.rows(_LAST_RECORDED, {"clinic_id": clinic_id, "names": list(event_names)})
        return (f"{rows[0][0]}/{rows[0][1]}", rows[0][2]) if rows else None

    def recorded_in(self, clinic_id: UUID, event_names: Sequence[str]) -> Sequence[UUID]:
        """Return the aggregates that have an event of these names which concerns a clinic."""
        rows = self._reader.rows(_RECORDED_IN, {"clinic_id": clinic_id, "names": list(event_names)})
        return [aggregate_id for (aggregate_id,) in rows]


def _columns(keys: Sequence[tuple[str, bytes]]) -> dict[str, list[Any]]:
    return {"kinds": [kind for kind, _ in keys], "hmacs": [key for _, key in keys]}
