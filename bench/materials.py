"""What is written in the benchmarks: ordinary events of ordinary size, made before the clock runs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID, uuid4

from domain.aggregate import Act, Context
from domain.codes import Role, Via
from domain.dates import PartialDate
from domain.officer import Officer
from domain.recording import CommandRecord

ACTOR = UUID(int=1)


def act() -> Act:
    """Return an act of a registrar."""
    context = Context(
        salt=secrets.token_bytes(16),
        actor_person=ACTOR,
        actor_role=Role.registrar,
        via=Via.cli,
        software="icms-registry 0",
        key_hmac=secrets.token_bytes(32),
        correlation_id=uuid4(),
        occurred_on=PartialDate("2026-01-01"),
    )
    return Act(recorded_at=datetime.now(UTC), context=context)


def officer() -> Officer:
    """Return a new aggregate of one event, not yet saved."""
    return Officer.begin(Officer.OfficerAppointed, uuid4(), act())


def record(aggregate_id: UUID) -> CommandRecord:
    """Return the record of a command with a key of its own."""
    return CommandRecord(
        actor=ACTOR, key_hmac=secrets.token_bytes(32), request_hmac=b"q" * 32, aggregate_id=aggregate_id
    )


def officers(number: int) -> list[tuple[Officer, CommandRecord]]:
    """Return new aggregates, each with the record of the command that makes it."""
    return [(each, record(each.id)) for each in (officer() for _ in range(number))]
