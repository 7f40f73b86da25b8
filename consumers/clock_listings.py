"""Public entries follow the record by rule: proposed when a condition holds, published when nothing is missing, ended.

What is refused here waits for persons: an approval, a proof of delivery, the end of a preview. The next change, and the
next day, ask again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from application.command import Command
from application.listings import CorrectListing, ProposeListing, PublishListing, WithdrawListing
from consumers.clock_keeper import Recorder
from domain.aggregate import Aggregate
from domain.codes import Reason
from domain.errors import NotFound, Refused
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_state import WithdrawalCause

_ENTRIES: LiteralString = """
    SELECT listing_id
      FROM listings
     WHERE known_to IS NULL
       AND state <> 'withdrawn'
       AND clinic_id = ANY (%(clinics)s)
     ORDER BY proposed_at, listing_id
"""

_ANSWERED: LiteralString = """
    SELECT listing_id
      FROM listings
     WHERE known_to IS NULL
       AND state IN ('published', 'disputed')
       AND category = ANY (%(categories)s)
       AND clinic_id = ANY (%(clinics)s)
     ORDER BY listing_id
"""

# Days end at each clinic; the commands know when, here a day may be over somewhere.
_OVER: LiteralString = """
    SELECT listing_id, clinic_id,
           CASE WHEN shown_until < day THEN 'condition_ended' WHEN review_on < day THEN 'not_reviewed' ELSE '' END
      FROM listings, (SELECT (%(moment)s::timestamptz AT TIME ZONE 'Etc/GMT-14')::date AS day) AS latest
     WHERE known_to IS NULL
       AND state <> 'withdrawn'
       AND (shown_until < day OR review_on < day
            OR state = 'previewed' AND (approvals >= 2 AND preview_until < day OR category = 'interim'))
     ORDER BY proposed_at, listing_id
"""

# Whether a measure has an entry or not: one that was withdrawn in error tells nobody when the measure ends.
_MEASURES_OVER: LiteralString = """
    SELECT about, clinic_id
      FROM obligations
     WHERE rule_id = 'IT-30'
       AND clinic_id IS NOT NULL
       AND waits_until < (%(moment)s::timestamptz AT TIME ZONE 'Etc/GMT-14')::date
       AND waits_until < (%(moment)s::timestamptz AT TIME ZONE time_zone)::date
       AND (%(ticked_at)s::timestamptz IS NULL OR waits_until >= (%(ticked_at)s AT TIME ZONE 'Etc/GMT+12')::date - 1)
     ORDER BY waits_until, obligation_id
"""

OF_CASES = tuple(each for each in ListingCategory if each.of_safety)


def answered_entries(cursor: psycopg.Cursor[Any], clinics: Iterable[UUID]) -> dict[UUID, type[Aggregate]]:
    """Return the public entries of these clinics that an answer of theirs makes wrong."""
    wanted = {"clinics": list(clinics), "categories": [each.value for each in ListingCategory if each.reviewed]}
    return {listing_id: Listing for (listing_id,) in cursor.execute(_ANSWERED, wanted).fetchall()}


def follow(
    recorder: Recorder,
    cursor: psycopg.Cursor[Any],
    clinics: Iterable[UUID],
    cases: Iterable[tuple[UUID, UUID]],
    mark: str,
) -> None:
    """Bring the entries of these clinics, and those that rest on these cases (case, clinic), to what the record gives.

    `mark` tells one asking from the next, so that a repeat of the same one is recognised.
    """
    cases = tuple(cases)
    concerned = sorted({*clinics, *(clinic for _, clinic in cases)})
    if not concerned:
        return
    _bring_up(recorder, cursor, concerned, mark)
    for clinic_id in concerned:
        _ask(recorder, ProposeListing(clinic_id=clinic_id), f"propose/{clinic_id}/{mark}")
    for case_id, clinic_id in cases:
        for category in OF_CASES:
            proposal = ProposeListing(clinic_id=clinic_id, category=category, case_id=case_id)
            _ask(recorder, proposal, f"propose/{case_id}/{category.value}/{mark}")


def measures_over(cursor: psycopg.Cursor[Any], moment: datetime, ticked_at: datetime | None) -> list[tuple[UUID, UUID]]:
    """Return the cases, with their clinics, whose interim measure ran out about since a tick; asked of obligations."""
    found = cursor.execute(_MEASURES_OVER, {"moment": moment, "ticked_at": ticked_at}).fetchall()
    return [(case_id, clinic_id) for case_id, clinic_id in found]


def let_pass(recorder: Recorder, cursor: psycopg.Cursor[Any], moment: datetime, mark: str) -> None:
    """Publish every entry to which nothing is missing and whose preview, where it waits for one, is over; end others.

    An interim measure's is public as soon as it was sent to the clinic.
    """
    for listing_id, clinic_id, over in cursor.execute(_OVER, {"moment": moment}).fetchall():
        if over:
            ending = WithdrawListing(listing_id=listing_id, cause=WithdrawalCause(over))
            if _ask(recorder, ending, f"{over}/{listing_id}/{mark}"):
                again = ProposeListing(clinic_id=clinic_id)
                _ask(recorder, again, f"propose/{clinic_id}/after/{listing_id}/{mark}")
                continue
        # An interim measure that was renewed outlives the day that its entry was proposed with.
        _ask(recorder, PublishListing(listing_id=listing_id), f"publish/{listing_id}/{mark}")


def _bring_up(recorder: Recorder, cursor: psycopg.Cursor[Any], clinics: list[UUID], mark: str) -> None:
    """End the entries of these clinics whose condition ended, and correct those that read otherwise by now."""
    for (listing_id,) in cursor.execute(_ENTRIES, {"clinics": clinics}).fetchall():
        ending = WithdrawListing(listing_id=listing_id, cause=WithdrawalCause.condition_ended)
        if not _ask(recorder, ending, f"withdraw/{listing_id}/{mark}"):
            correcting = CorrectListing(listing_id=listing_id, reason=Reason.new_information)
            _ask(recorder, correcting, f"correct/{listing_id}/{mark}")


def _ask(recorder: Recorder, command: Command, key: str) -> bool:
    try:
        recorder.carry_out(command, key)
    except (Refused, NotFound):
        return False
    return True
