"""WD-2: who answers after an entry for silence, declining or not taking part became public has it corrected soon.

The duty is the society's and begins with the clinic's answer. It is met by the correction or withdrawal of the entry.
While a dispute is open, words are not corrected (DisputeWaits): what would only be worded otherwise then waits for the
answer to the dispute, which brings the entry up to date and has a last day of its own (DI-14). An answer that ends the
condition is owed all the same, for an entry is withdrawn in spite of a dispute.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from domain.aggregate import RegistryEvent
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.dates import day, due_day, last_day
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.obligation_terms import ObligationEnding, ObligationTerms
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
    public = disputed = rewording = False
    answers = (each for each in of_clinic if isinstance(each, ANSWERS))
    # Sorting is stable, and an entry that an answer ended was ended after it.
    for event in sorted((*answers, *of_entry), key=lambda each: each.timestamp):
        if isinstance(event, Listing.ListingPublished):
            public = True
        elif isinstance(event, Listing.ListingDisputed):
            disputed = True
            if waiting is not None and rewording and _in_time(event, waiting):
                found.append(_paused(waiting, event))
                waiting = None
        elif isinstance(event, _CORRECTIONS):
            if waiting is not None:
                found.append(_met(waiting, event))
            disputed = disputed and event.dispute is None
            waiting, public = None, public and not isinstance(event, Listing.ListingWithdrawn)
        elif isinstance(event, ANSWERS) and public and waiting is None:
            rewording = _rewords(listing, event)
            waiting = None if disputed and rewording else _owed(listing, event, policy, zone)
        elif isinstance(event, ANSWERS):
            # What waits already is owed for the first answer; once one ended the condition, no dispute holds it up.
            rewording = rewording and _rewords(listing, event)
    return (*found, waiting) if waiting is not None else tuple(found)


def _rewords(listing: Listing, answer: RegistryEvent) -> bool:
    """Tell whether an answer leaves the entry its condition: who declines again is still one that declined."""
    return isinstance(answer, Clinic.InvitationDeclined) and listing.content.category is ListingCategory.declined


def _in_time(event: RegistryEvent, owed: Owed) -> bool:
    return last_day(event.context.occurred_on) <= last_day(owed.terms.due_on)


def _paused(owed: Owed, dispute: RegistryEvent) -> Owed:
    by = event_id(dispute.originator_id, dispute.originator_version)
    return dataclasses.replace(owed, ending=ObligationEnding.replaced, ended_by=by)


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
