"""What changed in a stretch of the log, as far as obligations follow from it: read from columns alone, undecoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.adverse_event import AdverseEvent
from domain.clinic_state import ClinicEvent, event_id
from domain.guideline import Guideline
from domain.policy import Policy
from domain.registry import Registry
from domain.treatment import Treatment
from projections.read_model import kind_of

_EVENTS: LiteralString = """
    SELECT topic, originator_id, originator_version, clinic_id
      FROM registry.events
     WHERE position > %(after)s
       AND position <= %(upto)s
     ORDER BY position
"""


@dataclass(slots=True)
class Changes:
    """Which subjects a stretch of the log touched, each with its last event there."""

    treatments: dict[UUID, str] = field(default_factory=dict)
    adverse_events: dict[UUID, str] = field(default_factory=dict)
    clinics: dict[UUID, str] = field(default_factory=dict)
    rules: str = ""
    """The last event that changed what clinics are asked for; empty where none did."""

    def take(self, topic: str, aggregate_id: UUID, version: int, clinic_id: UUID | None) -> None:
        """Note one event; those of obligations and of the society's own affairs change nothing here."""
        kind, by = kind_of(topic), event_id(aggregate_id, version)
        if issubclass(kind, Treatment.Event):
            if kind is not Treatment.FollowUpMissed:
                self.treatments[aggregate_id] = by
                self._clinic(clinic_id, by)
        elif issubclass(kind, AdverseEvent.Event):
            self.adverse_events[aggregate_id] = by
        elif issubclass(kind, ClinicEvent):
            self.clinics[aggregate_id] = by
        elif issubclass(kind, (Policy.Event, Registry.Event, Guideline.Event)):
            self.rules = by

    def _clinic(self, clinic_id: UUID | None, by: str) -> None:
        if clinic_id is not None:
            self.clinics[clinic_id] = by


def changes_between(cursor: psycopg.Cursor[Any], after: int, upto: int) -> Changes:
    """Return what the events after one position and up to another touched."""
    changes = Changes()
    for row in cursor.execute(_EVENTS, {"after": after, "upto": upto}):
        changes.take(*row)
    return changes
