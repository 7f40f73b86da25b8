"""How an event names another one: `<aggregate id>/<version>`, the same text as in the header `ce_id`."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from domain.errors import InvalidInput


class EventPlace(NamedTuple):
    """Where an event stands: in the history of which aggregate, and as which of its events."""

    aggregate_id: UUID
    version: int


def event_place(event_id: str, field: str) -> EventPlace:
    """Return where an event stands; raise InvalidInput naming the field for a text that is no event's id."""
    aggregate, _, version = event_id.partition("/")
    try:
        place = EventPlace(UUID(aggregate), int(version))
    except ValueError:
        place = None
    if place is None or place.version < 1 or f"{place.aggregate_id}/{place.version}" != event_id:
        raise InvalidInput(field=field, problem=f"{event_id!r} is no event's id, `<aggregate id>/<version>`")
    return place
