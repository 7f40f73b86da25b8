"""How clinics stand to their duties, quarter by quarter, with what each assessment rests on.

Disclosure is *party*: the society sees all of it, a clinic its own. In public a standing is told only when suspended.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.dates import PartialDate, last_day
from domain.reader import Reader
from domain.standing import Standing, StandingStep
from projections.read_model import Recorded
from projections.script import script_of
from projections.shown_events import told_events


class ListedStanding(NamedTuple):
    """One assessment."""

    position: int
    clinic_id: UUID
    event_id: str
    assessed_on: date
    quarter: str
    before: str
    step: str
    rule_ids: list[str]
    policy_version: int
    missed: list[UUID]
    overdue: list[UUID]
    evidence_ids: list[str]
    """Those that the reader is shown."""
    restored_by: str


class Standings:
    """The read model behind `icms standing`."""

    name = "standings"
    tables: tuple[str, ...] = ("standings",)
    looks_at: tuple[type[RegistryEvent], ...] = (Standing.Event,)
    stances: LiteralString = """
        SELECT DISTINCT ON (clinic_id) clinic_id, quarter || ': ' || step, array_append(evidence_ids, event_id)
          FROM {schema}.standings
         ORDER BY clinic_id, position DESC
    """

    def __init__(self) -> None:
        self.script = script_of(self.name)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Add a row for each assessment."""
        rows = [row for each in batch if issubclass(each.kind, Standing.Event) for row in _rows(each)]
        if rows:
            cursor.executemany(_ADD, rows)


def _rows(recorded: Recorded) -> list[ListedStanding]:
    event = recorded.event
    if not isinstance(event, Standing.StandingAssessed) or recorded.clinic_id is None:
        return []
    return [
        ListedStanding(
            recorded.position,
            recorded.clinic_id,
            f"{recorded.aggregate_id}/{recorded.version}",
            last_day(PartialDate(recorded.occurred_on)),
            event.quarter,
            event.before.value,
            event.step.value,
            list(event.rule_ids),
            event.policy_version,
            list(event.missed),
            list(event.overdue),
            list(event.evidence_ids),
            event.restored_by,
        )
    ]


_ADD: LiteralString = "INSERT INTO standings VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"

_LIST: LiteralString = """
    SELECT position, clinic_id, event_id, assessed_on, quarter, before, step, rule_ids, policy_version, missed, overdue,
           evidence_ids, restored_by
      FROM standings AS found
     WHERE (%(as_of)s::bigint IS NULL OR position <= %(as_of)s::bigint)
       AND (%(happened_by)s::date IS NULL OR assessed_on <= %(happened_by)s::date)
       AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s::uuid)
       AND (%(step)s::text IS NULL OR step = %(step)s::text)
       AND (%(history)s
            OR NOT EXISTS (
                SELECT FROM standings AS later
                 WHERE later.clinic_id = found.clinic_id
                   AND later.position > found.position
                   AND (%(as_of)s::bigint IS NULL OR later.position <= %(as_of)s::bigint)
                   AND (%(happened_by)s::date IS NULL OR later.assessed_on <= %(happened_by)s::date)))
     ORDER BY clinic_id, position
     LIMIT %(limit)s
"""


def standings(
    cursor: psycopg.Cursor[Any],
    *,
    reader: Reader,
    clinic_id: UUID | None = None,
    step: StandingStep | None = None,
    history: bool = False,
    as_of: int | None = None,
    happened_by: date | None = None,
    limit: int = 1000,
) -> list[ListedStanding]:
    """Return how clinics stand, or with `history` every assessment; a clinic is given its own only."""
    params = {
        "clinic_id": reader.party_to(clinic_id),
        "step": step.value if step else None,
        "history": history,
        "as_of": as_of,
        "happened_by": happened_by,
        "limit": limit,
    }
    found = [ListedStanding(*row) for row in cursor.execute(_LIST, params).fetchall()]
    told = told_events(cursor, (event for each in found for event in each.evidence_ids), reader=reader)
    return [each._replace(evidence_ids=[event for event in each.evidence_ids if event in told]) for each in found]
