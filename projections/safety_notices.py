"""What everybody is told about techniques, laboratories and lots, as of any position.

Disclosure is *public*: every column comes from a public event, so the answer is the same for whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from domain.aggregate import RegistryEvent
from domain.policy import Approval
from domain.reader import Reader
from domain.safety_notice import NoticeAbout, NoticeContent, SafetyNotice
from projections.read_model import Recorded
from projections.script import script_of


class ShownNotice(NamedTuple):
    """One notice as the public sees it."""

    notice_id: UUID
    state: str
    """`in_force` or `withdrawn`."""
    about: str
    name: str
    laboratory_id: UUID | None
    title: str
    known: str
    advice: str
    language: str
    countries: list[str]
    """Where it applies; everywhere where none is named."""
    changed: str | None
    """What the last update was about."""
    published_at: datetime
    updated_at: datetime | None
    withdrawn_at: datetime | None
    explanation: str | None
    """Why it was withdrawn."""
    replaced_by: UUID | None
    approvals: list[dict[str, Any]]
    """The two approvals of what it says now: role, time, meaning and the hash of what was shown."""
    position: int
    """Position of the event that made it say so."""


class SafetyNotices:
    """The read model behind the notices."""

    name = "safety_notices"
    tables: tuple[str, ...] = ("safety_notices",)
    looks_at: tuple[type[RegistryEvent], ...] = (SafetyNotice.Event,)

    def __init__(self) -> None:
        self.script = script_of(self.name)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold the events of notices; a batch without any asks the database nothing."""
        for each in batch:
            if not issubclass(each.kind, SafetyNotice.Event):
                continue
            match each.event:
                case SafetyNotice.SafetyNoticePublished() as event:
                    told = {**_told(event.content), "approvals": _approvals(event.approvals)}
                    cursor.execute(_PUBLISH, {**_place(each), **told})
                case SafetyNotice.SafetyNoticeUpdated() as event:
                    cursor.execute(_END, _place(each))
                    told = {**_told(event.content), "approvals": _approvals(event.approvals)}
                    cursor.execute(_UPDATE, {**_place(each), **told, "changed": event.changed})
                case SafetyNotice.SafetyNoticeWithdrawn() as event:
                    cursor.execute(_END, _place(each))
                    told = {"explanation": event.explanation, "replaced_by": event.replaced_by}
                    approvals = _approvals(event.approvals)
                    cursor.execute(_WITHDRAW, {**_place(each), **told, "approvals": approvals})
                case _:
                    pass


def _place(recorded: Recorded) -> dict[str, Any]:
    return {"notice_id": recorded.aggregate_id, "position": recorded.position, "at": recorded.recorded_at}


def _told(content: NoticeContent) -> dict[str, Any]:
    return {
        "about": content.subject.about.value,
        "name": content.subject.name,
        "laboratory_id": content.subject.laboratory_id,
        "title": content.title,
        "known": content.known,
        "advice": content.advice,
        "language": content.language,
        "countries": Jsonb(list(content.countries)),
    }


def _approvals(approvals: Sequence[Approval]) -> Jsonb:
    return Jsonb(
        [
            {
                "role": each.role.value,
                "approved_at": each.approved_at.isoformat(),
                "meaning": each.meaning,
                "shown_hash": each.shown_hash,
            }
            for each in approvals
        ]
    )


_PUBLISH: LiteralString = """
    INSERT INTO safety_notices
           (notice_id, known_from, state, about, name, laboratory_id, title, known, advice, language, countries,
            published_at, approvals)
    VALUES (%(notice_id)s, %(position)s, 'in_force', %(about)s, %(name)s, %(laboratory_id)s, %(title)s, %(known)s,
            %(advice)s, %(language)s, %(countries)s, %(at)s, %(approvals)s)
"""

_END: LiteralString = """
    UPDATE safety_notices SET known_to = %(position)s WHERE notice_id = %(notice_id)s AND known_to IS NULL
"""

_UPDATE: LiteralString = """
    INSERT INTO safety_notices
           (notice_id, known_from, state, about, name, laboratory_id, title, known, advice, language, countries,
            changed, published_at, updated_at, approvals)
    SELECT notice_id, %(position)s, state, %(about)s, %(name)s, %(laboratory_id)s, %(title)s, %(known)s, %(advice)s,
           %(language)s, %(countries)s, %(changed)s, published_at, %(at)s, %(approvals)s
      FROM safety_notices
     WHERE notice_id = %(notice_id)s
       AND known_to = %(position)s
"""

_WITHDRAW: LiteralString = """
    INSERT INTO safety_notices
           (notice_id, known_from, state, about, name, laboratory_id, title, known, advice, language, countries,
            changed, published_at, updated_at, withdrawn_at, explanation, replaced_by, approvals)
    SELECT notice_id, %(position)s, 'withdrawn', about, name, laboratory_id, title, known, advice, language, countries,
           changed, published_at, updated_at, %(at)s, %(explanation)s, %(replaced_by)s, %(approvals)s
      FROM safety_notices
     WHERE notice_id = %(notice_id)s
       AND known_to = %(position)s
"""

_LIST: LiteralString = """
    SELECT notice_id, state, about, name, laboratory_id, title, known, advice, language, countries, changed,
           published_at, updated_at, withdrawn_at, explanation, replaced_by, approvals, known_from
      FROM safety_notices
     WHERE (%(as_of)s::bigint IS NULL AND known_to IS NULL
            OR known_from <= %(as_of)s::bigint AND (known_to IS NULL OR known_to > %(as_of)s::bigint))
       AND (%(about)s::text IS NULL OR about = %(about)s::text)
       AND (%(withdrawn)s OR state = 'in_force')
     ORDER BY published_at DESC, notice_id
     LIMIT %(limit)s
"""


def notices(
    cursor: psycopg.Cursor[Any],
    *,
    reader: Reader,
    about: NoticeAbout | None = None,
    withdrawn: bool = False,
    as_of: int | None = None,
    limit: int = 1000,
) -> list[ShownNotice]:
    """Return the notices in force, the newest first; with `withdrawn` those too that were withdrawn."""
    del reader  # all of it is public
    params = {"about": about.value if about else None, "withdrawn": withdrawn, "as_of": as_of, "limit": limit}
    return [ShownNotice(*row) for row in cursor.execute(_LIST, params).fetchall()]
