"""Every event of every type answers who, what, when it happened, when it was recorded and why, from its row alone.

The table says only where to look (position, clinic, type, day); a query decodes the stored rows it shows. Measured on
12,000 events of one clinic: 160 bytes and 6 µs an event to project, 1.6 times a raw fold to read. Entries rendered when
projected would read four times faster, and cost 1,340 bytes and 19 µs an event more for every reader that never asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from domain.aggregate import RegistryEvent
from domain.dates import PartialDate, last_day
from projections.read_model import Fields, Recorded
from projections.script import script_of

Decode = Callable[[str, bytes, UUID, int], RegistryEvent]
"""Turn a stored row (topic, state, aggregate id, version) into its event; the codec of `infra` gives one."""


class Who(NamedTuple):
    """The acting person and the way the act came in."""

    person: UUID | None
    role: str
    on_behalf_of: UUID | None
    via: str
    software: str
    source: dict[str, Any] | None


class SealedStub(NamedTuple):
    """Stands for a sealed part: whose it is and of which schema, never what it says."""

    subject: UUID
    schema_id: int


class TrailEntry(NamedTuple):
    """One event as an auditor reads it."""

    position: int
    event_id: str
    """`<aggregate id>/<version>`, as in the header `ce_id`."""
    type: str
    """Name of the event, without the version of its schema."""
    topic: str
    disclosure: str
    aggregate_id: UUID
    version: int
    clinic_id: UUID | None
    who: Who
    what: dict[str, Any]
    """The clear fields, ready for JSON; bytes are base64."""
    sealed: tuple[SealedStub, ...]
    happened: str
    recorded_at: datetime
    reason: str | None
    correlation_id: UUID
    causation_id: UUID | None


class TrailPage(NamedTuple):
    """Entries in the log's order, and the position to go on after; None at the end."""

    entries: list[TrailEntry]
    after: int | None


class AuditTrail:
    """The read model behind histories and audits."""

    name = "audit_trail"
    tables: tuple[str, ...] = ("trail",)
    looks_at: tuple[type[RegistryEvent], ...] = (RegistryEvent,)
    needs: Mapping[type[RegistryEvent], Fields] = MappingProxyType({RegistryEvent: Fields()})

    def __init__(self) -> None:
        self.script = script_of(self.name)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Note where each event stands; nothing of it is interpreted, so every type is covered."""
        lines = "".join(
            f"{each.position}\t{each.clinic_id or _NULL}\t{each.topic}\t{_happened_by(each.occurred_on)}\n"
            for each in batch
        )
        with cursor.copy("COPY trail (position, clinic_id, topic, happened_by) FROM STDIN") as copy:
            copy.write(lines)


_NULL = "\\N"


@lru_cache(maxsize=4096)
def _happened_by(occurred_on: str) -> str:
    return last_day(PartialDate(occurred_on)).isoformat()


_OF_CLINIC: LiteralString = """
    SELECT e.position, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at, e.occurred_on,
           e.clinic_id, e.disclosure
      FROM trail AS t
      JOIN registry.events AS e ON e.position = t.position
     WHERE t.clinic_id = %(clinic_id)s
       AND t.position > %(after)s
       AND (%(as_of)s::bigint IS NULL OR t.position <= %(as_of)s)
       AND (%(happened_by)s::date IS NULL OR t.happened_by <= %(happened_by)s)
       AND (%(topics)s::text[] IS NULL OR t.topic = ANY (%(topics)s))
       AND (%(disclosures)s::text[] IS NULL OR e.disclosure = ANY (%(disclosures)s))
     ORDER BY t.position
     LIMIT %(limit)s
"""

_OF_AGGREGATE: LiteralString = """
    SELECT e.position, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at, e.occurred_on,
           e.clinic_id, e.disclosure
      FROM registry.events AS e
      JOIN trail AS t ON t.position = e.position
     WHERE e.originator_id = %(aggregate_id)s
       AND t.position > %(after)s
       AND (%(as_of)s::bigint IS NULL OR t.position <= %(as_of)s)
       AND (%(happened_by)s::date IS NULL OR t.happened_by <= %(happened_by)s)
       AND (%(topics)s::text[] IS NULL OR t.topic = ANY (%(topics)s))
       AND (%(disclosures)s::text[] IS NULL OR e.disclosure = ANY (%(disclosures)s))
     ORDER BY t.position
     LIMIT %(limit)s
"""

_OF_LOG: LiteralString = """
    SELECT e.position, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at, e.occurred_on,
           e.clinic_id, e.disclosure
      FROM trail AS t
      JOIN registry.events AS e ON e.position = t.position
     WHERE t.position > %(after)s
       AND (%(as_of)s::bigint IS NULL OR t.position <= %(as_of)s)
       AND (%(happened_by)s::date IS NULL OR t.happened_by <= %(happened_by)s)
       AND (%(topics)s::text[] IS NULL OR t.topic = ANY (%(topics)s))
       AND (%(disclosures)s::text[] IS NULL OR e.disclosure = ANY (%(disclosures)s))
     ORDER BY t.position
     LIMIT %(limit)s
"""


def of_clinic(
    cursor: psycopg.Cursor[Any],
    clinic_id: UUID,
    *,
    decode: Decode,
    as_of: int | None = None,
    happened_by: date | None = None,
    topics: Collection[str] | None = None,
    disclosures: Collection[str] | None = None,
    after: int = 0,
    limit: int = 1000,
) -> TrailPage:
    """Return a clinic's history: what was known at position `as_of` of what had happened by a day."""
    filters = _filters(as_of, happened_by, topics, disclosures, after, limit)
    return _page(cursor, _OF_CLINIC, {**filters, "clinic_id": clinic_id}, decode, limit)


def of_aggregate(
    cursor: psycopg.Cursor[Any],
    aggregate_id: UUID,
    *,
    decode: Decode,
    as_of: int | None = None,
    happened_by: date | None = None,
    topics: Collection[str] | None = None,
    disclosures: Collection[str] | None = None,
    after: int = 0,
    limit: int = 1000,
) -> TrailPage:
    """Return the history of one aggregate: one treatment, one adverse event, one registry."""
    filters = _filters(as_of, happened_by, topics, disclosures, after, limit)
    return _page(cursor, _OF_AGGREGATE, {**filters, "aggregate_id": aggregate_id}, decode, limit)


def of_log(
    cursor: psycopg.Cursor[Any],
    *,
    decode: Decode,
    as_of: int | None = None,
    happened_by: date | None = None,
    topics: Collection[str] | None = None,
    disclosures: Collection[str] | None = None,
    after: int = 0,
    limit: int = 1000,
) -> TrailPage:
    """Return the whole log in its order, page by page."""
    return _page(cursor, _OF_LOG, _filters(as_of, happened_by, topics, disclosures, after, limit), decode, limit)


def _filters(
    as_of: int | None,
    happened_by: date | None,
    topics: Collection[str] | None,
    disclosures: Collection[str] | None,
    after: int,
    limit: int,
) -> dict[str, object]:
    return {
        "as_of": as_of,
        "happened_by": happened_by,
        "topics": None if topics is None else list(topics),
        "disclosures": None if disclosures is None else list(disclosures),
        "after": after,
        "limit": limit,
    }


def _page(
    cursor: psycopg.Cursor[Any], query: LiteralString, params: Mapping[str, object], decode: Decode, limit: int
) -> TrailPage:
    rows = cursor.execute(query, params, binary=True).fetchall()
    entries = [_entry(row, decode) for row in rows]
    return TrailPage(entries, entries[-1].position if len(entries) == limit else None)


def _entry(row: tuple[Any, ...], decode: Decode) -> TrailEntry:
    position, aggregate_id, version, topic, state, recorded_at, occurred_on, clinic_id, disclosure = row
    event = decode(topic, state, aggregate_id, version)
    context = event.context
    source = context.source
    return TrailEntry(
        position=position,
        event_id=f"{aggregate_id}/{version}",
        type=topic.partition(".")[0],
        topic=topic,
        disclosure=disclosure,
        aggregate_id=aggregate_id,
        version=version,
        clinic_id=clinic_id,
        who=Who(
            context.actor_person,
            context.actor_role.value,
            context.on_behalf_of,
            context.via.value,
            context.software,
            msgspec.to_builtins(source) if source is not None else None,
        ),
        what=what_of(event),
        sealed=tuple([SealedStub(part.subject, part.schema_id) for part in context.sealed]),
        happened=occurred_on,
        recorded_at=recorded_at,
        reason=context.reason.value if context.reason is not None else None,
        correlation_id=context.correlation_id,
        causation_id=context.causation_id,
    )


_NOT_CONTENT = frozenset({"originator_id", "originator_version", "originator_topic", "timestamp", "context"})


def what_of(event: RegistryEvent) -> dict[str, Any]:
    """Return an event's own clear fields, ready for JSON."""
    content = {name: value for name, value in vars(event).items() if name not in _NOT_CONTENT}
    plain: dict[str, Any] = msgspec.to_builtins(content, str_keys=True)
    return plain
