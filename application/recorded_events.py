"""Events that a command names by id: looked up in the store itself, never in a read model that may be behind."""

from __future__ import annotations

from application.command import Desk
from domain.aggregate import RegistryEvent
from domain.errors import NotFound
from domain.event_id import event_place


def recorded_event(desk: Desk, event_id: str, field: str) -> RegistryEvent:
    """Return the event with this id, `<aggregate id>/<version>`; raise InvalidInput or NotFound."""
    place = event_place(event_id, field)
    for event in desk.store.history(place.aggregate_id):
        if event.originator_version == place.version:
            return event
    raise NotFound(what="event", id=event_id)
