"""What one aggregate's own events say up to a position, as far as a reader is shown them."""

from __future__ import annotations

from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.clinic import Clinic
from domain.reader import Disclosure, Reader
from projections.read_model import Read
from projections.restricted_process import withheld_obligations
from projections.shown_events import SHOWN, seen_by

_EVENTS: LiteralString = f"""
    SELECT e.topic, e.state, e.originator_id, e.originator_version
      FROM registry.events AS e
     WHERE e.originator_id = %(aggregate_id)s
       AND e.position <= %(upto)s
       AND (NOT %(withheld)s OR e.disclosure = %(public)s)
       AND {SHOWN}
     ORDER BY e.originator_version
"""  # noqa: S608 - put together from literals

_WHOLE: LiteralString = """
    SELECT topic, state, originator_id, originator_version
      FROM registry.events
     WHERE originator_id = %(clinic)s
       AND clinic_id = %(clinic)s
       AND position <= %(upto)s
     ORDER BY originator_version
"""

_KNOWN: LiteralString = f"""
    SELECT 1
      FROM registry.events AS e
     WHERE (e.originator_id = %(identity)s OR e.clinic_id = %(identity)s)
       AND (NOT %(withheld)s OR e.disclosure = %(public)s)
       AND {SHOWN}
     LIMIT 1
"""  # noqa: S608 - put together from literals


def events_of(
    cursor: psycopg.Cursor[Any], aggregate_id: UUID, upto: int, *, reader: Reader, decode: Read
) -> list[RegistryEvent]:
    """Return an aggregate's events up to a position, those that the reader is shown."""
    params = {**_seen(cursor, aggregate_id, reader, decode), "aggregate_id": aggregate_id, "upto": upto}
    return [decode(row[0], bytes(row[1]), row[2], row[3]) for row in cursor.execute(_EVENTS, params).fetchall()]


def knows(cursor: psycopg.Cursor[Any], identity: UUID, *, reader: Reader, decode: Read) -> bool:
    """Return whether there is an event of an aggregate, or about a clinic, that the reader is shown."""
    params = {**_seen(cursor, identity, reader, decode), "identity": identity}
    return cursor.execute(_KNOWN, params).fetchone() is not None


def clinic_as_of(
    cursor: psycopg.Cursor[Any], clinic_id: UUID, upto: int, *, reader: Reader, decode: Read
) -> Clinic | None:
    """Return a clinic as its events up to a position made it; None for one that there was not, or is not the reader's.

    It is made of all its events: whoever tells of it cites only those that the reader is shown.
    """
    clinic: Any = None
    for topic, state, owner, version in cursor.execute(
        _WHOLE, {"clinic": reader.party_of(clinic_id), "upto": upto}
    ).fetchall():
        clinic = decode(topic, bytes(state), owner, version).mutate(clinic)
    return clinic if isinstance(clinic, Clinic) else None


def _seen(cursor: psycopg.Cursor[Any], aggregate_id: UUID, reader: Reader, decode: Read) -> dict[str, Any]:
    withheld = withheld_obligations(cursor, [aggregate_id], reader=reader, decode=decode, as_of=None)
    return {**seen_by(reader), "withheld": bool(withheld), "public": Disclosure.public.value}
