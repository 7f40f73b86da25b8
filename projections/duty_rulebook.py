"""What policies, registries and guidelines ask for, as far as clinics' duties follow from it; a fold of few events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from domain.aggregate import RegistryEvent
from domain.clinic_state import event_id
from domain.dates import PartialDate, first_day, last_day
from domain.duties import Limits, Rule
from domain.guideline import Guideline
from domain.policy import Policy, PolicyTerms
from domain.registry import Registry
from projections.read_model import Recorded


class PolicyEntry(msgspec.Struct, frozen=True, tag="policy"):
    """A policy version's limits and the day from which it is in force."""

    effective_on: date
    limits: Limits


class RegistryEntry(msgspec.Struct, frozen=True, tag="registry"):
    """The guidelines that a registry asks its clinics to attest to."""

    registry_id: UUID
    guidelines: tuple[UUID, ...]
    closed: bool = False


class GuidelineEntry(msgspec.Struct, frozen=True, tag="guideline"):
    """The newest version of a guideline, and whether it replaced an earlier one."""

    guideline_id: UUID
    version: str
    effective_on: date
    revised: bool = False
    retired: bool = False


Entry = PolicyEntry | RegistryEntry | GuidelineEntry


class RulebookLine(msgspec.Struct, frozen=True):
    """An entry with its place in the log."""

    position: int
    recorded_at: datetime
    event_id: str
    happened_by: date
    entry: Entry


class Rulebook:
    """What is asked for after the entries learnt so far."""

    def __init__(self) -> None:
        self._policies: list[PolicyEntry] = []
        self._limits: dict[date, Limits] = {}
        self.registries: dict[UUID, RegistryEntry] = {}
        self.guidelines: dict[UUID, GuidelineEntry] = {}

    def learn(self, entry: Entry) -> None:
        """Take over one entry; a later one about the same thing replaces the earlier."""
        match entry:
            case PolicyEntry():
                self._policies.append(entry)
                self._limits = {}
            case RegistryEntry():
                self.registries[entry.registry_id] = entry
            case GuidelineEntry():
                self.guidelines[entry.guideline_id] = entry

    def limits_on(self, day: date) -> Limits:
        """Return the limits of the policy in force on a day; before the first one, the first's."""
        found = self._limits.get(day)
        if found is None:
            found = self._limits[day] = self._in_force(day)
        return found

    def _in_force(self, day: date) -> Limits:
        for policy in reversed(self._policies):
            if policy.effective_on <= day:
                return policy.limits
        return self._policies[0].limits if self._policies else _NONE_ADOPTED

    def asked_by(self, registries: Iterable[UUID]) -> set[UUID]:
        """Return the guidelines that these registries ask for and that were not retired."""
        asked: set[UUID] = set()
        for registry_id in registries:
            registry = self.registries.get(registry_id)
            if registry is not None and not registry.closed:
                asked.update(registry.guidelines)
        return {each for each in asked if each not in self.guidelines or not self.guidelines[each].retired}

    def entry_of(self, event: RegistryEvent) -> Entry | None:
        """Return what an event changes in the rulebook, if it changes anything."""
        match event:
            case Policy.PolicyAdopted():
                limits = limits_of(event.policy_version, event.terms)
                return PolicyEntry(effective_on=first_day(event.effective_on), limits=limits)
            case Registry.RegistryOpened() | Registry.RegistryRevised():
                return RegistryEntry(registry_id=event.originator_id, guidelines=event.terms.guidelines)
            case Registry.RegistryClosed():
                before = self.registries.get(event.originator_id)
                guidelines = before.guidelines if before else ()
                return RegistryEntry(registry_id=event.originator_id, guidelines=guidelines, closed=True)
            case Guideline.GuidelinePublished() | Guideline.GuidelineRevised():
                return GuidelineEntry(
                    guideline_id=event.originator_id,
                    version=event.content.version,
                    effective_on=last_day(event.content.effective_on),
                    revised=isinstance(event, Guideline.GuidelineRevised),
                )
            case Guideline.GuidelineRetired():
                return GuidelineEntry(guideline_id=event.originator_id, version="", effective_on=date.min, retired=True)
            case _:
                return None

    def line_of(self, recorded: Recorded) -> RulebookLine | None:
        """Return the line that an event adds, if it adds one."""
        entry = self.entry_of(recorded.event)
        if entry is None:
            return None
        return RulebookLine(
            position=recorded.position,
            recorded_at=recorded.recorded_at,
            event_id=event_id(recorded.aggregate_id, recorded.version),
            happened_by=last_day(PartialDate(recorded.occurred_on)),
            entry=entry,
        )


_NONE_ADOPTED = Limits()
_RULES = {rule.value: rule.name for rule in Rule}


def limits_of(version: int, terms: PolicyTerms) -> Limits:
    """Return the limits that a policy version sets for the duties of clinics."""
    given = {_RULES[rule.rule_id]: rule.limit for rule in terms.rules if rule.rule_id in _RULES}
    return Limits(version=version, **given)


def read_lines(cursor: psycopg.Cursor[Any], as_of: int | None = None) -> list[RulebookLine]:
    """Return the lines known at a position, in the log's order."""
    rows = cursor.execute(
        """
        SELECT position, recorded_at, event_id, happened_by, entry
          FROM rulebook
         WHERE %(as_of)s::bigint IS NULL OR position <= %(as_of)s
         ORDER BY position
        """,
        {"as_of": as_of},
    ).fetchall()
    return [
        RulebookLine(position, recorded_at, named, happened_by, _DECODER.decode(entry))
        for position, recorded_at, named, happened_by, entry in rows
    ]


def read_rulebook(cursor: psycopg.Cursor[Any], as_of: int | None = None) -> Rulebook:
    """Return the rulebook as known at a position."""
    rulebook = Rulebook()
    for line in read_lines(cursor, as_of):
        rulebook.learn(line.entry)
    return rulebook


def write_lines(cursor: psycopg.Cursor[Any], lines: Iterable[RulebookLine]) -> None:
    """Add lines; one that another share's maker has added is there."""
    cursor.executemany(
        """
        INSERT INTO rulebook (position, recorded_at, event_id, happened_by, entry)
        VALUES (%(position)s, %(recorded_at)s, %(event_id)s, %(happened_by)s, %(entry)s)
        ON CONFLICT (position) DO NOTHING
        """,
        [
            {
                "position": line.position,
                "recorded_at": line.recorded_at,
                "event_id": line.event_id,
                "happened_by": line.happened_by,
                "entry": msgspec.json.encode(line.entry).decode(),
            }
            for line in lines
        ],
    )


_DECODER = msgspec.json.Decoder(Entry)
