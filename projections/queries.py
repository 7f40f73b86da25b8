"""Which queries wait, and for whom: a work list for clinics and the society, as of any position.

Disclosure is *party*: the society sees all of it, a clinic what concerns it, nobody else anything. What officers and
clinics wrote is sealed in the events; the list tells fields, problems that rules found, and how each query stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from domain.aggregate import RegistryEvent
from domain.query import Query, QueryAsked
from domain.reader import Reader
from projections.read_model import Recorded
from projections.script import script_of


class QueryState(StrEnum):
    """How a query stands."""

    open = "open"
    answered = "answered"
    closed = "closed"


class WaitsFor(StrEnum):
    """Who has the next step."""

    clinic = "clinic"
    society = "society"


class ListedQuery(NamedTuple):
    """One query as it stands."""

    query_id: UUID
    clinic_id: UUID | None
    about: str
    about_id: UUID
    event: str
    asked: str
    raised_by: str
    faults: list[dict[str, Any]]
    state: str
    raised_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    resolution: str | None
    corrected_by: str | None
    position: int
    """Position of the event that made it stand so."""


class Queries:
    """The read model behind the work list."""

    name = "queries"
    tables: tuple[str, ...] = ("queries",)
    looks_at: tuple[type[RegistryEvent], ...] = (Query.Event,)

    def __init__(self) -> None:
        self.script = script_of(self.name)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold the events of queries; a batch without any asks the database nothing."""
        for each in batch:
            if not issubclass(each.kind, Query.Event):
                continue
            match each.event:
                case Query.QueryRaised() as event:
                    cursor.execute(_RAISE, _raised(each, event))
                case Query.QueryAnswered() as event:
                    _advance(cursor, each, QueryState.answered, {"corrected_by": event.corrected_by})
                case Query.QueryClosed() as event:
                    closed = {"resolution": event.resolution.value, "corrected_by": event.corrected_by}
                    _advance(cursor, each, QueryState.closed, closed)
                case _:
                    pass


_RAISE: LiteralString = """
    INSERT INTO queries
           (query_id, known_from, clinic_id, about, about_id, event, asked, raised_by, faults, state, raised_at)
    VALUES (%(query_id)s, %(position)s, %(clinic_id)s, %(about)s, %(about_id)s, %(event)s, %(asked)s, %(raised_by)s,
            %(faults)s, 'open', %(at)s)
"""

_END: LiteralString = """
    UPDATE queries SET known_to = %(position)s WHERE query_id = %(query_id)s AND known_to IS NULL
"""

_GO_ON: LiteralString = """
    INSERT INTO queries
           (query_id, known_from, clinic_id, about, about_id, event, asked, raised_by, faults, state, raised_at,
            answered_at, closed_at, resolution, corrected_by)
    SELECT query_id, %(position)s, clinic_id, about, about_id, event, asked, raised_by, faults, %(state)s, raised_at,
           CASE WHEN %(state)s = 'answered' THEN %(at)s ELSE answered_at END,
           CASE WHEN %(state)s = 'closed' THEN %(at)s ELSE closed_at END,
           %(resolution)s, coalesce(%(corrected_by)s, corrected_by)
      FROM queries
     WHERE query_id = %(query_id)s
       AND known_to = %(position)s
"""


def _raised(recorded: Recorded, event: Query.QueryRaised) -> dict[str, Any]:
    return {
        "query_id": recorded.aggregate_id,
        "position": recorded.position,
        "clinic_id": recorded.clinic_id,
        "about": event.about.value,
        "about_id": event.about_id,
        "event": event.event,
        "asked": event.asked.value,
        "raised_by": event.raised_by.value,
        "faults": Jsonb([{"field": fault.field, "problem": fault.problem} for fault in event.faults]),
        "at": recorded.recorded_at,
    }


def _advance(cursor: psycopg.Cursor[Any], recorded: Recorded, state: QueryState, told: dict[str, Any]) -> None:
    params = {"query_id": recorded.aggregate_id, "position": recorded.position, "at": recorded.recorded_at}
    cursor.execute(_END, params)
    cursor.execute(_GO_ON, {"resolution": None, **params, **told, "state": state.value})


_LIST: LiteralString = """
    SELECT query_id, clinic_id, about, about_id, event, asked, raised_by, faults, state, raised_at, answered_at,
           closed_at, resolution, corrected_by, known_from
      FROM queries
     WHERE (%(as_of)s::bigint IS NULL AND known_to IS NULL
            OR known_from <= %(as_of)s::bigint AND (known_to IS NULL OR known_to > %(as_of)s::bigint))
       AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s::uuid)
       AND (%(about_id)s::uuid IS NULL OR about_id = %(about_id)s::uuid)
       AND (%(state)s::text IS NULL AND state <> 'closed' OR state = %(state)s::text)
       AND (%(waits_for)s::text IS NULL
            OR (%(waits_for)s::text = 'clinic') = (state = 'open' AND asked = %(clinic)s))
     ORDER BY raised_at, query_id
     LIMIT %(limit)s
"""


def work_list(
    cursor: psycopg.Cursor[Any],
    *,
    reader: Reader,
    clinic_id: UUID | None = None,
    about_id: UUID | None = None,
    state: QueryState | None = None,
    waits_for: WaitsFor | None = None,
    as_of: int | None = None,
    limit: int = 1000,
) -> list[ListedQuery]:
    """Return queries, the oldest first; without a state those that are not closed.

    A clinic is given its own only. An open query asked of a clinic waits for it, every other one for the society.
    """
    params = {
        "clinic_id": reader.party_to(clinic_id),
        "about_id": about_id,
        "state": state.value if state else None,
        "waits_for": waits_for.value if waits_for else None,
        "clinic": QueryAsked.clinic.value,
        "as_of": as_of,
        "limit": limit,
    }
    return [ListedQuery(*row) for row in cursor.execute(_LIST, params).fetchall()]
