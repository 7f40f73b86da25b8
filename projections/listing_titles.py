"""Titles of registries and guidelines; few, kept in memory and as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from domain.guideline import Guideline
from domain.registry import Registry


class ListingTitles:
    """Titles by id."""

    def __init__(self) -> None:
        self._titles: dict[UUID, str] = {}

    @classmethod
    def load(cls, cursor: psycopg.Cursor[Any], as_of: int | None = None) -> ListingTitles:
        """Read what was known at a position."""
        titles = cls()
        titles.take(dict(cursor.execute(_READ, {"as_of": as_of}).fetchall()))
        return titles

    def take(self, known: Mapping[UUID, str]) -> None:
        """Take over what is known."""
        self._titles.update(known)

    def of(self, aggregate_id: UUID) -> str:
        """Return a title; empty where none is known."""
        return self._titles.get(aggregate_id, "")

    def learn(self, cursor: psycopg.Cursor[Any], position: int, event: Registry.Event | Guideline.Event) -> None:
        """Take over what an event says, in memory and in the table."""
        match event:
            case Registry.RegistryOpened() | Registry.RegistryRevised():
                title = event.terms.title
            case Guideline.GuidelinePublished() | Guideline.GuidelineRevised():
                title = event.content.title
            case _:
                return
        if self._titles.get(event.originator_id) == title:
            return
        self._titles[event.originator_id] = title
        params = {"aggregate_id": event.originator_id, "position": position, "title": title}
        cursor.execute(_CLOSE, params)
        cursor.execute(_ADD, params)


_READ = """
SELECT aggregate_id, title
  FROM titles
 WHERE CASE WHEN %(as_of)s::bigint IS NULL THEN known_to IS NULL
            ELSE known_from <= %(as_of)s AND (known_to IS NULL OR known_to > %(as_of)s) END
"""

_CLOSE = "UPDATE titles SET known_to = %(position)s WHERE aggregate_id = %(aggregate_id)s AND known_to IS NULL"

_ADD = """
INSERT INTO titles (aggregate_id, known_from, known_to, title)
VALUES (%(aggregate_id)s, %(position)s, NULL, %(title)s)
"""
