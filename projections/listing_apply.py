"""One batch of the public listing: clinics read in one statement, folded in memory, written in one statement per table.

Every entry that stood at some position gets its row, even when the same batch ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from domain.aggregate import RegistryEvent
from domain.clinic_state import ClinicEvent
from domain.dates import PartialDate
from domain.guideline import Guideline
from domain.participation import ParticipationState
from domain.registry import Registry
from projections.listing_facts import ListedEntry, ListingFacts, after_event, entry_from
from projections.listing_rulebook import ListingRulebook
from projections.plain_names import plain_name
from projections.read_model import Recorded

LOOKED_AT = (ClinicEvent, Registry.Event, Guideline.Event)
"""What an entry of the listing follows from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A clinic's facts and the entry that holds, with the position since which it does."""

    facts: ListingFacts
    entry: ListedEntry | None = None
    known_from: int = 0


@dataclass(slots=True)
class _NewEntry:
    clinic_id: UUID
    entry: ListedEntry
    names: str
    known_from: int
    shown_from: datetime
    known_to: int | None = None
    shown_to: datetime | None = None


class _Batch:
    """Clinics held in memory, and what the batch adds to and ends in the table of entries."""

    def __init__(self, cursor: psycopg.Cursor[Any], rulebook: ListingRulebook) -> None:
        self.cursor = cursor
        self.rulebook = rulebook
        self.clinics: dict[UUID, Standing] = {}
        self.changed: set[UUID] = set()
        self.added: dict[tuple[UUID, int], _NewEntry] = {}
        self.ended: list[tuple[UUID, int, int, datetime]] = []

    def fetch(self, clinic_ids: Iterable[UUID]) -> None:
        """Read what is known of these clinics."""
        self._take(self.cursor.execute(_FETCH, {"clinics": list(clinic_ids)}).fetchall())

    def fetch_enrolled(self) -> list[UUID]:
        """Read every enrolled clinic; return the ids of all that are, this batch's events included."""
        self._take(self.cursor.execute(_FETCH_ENROLLED).fetchall())
        return sorted(
            each
            for each, standing in self.clinics.items()
            if standing.facts.participation is ParticipationState.enrolled
        )

    def _take(self, rows: Iterable[tuple[UUID, bytes]]) -> None:
        for clinic_id, text in rows:
            if clinic_id not in self.clinics:
                self.clinics[clinic_id] = _DECODER.decode(text)

    def stand(self, clinic_id: UUID, facts: ListingFacts, recorded: Recorded) -> None:
        """Replace a clinic's facts and, where it differs, its entry."""
        before = self.clinics.get(clinic_id) or Standing(facts=facts)
        required = self.rulebook.required(each.registry_id for each in facts.registries)
        entry = entry_from(facts, required, before.entry, PartialDate(recorded.occurred_on))
        known_from = before.known_from
        if entry != before.entry:
            self._end(clinic_id, before, recorded)
            known_from = recorded.position
            if entry is not None:
                names = "\n".join(plain_name(name) for name in (entry.name, *entry.details.other_names))
                new = _NewEntry(clinic_id, entry, names, recorded.position, recorded.recorded_at)
                self.added[clinic_id, recorded.position] = new
        after = Standing(facts=facts, entry=entry, known_from=known_from)
        if after != before or clinic_id not in self.clinics:
            self.clinics[clinic_id] = after
            self.changed.add(clinic_id)

    def _end(self, clinic_id: UUID, before: Standing, recorded: Recorded) -> None:
        if before.entry is None:
            return
        added = self.added.get((clinic_id, before.known_from))
        if added is not None:
            added.known_to, added.shown_to = recorded.position, recorded.recorded_at
        else:
            self.ended.append((clinic_id, before.known_from, recorded.position, recorded.recorded_at))

    def write(self) -> None:
        """Write what changed."""
        if self.changed:
            changed = sorted(self.changed)
            standings = [self.clinics[each] for each in changed]
            enrolled = [each.facts.participation is ParticipationState.enrolled for each in standings]
            facts = [_ENCODER.encode(each) for each in standings]
            self.cursor.execute(_UPSERT, {"clinics": changed, "enrolled": enrolled, "facts": facts})
        if self.ended:
            clinics, known, positions, times = map(list, zip(*self.ended, strict=True))
            self.cursor.execute(_END, {"clinics": clinics, "known": known, "positions": positions, "times": times})
        if self.added:
            with self.cursor.copy(_COPY) as copy:
                for new in self.added.values():
                    copy.write_row(_row(new))


def apply_batch(cursor: psycopg.Cursor[Any], rulebook: ListingRulebook, batch: Sequence[Recorded]) -> None:
    """Fold a batch into the tables."""
    concerned = [each for each in batch if _matters(each.kind)]
    if not concerned:
        return
    folded = _Batch(cursor, rulebook)
    folded.fetch({each.aggregate_id for each in concerned if issubclass(each.kind, ClinicEvent)})
    for recorded in concerned:
        match recorded.event:
            case ClinicEvent() as event:
                held = folded.clinics.get(recorded.aggregate_id)
                facts = held.facts if held else ListingFacts(clinic_id=recorded.aggregate_id)
                on = PartialDate(recorded.occurred_on)
                folded.stand(recorded.aggregate_id, after_event(facts, event, on), recorded)
            case Registry.Event() | Guideline.Event() as event:
                rulebook.learn(cursor, recorded.position, event)
                for clinic_id in folded.fetch_enrolled():
                    folded.stand(clinic_id, folded.clinics[clinic_id].facts, recorded)
            case _:
                pass
    folded.write()


@cache
def _matters(kind: type[RegistryEvent]) -> bool:
    return issubclass(kind, LOOKED_AT)


def _row(new: _NewEntry) -> tuple[Any, ...]:
    entry = new.entry
    return (
        new.clinic_id,
        new.known_from,
        new.known_to,
        new.shown_from,
        new.shown_to,
        entry.name,
        new.names,
        entry.country,
        entry.region,
        entry.city,
        entry.category.value,
        entry.category.adverse,
        entry.sentence,
        entry.source,
        entry.since,
        entry.shown_until,
        _ENCODER.encode(entry.details),
    )


_DECODER = msgspec.json.Decoder(Standing)
_ENCODER = msgspec.json.Encoder()

_FETCH = "SELECT clinic_id, facts FROM clinics WHERE clinic_id = ANY (%(clinics)s)"

_FETCH_ENROLLED = "SELECT clinic_id, facts FROM clinics WHERE enrolled"

_UPSERT = """
INSERT INTO clinics (clinic_id, enrolled, facts)
SELECT clinic_id, enrolled, facts
  FROM unnest(%(clinics)s::uuid[], %(enrolled)s::boolean[], %(facts)s::bytea[]) AS batch (clinic_id, enrolled, facts)
ON CONFLICT (clinic_id) DO UPDATE SET enrolled = excluded.enrolled, facts = excluded.facts
"""

_END = """
UPDATE entries
   SET known_to = ended.known_to, shown_to = ended.shown_to
  FROM unnest(%(clinics)s::uuid[], %(known)s::bigint[], %(positions)s::bigint[], %(times)s::timestamptz[])
    AS ended (clinic_id, known_from, known_to, shown_to)
 WHERE entries.clinic_id = ended.clinic_id AND entries.known_from = ended.known_from
"""

_COPY = """
COPY entries (clinic_id, known_from, known_to, shown_from, shown_to, name, names_plain, country, region, city, category,
              adverse, sentence, source, since, shown_until, details) FROM STDIN
"""
