"""What the society owes in a safety case or about a doubt is nobody else's before the clinic had its notice.

Obligations are of class *party*, but what opens some of them is restricted: the convening of a panel, a question about
a determination. A clinic that has not been told is not told by the obligation; once the notice of the case is proved
delivered, it is. A case reopened is a new matter until a notice of its own. A question has no notice: it stays with
the society, which says in public what it missed. An interim measure is no secret from its event on, with or without a
notice: it is public by domain.md, and the clinic does not participate while it is in force.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.obligation import Obligation
from domain.reader import Reader
from projections.read_model import Read

OPENING_TOLD: LiteralString = """
    (%(society)s OR EXISTS (
        SELECT
          FROM registry.events AS opening
         WHERE opening.originator_id = split_part(opened_by, '/', 1)::uuid
           AND opening.originator_version = split_part(opened_by, '/', 2)::bigint
           AND (opening.disclosure <> 'restricted'
                OR split_part(opening.topic, '.', 1) = 'InterimPublished'
                OR EXISTS (
                SELECT
                  FROM registry.events AS told
                 WHERE told.originator_id = opening.originator_id
                   AND split_part(told.topic, '.', 1) = 'NoticeDelivered'
                   AND (%(as_of)s::bigint IS NULL OR told.position <= %(as_of)s::bigint)
                   AND NOT EXISTS (
                       SELECT
                         FROM registry.events AS reopened
                        WHERE reopened.originator_id = opening.originator_id
                          AND split_part(reopened.topic, '.', 1) = 'CaseReopened'
                          AND reopened.originator_version > told.originator_version
                          AND reopened.originator_version < opening.originator_version)))))
"""
"""Whether the obligation with this `opened_by` may be told to the reader whose `seen_by` is among the parameters."""

_OPENED: LiteralString = """
    SELECT topic, state, originator_id, originator_version
      FROM registry.events
     WHERE originator_id = ANY (%(obligations)s)
       AND originator_version = 1
"""

_TOLD: LiteralString = f"""
    SELECT opened_by
      FROM unnest(%(openings)s::text[]) AS asked (opened_by)
     WHERE {OPENING_TOLD}
"""  # noqa: S608 - put together from literals


def withheld_obligations(
    cursor: psycopg.Cursor[Any],
    obligations: Collection[UUID],
    *,
    reader: Reader,
    decode: Read,
    as_of: int | None,
) -> frozenset[UUID]:
    """Return which of these obligations are of a process that the reader has not been told of."""
    if reader.of_society or not obligations:
        return frozenset()
    rows = cursor.execute(_OPENED, {"obligations": list(obligations)}).fetchall()
    opened_by: dict[UUID, str] = {}
    for topic, state, obligation_id, version in rows:
        event = decode(topic, bytes(state), obligation_id, version)
        if isinstance(event, Obligation.ObligationOpened):
            opened_by[obligation_id] = event.terms.opened_by
    params = {"openings": sorted(set(opened_by.values())), "as_of": as_of, "society": False}
    told = {event for (event,) in cursor.execute(_TOLD, params).fetchall()}
    return frozenset(each for each, event in opened_by.items() if event not in told)
