"""Which events of the log a reader is shown: by their class and the clinic they concern, and where they stand.

An id of an event is told to whom the event itself is shown, wherever it is cited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString, NamedTuple, TypeVar
from uuid import UUID

import psycopg

from domain.reader import Reader

SHOWN: LiteralString = """
    (%(society)s OR e.disclosure = 'public' OR e.disclosure = 'party' AND e.clinic_id = %(own)s::uuid)
"""
"""Whether a row `e` of `registry.events` is shown to the reader whose `seen_by` is among the parameters."""


Row = TypeVar("Row", bound=NamedTuple)


class EventPlace(NamedTuple):
    """Where an event stands, and what it is."""

    position: int
    type: str


_PLACES: LiteralString = f"""
    SELECT e.originator_id || '/' || e.originator_version, e.position, e.topic
      FROM registry.events AS e
     WHERE (e.originator_id, e.originator_version) IN
           (SELECT split_part(id, '/', 1)::uuid, split_part(id, '/', 2)::bigint FROM unnest(%(ids)s::text[]) AS id)
       AND {SHOWN}
"""  # noqa: S608 - put together from literals

_AT: LiteralString = f"""
    SELECT e.originator_id || '/' || e.originator_version
      FROM registry.events AS e
     WHERE e.position = ANY (%(positions)s)
       AND {SHOWN}
     ORDER BY e.position
"""  # noqa: S608 - put together from literals

_CLINIC: LiteralString = """
    SELECT 1
      FROM registry.events
     WHERE originator_id = %(clinic)s
       AND clinic_id = %(clinic)s
       AND originator_version = 1
       AND position <= %(upto)s
"""


def seen_by(reader: Reader) -> dict[str, bool | UUID | None]:
    """Return the parameters of SHOWN."""
    return {"society": reader.of_society, "own": reader.clinic_id}


def event_places(cursor: psycopg.Cursor[Any], events: Iterable[str], *, reader: Reader) -> dict[str, EventPlace]:
    """Return where events stand by their ids; those that the reader is not shown are not in it."""
    params = {"ids": sorted(set(events)), **seen_by(reader)}
    rows = cursor.execute(_PLACES, params).fetchall()
    return {event: EventPlace(position, topic.partition(".")[0]) for event, position, topic in rows}


def events_at(cursor: psycopg.Cursor[Any], positions: Iterable[int], *, reader: Reader) -> list[str]:
    """Return the ids of the events at these positions that the reader is shown, in the log's order."""
    params = {"positions": list(positions), **seen_by(reader)}
    return [event for (event,) in cursor.execute(_AT, params).fetchall()]


def told_events(cursor: psycopg.Cursor[Any], events: Iterable[str | None], *, reader: Reader) -> frozenset[str]:
    """Return which of these ids may be told to the reader; of the society nothing is asked."""
    cited = frozenset(each for each in events if each is not None)
    if reader.of_society or not cited:
        return cited
    return frozenset(event_places(cursor, cited, reader=reader))


def as_told(cursor: psycopg.Cursor[Any], rows: Sequence[Row], fields: Sequence[str], *, reader: Reader) -> list[Row]:
    """Return rows with None instead of each id, in these fields, of an event that the reader is not shown."""
    told = told_events(cursor, (getattr(row, field) for row in rows for field in fields), reader=reader)
    return [row._replace(**{field: None for field in fields if getattr(row, field) not in told}) for row in rows]


def knows_clinic(cursor: psycopg.Cursor[Any], clinic_id: UUID, upto: int, *, reader: Reader) -> bool:
    """Return whether a clinic had been recorded up to a position, as far as the reader is told what is its own."""
    params = {"clinic": reader.party_to(clinic_id), "upto": upto}
    return cursor.execute(_CLINIC, params).fetchone() is not None
