"""What the record gives for a public entry at this moment, looked up in the store and never in a read model."""

from __future__ import annotations

from uuid import UUID

from application.clinic_acts import policy
from application.command import Desk
from application.listing_seam import case_facts, restraint, suspension
from domain.aggregate import RegistryEvent
from domain.clinic import Clinic
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_condition import Condition, holds_on, participation_condition
from domain.listing_errors import NoSuchCondition
from domain.listing_safety import safety_entry
from domain.listing_state import PublicationFacts
from domain.officer import Officer
from domain.policy import PolicyVersion
from domain.registry import Registry


def policy_today(desk: Desk, clinic: Clinic) -> PolicyVersion:
    """Return the policy in force today at the clinic."""
    return policy(desk).version_on(desk.today(clinic.time_zone))


def condition_now(
    desk: Desk, clinic: Clinic, category: ListingCategory | None, case_id: UUID | None
) -> Condition | None:
    """Return what the record gives now; without a category, whatever the participation gives."""
    if category is not None and category.of_safety:
        case = case_facts(desk, case_id, clinic.id) if case_id else None
        entry = safety_entry(clinic.id, category, case) if case else None
        if entry is None or case is None:
            return None
        officers = case.measuring if category is ListingCategory.interim else frozenset()
        return Condition(entry=entry, case_id=case_id, officers=officers)
    restrained = restraint(desk, clinic, desk.today(clinic.time_zone))
    found = participation_condition(clinic.id, _history(desk, clinic), suspension(desk, clinic), restrained)
    return found if found is not None and category in (None, found.entry.category) else None


def require_condition(desk: Desk, clinic: Clinic, category: ListingCategory | None, case_id: UUID | None) -> Condition:
    """Return what can be listed today; raise NoSuchCondition."""
    found = condition_now(desk, clinic, category, case_id)
    if found is None or not holds_on(found.entry, desk.today(clinic.time_zone)):
        raise NoSuchCondition(clinic=clinic.id, category=category.value if category else "")
    return found


def publication_facts(desk: Desk, listing: Listing) -> PublicationFacts:
    """Return what is true now beside the entry itself."""
    entry = listing.content
    clinic = desk.load(Clinic, entry.clinic_id)
    found = condition_now(desk, clinic, entry.category, listing.case_id)
    case = case_facts(desk, listing.case_id, clinic.id) if listing.case_id else None
    stayed = case is not None and case.stay is not None and entry.category is not ListingCategory.stayed_on_appeal
    finding = entry.category is ListingCategory.finding_published
    officers = found.officers if found else frozenset()
    return PublicationFacts(
        entry=None if found is None else found.entry,
        today=desk.today(clinic.time_zone),
        policy=policy_today(desk, clinic),
        officers=officers,
        interested=frozenset(each for each in (*listing.approvals, *officers) if _interested(desk, clinic, each)),
        stay=case.stay.event if stayed and case and case.stay else None,
        finding_public=not finding or (case is not None and case.published is not None),
    )


def _interested(desk: Desk, clinic: Clinic, person: UUID) -> bool:
    officer = desk.find(Officer, person)
    return officer is None or clinic.id in officer.interests or person in clinic.own_people


def _history(desk: Desk, clinic: Clinic) -> list[RegistryEvent]:
    """Return the events of a clinic, of the registries it ever joined, and of what these ask for, as recorded."""
    registries = {registry for membership in clinic.memberships for registry in membership.registries}
    of_registries = [event for each in sorted(registries) for event in desk.store.history(each)]
    guidelines = {
        guideline
        for event in of_registries
        if isinstance(event, (Registry.RegistryOpened, Registry.RegistryRevised))
        for guideline in event.terms.guidelines
    }
    of_guidelines = [event for each in sorted(guidelines) for event in desk.store.history(each)]
    # Sorting is stable: events of one aggregate keep their order even where they share a time.
    merged = [*of_registries, *of_guidelines, *desk.store.history(clinic.id)]
    return sorted(merged, key=lambda event: event.timestamp)
