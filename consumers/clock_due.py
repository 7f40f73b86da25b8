"""Which duties are over where their holder is: what the clock asks of the obligations, and nobody reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg


class Due(NamedTuple):
    """An obligation whose due day is over where its holder is."""

    obligation_id: UUID
    due_on: date
    rule_id: str
    kind: str
    about: UUID


_DUE: LiteralString = """
    SELECT obligation_id, waits_until, rule_id, kind, about
      FROM obligations
     WHERE waits_until < (%(moment)s::timestamptz AT TIME ZONE 'Etc/GMT-14')::date
       AND waits_until < (%(moment)s::timestamptz AT TIME ZONE time_zone)::date
       AND kind = 'duty'
       AND NOT missed
     ORDER BY waits_until, obligation_id
"""


def due(cursor: psycopg.Cursor[Any], moment: datetime) -> list[Due]:
    """Return the duties that are neither settled nor missed and whose due day is over at a moment, by due day."""
    return [Due(*row) for row in cursor.execute(_DUE, {"moment": moment}).fetchall()]
