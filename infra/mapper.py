"""A domain event and its stored row say the same: the bytes are Avro, the other columns are taken from the event.

The columns stand beside the bytes so that nobody has to decode for headers, cursors and clinics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent

from domain.aggregate import RegistryEvent
from infra.commitment import commitment, leaf_hash


class EventCodec(Protocol):
    """What turns events into bytes and back."""

    def encode(self, event: RegistryEvent) -> bytes:
        """Return the bytes of an event."""
        ...

    def decode(self, topic: str, state: bytes, originator_id: UUID, originator_version: int) -> RegistryEvent:
        """Return the event of a stored topic and its bytes."""
        ...


@dataclass(frozen=True)
class RegistryStoredEvent(StoredEvent):
    """An event as the store keeps it: what the library needs, and the columns that headers and readers need."""

    recorded_at: datetime
    occurred_on: str
    clinic_id: UUID | None
    leaf_hash: bytes
    disclosure: str


class EventMapper(Mapper[UUID]):
    """Maps by our codec alone; the library's transcoder, compressor and cipher have no part in it."""

    def __init__(self, codec: EventCodec, disclosure: Callable[[str], str]) -> None:
        self.codec = codec
        self._disclosure = disclosure
        self._disclosures: dict[str, str] = {}

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> RegistryStoredEvent:
        """Encode an event, and commit to its bytes; raise what the codec raises when it cannot be stored."""
        event = cast("RegistryEvent", domain_event)
        topic = event.TOPIC
        state = self.codec.encode(event)
        context = event.context
        return RegistryStoredEvent(
            event.originator_id,
            event.originator_version,
            topic,
            state,
            event.timestamp,
            context.occurred_on,
            context.clinic_id,
            leaf_hash(commitment(topic, event.originator_id, event.originator_version, state)),
            self._disclosures.get(topic) or self._look_up(topic),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Decode an event by the schema its topic names."""
        aggregate_id = cast("UUID", stored_event.originator_id)
        return self.codec.decode(stored_event.topic, stored_event.state, aggregate_id, stored_event.originator_version)

    def _look_up(self, topic: str) -> str:
        found = self._disclosures[topic] = self._disclosure(topic)
        return found
