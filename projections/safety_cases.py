"""How safety cases stand, and where each clinic stands on the safety axis, as of any position and moment.

Disclosure is *restricted*: the society and its auditors see it, nobody else. What people told is sealed in the
events. An interim measure is in force up to a moment and then no longer, so the state is asked for a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.reader import Reader
from domain.safety_case import SafetyCase
from domain.safety_case_state import BESIDE_INTERIM, CaseState, gravest
from projections.read_model import Recorded
from projections.safety_case_fold import CaseRow, folded
from projections.script import script_of


class ListedCase(NamedTuple):
    """One case as it stands at a moment."""

    case_id: UUID
    clinic_id: UUID
    state: str
    """Its step, or `interim` while an interim measure is in force beside it."""
    stage: str
    """Its step."""
    since: datetime
    raised_at: datetime
    grounds: list[str]
    decide_by: date | None
    reply_until: date | None
    replies: int
    late_replies: int
    outcome: str | None
    remedy: str | None
    finding: str | None
    appeal_until: date | None
    preview_until: date | None
    under_appeal: bool
    published_at: datetime | None
    interim_ends_at: datetime | None
    position: int
    """Position of the event that made it stand so."""


class ClinicSafety(NamedTuple):
    """Where a clinic stands on the safety axis."""

    clinic_id: UUID
    safety: str
    cases: list[UUID]
    positions: list[int]
    """Positions of the events that made its cases stand as they do."""


class SafetyCases:
    """The read model behind the list of safety cases and the safety axis."""

    name = "safety_cases"
    tables: tuple[str, ...] = ("safety_cases",)
    looks_at: tuple[type[RegistryEvent], ...] = (SafetyCase.Event,)

    def __init__(self) -> None:
        self.script = script_of(self.name)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold the events of safety cases; an event that changes nothing told here leaves the row as it is."""
        for each in batch:
            if not issubclass(each.kind, SafetyCase.Event):
                continue
            before = _now(cursor, each.aggregate_id)
            after = folded(before, each)
            if after is not None and after != before:
                row = after._replace(known_from=each.position)
                cursor.execute(_END, {"case_id": row.case_id, "position": each.position})
                cursor.execute(_GO_ON, row._asdict())


_NOW: LiteralString = """
    SELECT case_id, known_from, clinic_id, stage, stage_since, raised_at, grounds, decide_by, reply_until, replies,
           late_replies, outcome, remedy, finding, appeal_until, preview_until, under_appeal, published_at,
           interim_ends_at
      FROM safety_cases
     WHERE case_id = %(case_id)s
       AND known_to IS NULL
"""

_END: LiteralString = """
    UPDATE safety_cases SET known_to = %(position)s WHERE case_id = %(case_id)s AND known_to IS NULL
"""

_GO_ON: LiteralString = """
    INSERT INTO safety_cases
           (case_id, known_from, clinic_id, stage, stage_since, raised_at, grounds, decide_by, reply_until, replies,
            late_replies, outcome, remedy, finding, appeal_until, preview_until, under_appeal, published_at,
            interim_ends_at)
    VALUES (%(case_id)s, %(known_from)s, %(clinic_id)s, %(stage)s, %(stage_since)s, %(raised_at)s, %(grounds)s,
            %(decide_by)s, %(reply_until)s, %(replies)s, %(late_replies)s, %(outcome)s, %(remedy)s, %(finding)s,
            %(appeal_until)s, %(preview_until)s, %(under_appeal)s, %(published_at)s, %(interim_ends_at)s)
"""


def _now(cursor: psycopg.Cursor[Any], case_id: UUID) -> CaseRow | None:
    row = cursor.execute(_NOW, {"case_id": case_id}).fetchone()
    return CaseRow(*row) if row else None


_LIST: LiteralString = """
    SELECT case_id, clinic_id, state, stage, stage_since, raised_at, grounds, decide_by, reply_until, replies,
           late_replies, outcome, remedy, finding, appeal_until, preview_until, under_appeal, published_at,
           interim_ends_at, known_from
      FROM (SELECT *,
                   CASE WHEN interim_ends_at > %(at)s AND stage = ANY (%(beside)s) THEN 'interim' ELSE stage END
                   AS state
              FROM safety_cases) AS stood
     WHERE (%(as_of)s::bigint IS NULL AND known_to IS NULL
            OR known_from <= %(as_of)s::bigint AND (known_to IS NULL OR known_to > %(as_of)s::bigint))
       AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s::uuid)
       AND (%(state)s::text IS NULL OR state = %(state)s::text)
     ORDER BY raised_at, case_id
     LIMIT %(limit)s
"""


def cases(
    cursor: psycopg.Cursor[Any],
    at: datetime,
    *,
    reader: Reader,
    clinic_id: UUID | None = None,
    state: CaseState | None = None,
    as_of: int | None = None,
    limit: int = 1000,
) -> list[ListedCase]:
    """Return safety cases as they stand at a moment, the oldest first: of one clinic or all, in one state or any.

    Nobody but the society is told whether there is any.
    """
    if not reader.of_society:
        return []
    params = {
        "at": at,
        "beside": [each.value for each in sorted(BESIDE_INTERIM)],
        "clinic_id": clinic_id,
        "state": state.value if state else None,
        "as_of": as_of,
        "limit": limit,
    }
    return [ListedCase(*row) for row in cursor.execute(_LIST, params).fetchall()]


def safety_axis(
    cursor: psycopg.Cursor[Any],
    at: datetime,
    *,
    reader: Reader,
    clinic_id: UUID | None = None,
    as_of: int | None = None,
) -> list[ClinicSafety]:
    """Return each clinic's place on the safety axis at a moment; a clinic without a case is not in it."""
    found = cases(cursor, at, reader=reader, clinic_id=clinic_id, as_of=as_of, limit=_ALL)
    found.sort(key=lambda each: each.clinic_id)
    return [_axis(clinic, list(of_clinic)) for clinic, of_clinic in groupby(found, lambda each: each.clinic_id)]


_ALL = 2**31 - 1


def _axis(clinic: UUID, of_clinic: list[ListedCase]) -> ClinicSafety:
    return ClinicSafety(
        clinic_id=clinic,
        safety=gravest(CaseState(each.state) for each in of_clinic),
        cases=[each.case_id for each in of_clinic],
        positions=[each.position for each in of_clinic],
    )
