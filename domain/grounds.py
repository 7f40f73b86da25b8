"""What findings, interim measures and public entries rest on, read from their own histories.

A finding cites the evidence of its case, and a piece of evidence the event of the log that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.aggregate import RegistryEvent
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.event_id import event_place
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from domain.safety_case import SafetyCase

History = Callable[[UUID], Iterable[RegistryEvent]]
"""Gives the events of an aggregate, in order."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A finding or an interim measure of a case, and the events of the log that it rests on."""

    determination: str
    """Id of the event that determined it."""
    cites: Mapping[str, datetime]
    """Each event, with the time since which the case knows it: what changed before was known to the panel."""


class Wording(NamedTuple):
    """What a public entry said from one of its events on."""

    event: str
    """Id of the event since which it said this."""
    worded_at: datetime
    entry: ListingEntry
    case_id: UUID | None
    ended_by: str | None = None
    """Id of the event that let it say something else, or nothing; absent while it says this."""


def case_grounds(history: Iterable[RegistryEvent]) -> tuple[Ground, ...]:
    """Return the finding and the interim measures of a case that were not taken back since."""
    added: dict[str, tuple[str, datetime]] = {}
    found: dict[str, Ground] = {}
    for event in history:
        this = _id(event)
        match event:
            case SafetyCase.EvidenceAdded() if event.event is not None:
                added[this] = (event.event, event.timestamp)
            case SafetyCase.FindingDecided() if event.finding is not None:
                found[this] = Ground(this, dict(added[each] for each in event.finding.evidence_ids if each in added))
            case SafetyCase.InterimPublished():
                found[this] = Ground(this, dict(added.values()))
            case SafetyCase.CaseReopened() | SafetyCase.CaseDismissed():
                found.clear()
            case _:
                pass
    return tuple(found.values())


def wordings(history: Iterable[RegistryEvent]) -> tuple[Wording, ...]:
    """Return what a public entry said one after the other; the last is what it says now unless that has ended."""
    found: list[Wording] = []
    case_id: UUID | None = None
    for event in history:
        match event:
            case Listing.ListingProposed():
                case_id = event.case_id
            case Listing.ListingPublished():
                found.append(Wording(_id(event), event.timestamp, event.entry, case_id))
            case Listing.ListingCorrected() if words(event.entry) != words(found[-1].entry):
                found[-1] = found[-1]._replace(ended_by=_id(event))
                found.append(Wording(_id(event), event.timestamp, event.entry, case_id))
            case Listing.ListingWithdrawn() if found:
                found[-1] = found[-1]._replace(ended_by=_id(event))
            case _:
                pass
    return tuple(found)


def words(entry: ListingEntry) -> tuple[str | None, ...]:
    """Return what the public reads of an entry; another last day is no other wording."""
    return entry.category.value, entry.sentence, entry.source, entry.since, entry.own_words


def rests_on(wording: Wording, history: History) -> frozenset[str]:
    """Return the ids of the events that an entry rests on: what it cites, and by which finding or measure it stands.

    An expulsion rests on the finding for which the clinic was expelled, an interim entry on every renewal as well.
    """
    entry, cited = wording.entry, {*wording.entry.evidence_ids, wording.entry.condition}
    if entry.category is ListingCategory.expelled:
        expulsions = (each for each in history(entry.clinic_id) if isinstance(each, Clinic.ClinicExpelled))
        cited |= {each.finding for each in expulsions if _id(each) in cited}
    if entry.category is ListingCategory.interim and wording.case_id is not None:
        first = event_place(entry.condition, "condition").version
        measures = (each for each in history(wording.case_id) if isinstance(each, SafetyCase.InterimPublished))
        cited |= {_id(each) for each in measures if each.originator_version >= first}
    return frozenset(cited)


def _id(event: RegistryEvent) -> str:
    return event_id(event.originator_id, event.originator_version)
