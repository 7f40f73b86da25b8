"""How events of treatments change what their clinic owes for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from uuid import UUID

from domain import treatment_duties
from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import ReporterKind
from domain.aggregate import RegistryEvent
from domain.clinic_state import event_id
from domain.dates import last_day, local_day
from domain.declaration_duties import ClinicFacts
from domain.duties import Ending
from domain.follow_up import COMPLETE_RESULTS, FollowUp
from domain.treatment import Treatment
from domain.treatment_codes import FollowUpResult
from domain.treatment_duties import FollowUpFact, Point, TreatmentFacts
from projections.duty_ledger import Ledger
from projections.duty_rows import adverse_event_key, clinic_key, new_treatment_key, treatment_key
from projections.duty_rulebook import Rulebook
from projections.read_model import Fields, Recorded

_ENDINGS = {
    FollowUpResult.deceased: Ending.deceased,
    FollowUpResult.consent_withdrawn: Ending.consent_withdrawn,
}
_NOBODY_NAMED = (None, ReporterKind.unrecognised)

_OF_FOLLOW_UP = ("follow_up_id", "time_point_months", "result", "serves")
_OF_TREATMENT = Fields({"content.registry_id", "content.performed_on", "schedule"})
_OF_FOLLOW_UPS = Fields(f"follow_up.{name}" for name in _OF_FOLLOW_UP)

NEEDS: Mapping[type[RegistryEvent], Fields] = MappingProxyType(
    {
        Treatment.TreatmentSubmitted: _OF_TREATMENT,
        Treatment.TreatmentCorrected: _OF_TREATMENT | _OF_FOLLOW_UPS,
        Treatment.FollowUpRecorded: _OF_FOLLOW_UPS,
        Treatment.TreatmentVoided: Fields(),
        Treatment.ConsentWithdrawn: Fields(),
    }
)
"""What is read here of the events that there are most of; asking for another field of them fails."""


def keys_of_case(recorded: Recorded) -> list[str]:
    """Return the accounts that an event of a treatment or an adverse event needs."""
    keys = [clinic_key(recorded.clinic_id)] if recorded.clinic_id else []
    match recorded.event:
        case Treatment.FollowUpRecorded(follow_up=follow_up):
            keys.extend(treatment_key(each) for each in follow_up.serves)
            keys.append(treatment_key(recorded.aggregate_id))
        case AdverseEvent.AdverseEventReported(content=content):
            keys.append(adverse_event_key(recorded.aggregate_id))
            keys.extend(treatment_key(each) for each in content.treatments)
        case AdverseEvent.AdverseEventLinked(other=other):
            keys.extend(adverse_event_key(each) for each in (recorded.aggregate_id, other))
        case AdverseEvent.AdverseEventNoticeDelivered(content=content):
            keys.append(adverse_event_key(recorded.aggregate_id))
            keys.extend(treatment_key(each) for each in content.treatments)
        case AdverseEvent.Event():
            keys.append(adverse_event_key(recorded.aggregate_id))
        case _:
            keys.append(treatment_key(recorded.aggregate_id))
    return keys


def fold_treatment(ledger: Ledger, rulebook: Rulebook, recorded: Recorded, event: Treatment.Event) -> None:
    """Fold one event of a treatment."""
    if recorded.clinic_id is None:
        return
    clinic = clinic_of(ledger, recorded.clinic_id)
    on = local_day(recorded.recorded_at, clinic.time_zone)
    named = str(recorded.aggregate_id)
    by = event_id(named, recorded.version)
    if isinstance(event, Treatment.TreatmentSubmitted):
        ledger.begin(new_treatment_key(named), _submitted(event, clinic, rulebook, on, by))
        return
    facts: TreatmentFacts | None = ledger.get(treatment_key(recorded.aggregate_id))
    if facts is None:
        return
    match event:
        case Treatment.FollowUpRecorded(follow_up=follow_up):
            _follow_up(ledger, facts, follow_up, on, by)
        case Treatment.TreatmentCorrected():
            _corrected(ledger, facts, clinic, event, on, by)
        case Treatment.TreatmentVoided():
            ledger.put(treatment_key(facts.treatment_id), treatment_duties.with_end(facts, Ending.voided, on, by))
        case Treatment.ConsentWithdrawn():
            ended = treatment_duties.with_end(facts, Ending.consent_withdrawn, on, by)
            ledger.put(treatment_key(facts.treatment_id), ended)
        case _:
            pass


def clinic_of(ledger: Ledger, clinic_id: UUID) -> ClinicFacts:
    """Return what is known of a clinic itself."""
    found: ClinicFacts | None = ledger.get(clinic_key(clinic_id))
    return found or ClinicFacts(clinic_id=clinic_id, time_zone="UTC")


def _submitted(
    event: Treatment.TreatmentSubmitted, clinic: ClinicFacts, rulebook: Rulebook, on: date, by: str
) -> TreatmentFacts:
    limits = rulebook.limits_on(on)
    treated_on = last_day(event.content.performed_on)
    return TreatmentFacts(
        treatment_id=event.originator_id,
        clinic_id=clinic.clinic_id,
        registry_id=event.content.registry_id,
        retrospective=before_enrolment(clinic, treated_on),
        treated_on=treated_on,
        submitted_on=on,
        submitted_by=by,
        policy_version=limits.version,
        tx_30=limits.tx_30,
        fu_30=limits.fu_30,
        schedule=tuple([(point.months, point.window_days) for point in event.schedule]),
    )


def before_enrolment(clinic: ClinicFacts, happened_on: date) -> bool:
    """Tell whether something happened before the clinic was first enrolled, or where it never was."""
    first = clinic.first_enrolled_on
    return first is None or happened_on < first


def _follow_up(ledger: Ledger, facts: TreatmentFacts, follow_up: FollowUp, on: date, by: str) -> None:
    """Note a follow-up on its treatment and on those it serves; a correction also on those it served before."""
    fact = FollowUpFact(
        follow_up_id=follow_up.follow_up_id,
        months=follow_up.time_point_months,
        on=on,
        by=by,
        complete=follow_up.result in COMPLETE_RESULTS,
        ending=_ENDINGS.get(follow_up.result),
        serves=follow_up.serves,
    )
    before = next((each for each in facts.follow_ups if each.follow_up_id == fact.follow_up_id), None)
    ledger.put(treatment_key(facts.treatment_id), treatment_duties.with_follow_up(facts, fact))
    for served_before in set(before.serves if before else ()) - set(fact.serves):
        no_longer = dataclasses.replace(fact, months=None, complete=False, ending=None, serves=())
        _put_served(ledger, served_before, no_longer)
    for served in fact.serves:
        _put_served(ledger, served, dataclasses.replace(fact, serves=()))


def _put_served(ledger: Ledger, treatment_id: UUID, fact: FollowUpFact) -> None:
    other: TreatmentFacts | None = ledger.get(treatment_key(treatment_id))
    if other is not None:
        ledger.put(treatment_key(treatment_id), treatment_duties.with_follow_up(other, fact))


def _corrected(
    ledger: Ledger, facts: TreatmentFacts, clinic: ClinicFacts, event: Treatment.TreatmentCorrected, on: date, by: str
) -> None:
    if event.follow_up is not None:
        _follow_up(ledger, facts, event.follow_up, on, by)
    if event.content is None:
        return
    treated_on = last_day(event.content.performed_on)
    schedule: tuple[Point, ...] = tuple((point.months, point.window_days) for point in event.schedule)
    same = (event.content.registry_id, treated_on, schedule or facts.schedule) == (
        facts.registry_id,
        facts.treated_on,
        facts.schedule,
    )
    if same:
        return
    corrected = treatment_duties.with_terms(
        facts,
        registry_id=event.content.registry_id,
        treated_on=treated_on,
        retrospective=before_enrolment(clinic, treated_on),
        schedule=schedule or facts.schedule,
        corrected_on=on,
    )
    ledger.put(treatment_key(facts.treatment_id), corrected)
