"""The one seam between public entries and what safety cases and standings determine: read from their events, by name.

Whoever changes what these events are called or carry changes this file and nothing else of the listing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from application.command import Desk
from domain.aggregate import RegistryEvent
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.dates import first_day, last_day
from domain.listing_condition import Suspension
from domain.listing_safety import CaseFacts, CaseStep, Restraint, restraint_of

SUBSTANTIATED = "substantiated"
UPHELD = "upheld"
STANDING = "StandingAssessed"
SUSPENDED = "suspended"
RESTRAINING = ("InterimPublished", "FindingPublished")


def case_facts(desk: Desk, case_id: UUID, clinic_id: UUID) -> CaseFacts | None:
    """Return where a safety case stands; None where there is no such case about this clinic."""
    history = list(desk.store.history(case_id))
    if not history or history[0].context.clinic_id != clinic_id:
        return None
    return fold_case(case_id, history)


def restraint(desk: Desk, clinic: Clinic, today: date) -> Restraint | None:
    """Return what the clinic's safety cases mean for *participates* today."""
    if desk.index is None:
        return None
    cases = (case_facts(desk, each, clinic.id) for each in desk.index.recorded_in(clinic.id, RESTRAINING))
    return restraint_of((each for each in cases if each is not None), today)


def fold_case(case_id: UUID, history: Iterable[RegistryEvent]) -> CaseFacts:
    """Return where the steps of a safety case have led, as far as the public sees it."""
    facts = CaseFacts(case_id=case_id)
    people: dict[str, UUID | None] = {}
    for event in history:
        step = CaseStep(
            event=event_id(event.originator_id, event.originator_version),
            on=event.context.occurred_on,
            at=event.timestamp,
            person=event.context.actor_person,
        )
        people[step.event] = step.person
        facts = _after(facts, event, step, people)
    return facts


def _after(facts: CaseFacts, event: RegistryEvent, step: CaseStep, people: Mapping[str, UUID | None]) -> CaseFacts:
    name = type(event).__name__
    match name:
        case "FindingDecided":
            return _decided(facts, step, event)
        case "InterimPublished":
            return _interim(facts, step, event, people)
        case "FindingPublished":
            return dataclasses.replace(facts, published=step)
        case "FindingLifted":
            return dataclasses.replace(facts, lifted=step, stay=None, interim=None, released=step)
        case "CaseDismissed":
            return dataclasses.replace(_measure_ended(facts, step), decided=None)
        case "CaseReopened":
            return _reopened(facts)
        case _:
            return _appealed(facts, step, name, str(getattr(event, "outcome", "")))


def _decided(facts: CaseFacts, step: CaseStep, event: Any) -> CaseFacts:
    if str(event.outcome) != SUBSTANTIATED:
        # What was not substantiated closes the case, and its interim measure with it.
        return _measure_ended(facts, step)
    return dataclasses.replace(facts, decided=step, grounds=tuple(str(each) for each in event.finding.grounds))


def _measure_ended(facts: CaseFacts, step: CaseStep) -> CaseFacts:
    ended = facts.measure_in_force(last_day(step.on))
    return dataclasses.replace(facts, interim=None, released=step if ended else facts.released)


def _interim(facts: CaseFacts, step: CaseStep, event: Any, people: Mapping[str, UUID | None]) -> CaseFacts:
    renewed = event.replaces is not None and facts.interim is not None
    officers = (people.get(event.first_step), step.person)
    return dataclasses.replace(
        facts,
        interim=facts.interim if renewed else step,
        interim_grounds=tuple(str(each) for each in event.grounds),
        interim_until=event.ends_on,
        measured=step,
        measuring=frozenset(each for each in officers if each is not None),
    )


def _reopened(facts: CaseFacts) -> CaseFacts:
    """Return a case that is reviewed from the beginning; an interim measure that is in force goes on beside it."""
    return CaseFacts(
        case_id=facts.case_id,
        interim=facts.interim,
        interim_grounds=facts.interim_grounds,
        interim_until=facts.interim_until,
        measured=facts.measured,
        measuring=facts.measuring,
        released=facts.released,
    )


def _appealed(facts: CaseFacts, step: CaseStep, name: str, outcome: str) -> CaseFacts:
    match name:
        case "AppealLodged" if facts.published is None and facts.stay is None:
            # Before publication an appeal itself stays the finding.
            return dataclasses.replace(facts, stay=step)
        case "AppealLodged":
            return dataclasses.replace(facts, appeal=step)
        case "StayGranted":
            return dataclasses.replace(facts, stay=step, released=step if facts.published else facts.released)
        case "StayEnded":
            return dataclasses.replace(facts, stay=None, stay_ended=step if facts.published else facts.stay_ended)
        case "AppealDecided" if outcome == UPHELD:
            # The decision ends a stay that is still open.
            ended = step if facts.published and facts.stay else facts.stay_ended
            return dataclasses.replace(facts, appeal=None, stay=None, stay_ended=ended)
        case "AppealDecided":
            return dataclasses.replace(facts, lifted=step, stay=None, interim=None, released=step)
        case _:
            return facts


def suspension(desk: Desk, clinic: Clinic) -> Suspension | None:
    """Return the suspension of a clinic as its standing was last assessed; None where it is not suspended."""
    if desk.index is None or clinic.enrolled_on is None:
        return None
    newest = desk.index.last_recorded(clinic.id, (STANDING,))
    if newest is None:
        return None
    found: Suspension | None = None
    for event in desk.store.history(UUID(newest[0].partition("/")[0])):
        if type(event).__name__ != STANDING:
            continue
        if str(getattr(event, "step", "")) != SUSPENDED:
            found = None
        elif found is None:
            cited = event_id(event.originator_id, event.originator_version)
            found = Suspension(event=cited, on=event.context.occurred_on)
    # A suspension of an earlier membership ended with it.
    if found is not None and last_day(found.on) < first_day(clinic.enrolled_on):
        return None
    return found
