"""Every public entry with its state, from its proposal to its end, as of any position.

Disclosure is *party* as long as an entry is not public: the society sees all of it, a clinic what concerns it but for
the case behind it, nobody else anything here: what was published is told by `public_listing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.dates import PartialDate, last_day
from domain.errors import InvalidInput
from domain.listing_category import ListingCategory
from domain.listing_state import ListingEvent, ListingState
from domain.reader import Reader
from projections.listing_fold import ListedListing, listed_after
from projections.read_model import Read, Recorded
from projections.script import script_of
from projections.shown_events import told_events


class Listings:
    """The read model behind the list of entries."""

    name = "listings"
    tables: tuple[str, ...] = ("listings",)
    stances: LiteralString = """
        SELECT clinic_id, category || ', ' || state || ': ' || sentence, array_append(evidence, condition)
          FROM {schema}.listings
         WHERE known_to IS NULL
           AND state <> 'withdrawn'
    """
    looks_at: tuple[type[RegistryEvent], ...] = (ListingEvent,)

    def __init__(self) -> None:
        self.script = script_of(self.name)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold the events of entries; a batch without any asks the database nothing."""
        for each in batch:
            if not issubclass(each.kind, ListingEvent):
                continue
            row = cursor.execute(_STANDING, {"listing_id": each.aggregate_id}).fetchone()
            before = None if row is None else ListedListing(*row)
            after = listed_after(before, each)
            if after is None:
                continue
            cursor.execute(_END, {"listing_id": each.aggregate_id, "position": each.position})
            cursor.execute(_ADD, after._asdict())


_STANDING: LiteralString = """
    SELECT listing_id, known_from, clinic_id, category, adverse, state, sentence, source, since, condition, evidence,
           shown_until, own_words, shown_hash, policy_version, case_id, proposed_at, approvals, previewed_on,
           preview_delivered_on, preview_until, published_at, review_on, dispute_ground, dispute_statement, disputed_at,
           dispute_outcome, answer, withdrawn_at, withdrawn_for
      FROM listings
     WHERE listing_id = %(listing_id)s
       AND known_to IS NULL
"""

_END: LiteralString = """
    UPDATE listings SET known_to = %(position)s WHERE listing_id = %(listing_id)s AND known_to IS NULL
"""

_ADD: LiteralString = """
    INSERT INTO listings
           (listing_id, known_from, clinic_id, category, adverse, state, sentence, source, since, condition, evidence,
            shown_until, own_words, shown_hash, policy_version, case_id, proposed_at, approvals, previewed_on,
            preview_delivered_on, preview_until, published_at, review_on, dispute_ground, dispute_statement,
            disputed_at, dispute_outcome, answer, withdrawn_at, withdrawn_for)
    VALUES (%(listing_id)s, %(known_from)s, %(clinic_id)s, %(category)s, %(adverse)s, %(state)s, %(sentence)s,
            %(source)s, %(since)s, %(condition)s, %(evidence)s, %(shown_until)s, %(own_words)s, %(shown_hash)s,
            %(policy_version)s, %(case_id)s, %(proposed_at)s, %(approvals)s, %(previewed_on)s,
            %(preview_delivered_on)s, %(preview_until)s, %(published_at)s, %(review_on)s, %(dispute_ground)s,
            %(dispute_statement)s, %(disputed_at)s, %(dispute_outcome)s, %(answer)s, %(withdrawn_at)s,
            %(withdrawn_for)s)
"""

_LIST: LiteralString = """
    SELECT listing_id, known_from, clinic_id, category, adverse, state, sentence, source, since, condition, evidence,
           shown_until, own_words, shown_hash, policy_version, case_id, proposed_at, approvals, previewed_on,
           preview_delivered_on, preview_until, published_at, review_on, dispute_ground, dispute_statement, disputed_at,
           dispute_outcome, answer, withdrawn_at, withdrawn_for
      FROM listings
     WHERE (%(as_of)s::bigint IS NULL AND known_to IS NULL
            OR known_from <= %(as_of)s::bigint AND (known_to IS NULL OR known_to > %(as_of)s::bigint))
       AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s::uuid)
       AND (%(category)s::text IS NULL OR category = %(category)s::text)
       AND (%(state)s::text IS NULL AND state <> 'withdrawn' OR state = %(state)s::text)
     ORDER BY proposed_at, listing_id
     LIMIT %(limit)s
"""

# One row for each entry that was ever proposed, in the order of its last proposal known; a page at a time.
_EVER: LiteralString = """
    SELECT listing_id, proposed_at
      FROM listings
     WHERE (%(as_of)s::bigint IS NULL AND known_to IS NULL
            OR known_from <= %(as_of)s::bigint AND (known_to IS NULL OR known_to > %(as_of)s::bigint))
       AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s::uuid)
       AND (%(after_at)s::timestamptz IS NULL
            OR (proposed_at, listing_id) > (%(after_at)s::timestamptz, %(after_id)s::uuid))
     ORDER BY proposed_at, listing_id
     LIMIT 200
"""

_EVENTS: LiteralString = """
    SELECT position, topic, originator_id, originator_version, clinic_id, recorded_at, occurred_on, disclosure, state
      FROM registry.events
     WHERE originator_id = ANY (%(listings)s)
       AND (%(as_of)s::bigint IS NULL OR position <= %(as_of)s::bigint)
     ORDER BY originator_id, originator_version
"""


def entries(
    cursor: psycopg.Cursor[Any],
    *,
    reader: Reader,
    clinic_id: UUID | None = None,
    category: ListingCategory | None = None,
    state: ListingState | None = None,
    as_of: int | None = None,
    happened_by: date | None = None,
    decode: Read | None = None,
    limit: int = 1000,
) -> list[ListedListing]:
    """Return entries, the oldest proposal first; without a state those that were not withdrawn.

    `as_of` is a position. `happened_by` leaves out what happened later on its own date; it folds the events of the
    entries anew, which `decode` reads. A clinic is given its own only. Raises InvalidInput for `happened_by` without
    `decode`.
    """
    params: dict[str, Any] = {
        "clinic_id": reader.party_to(clinic_id),
        "category": category.value if category else None,
        "state": state.value if state else None,
        "as_of": as_of,
        "limit": limit,
    }
    if happened_by is None:
        found = [ListedListing(*row) for row in cursor.execute(_LIST, params).fetchall()]
        return _as_told(cursor, found, reader)
    if decode is None:
        raise InvalidInput(field="decode", problem="an answer by what had happened needs the events decoded")
    stood = (each for each in _stood(cursor, params, happened_by, decode) if _asked_for(each, category, state))
    return _as_told(cursor, list(islice(stood, limit)), reader)


def _as_told(cursor: psycopg.Cursor[Any], rows: list[ListedListing], reader: Reader) -> list[ListedListing]:
    """Return rows without the case behind them and without the ids of events that the reader is not shown."""
    if reader.of_society:
        return rows
    told = told_events(cursor, (event for each in rows for event in (each.condition, *each.evidence)), reader=reader)
    return [
        each._replace(
            case_id=None,
            condition=each.condition if each.condition in told else None,
            evidence=[event for event in each.evidence if event in told],
        )
        for each in rows
    ]


def _stood(
    cursor: psycopg.Cursor[Any], params: dict[str, Any], happened_by: date, decode: Read
) -> Iterator[ListedListing]:
    """Yield every entry as what had happened by a day made it, some at a time."""
    after: tuple[datetime | None, UUID | None] = (None, None)
    while page := cursor.execute(_EVER, {**params, "after_at": after[0], "after_id": after[1]}).fetchall():
        ids = [listing_id for listing_id, _ in page]
        stands: dict[UUID, ListedListing | None] = {}
        for row in cursor.execute(_EVENTS, {**params, "listings": ids}, binary=True).fetchall():
            position, topic, aggregate_id, version, about, recorded_at, occurred_on, disclosure, content = row
            columns = position, topic, aggregate_id, version, about, recorded_at, occurred_on, disclosure, content
            recorded = Recorded(*columns, decode)
            if last_day(PartialDate(recorded.occurred_on)) <= happened_by:
                stands[recorded.aggregate_id] = listed_after(stands.get(recorded.aggregate_id), recorded)
        yield from (stood for each in ids if (stood := stands.get(each)) is not None)
        after = (page[-1][1], page[-1][0])


def _asked_for(entry: ListedListing, category: ListingCategory | None, state: ListingState | None) -> bool:
    if category is not None and entry.category != category.value:
        return False
    return entry.state == state.value if state is not None else entry.state != ListingState.withdrawn.value
