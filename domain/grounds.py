"""What findings, interim measures and public entries rest on, read from their own histories.

A finding cites the evidence of its case, and a piece of evidence the event of the log that it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.aggregate import RegistryEvent
from domain.appeal import AppealOutcome
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.dates import day, end_of, last_day, plus_months
from domain.event_id import event_place
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from domain.listing_safety import MONTHS_LIFTED
from domain.safety_case import SafetyCase
from domain.safety_case_codes import CaseOutcome

History = Callable[[UUID], Iterable[RegistryEvent]]
"""Gives the events of an aggregate, in order."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A finding or an interim measure of a case, and the events of the log that it rests on."""

    determination: str
    """Id of the event that determined it."""
    cites: Mapping[str, datetime]
    """Each event, with the time since which the case knows it: what changed before was known to the panel."""
    until: datetime | None = None
    """When it ends, or came to be told no longer; nothing that changed from then on puts it in question."""

    def concerned(self, cited: str, at: datetime) -> bool:
        """Tell whether a change of a cited event at this moment concerns what was determined."""
        return self.cites[cited] <= at and (self.until is None or at < self.until)


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
    """Return the finding and the interim measure of a case that nothing took back or took the place of since."""
    added: dict[str, tuple[str, datetime]] = {}
    finding: Ground | None = None
    measure: Ground | None = None
    for event in history:
        match event:
            case SafetyCase.EvidenceAdded() if event.event is not None:
                added[_id(event)] = (event.event, event.timestamp)
            case SafetyCase.FindingDecided():
                cited = (added[each] for each in event.finding.evidence_ids if each in added)
                finding = Ground(_id(event), dict(cited))
                measure = measure if event.outcome is CaseOutcome.substantiated else None
            case SafetyCase.InterimPublished():
                # It stands instead of the one that it renews or, where that had ended, follows.
                measure = Ground(_id(event), dict(added.values()), end_of(event.ends_on, event.time_zone))
            case SafetyCase.FindingPublished() | SafetyCase.CaseDismissed():
                measure = None
            case SafetyCase.FindingLifted() if finding is not None:
                finding = dataclasses.replace(finding, until=_told_until(event))
            case SafetyCase.AppealDecided() if event.outcome is not AppealOutcome.upheld:
                finding = measure = None
            case SafetyCase.CaseReopened():
                finding = None
            case _:
                pass
    return tuple(each for each in (finding, measure) if each is not None)


def _told_until(lifting: RegistryEvent) -> datetime:
    """Return when the public reads no longer of a finding that was right until it was lifted, by the day in UTC."""
    return end_of(day(plus_months(last_day(lifting.context.occurred_on), MONTHS_LIFTED)), "UTC")


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
