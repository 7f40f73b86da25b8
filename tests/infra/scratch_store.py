"""What the tests of the store share: a store of their own, commands for it, and an oracle that reads raw SQL."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from domain.aggregate import Act, Context
from domain.codes import Role, Via
from domain.dates import PartialDate
from domain.officer import Officer
from domain.recording import CommandRecord
from infra.append import Submission, append, pack, prepare_connection
from infra.avro_codec import Codec
from infra.commitment import commitment, leaf_hash
from infra.event_store import EventStore
from infra.mapper import RegistryStoredEvent
from infra.postgres import connect, migrate, open_store, role_dsn
from schemas import catalogue

PASSWORDS = {
    "icms_app": "app-password",
    "icms_relay": "relay-password",
    "icms_projector": "projector-password",
    "icms_reader": "reader-password",
}
Connection = psycopg.Connection[Any]


def make_store(owner_dsn: str, *, simulated: bool = False) -> str:
    """Make an empty store and return the DSN of the application's role."""
    migrate(owner_dsn, PASSWORDS)
    open_store(owner_dsn, simulated=simulated)
    return role_dsn(owner_dsn, "icms_app", PASSWORDS["icms_app"])


def event_store(dsn: str, **options: Any) -> EventStore:
    """Return an event store with the real encoding."""
    schemas = catalogue.load()
    return EventStore(dsn, Codec(schemas), lambda topic: schemas.by_topic(topic).disclosure, **options)


def appending(dsn: str) -> Connection:
    """Return a connection on which `append` can be called."""
    connection = connect(dsn)
    prepare_connection(connection)
    return connection


def act(recorded_at: datetime | None = None) -> Act:
    """Return an act of some registrar."""
    context = Context(
        salt=secrets.token_bytes(16),
        actor_person=uuid4(),
        actor_role=Role.registrar,
        via=Via.cli,
        software="icms-registry 0",
        key_hmac=secrets.token_bytes(32),
        correlation_id=uuid4(),
        occurred_on=PartialDate("2026-01-01"),
    )
    return Act(recorded_at=recorded_at or datetime.now(UTC), context=context)


def officer() -> Officer:
    """Return a new officer, not yet saved."""
    return Officer.begin(Officer.OfficerAppointed, uuid4(), act())


def record(
    aggregate_id: UUID, *, actor: UUID | None = None, key: bytes | None = None, request: bytes = b"q" * 32
) -> CommandRecord:
    """Return a command's record with a key of its own, unless one is given."""
    return CommandRecord(
        actor=actor or UUID(int=1),
        key_hmac=key or secrets.token_bytes(32),
        request_hmac=request,
        aggregate_id=aggregate_id,
    )


def event(
    aggregate_id: UUID,
    version: int = 1,
    *,
    recorded_at: datetime | None = None,
    disclosure: str = "party",
    clinic_id: UUID | None = None,
    state: bytes | None = None,
    topic: str = "OfficerAppointed.v1",
) -> RegistryStoredEvent:
    """Return an event as the store takes it, with bytes that nobody decodes."""
    state = state if state is not None else secrets.token_bytes(40)
    return RegistryStoredEvent(
        aggregate_id,
        version,
        topic,
        state,
        recorded_at or datetime.now(UTC),
        "2026-01-01",
        clinic_id,
        leaf_hash(commitment(topic, aggregate_id, version, state)),
        disclosure,
    )


def command(*events: RegistryStoredEvent, **facts: Any) -> Submission:
    """Return a packed command with these events; it answers with the first one's aggregate."""
    aggregate_id = events[0].originator_id if events else uuid4()
    assert isinstance(aggregate_id, UUID)
    version = events[0].originator_version if events else 0
    return pack(record(aggregate_id, **facts), version, events)


def one(**facts: Any) -> Submission:
    """Return a packed command that begins a new aggregate."""
    return command(event(uuid4()), **facts)


def words(connection: Connection, *group: Submission) -> list[str]:
    """Append a group and return the words of its outcomes."""
    return [outcome.word for outcome in append(connection, group)]


def ago(seconds: float) -> datetime:
    """Return the time so many seconds before now."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


_DAMAGE = {
    "positions have holes": """
        SELECT count(*) <> coalesce(max(position), 0) FROM registry.events
    """,
    "versions have holes": """
        SELECT EXISTS (
            SELECT FROM registry.events
            GROUP BY originator_id
            HAVING count(*) <> max(originator_version) OR min(originator_version) <> 1
        )
    """,
    "a command lacks its events": """
        SELECT (SELECT sum(last_position - first_position + 1) FROM registry.commands WHERE first_position > 0)
            <> (SELECT count(*) FROM registry.events)
    """,
    "a public event names the wrong one before it": """
        SELECT EXISTS (
            SELECT
            FROM (
                SELECT prev_public_position, coalesce(lag(position) OVER (ORDER BY position), 0) AS before
                FROM registry.events
                WHERE disclosure = 'public'
            ) AS public
            WHERE prev_public_position <> before
        )
    """,
}


def damage(owner_dsn: str) -> list[str]:
    """Return what is wrong in the log, by raw SQL: holes in positions or versions, commands without their events."""
    with psycopg.connect(owner_dsn) as connection:
        return [name for name, query in _DAMAGE.items() if (connection.execute(query.encode()).fetchone() or [0])[0]]


def count_events(owner_dsn: str) -> int:
    """Return how many events there are, by raw SQL."""
    with psycopg.connect(owner_dsn) as connection:
        return int((connection.execute("SELECT count(*) FROM registry.events").fetchone() or [0])[0])
