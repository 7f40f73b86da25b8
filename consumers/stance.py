"""What a read model says of each clinic now, in words, and the events that it rests on: how two builds differ and why.

Rows say that something differs; a person who decides on a switch needs to know which clinic would stand otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import sql

SHOWN_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class StanceChange:
    """One clinic of which two builds say something else."""

    clinic_id: str
    live: tuple[str, ...]
    """What only the live build says of it now."""
    new: tuple[str, ...]
    """What only the new build says of it now."""
    because: tuple[str, ...]
    """Events on which these statements rest: `<aggregate id>/<version>`."""


class _Stance(NamedTuple):
    clinic_id: str
    says: str
    events: tuple[str, ...]


def stances_of(model: object) -> LiteralString | None:
    """Return a read model's query of what it says of each clinic now; None where it has none.

    It gives clinic_id, a text, and the events that it rests on (text[]), with `{schema}` for the build's schema.
    """
    found: LiteralString | None = getattr(model, "stances", None)
    return found


def changes(
    live: psycopg.Cursor[Any], live_schema: str, new: psycopg.Cursor[Any], new_schema: str, query: LiteralString
) -> tuple[tuple[StanceChange, ...], int]:
    """Return the clinics of which two builds say something else, the first 1,000 by their ids, and how many there are.

    Both sides stream, ordered by clinic; each needs a cursor of its own.
    """
    found = _changed(_by_clinic(live, live_schema, query), _by_clinic(new, new_schema, query))
    shown = tuple(islice(found, SHOWN_CHANGES))
    return shown, len(shown) + sum(1 for _ in found)


def _changed(
    live: Iterator[tuple[str, frozenset[_Stance]]], new: Iterator[tuple[str, frozenset[_Stance]]]
) -> Iterator[StanceChange]:
    ours, theirs = next(live, None), next(new, None)
    while ours is not None or theirs is not None:
        clinic_id = min(each[0] for each in (ours, theirs) if each is not None)
        before = ours[1] if ours is not None and ours[0] == clinic_id else frozenset()
        after = theirs[1] if theirs is not None and theirs[0] == clinic_id else frozenset()
        if before != after:
            yield _change(clinic_id, before, after)
        ours = next(live, None) if ours is not None and ours[0] == clinic_id else ours
        theirs = next(new, None) if theirs is not None and theirs[0] == clinic_id else theirs


def _change(clinic_id: str, before: frozenset[_Stance], after: frozenset[_Stance]) -> StanceChange:
    events = {event for stance in before ^ after for event in stance.events}
    return StanceChange(
        clinic_id,
        tuple(sorted(each.says for each in before - after)),
        tuple(sorted(each.says for each in after - before)),
        tuple(sorted(events)),
    )


def _by_clinic(
    cursor: psycopg.Cursor[Any], schema: str, query: LiteralString
) -> Iterator[tuple[str, frozenset[_Stance]]]:
    for clinic_id, stances in groupby(_stances(cursor, schema, query), key=lambda each: each.clinic_id):
        yield clinic_id, frozenset(stances)


def _stances(cursor: psycopg.Cursor[Any], schema: str, query: LiteralString) -> Iterator[_Stance]:
    inner = sql.SQL(query).format(schema=sql.Identifier(schema))
    statement = sql.SQL(
        "COPY (SELECT clinic_id::text, says, events FROM ({}) AS stance (clinic_id, says, events) "
        'ORDER BY clinic_id::text COLLATE "C", says COLLATE "C") TO STDOUT'
    )
    with cursor.copy(statement.format(inner)) as copy:
        copy.set_types(["text", "text", "text[]"])
        for clinic_id, says, events in copy.rows():
            yield _Stance(clinic_id, says, tuple(events))
