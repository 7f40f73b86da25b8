"""What changed in a stretch of the log, as far as obligations follow from it: read from columns alone, undecoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from consumers.clock_determinations import DECIDING, Mark
from domain.adverse_event import AdverseEvent
from domain.aggregate import Aggregate, RegistryEvent
from domain.catalogue import aggregate_of
from domain.clinic_state import ClinicEvent, event_id
from domain.determination import Determination
from domain.evidence import CHANGING
from domain.guideline import Guideline
from domain.listing import Listing
from domain.policy import Policy
from domain.registry import Registry
from domain.safety_case import SafetyCase
from domain.standing import Standing
from domain.treatment import Treatment
from projections.read_model import kind_of

PROCESSES: Mapping[type[Aggregate], type[Aggregate]] = MappingProxyType(
    {each: each for each in (SafetyCase, Listing, Determination)}
)
"""Aggregates in which waits, rights and the society's duties run."""

_EVENTS: LiteralString = """
    SELECT position, topic, originator_id, originator_version, clinic_id
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
    processes: dict[UUID, type[Aggregate]] = field(default_factory=dict)
    """Safety cases, public entries and determinations in question."""
    listed: set[UUID] = field(default_factory=set)
    """Clinics whose public entry may have changed by their own events or their standing."""
    changing: list[Mark] = field(default_factory=list)
    """Events that may have changed what somebody decided on."""
    decided: set[UUID] = field(default_factory=set)
    """Safety cases that determined something."""
    doubtful: set[UUID] = field(default_factory=set)
    """Clinics of which a public entry, or what one rests on, may have come in question or out of it."""
    rules: str = ""
    """The last event that changed what clinics are asked for; empty where none did."""

    def take(self, position: int, topic: str, aggregate_id: UUID, version: int, clinic_id: UUID | None) -> None:
        """Note one event; those of obligations and of the society's own affairs change nothing here."""
        kind, by = kind_of(topic), event_id(aggregate_id, version)
        self._doubt(kind, Mark(position, aggregate_id, version, clinic_id))
        if issubclass(kind, Treatment.Event):
            if kind is not Treatment.FollowUpMissed:
                self.treatments[aggregate_id] = by
                self._clinic(clinic_id, by)
        elif issubclass(kind, AdverseEvent.Event):
            self.adverse_events[aggregate_id] = by
        elif issubclass(kind, ClinicEvent):
            self.clinics[aggregate_id] = by
            self.listed.add(aggregate_id)
        elif issubclass(kind, Standing.Event):
            self.listed |= {clinic_id} if clinic_id else set()
        elif (process := PROCESSES.get(aggregate_of()[kind.__name__])) is not None:
            self.processes[aggregate_id] = process
        elif issubclass(kind, (Policy.Event, Registry.Event, Guideline.Event)):
            self.rules = by

    def _doubt(self, kind: type[RegistryEvent], mark: Mark) -> None:
        changing = kind.__name__ in CHANGING
        if changing:
            self.changing.append(mark)
        if kind.__name__ in DECIDING:
            self.decided.add(mark.aggregate_id)
        # An entry rests on the events of its clinic, of cases and of standings, and these on all others.
        cited = changing and issubclass(kind, (ClinicEvent, SafetyCase.Event))
        if mark.clinic_id is not None and (cited or issubclass(kind, (Listing.Event, Determination.Event))):
            self.doubtful.add(mark.clinic_id)

    def _clinic(self, clinic_id: UUID | None, by: str) -> None:
        if clinic_id is not None:
            self.clinics[clinic_id] = by


def changes_between(cursor: psycopg.Cursor[Any], after: int, upto: int) -> Changes:
    """Return what the events after one position and up to another touched."""
    changes = Changes()
    for row in cursor.execute(_EVENTS, {"after": after, "upto": upto}):
        changes.take(*row)
    return changes
