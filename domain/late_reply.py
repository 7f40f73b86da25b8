"""WD-2: who answers after an entry for silence, declining or not taking part became public has it corrected soon.

The duty is the society's and begins with the clinic's answer. It is met by the correction or withdrawal of the entry.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from domain.aggregate import RegistryEvent
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.dates import day, due_day, last_day
from domain.listing import Listing
from domain.obligation_terms import ObligationTerms
from domain.owed import Owed
from domain.policy import Policy

RULE = "WD-2"
ANSWERS = (
    Clinic.InvitationAccepted,
    Clinic.InvitationDeclined,
    Clinic.EnrolmentRequested,
    Clinic.ParticipationResumed,
    Clinic.ClinicWithdrew,
)
"""Events by which a clinic answers, after which an entry for its silence or its refusal reads wrongly."""

_CORRECTIONS = (Listing.ListingCorrected, Listing.ListingWithdrawn)


def late_reply_owed(
    listing: Listing, of_entry: Iterable[RegistryEvent], of_clinic: Iterable[RegistryEvent], policy: Policy, zone: str
) -> tuple[Owed, ...]:
    """Return the corrections that the society owes for answers that came while an entry was public, in their order."""
    if not listing.content.category.reviewed:
        return ()
    found: list[Owed] = []
    waiting: Owed | None = None
    public = False
    answers = (each for each in of_clinic if isinstance(each, ANSWERS))
    # Sorting is stable, and an entry that an answer ended was ended after it.
    for event in sorted((*answers, *of_entry), key=lambda each: each.timestamp):
        if isinstance(event, Listing.ListingPublished):
            public = True
        elif isinstance(event, _CORRECTIONS):
            if waiting is not None:
                found.append(_met(waiting, event))
            waiting, public = None, public and not isinstance(event, Listing.ListingWithdrawn)
        elif isinstance(event, ANSWERS) and public and waiting is None:
            waiting = _owed(listing, event, policy, zone)
    return (*found, waiting) if waiting is not None else tuple(found)


def _owed(listing: Listing, answer: RegistryEvent, policy: Policy, zone: str) -> Owed:
    start = last_day(answer.context.occurred_on)
    version = policy.version_on(start)
    evidence = event_id(answer.originator_id, answer.originator_version)
    terms = ObligationTerms(
        rule_id=RULE,
        policy_version=version.number,
        about=listing.id,
        clock_start=day(start),
        due_on=day(due_day(start, version.rule(RULE).limit)),
        time_zone=zone,
        opened_by=evidence,
    )
    return Owed(terms=terms, clinic_id=listing.content.clinic_id, changed_by=evidence)


def _met(owed: Owed, event: RegistryEvent) -> Owed:
    met_on = day(max(last_day(event.context.occurred_on), last_day(owed.terms.clock_start)))
    return dataclasses.replace(
        owed, fulfilled_on=met_on, fulfilled_by=event_id(event.originator_id, event.originator_version)
    )
