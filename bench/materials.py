"""What is written in the benchmarks: ordinary events of ordinary size, made before the clock runs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.officer import Officer
from domain.recording import CommandRecord
from tests.consumers.written_log import CLINICS, WrittenLog
from tests.infra.scratch_store import officer, record


def officers(number: int) -> list[tuple[Officer, CommandRecord]]:
    """Return new aggregates, each with the record of the command that makes it."""
    return [(each, record(each.id)) for each in (officer() for _ in range(number))]


def fill(owner_dsn: str, events: int, clinics: Sequence[UUID] = CLINICS) -> None:
    """Copy so many true rows into an empty store, in seconds: two in five are public, the others a clinic's."""
    log = WrittenLog(owner_dsn, clinics)
    try:
        log.write(events)
        log.connection.execute("VACUUM ANALYZE registry.events")
    finally:
        log.close()
