"""Anyone reports an adverse event about any clinic: four elements suffice, everything else is taken as it comes.

What was not understood is kept sealed, word for word, and the answer names it. Long texts go on in further events.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from application.acting import SOURCE_ROLES, person_subject, reason_parts, require_source, signed
from application.command import Command, Desk
from application.faults import with_queries
from application.ports import SubjectKind
from application.report_pages import pages_of, require_length
from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import ReporterKind
from domain.adverse_event_content import COMPLETION, AdverseEventContent, lacking
from domain.adverse_event_errors import AdverseEventAlreadyReported, NotYourReport
from domain.aggregate import Aggregate
from domain.clinic import Clinic
from domain.codes import Reason, Role, Sha256
from domain.content import MissingField, is_empty, value_at
from domain.dates import PartialDate, day, first_day, last_day
from domain.death import contradictions
from domain.patient import ReporterIdentity
from domain.report_form import ReportForm, blank, require_four_elements
from domain.report_merging import supplemented
from domain.report_reading import Reading, read_content
from domain.treatment import Treatment

FIRST_PLACE_ON_EARTH = "Pacific/Kiritimati"
"""Where a day begins first: without a clinic's time zone a date is to come only when it is so everywhere."""

MOST_TREATMENTS = 50
"""Treatments that one report is linked to; further ones are kept as received."""

ASKED_AGAIN = frozenset({"first_awareness", "onset", *(name for name, _ in COMPLETION)})
"""Fields that every supplement is asked for as long as they are neither given nor empty for a reason."""

REPORTERS = frozenset({Role.clinic, Role.reporter, Role.registrar, Role.safety_officer})


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A report as understood, with what it was understood from."""

    reading: Reading
    content: AdverseEventContent
    clinic: Clinic | None
    treated: tuple[Treatment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAdverseEvent(ReportForm, Command):
    """Report an adverse event; with a patient or lot, a reporter, a treatment and an event it is always accepted."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "report"
    ROLES: ClassVar[frozenset[Role]] = REPORTERS

    adverse_event_id: UUID | None = None
    """Id of an imported adverse event, so that a repeat is recognised; absent: a random one."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Accept it, and remark on what is missing or was not understood."""
        _require_source(desk)
        clinic, treated = _concerned(desk, self, None)
        require_four_elements(self, desk.request.actor.role, patient_known=bool(treated))
        require_length(self)
        new_id = self.adverse_event_id or desk.new_id()
        if desk.find(AdverseEvent, new_id) is not None:
            raise AdverseEventAlreadyReported(adverse_event=new_id)
        # Whoever may not know the patient must not write under the patient's key either.
        told = _may_know(desk, clinic)
        patient = treated[0].content.patient if treated and told else self._patient(desk, clinic, new_id)
        understood = _understand(desk, self, clinic, treated, patient)
        content = self._completed(desk, understood)
        missing = understood.reading.missing(content)
        pages = pages_of(understood.reading)
        act = desk.act(
            AdverseEvent.AdverseEventReported, new_id, occurred_on=_occurred_on(content, treated),
            clinic_id=clinic.id if clinic else None,
            parts=[*((patient, part) for part in next(pages)), *_reporter(desk, self, clinic, new_id)],
        )  # fmt: skip
        adverse_event = AdverseEvent.report(new_id, act, content, missing, tuple(understood.reading.unrecognised))
        _continue(desk, adverse_event, patient, pages)
        # A report is its sender's own words; the registry's record of the treatments is not theirs to know.
        _remark_on(desk, understood if told else dataclasses.replace(understood, treated=()), content, missing)
        return with_queries(desk, adverse_event)

    def _patient(self, desk: Desk, clinic: Clinic | None, new_id: UUID) -> UUID:
        if clinic and _speaks_for(desk, clinic) and self.patient and self.patient.strip():
            return desk.subject(SubjectKind.patient, str(clinic.id), self.patient.strip())
        # What others call the patient is no pseudonym: the words of each report get a key of their own.
        return desk.subject(SubjectKind.patient, "report", str(new_id))

    def _completed(self, desk: Desk, understood: Understood) -> AdverseEventContent:
        content, role = understood.content, desk.request.actor.role
        reporter = content.reporter or (ReporterKind.clinic if _speaks_for(desk, understood.clinic) else None)
        if role not in SOURCE_ROLES:
            understood.reading.settled("received")
        received = content.received if role in SOURCE_ROLES and content.received else _day_here(desk, understood.clinic)
        return dataclasses.replace(content, reporter=reporter, received=received)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementAdverseEvent(ReportForm, Command):
    """Add to a report what became known since, or something else; a closed one is reopened by it."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "supplement"
    ROLES: ClassVar[frozenset[Role]] = REPORTERS

    adverse_event_id: UUID
    """The adverse event."""
    reason: Reason | None = None
    """Why; needed to correct the date that started the clock."""
    explanation: str | None = None
    """Why, in words; sealed."""
    printed_name: str | None = None
    """Name of the officer who signs the correction of first_awareness; sealed."""
    shown_hash: Sha256 | None = None
    """SHA-256 of what the signer was shown."""
    signed_at: datetime | None = None
    """When it was signed; absent: now."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Add what the form gives."""
        adverse_event = desk.load(AdverseEvent, self.adverse_event_id)
        _require_source(desk)
        self._require_concerned(desk, adverse_event)
        adverse_event.require_standing()
        require_length(self)
        clinic, treated = _concerned(desk, self, adverse_event)
        patient = adverse_event.content.patient
        assert patient is not None, "a report has a subject for its words"
        understood = _understand(desk, self, clinic, treated, patient)
        reading = understood.reading
        for name in ("reporter", "received"):
            reading.settled(name)
        content = supplemented(adverse_event.content, understood.content, _day_here(desk, clinic))
        missing = _remaining(adverse_event.missing, reading.missing(content), content)
        pages = pages_of(reading)
        signature, signer = signed(desk, self.printed_name, self.shown_hash, self.signed_at)
        if adverse_event.closed:
            adverse_event.reopen(desk.act(AdverseEvent.AdverseEventReopened, adverse_event.id))
        parts = [
            *((patient, part) for part in next(pages)), *signer, *reason_parts(patient, self.explanation),
            *_reporter(desk, self, clinic, adverse_event.id),
        ]  # fmt: skip
        act = desk.act(AdverseEvent.AdverseEventSupplemented, adverse_event.id, reason=self.reason, parts=parts)
        adverse_event.supplement(act, content, missing, tuple(reading.unrecognised), signature)
        _continue(desk, adverse_event, patient, pages)
        if _may_know(desk, clinic):
            _remark_on(desk, understood, content, missing)
        else:
            # What else is known or missing by now was said by others.
            _remark_on_reading(desk, understood.reading)
        # Who may not know the record is not told by a closed query what it holds by now, either.
        return with_queries(desk, adverse_event, ASKED_AGAIN.__contains__ if _may_know(desk, clinic) else None)

    def _require_concerned(self, desk: Desk, adverse_event: AdverseEvent) -> None:
        role, person = desk.request.actor.role, desk.request.actor.person
        own_clinic = role is Role.clinic and desk.request.on_behalf_of == adverse_event.clinic_id
        if role not in SOURCE_ROLES and not own_clinic and person not in adverse_event.informants:
            raise NotYourReport(adverse_event=adverse_event.id)


def _speaks_for(desk: Desk, clinic: Clinic | None) -> bool:
    request = desk.request
    return clinic is not None and request.actor.role is Role.clinic and request.on_behalf_of == clinic.id


def _may_know(desk: Desk, clinic: Clinic | None) -> bool:
    """Tell whether the sender may be told what the registry holds about the clinic's patients."""
    return desk.request.actor.role in SOURCE_ROLES or _speaks_for(desk, clinic)


def _day_here(desk: Desk, clinic: Clinic | None) -> PartialDate:
    return day(desk.clinic_day(clinic.id if clinic else None))


def _require_source(desk: Desk) -> None:
    # A safety officer may report what they saw themselves; a registrar always enters what somebody else said.
    if desk.request.actor.role is Role.registrar:
        require_source(desk)


def _concerned(desk: Desk, form: ReportForm, known: AdverseEvent | None) -> tuple[Clinic | None, tuple[Treatment, ...]]:
    """Return the clinic and the treatments of a report that exist; a treatment of another clinic isn't linked."""
    clinic_id = known.clinic_id if known else _uuid(form.clinic_id)
    clinic = desk.find(Clinic, clinic_id) if clinic_id else None
    ids = [*(known.content.treatments if known else ()), *filter(None, map(_uuid, form.treatments))]
    found = [treatment for each in dict.fromkeys(ids[:MOST_TREATMENTS]) if (treatment := desk.find(Treatment, each))]
    if clinic is None and known is None and found and found[0].clinic_id:
        clinic = desk.find(Clinic, found[0].clinic_id)
    return clinic, tuple(each for each in found if clinic is not None and each.clinic_id == clinic.id)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text.strip()) if text else None
    except ValueError:
        return None


def _understand(
    desk: Desk, form: ReportForm, clinic: Clinic | None, treated: tuple[Treatment, ...], patient: UUID
) -> Understood:
    today: date = desk.today(clinic.time_zone if clinic else FIRST_PLACE_ON_EARTH)
    reading = Reading(form, today)
    if not blank(form.clinic_id) and (clinic is None or _uuid(form.clinic_id) != clinic.id):
        reading.strange("clinic_id", form.clinic_id or "", "this is not the clinic concerned; it was kept as received")
    content = read_content(reading, tuple(each.id for each in treated), patient)
    return Understood(reading=reading, content=content, clinic=clinic, treated=treated)


def _occurred_on(content: AdverseEventContent, treated: tuple[Treatment, ...]) -> PartialDate | None:
    onset = content.onset.on(treated[0].content.performed_on if treated else None) if content.onset else None
    return onset or content.first_awareness


def _reporter(desk: Desk, form: ReportForm, clinic: Clinic | None, event: UUID) -> Sequence[tuple[UUID, Any]]:
    if blank(form.reporter_name) and blank(form.reporter_contact):
        return ()
    if form.reporter_name and form.reporter_name.strip():
        subject = person_subject(desk, clinic.id if clinic else None, form.reporter_name)
    else:
        subject = desk.subject(SubjectKind.person, "report", str(event))
    return ((subject, ReporterIdentity(name=form.reporter_name, contact=form.reporter_contact)),)


def _continue(desk: Desk, adverse_event: AdverseEvent, patient: UUID, pages: Iterator[tuple[Any, ...]]) -> None:
    for parts in pages:
        act = desk.act(
            AdverseEvent.AdverseEventSupplemented, adverse_event.id, parts=[(patient, part) for part in parts]
        )
        adverse_event.supplement(act, adverse_event.content, adverse_event.missing)


def _remaining(
    before: tuple[MissingField, ...], said: tuple[MissingField, ...], content: AdverseEventContent
) -> tuple[MissingField, ...]:
    newly = {each.field for each in said}
    kept = (each for each in before if each.field not in newly and is_empty(value_at(content, each.field)))
    return (*said, *kept)


def _remark_on(
    desk: Desk, understood: Understood, content: AdverseEventContent, missing: tuple[MissingField, ...]
) -> None:
    """Tell the sender what was not understood, contradicts itself or is still missing."""
    _remark_on_reading(desk, understood.reading)
    treated_on = understood.treated[0].content.performed_on if understood.treated else None
    for name, problem in contradictions(content, treated_on):
        desk.remark(name, problem)
    for treatment in understood.treated:
        _remark_on_treatment(desk, content, treatment)
    excused = {each.field for each in missing}
    for name in lacking(content, missing):
        desk.remark(name, "it is missing, without a reason why")
    for name in ("first_awareness", "onset"):
        if is_empty(value_at(content, name)) and name not in excused:
            desk.remark(name, "it is missing, without a reason why")
    if understood.clinic is None:
        desk.remark("clinic_id", "no clinic of the registry was named; the report concerns none until one is found")


def _remark_on_reading(desk: Desk, reading: Reading) -> None:
    for name, problem in reading.remarks:
        desk.remark(name, problem)


def _remark_on_treatment(desk: Desk, content: AdverseEventContent, treatment: Treatment) -> None:
    if treatment.voided:
        desk.remark("treatments", f"the treatment {treatment.id} was voided")
    died = treatment.followed().died
    died_on = died.death(treatment.content.performed_on) if died else None
    onset = content.onset.on(treatment.content.performed_on) if content.onset else None
    if died_on and onset and first_day(onset) > last_day(died_on):
        desk.remark("onset", f"it lies after the death that a follow-up of treatment {treatment.id} recorded")
