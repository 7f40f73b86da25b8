"""How events of treatments and adverse events change what their clinic owes for them."""

from __future__ import annotations

import dataclasses
from datetime import date
from uuid import UUID

from domain import adverse_event_duties, treatment_duties
from domain.adverse_event import CLOCK_DATE, AdverseEvent
from domain.adverse_event_codes import ReporterKind
from domain.adverse_event_content import AdverseEventContent, lacking
from domain.adverse_event_duties import AdverseEventFacts, gravity_of
from domain.aggregate import Context, RegistryEvent
from domain.clinic_state import event_id
from domain.codes import SOCIETY_ROLES, Role
from domain.dates import PartialDate, day, last_day, local_day
from domain.declaration_duties import ClinicFacts
from domain.duties import Ending
from domain.follow_up import COMPLETE_RESULTS, FollowUp
from domain.timing import Timing
from domain.treatment import Treatment
from domain.treatment_codes import FollowUpResult
from domain.treatment_duties import FollowUpFact, Point, TreatmentFacts
from projections.duty_ledger import Ledger, adverse_event_key, clinic_key, treatment_key
from projections.duty_rulebook import Rulebook
from projections.read_model import Recorded

_ENDINGS = {
    FollowUpResult.deceased: Ending.deceased,
    FollowUpResult.consent_withdrawn: Ending.consent_withdrawn,
}
_NOBODY_NAMED = (None, ReporterKind.unrecognised)


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
        case AdverseEvent.Event():
            keys.append(adverse_event_key(recorded.aggregate_id))
        case _:
            keys.append(treatment_key(recorded.aggregate_id))
    return keys


def fold_treatment(ledger: Ledger, rulebook: Rulebook, recorded: Recorded, event: Treatment.Event) -> None:
    """Fold one event of a treatment."""
    if recorded.clinic_id is None:
        return
    clinic = _clinic(ledger, recorded.clinic_id)
    on = local_day(recorded.recorded_at, clinic.time_zone)
    by = event_id(recorded.aggregate_id, recorded.version)
    if isinstance(event, Treatment.TreatmentSubmitted):
        ledger.put(treatment_key(recorded.aggregate_id), _submitted(event, clinic, rulebook, on, by))
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


def fold_adverse_event(ledger: Ledger, rulebook: Rulebook, recorded: Recorded, event: AdverseEvent.Event) -> None:
    """Fold one event of an adverse event; only what its own clinic reported gives the clinic duties."""
    if recorded.clinic_id is None:
        return
    clinic = _clinic(ledger, recorded.clinic_id)
    on = local_day(recorded.recorded_at, clinic.time_zone)
    by = event_id(recorded.aggregate_id, recorded.version)
    key = adverse_event_key(recorded.aggregate_id)
    if isinstance(event, AdverseEvent.AdverseEventReported):
        if (first := _first_report(ledger, rulebook, clinic, recorded, event, on, by)) is not None:
            ledger.put(key, first)
        return
    facts: AdverseEventFacts | None = ledger.get(key)
    if facts is None:
        return
    match event:
        case AdverseEvent.AdverseEventSupplemented():
            ledger.put(key, _supplemented(facts, clinic, rulebook, event, on, by))
        case AdverseEvent.AdverseEventNullified():
            ledger.put(key, adverse_event_duties.ended(facts, on, by))
        case _:
            pass


def _clinic(ledger: Ledger, clinic_id: UUID) -> ClinicFacts:
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
        retrospective=_before_enrolment(clinic, treated_on),
        treated_on=treated_on,
        submitted_on=on,
        submitted_by=by,
        policy_version=limits.version,
        tx_30=limits.tx_30,
        fu_30=limits.fu_30,
        schedule=tuple([(point.months, point.window_days) for point in event.schedule]),
    )


def _before_enrolment(clinic: ClinicFacts, happened_on: date) -> bool:
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
        retrospective=_before_enrolment(clinic, treated_on),
        schedule=schedule or facts.schedule,
        corrected_on=on,
    )
    ledger.put(treatment_key(facts.treatment_id), corrected)


def _first_report(
    ledger: Ledger,
    rulebook: Rulebook,
    clinic: ClinicFacts,
    recorded: Recorded,
    event: AdverseEvent.AdverseEventReported,
    on: date,
    by: str,
) -> AdverseEventFacts | None:
    content = event.content
    reported_on = _received_on(event, content, on)
    known_on = last_day(content.first_awareness) if content.first_awareness else None
    if not _reported_by_clinic(event.context, clinic, content):
        return None
    if _before_duty(ledger, clinic, content, known_on or reported_on):
        return None
    return adverse_event_duties.reported(
        AdverseEventFacts(
            adverse_event_id=recorded.aggregate_id,
            clinic_id=clinic.clinic_id,
            gravity=gravity_of(content),
            known_on=known_on,
        ),
        on=reported_on,
        by=by,
        complete=not lacking(content, event.missing),
        limits=rulebook.limits_on(reported_on),
    )


def _reported_by_clinic(context: Context, clinic: ClinicFacts, content: AdverseEventContent) -> bool:
    """Tell whether a report is the clinic's own: by who sent it; only for an officer's entry by what it says."""
    match context.actor_role:
        case Role.registrar:
            return content.reporter is ReporterKind.clinic or content.reporter in _NOBODY_NAMED
        case Role.safety_officer:
            return content.reporter is ReporterKind.clinic
        case _:
            return _speaks_for(context, clinic)


def _supplemented_by_clinic(context: Context, clinic: ClinicFacts) -> bool:
    """Tell whether a supplement is the clinic's own statement, or one that an officer entered for it."""
    if context.actor_role is Role.registrar:
        return context.on_behalf_of in (None, clinic.clinic_id)
    officer_for_it = context.actor_role is Role.safety_officer and context.on_behalf_of == clinic.clinic_id
    return officer_for_it or _speaks_for(context, clinic)


def _speaks_for(context: Context, clinic: ClinicFacts) -> bool:
    return context.actor_role is Role.clinic and context.on_behalf_of == clinic.clinic_id


def _received_on(event: RegistryEvent, content: AdverseEventContent, on: date) -> date:
    """Return the day on which the report stopped the clock: an officer may enter on paper what came earlier."""
    if content.received is None or event.context.actor_role not in SOCIETY_ROLES:
        return on
    return min(last_day(content.received), on)


def _before_duty(ledger: Ledger, clinic: ClinicFacts, content: AdverseEventContent, known_on: date) -> bool:
    """Tell whether the event happened or was known before the clinic was enrolled."""
    if _before_enrolment(clinic, known_on):
        return True
    first = _treatment(ledger, content)
    onset = _date_of(content.onset, first)
    if onset is not None:
        return _before_enrolment(clinic, onset)
    return first is not None and first.retrospective and content.first_awareness is None


def _treatment(ledger: Ledger, content: AdverseEventContent) -> TreatmentFacts | None:
    found: TreatmentFacts | None = ledger.get(treatment_key(content.treatments[0])) if content.treatments else None
    return found


def _date_of(timing: Timing | None, treatment: TreatmentFacts | None) -> date | None:
    if timing is None:
        return None
    treated_on: PartialDate | None = day(treatment.treated_on) if treatment else None
    happened = timing.on(treated_on)
    return last_day(happened) if happened else None


def _supplemented(
    facts: AdverseEventFacts,
    clinic: ClinicFacts,
    rulebook: Rulebook,
    event: AdverseEvent.AdverseEventSupplemented,
    on: date,
    by: str,
) -> AdverseEventFacts:
    content, changed = event.content, {change.field for change in event.changes}
    own = _supplemented_by_clinic(event.context, clinic)
    # Others than the clinic move its clock by an officer's signed correction only.
    if content.first_awareness and CLOCK_DATE in changed and (own or event.signature is not None):
        facts = adverse_event_duties.clock_corrected(facts, last_day(content.first_awareness), on)
    if not own:
        return facts
    latest = last_day(content.latest_information) if content.latest_information else on
    learnt_on = latest if "latest_information" in changed else on
    facts = adverse_event_duties.raised(
        facts, gravity_of(content), known_on=learnt_on, on=on, by=by, limits=rulebook.limits_on(on)
    )
    return facts if lacking(content, event.missing) else adverse_event_duties.completed(facts, on, by)
