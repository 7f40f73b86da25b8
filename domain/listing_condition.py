"""Which public entry a clinic's history gives now, and which event gave its condition: always derived, never typed.

A condition that ended and came back was given by another event, so it is another entry.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.aggregate import RegistryEvent
from domain.clinic_state import ClinicEvent, event_id
from domain.dates import PartialDate, day
from domain.guideline import Guideline
from domain.listing_category import CATEGORY_OF, ListingCategory
from domain.listing_entry import ListingEntry
from domain.listing_facts import EntryFacts, EvidenceKind, after_event
from domain.listing_safety import Restraint
from domain.participation import ParticipationState
from domain.public_category import AttestationSummary, category_of, summarise_attestations
from domain.public_sentence import plain_date, public_sentence, public_source
from domain.registry import Registry

_PUBLIC_OF = {listed: public for public, listed in CATEGORY_OF.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A standing of suspended, as the standing of a clinic was last assessed."""

    event: str
    """Id of the event that assessed it: `<aggregate id>/<version>`."""
    on: PartialDate
    """Day since which it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An entry that a history gives, and the safety case that it rests on, if any."""

    entry: ListingEntry
    case_id: UUID | None = None
    officers: frozenset[UUID] = frozenset()
    """The two officers of an interim measure, who stand for the approvals of its entry."""


class _Rulebook:
    """Which guidelines the registries seen so far ask for."""

    def __init__(self) -> None:
        self._asked: dict[UUID, tuple[UUID, ...]] = {}
        self._ended: set[UUID] = set()

    def learn(self, event: RegistryEvent) -> None:
        match event:
            case Registry.RegistryOpened() | Registry.RegistryRevised():
                self._asked[event.originator_id] = event.terms.guidelines
            case Registry.RegistryClosed() | Guideline.GuidelineRetired():
                self._ended.add(event.originator_id)
            case _:
                pass

    def required(self, registries: Iterable[UUID]) -> frozenset[UUID]:
        open_ones = (each for each in registries if each not in self._ended)
        return frozenset(
            guideline
            for registry in open_ones
            for guideline in self._asked.get(registry, ())
            if guideline not in self._ended
        )


def participation_condition(
    clinic_id: UUID,
    history: Iterable[RegistryEvent],
    suspension: Suspension | None = None,
    restraint: Restraint | None = None,
) -> Condition | None:
    """Return what the participation gives, or None where the clinic has no entry.

    `history` holds the events of the clinic, of the registries that it joined and of their guidelines, in the order
    in which they were recorded. While a finding or an interim measure is in force nobody *participates*; who does
    afterwards does so by what ended it.
    """
    facts, rulebook = EntryFacts(), _Rulebook()
    category: ListingCategory | None = None
    given_by: RegistryEvent | None = None
    for event in history:
        if isinstance(event, ClinicEvent):
            facts = after_event(facts, event)
        else:
            rulebook.learn(event)
        before, category = category, _category(facts, rulebook)
        if category is not before:
            given_by = event
    if category is None or given_by is None:
        return None
    required = rulebook.required(facts.registries)
    if suspension is not None and facts.participation is ParticipationState.enrolled:
        return Condition(entry=_suspended(clinic_id, facts, suspension))
    case_id = facts.case_id if category is ListingCategory.expelled else None
    entry = _entry(clinic_id, facts, required, category, given_by)
    if category is ListingCategory.participates and restraint is not None:
        return _unless_restrained(entry, given_by, restraint)
    return Condition(entry=entry, case_id=case_id)


def _unless_restrained(entry: ListingEntry, given_by: RegistryEvent, restraint: Restraint) -> Condition | None:
    if restraint.in_force:
        return None
    release = restraint.release
    if release is not None and release.at > given_by.timestamp:
        entry = dataclasses.replace(entry, condition=release.event, since=release.on)
    return Condition(entry=entry)


def holds_on(entry: ListingEntry, today: date) -> bool:
    """Tell whether an entry may still be shown on a day without a new event."""
    return entry.shown_until is None or day(today) <= entry.shown_until


def _attestation(facts: EntryFacts, required: frozenset[UUID]) -> AttestationSummary:
    return summarise_attestations(required, facts.attested)


def _category(facts: EntryFacts, rulebook: _Rulebook) -> ListingCategory | None:
    if facts.participation is ParticipationState.expelled:
        return ListingCategory.expelled
    attestation = _attestation(facts, rulebook.required(facts.registries))
    category = category_of(facts.participation, attestation.state)
    return None if category is None else CATEGORY_OF[category]


def _entry(
    clinic_id: UUID,
    facts: EntryFacts,
    required: frozenset[UUID],
    category: ListingCategory,
    given_by: RegistryEvent,
) -> ListingEntry:
    attestation = _attestation(facts, required)
    sentence, source = _told(facts, required, category, attestation)
    return ListingEntry(
        clinic_id=clinic_id,
        category=category,
        sentence=sentence,
        source=source,
        since=given_by.context.occurred_on,
        condition=event_id(given_by.originator_id, given_by.originator_version),
        evidence_ids=_evidence(facts, category),
        shown_until=day(attestation.valid_until)
        if category is ListingCategory.participates and attestation.valid_until
        else None,
        own_words=facts.own_words if category is ListingCategory.declined else None,
    )


def _told(
    facts: EntryFacts, required: frozenset[UUID], category: ListingCategory, attestation: AttestationSummary
) -> tuple[str, str]:
    if category is ListingCategory.expelled:
        enrolled_on, left_on = facts.public.enrolled_on, facts.public.left_on
        assert enrolled_on is not None, "only who was enrolled is expelled"
        assert left_on is not None, "who is expelled has left"
        sentence = f"Enrolled {plain_date(enrolled_on)}, expelled {plain_date(left_on)} after a decided safety case"
        return sentence, "The society's record of its decision"
    public = dataclasses.replace(
        facts.public,
        guidelines=len(required) or len(facts.attested),
        attested_on=max(facts.attested_on.values(), default=None),
    )
    kind = _PUBLIC_OF[category]
    return public_sentence(kind, public, attestation), public_source(kind, public)


def _suspended(clinic_id: UUID, facts: EntryFacts, suspension: Suspension) -> ListingEntry:
    enrolled_on = facts.public.enrolled_on
    assert enrolled_on is not None, "only who was enrolled is suspended"
    return ListingEntry(
        clinic_id=clinic_id,
        category=ListingCategory.suspended,
        sentence=f"Enrolled {plain_date(enrolled_on)}, suspended {plain_date(suspension.on)} for missed duties",
        source="The society's record of the clinic's duties",
        since=suspension.on,
        condition=suspension.event,
        evidence_ids=(*facts.evidence_ids(EvidenceKind.membership), suspension.event),
    )


def _evidence(facts: EntryFacts, category: ListingCategory) -> tuple[str, ...]:
    if category in {ListingCategory.no_reply, ListingCategory.declined}:
        return facts.evidence_ids(EvidenceKind.invitation)
    if facts.participation is ParticipationState.enrolled:
        return facts.evidence_ids(EvidenceKind.membership, EvidenceKind.attestation)
    if facts.public.enrolled_on is not None:
        return facts.evidence_ids(EvidenceKind.membership)
    return facts.evidence_ids(EvidenceKind.invitation, EvidenceKind.membership)
