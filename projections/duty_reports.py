"""How reports of adverse events, and notices of another's report, change what a clinic owes for them."""

from __future__ import annotations

from datetime import date

from domain import adverse_event_duties
from domain.adverse_event import CLOCK_DATE, AdverseEvent
from domain.adverse_event_codes import LinkKind, ReporterKind
from domain.adverse_event_content import AdverseEventContent, lacking
from domain.adverse_event_duties import AdverseEventFacts, gravity_of
from domain.aggregate import Context, RegistryEvent
from domain.clinic_state import event_id
from domain.codes import SOCIETY_ROLES, Role
from domain.dates import PartialDate, day, last_day, local_day
from domain.declaration_duties import ClinicFacts
from domain.timing import Timing
from domain.treatment_duties import TreatmentFacts
from projections.duty_cases import before_enrolment, clinic_of
from projections.duty_ledger import Ledger
from projections.duty_rows import adverse_event_key, treatment_key
from projections.duty_rulebook import Rulebook
from projections.read_model import Recorded

_NOBODY_NAMED = (None, ReporterKind.unrecognised)


def fold_adverse_event(ledger: Ledger, rulebook: Rulebook, recorded: Recorded, event: AdverseEvent.Event) -> None:
    """Fold one event of an adverse event; what its own clinic reported, or was told of, gives the clinic duties."""
    if recorded.clinic_id is None:
        return
    clinic = clinic_of(ledger, recorded.clinic_id)
    on = local_day(recorded.recorded_at, clinic.time_zone)
    by = event_id(recorded.aggregate_id, recorded.version)
    key = adverse_event_key(recorded.aggregate_id)
    facts: AdverseEventFacts | None = ledger.get(key)
    if facts is None:
        first = _begun(ledger, rulebook, clinic, recorded, event, on, by)
        if first is not None:
            ledger.put(key, first)
        return
    match event:
        case AdverseEvent.AdverseEventLinked():
            _linked(ledger, facts, event)
        case AdverseEvent.AdverseEventNoticeDelivered():
            told_on = last_day(event.context.occurred_on)
            limits, gravity = rulebook.limits_on(told_on), gravity_of(event.content)
            graver = adverse_event_duties.noticed_again(facts, gravity, on=told_on, by=by, limits=limits)
            ledger.put(key, graver)
        case AdverseEvent.AdverseEventSupplemented():
            ledger.put(key, _supplemented(facts, clinic, rulebook, event, on, by))
        case AdverseEvent.AdverseEventNullified():
            ledger.put(key, adverse_event_duties.ended(facts, on, by))
        case _:
            pass


def _begun(
    ledger: Ledger,
    rulebook: Rulebook,
    clinic: ClinicFacts,
    recorded: Recorded,
    event: AdverseEvent.Event,
    on: date,
    by: str,
) -> AdverseEventFacts | None:
    """Return what a clinic owes since it first told or heard of an adverse event; None while it did neither."""
    match event:
        case AdverseEvent.AdverseEventReported():
            return _first_report(ledger, rulebook, clinic, recorded, event, on, by)
        case AdverseEvent.AdverseEventNoticeDelivered():
            return _noticed(ledger, rulebook, clinic, event, by)
        case AdverseEvent.AdverseEventSupplemented():
            return _first_word(ledger, rulebook, clinic, event, on, by)
        case _:
            return None


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


def _noticed(
    ledger: Ledger,
    rulebook: Rulebook,
    clinic: ClinicFacts,
    event: AdverseEvent.AdverseEventNoticeDelivered,
    by: str,
) -> AdverseEventFacts | None:
    """Return what a clinic owes since it was told of another's report; nothing for what lies before its enrolment."""
    told_on = last_day(event.context.occurred_on)
    if _before_duty(ledger, clinic, event.content, told_on):
        return None
    facts = AdverseEventFacts(
        adverse_event_id=event.originator_id,
        clinic_id=clinic.clinic_id,
        gravity=gravity_of(event.content),
        known_on=told_on,
    )
    return adverse_event_duties.noticed(facts, on=told_on, by=by, limits=rulebook.limits_on(told_on))


def _first_word(
    ledger: Ledger,
    rulebook: Rulebook,
    clinic: ClinicFacts,
    event: AdverseEvent.AdverseEventSupplemented,
    on: date,
    by: str,
) -> AdverseEventFacts | None:
    """Return what follows where a clinic speaks of another's report before it was told: that is its own report."""
    content = event.content
    known_on = last_day(content.first_awareness) if content.first_awareness else None
    if not _supplemented_by_clinic(event.context, clinic) or _before_duty(ledger, clinic, content, known_on or on):
        return None
    facts = AdverseEventFacts(
        adverse_event_id=event.originator_id,
        clinic_id=clinic.clinic_id,
        gravity=gravity_of(content),
        known_on=known_on,
    )
    complete = not lacking(content, event.missing)
    return adverse_event_duties.reported(facts, on=on, by=by, complete=complete, limits=rulebook.limits_on(on))


def _linked(ledger: Ledger, facts: AdverseEventFacts, event: AdverseEvent.AdverseEventLinked) -> None:
    """Let a clinic's own report of the same event meet what it was told to report, whichever of both is counted."""
    other: AdverseEventFacts | None = ledger.get(adverse_event_key(event.other))
    if event.kind is not LinkKind.duplicate_of or other is None or facts.clinic_id != other.clinic_id:
        return
    for owing, report in ((facts, other), (other, facts)):
        first = report.duties[0] if report.duties else None
        if first is not None and first.fulfilled_on is not None and first.fulfilled_by is not None:
            met = adverse_event_duties.told(owing, first.fulfilled_on, first.fulfilled_by)
            if met != owing:
                ledger.put(adverse_event_key(owing.adverse_event_id), met)


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
    if before_enrolment(clinic, known_on):
        return True
    first = _treatment(ledger, content)
    onset = _date_of(content.onset, first)
    if onset is not None:
        return before_enrolment(clinic, onset)
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
    facts = adverse_event_duties.told(facts, on, by)
    latest = last_day(content.latest_information) if content.latest_information else on
    learnt_on = latest if "latest_information" in changed else on
    facts = adverse_event_duties.raised(
        facts, gravity_of(content), known_on=learnt_on, on=on, by=by, limits=rulebook.limits_on(on)
    )
    return facts if lacking(content, event.missing) else adverse_event_duties.completed(facts, on, by)
