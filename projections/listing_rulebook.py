"""Titles of registries and guidelines, and which guidelines a registry asks for; few, kept in memory and as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import psycopg

from domain.guideline import Guideline
from domain.registry import Registry


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one registry or guideline."""

    kind: str
    title: str
    version: str = ""
    guidelines: tuple[UUID, ...] = ()
    closed: bool = False


class ListingRulebook:
    """Registries and guidelines by id."""

    def __init__(self) -> None:
        self._lines: dict[UUID, Line] = {}

    @classmethod
    def load(cls, cursor: psycopg.Cursor[Any], as_of: int | None = None) -> ListingRulebook:
        """Read what was known at a position."""
        rulebook = cls()
        rows = cursor.execute(_READ, {"as_of": as_of}).fetchall()
        for aggregate_id, kind, title, version, guidelines, closed in rows:
            rulebook._lines[aggregate_id] = Line(kind, title, version, tuple(guidelines), closed)
        return rulebook

    def titles(self) -> dict[UUID, str]:
        """Return the titles by id."""
        return {each: line.title for each, line in self._lines.items()}

    def required(self, registries: Iterable[UUID]) -> frozenset[UUID]:
        """Return the guidelines in use that these registries, as far as they are open, ask for."""
        asked = {
            guideline
            for registry in registries
            if (line := self._lines.get(registry)) is not None and not line.closed
            for guideline in line.guidelines
        }
        return frozenset(each for each in asked if each not in self._lines or not self._lines[each].closed)

    def learn(self, cursor: psycopg.Cursor[Any], position: int, event: Registry.Event | Guideline.Event) -> None:
        """Take over what an event says, in memory and in the table."""
        before = self._lines.get(event.originator_id)
        line = _after(before, event)
        if line is None or line == before:
            return
        self._lines[event.originator_id] = line
        params = {"aggregate_id": event.originator_id, "position": position}
        cursor.execute(_CLOSE, params)
        cursor.execute(
            _ADD,
            {
                **params,
                "kind": line.kind,
                "title": line.title,
                "version": line.version,
                "guidelines": list(line.guidelines),
                "closed": line.closed,
            },
        )


def _after(before: Line | None, event: Registry.Event | Guideline.Event) -> Line | None:
    match event:
        case Registry.RegistryOpened() | Registry.RegistryRevised():
            return Line("registry", event.terms.title, event.terms.form_version, event.terms.guidelines)
        case Guideline.GuidelinePublished() | Guideline.GuidelineRevised():
            return Line("guideline", event.content.title, event.content.version)
        case Registry.RegistryClosed() | Guideline.GuidelineRetired():
            return replace(before, closed=True) if before else None
        case _:
            return before


_READ = """
SELECT aggregate_id, kind, title, version, guidelines, closed
  FROM rulebook
 WHERE CASE WHEN %(as_of)s::bigint IS NULL THEN known_to IS NULL
            ELSE known_from <= %(as_of)s AND (known_to IS NULL OR known_to > %(as_of)s) END
"""

_CLOSE = "UPDATE rulebook SET known_to = %(position)s WHERE aggregate_id = %(aggregate_id)s AND known_to IS NULL"

_ADD = """
INSERT INTO rulebook (aggregate_id, known_from, known_to, kind, title, version, guidelines, closed)
VALUES (%(aggregate_id)s, %(position)s, NULL, %(kind)s, %(title)s, %(version)s, %(guidelines)s, %(closed)s)
"""
