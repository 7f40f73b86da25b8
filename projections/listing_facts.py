"""What is known of one clinic for its public entry, folded from its events; nothing of it is party or restricted.

An entry follows from these facts and from what the clinic's registries ask for; None where the public has no entry.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.attestation import AttestationLapsed, AttestationVerified, GuidelineAttested
from domain.clinic import Clinic
from domain.clinic_details import ClinicDetails
from domain.clinic_state import ClinicEvent
from domain.dates import PartialDate, last_day
from domain.participation import ParticipationState, state_after
from domain.public_category import (
    GuidelineStanding,
    PublicCategory,
    category_of,
    summarise_attestations,
)
from domain.public_sentence import PublicFacts, public_sentence, public_source
from domain.verification import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedService:
    """A service as the clinic offers it: codes of indication, source of cells and route."""

    indication: str | None
    origin: str | None
    route: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A registry joined, and since when."""

    registry_id: UUID
    joined_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """The latest attestation to a guideline."""

    guideline_id: UUID
    version: str
    level: str
    attested_on: str
    valid_until: date
    lapsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDetails:
    """What a clinic's page shows beside its entry."""

    other_names: tuple[str, ...]
    website: str | None
    services: tuple[ListedService, ...]
    registries: tuple[Joined, ...]
    guidelines: tuple[Attested, ...]
    own_words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """One public entry as it is stored."""

    name: str
    country: str
    region: str | None
    city: str | None
    category: PublicCategory
    sentence: str
    source: str
    since: str
    shown_until: date | None
    details: EntryDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """What the entry of a clinic follows from."""

    clinic_id: UUID
    participation: ParticipationState = ParticipationState.prospect
    legal_name: str = ""
    trading_names: tuple[str, ...] = ()
    country: str = ""
    region: str | None = None
    city: str | None = None
    website: str | None = None
    services: tuple[ListedService, ...] = ()
    registries: tuple[Joined, ...] = ()
    attested: tuple[Attested, ...] = ()
    reminders: tuple[int, ...] = ()
    own_words: str | None = None
    public: PublicFacts = field(default_factory=PublicFacts)


def after_event(facts: ListingFacts, event: ClinicEvent, occurred_on: PartialDate) -> ListingFacts:
    """Return the facts after an event of the clinic."""
    moved = dataclasses.replace(facts, participation=state_after(type(event).__name__, facts.participation))
    match event:
        case Clinic.ClinicIdentified() | Clinic.ClinicDetailsCorrected():
            return _described(moved, event.details)
        case Clinic.GuidelineAttested() | Clinic.AttestationVerified() | Clinic.AttestationLapsed():
            return _attesting(moved, event, occurred_on)
        case Clinic.VerificationWithdrawn(level=Verification.documents_checked):
            return _unverified(moved, event.guideline_id)
        case Clinic.ClinicEnrolled() | Clinic.ClinicReadmitted():
            joined = tuple(Joined(registry_id=each, joined_on=occurred_on) for each in event.registries)
            enrolled = dataclasses.replace(moved, registries=joined)
            return _telling(enrolled, enrolled_on=occurred_on, registries=len(joined), left_on=None)
        case Clinic.ClinicWithdrew() | Clinic.ClinicExpelled() | Clinic.ParticipationLapsed():
            return _telling(moved, left_on=occurred_on)
        case _:
            return _corresponding(moved, event, occurred_on)


def _described(facts: ListingFacts, details: ClinicDetails) -> ListingFacts:
    return dataclasses.replace(
        facts,
        legal_name=details.legal_name,
        trading_names=details.trading_names,
        country=details.country,
        region=details.region,
        city=details.city,
        website=details.website,
        services=tuple(
            ListedService(
                indication=each.indication.value if each.indication else None,
                origin=each.origin.value if each.origin else None,
                route=each.route.value if each.route else None,
            )
            for each in details.services
        ),
    )


def _attesting(
    facts: ListingFacts,
    event: GuidelineAttested | AttestationVerified | AttestationLapsed,
    occurred_on: PartialDate,
) -> ListingFacts:
    held = {each.guideline_id: each for each in facts.attested}
    before = held.get(event.guideline_id)
    match event:
        case GuidelineAttested():
            held[event.guideline_id] = Attested(
                guideline_id=event.guideline_id,
                version=event.guideline_version,
                level="self_attested",
                attested_on=occurred_on,
                valid_until=last_day(event.valid_until),
            )
        case AttestationVerified() if before is not None:
            held[event.guideline_id] = dataclasses.replace(before, level=event.level.value)
        case AttestationLapsed() if before is not None:
            held[event.guideline_id] = dataclasses.replace(before, lapsed=True)
            facts = _telling(facts, lapsed_on=occurred_on)
        case _:
            pass
    return dataclasses.replace(facts, attested=tuple(held[each] for each in sorted(held)))


def _unverified(facts: ListingFacts, guideline_id: UUID) -> ListingFacts:
    attested = tuple(
        dataclasses.replace(each, level="self_attested") if each.guideline_id == guideline_id else each
        for each in facts.attested
    )
    return dataclasses.replace(facts, attested=attested)


def _corresponding(facts: ListingFacts, event: ClinicEvent, occurred_on: PartialDate) -> ListingFacts:
    match event:
        case Clinic.ClinicInvited():
            invited = PublicFacts(invited_on=occurred_on, lapsed_on=facts.public.lapsed_on)
            return dataclasses.replace(facts, public=invited, reminders=(), own_words=None)
        case Clinic.InvitationDelivered() if facts.public.delivered_on is None:
            return _telling(facts, delivered_on=occurred_on, delivery_proof=event.proof.kind.value)
        case Clinic.InvitationReminded():
            reminders = tuple(sorted({*facts.reminders, event.reminder}))
            return _telling(dataclasses.replace(facts, reminders=reminders), reminders=len(reminders))
        case Clinic.InvitationAccepted():
            accepted = dataclasses.replace(facts, own_words=None)
            return _telling(accepted, accepted_on=occurred_on, replied_on=None, decline_reason=None)
        case Clinic.InvitationLapsed():
            return _telling(facts, replied_on=occurred_on)
        case Clinic.InvitationDeclined():
            reason = event.decline_reason.value
            declined = dataclasses.replace(facts, own_words=event.own_words)
            return _telling(declined, accepted_on=None, replied_on=occurred_on, decline_reason=reason)
        case _:
            return facts


def _telling(facts: ListingFacts, **told: object) -> ListingFacts:
    return dataclasses.replace(facts, public=dataclasses.replace(facts.public, **told))  # type: ignore[arg-type]


def entry_from(
    facts: ListingFacts, required: Iterable[UUID], before: ListedEntry | None, on: PartialDate
) -> ListedEntry | None:
    """Return the clinic's entry, which began on a day unless the one before had the same category."""
    attestation = summarise_attestations(
        required,
        {
            each.guideline_id: GuidelineStanding(valid_until=each.valid_until, lapsed=each.lapsed)
            for each in facts.attested
        },
    )
    category = category_of(facts.participation, attestation.state)
    if category is None:
        return None
    told = _told(facts, len(set(required)))
    return ListedEntry(
        name=facts.trading_names[0] if facts.trading_names else facts.legal_name,
        country=facts.country,
        region=facts.region,
        city=facts.city,
        category=category,
        sentence=public_sentence(category, told, attestation),
        source=public_source(category, told),
        since=before.since if before is not None and before.category is category else on,
        shown_until=attestation.valid_until if category is PublicCategory.participates else None,
        details=_details(facts, category),
    )


def _told(facts: ListingFacts, required: int) -> PublicFacts:
    attested_on = max((each.attested_on for each in facts.attested), default=None)
    return dataclasses.replace(
        facts.public,
        guidelines=required or len(facts.attested),
        attested_on=PartialDate(attested_on) if attested_on else None,
    )


def _details(facts: ListingFacts, category: PublicCategory) -> EntryDetails:
    member = facts.participation is ParticipationState.enrolled
    names = (*facts.trading_names[1:], facts.legal_name) if facts.trading_names else ()
    return EntryDetails(
        other_names=tuple(name for name in names if name != (facts.trading_names or ("",))[0]),
        website=facts.website,
        services=facts.services,
        registries=facts.registries if member else (),
        guidelines=facts.attested if member else (),
        own_words=facts.own_words if category is PublicCategory.invited_declined else None,
    )
