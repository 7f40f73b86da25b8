"""One event as an auditor reads it: who, what, when it happened, when it was recorded and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from domain.aggregate import RegistryEvent
from domain.reader import Reader

Decode = Callable[[str, bytes, UUID, int], RegistryEvent]
"""Turn a stored row (topic, state, aggregate id, version) into its event; the codec of `infra` gives one."""

PartClass = Callable[[int], str]
"""Tell the disclosure class of the sealed parts of a schema, by its id; the codec of `infra` does."""


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
    """Those whose own class the reader may see."""
    happened: str
    recorded_at: datetime
    reason: str | None
    correlation_id: UUID
    causation_id: UUID | None


class Sight(NamedTuple):
    """Who looks, and with what."""

    reader: Reader
    decode: Decode
    part_class: PartClass

    def shows_part(self, schema_id: int, clinic_id: UUID | None) -> bool:
        """Return whether they may see that a part of this schema is sealed in an event about this clinic."""
        return self.reader.of_society or self.reader.sees(self.part_class(schema_id), clinic_id)


def entry_of(row: tuple[Any, ...], sight: Sight) -> TrailEntry:
    """Return a stored row as it is read; the sealed parts whose own class the reader may see stand for themselves."""
    position, aggregate_id, version, topic, state, recorded_at, occurred_on, clinic_id, disclosure = row
    event = sight.decode(topic, state, aggregate_id, version)
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
        # A sealed part has a class of its own: who may see the event need not see that somebody is named in it.
        sealed=tuple(
            [
                SealedStub(part.subject, part.schema_id)
                for part in context.sealed
                if sight.shows_part(part.schema_id, clinic_id)
            ]
        ),
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
