"""One batch of the public listing: what it touches is read in one statement a table, folded in memory, written in one.

Every version that stood at some position gets its row, even when the same batch ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, LiteralString, TypeVar
from uuid import UUID

import msgspec
import psycopg

from domain.aggregate import RegistryEvent
from domain.clinic_state import ClinicEvent
from domain.dates import PartialDate, last_day
from domain.determination import Determination
from domain.event_id import event_place
from domain.guideline import Guideline
from domain.registry import Registry
from projections.listed_clinics import Description, described_after
from projections.listed_entries import PUBLIC_LISTING_EVENTS, PublicEntry, entry_after
from projections.listing_titles import ListingTitles
from projections.plain_names import plain_name
from projections.read_model import Recorded

LOOKED_AT = (*PUBLIC_LISTING_EVENTS, Determination.Event, ClinicEvent, Registry.Event, Guideline.Event)
"""What the listing follows from: entries from the first, doubts from the second, descriptions from all others."""


Held = TypeVar("Held", Description, PublicEntry)


@dataclass(slots=True)
class _Version(Generic[Held]):
    """What is held of one subject from a position on, until another ends it."""

    held: Held
    known_from: int
    known_to: int | None = None
    shown_to: datetime | None = None


class _Versions(Generic[Held]):
    """The subjects of one table that a batch touches: what stood before, what it adds, what it ends."""

    def __init__(self, found: Iterable[tuple[UUID, int, bytes]], kind: type[Held]) -> None:
        self.standing: dict[UUID, _Version[Held]] = {
            subject: _Version(msgspec.json.decode(text, type=kind), known_from) for subject, known_from, text in found
        }
        self.added: list[tuple[UUID, _Version[Held]]] = []
        self.ended: list[tuple[UUID, _Version[Held]]] = []
        self._new: set[tuple[UUID, int]] = set()

    def held(self, subject: UUID) -> Held | None:
        """Return what stands of a subject."""
        version = self.standing.get(subject)
        return None if version is None else version.held

    def stand(self, subject: UUID, held: Held | None, recorded: Recorded) -> None:
        """Let something else stand of a subject from an event on; nothing changes where it is the same."""
        before = self.standing.get(subject)
        if held == (before.held if before else None):
            return
        if before is not None:
            before.known_to, before.shown_to = recorded.position, recorded.recorded_at
            if (subject, before.known_from) not in self._new:
                self.ended.append((subject, before))
            del self.standing[subject]
        if held is not None:
            version = self.standing[subject] = _Version(held, recorded.position)
            self.added.append((subject, version))
            self._new.add((subject, recorded.position))


def apply_batch(cursor: psycopg.Cursor[Any], titles: ListingTitles, batch: Sequence[Recorded]) -> None:
    """Fold a batch into the tables."""
    concerned = [each for each in batch if _matters(each.kind)]
    if not concerned:
        return
    clinics = _Versions(_standing(cursor, _CLINICS, concerned, (ClinicEvent,)), Description)
    entries = _Versions(_standing(cursor, _ENTRIES, concerned, PUBLIC_LISTING_EVENTS), PublicEntry)
    for recorded in concerned:
        subject = recorded.aggregate_id
        match recorded.event:
            case ClinicEvent() as event:
                known = clinics.held(subject) or Description()
                clinics.stand(subject, described_after(known, event, PartialDate(recorded.occurred_on)), recorded)
            case Registry.Event() | Guideline.Event() as event:
                titles.learn(cursor, recorded.position, event)
            case Determination.Event() as event:
                _question(cursor, recorded, event)
            case _:
                entries.stand(subject, entry_after(entries.held(subject), recorded), recorded)
    _write(cursor, clinics, entries)


@cache
def _matters(kind: type[RegistryEvent]) -> bool:
    return issubclass(kind, LOOKED_AT)


def _standing(
    cursor: psycopg.Cursor[Any],
    statement: LiteralString,
    concerned: Iterable[Recorded],
    kinds: tuple[type[RegistryEvent], ...],
) -> list[tuple[UUID, int, bytes]]:
    subjects = {each.aggregate_id for each in concerned if issubclass(each.kind, kinds)}
    return cursor.execute(statement, {"subjects": list(subjects)}).fetchall() if subjects else []


def _question(cursor: psycopg.Cursor[Any], recorded: Recorded, event: Determination.Event) -> None:
    """Note that a determination is in question, or no longer."""
    params = {"determination_id": recorded.aggregate_id, "position": recorded.position}
    match event:
        case Determination.DeterminationQuestioned():
            named: dict[str, Any] = {
                "kind": event.kind.value,
                "determination": event.determination,
                "about": event_place(event.determination, "determination").aggregate_id,
                "questioned_on": last_day(PartialDate(recorded.occurred_on)),
            }
            cursor.execute(_QUESTION, params | named)
        case _:
            cursor.execute(_SETTLE, params)


def _write(cursor: psycopg.Cursor[Any], clinics: _Versions[Description], entries: _Versions[PublicEntry]) -> None:
    for statement, ended in ((_END_CLINICS, clinics.ended), (_END_ENTRIES, entries.ended)):
        if ended:
            rows = [(subject, each.known_from, each.known_to, each.shown_to) for subject, each in ended]
            subjects, known, positions, times = map(list, zip(*rows, strict=True))
            params = {"subjects": subjects, "known": known, "positions": positions, "times": times}
            cursor.execute(statement, params)
    if clinics.added:
        with cursor.copy(_COPY_CLINICS) as copy:
            for subject, version in clinics.added:
                copy.write_row(_clinic_row(subject, version))
    if entries.added:
        with cursor.copy(_COPY_ENTRIES) as copy:
            for subject, entry in entries.added:
                copy.write_row(_entry_row(subject, entry))


def _clinic_row(clinic_id: UUID, version: _Version[Description]) -> tuple[Any, ...]:
    known = version.held
    names = "\n".join(plain_name(name) for name in (known.name, *known.other_names))
    place = (known.country, known.region, known.city)
    return (clinic_id, version.known_from, version.known_to, known.name, names, *place, msgspec.json.encode(known))


def _entry_row(listing_id: UUID, version: _Version[PublicEntry]) -> tuple[Any, ...]:
    entry = version.held
    return (
        listing_id,
        version.known_from,
        version.known_to,
        version.shown_to,
        entry.clinic_id,
        entry.category.value,
        entry.category.adverse,
        entry.category.gravity,
        entry.sentence,
        entry.source,
        entry.since,
        entry.shown_until,
        list(entry.rests_on),
        entry.case_id,
        entry.worded_from,
        entry.worded_at,
        msgspec.json.encode(entry),
    )


_CLINICS: LiteralString = """
SELECT clinic_id, known_from, description FROM clinics WHERE clinic_id = ANY (%(subjects)s) AND known_to IS NULL
"""

_ENTRIES: LiteralString = """
SELECT listing_id, known_from, content FROM entries WHERE listing_id = ANY (%(subjects)s) AND known_to IS NULL
"""

_END_CLINICS: LiteralString = """
UPDATE clinics
   SET known_to = ended.known_to
  FROM unnest(%(subjects)s::uuid[], %(known)s::bigint[], %(positions)s::bigint[], %(times)s::timestamptz[])
    AS ended (clinic_id, known_from, known_to, shown_to)
 WHERE clinics.clinic_id = ended.clinic_id AND clinics.known_from = ended.known_from
"""

_END_ENTRIES: LiteralString = """
UPDATE entries
   SET known_to = ended.known_to, shown_to = ended.shown_to
  FROM unnest(%(subjects)s::uuid[], %(known)s::bigint[], %(positions)s::bigint[], %(times)s::timestamptz[])
    AS ended (listing_id, known_from, known_to, shown_to)
 WHERE entries.listing_id = ended.listing_id AND entries.known_from = ended.known_from
"""

_COPY_CLINICS: LiteralString = """
COPY clinics (clinic_id, known_from, known_to, name, names_plain, country, region, city, description) FROM STDIN
"""

_COPY_ENTRIES: LiteralString = """
COPY entries (listing_id, known_from, known_to, shown_to, clinic_id, category, adverse, gravity, sentence, source,
              since, shown_until, rests_on, case_id, worded_from, worded_at, content) FROM STDIN
"""

_QUESTION: LiteralString = """
INSERT INTO questions (determination_id, known_from, known_to, kind, determination, about, questioned_on)
SELECT %(determination_id)s, %(position)s, NULL, %(kind)s, %(determination)s, %(about)s, %(questioned_on)s
 WHERE NOT EXISTS (SELECT FROM questions WHERE determination_id = %(determination_id)s AND known_to IS NULL)
"""

_SETTLE: LiteralString = """
UPDATE questions
   SET known_to = %(position)s
 WHERE determination_id = %(determination_id)s AND known_to IS NULL
"""
