"""Follow-ups: what became of a patient, at a time point of the schedule or between; a death opens its adverse event."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from application.acting import reason_parts, require_speaking_for
from application.command import Command, Desk
from application.faults import with_queries
from application.resuming import taking_part_again
from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import Affected, EventKind, Outcome, ReporterKind, Seriousness
from domain.adverse_event_content import AdverseEventContent, Death, Grading, is_fatal
from domain.adverse_event_errors import AdverseEventAlreadyReported
from domain.aggregate import Aggregate
from domain.chronology import ImpossibleDate, lies_ahead
from domain.clinic import Clinic
from domain.codes import Missing, Reason, Role, YesNo
from domain.content import MissingField
from domain.dates import day, first_day
from domain.follow_up import FollowUp
from domain.measurement import Measurement
from domain.patient import AdverseEventWords, FollowUpWords
from domain.timing import Timing
from domain.treatment import Treatment
from domain.treatment_codes import ContactMode, FollowUpResult, VitalStatus
from domain.treatment_errors import AdverseEventElsewhere, ComplicationUnnamed, NoFollowUp
from domain.treatment_schedule import lies_after_death

DEATH_TERM = "Death (reported at follow-up)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpForm:
    """What a follow-up can say."""

    treatment_id: UUID
    """The treatment; of a course the first one."""
    result: FollowUpResult
    """What came of it."""
    time_point_months: int | None = None
    """Time point of the schedule in months; absent: it does not count for completeness."""
    contact: Timing | None = None
    """When the patient was seen or asked: a date, or days after the treatment."""
    mode: ContactMode | None = None
    """How."""
    attempts: int | None = None
    """How often it was tried."""
    vital_status: VitalStatus | None = None
    """Whether the patient is known to live."""
    last_known_alive: Timing | None = None
    """When the patient was last known to live."""
    died: Timing | None = None
    """When the patient died."""
    measurement: Measurement | None = None
    """Instrument, version, language and score, or why there is no score."""
    new_malignancy: YesNo | None = None
    """Whether a malignancy was found since."""
    pregnancy: YesNo | None = None
    """Whether there was a pregnancy since."""
    retreatment: YesNo | None = None
    """Whether the patient was treated again."""
    surgery: YesNo | None = None
    """Whether the patient was operated on."""
    complication: YesNo | None = None
    """Whether anything untoward happened."""
    adverse_events: tuple[UUID, ...] = ()
    """Adverse events that it found and that are reported already."""
    serves: tuple[UUID, ...] = ()
    """Further treatments of the same course that it serves."""
    words: FollowUpWords | None = None
    """Own reference, complication and comment in words; sealed."""
    missing: tuple[MissingField, ...] = ()
    """Empty fields with their reasons."""
    missing_otherwise: Missing = Missing.unknown
    """Why every other empty field is empty."""


def follow_up_of(form: FollowUpForm, follow_up_id: UUID, opened: tuple[UUID, ...] = ()) -> FollowUp:
    """Return the follow-up that a form tells, with the adverse events it opens."""
    values = {
        each.name: getattr(form, each.name)
        for each in dataclasses.fields(FollowUp)
        if each.name not in ("follow_up_id", "adverse_events", "vital_status")
    }
    vital_status = form.vital_status
    if vital_status is None and form.result is FollowUpResult.deceased:
        vital_status = VitalStatus.dead
    named = (*form.adverse_events, *opened)
    return FollowUp(follow_up_id=follow_up_id, adverse_events=named, vital_status=vital_status, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFollowUp(FollowUpForm, Command):
    """Record a follow-up; a complication or a death names its adverse events or opens one."""

    AGGREGATE: ClassVar[str] = "treatment"
    VERB: ClassVar[str] = "record-follow-up"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.clinic, Role.registrar})

    follow_up_id: UUID | None = None
    """Id of an imported follow-up, so that a repeat is recognised; absent: a random one."""
    opened_adverse_event_id: UUID | None = None
    """Id for the adverse event that it opens; absent: a random one."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Record it, with the adverse event that it opens."""
        treatment = desk.load(Treatment, self.treatment_id)
        require_speaking_for(desk, treatment.clinic_id)
        treatment.require_standing()
        served = [desk.load(Treatment, each) for each in self.serves]
        found = [_belonging(desk, each, treatment, self.serves) for each in self.adverse_events]
        opened = self._opened(desk, treatment) if self.opens_adverse_event else None
        follow_up = follow_up_of(self, self.follow_up_id or desk.new_id(), (opened.id,) if opened else ())
        act = _act(desk, Treatment.FollowUpRecorded, treatment, follow_up, self.words)
        treatment.record_follow_up(act, follow_up, self.missing, self.missing_otherwise, served)
        _remark_on(desk, treatment, follow_up, [*found, *([opened] if opened else [])])
        asked = with_queries(desk, treatment)[1:]
        return tuple(filter(None, (treatment, opened, *asked, taking_part_again(desk, treatment))))

    @property
    def opens_adverse_event(self) -> bool:
        """Tell whether it opens an adverse event, as it names none for what went wrong."""
        return self._harmed and not self.adverse_events

    @property
    def _harmed(self) -> bool:
        return self.complication is YesNo.yes or self.result is FollowUpResult.deceased

    def _opened(self, desk: Desk, treatment: Treatment) -> AdverseEvent:
        death = self.result is FollowUpResult.deceased
        told = self.words.complication if self.words else None
        if not death and not (told and told.strip()):
            raise ComplicationUnnamed
        new_id = self.opened_adverse_event_id or desk.new_id()
        if desk.find(AdverseEvent, new_id) is not None:
            raise AdverseEventAlreadyReported(adverse_event=new_id)
        treated_on = treatment.content.performed_on
        today = day(desk.clinic_day(treatment.clinic_id))
        known_on = (self.contact.on(treated_on) if self.contact else None) or today
        happened = (self.died or self.contact) if death else None
        content = AdverseEventContent(
            affected=Affected.recipient, kind=EventKind.reaction, onset=happened, first_awareness=known_on,
            received=today, treatments=(treatment.id,), patient=treatment.content.patient,
            reporter=ReporterKind.clinic,
        )  # fmt: skip
        if death:
            content = dataclasses.replace(
                content, grading=Grading(grade=5), serious=YesNo.yes, seriousness=(Seriousness.death,),
                outcome=Outcome.fatal, death=Death(on=happened),
            )  # fmt: skip
        act = desk.act(
            AdverseEvent.AdverseEventReported, new_id, clinic_id=treatment.clinic_id,
            occurred_on=(happened.on(treated_on) if happened else None) or known_on,
            parts=[(treatment.content.patient, AdverseEventWords(verbatim_term=told or DEATH_TERM))],
        )  # fmt: skip
        return AdverseEvent.report(new_id, act, content)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectFollowUp(FollowUpForm, Command):
    """Replace a follow-up that was recorded wrongly, whole; the old one stays in the event that is named."""

    AGGREGATE: ClassVar[str] = "treatment"
    VERB: ClassVar[str] = "correct-follow-up"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.clinic, Role.registrar})

    follow_up_id: UUID
    """The follow-up."""
    corrects: int | None = None
    """Version of the event corrected; absent: the last that gave the follow-up's content."""
    reason: Reason
    """Why."""
    explanation: str | None = None
    """Why, in words; sealed."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Replace it."""
        treatment = desk.load(Treatment, self.treatment_id)
        require_speaking_for(desk, treatment.clinic_id)
        treatment.require_standing()
        if self.follow_up_id not in treatment.follow_ups:
            raise NoFollowUp(follow_up=self.follow_up_id, treatment=treatment.id)
        found = [_belonging(desk, each, treatment, self.serves) for each in self.adverse_events]
        follow_up = follow_up_of(self, self.follow_up_id)
        patient = treatment.content.patient
        words = [(patient, self.words)] if self.words is not None else []
        act = desk.act(
            Treatment.TreatmentCorrected, treatment.id, reason=self.reason,
            parts=[*words, *reason_parts(patient, self.explanation)],
        )  # fmt: skip
        _refuse_future(desk, treatment, follow_up)
        served = [desk.load(Treatment, each) for each in self.serves]
        treatment.correct_follow_up(
            act, follow_up, self.missing, self.missing_otherwise, served, corrects=self.corrects,
            sealed=tuple(f"sealed.{type(part).__name__}" for _, part in words),
        )  # fmt: skip
        _remark_on(desk, treatment, follow_up, found)
        return with_queries(desk, treatment)


def _belonging(desk: Desk, adverse_event: UUID, treatment: Treatment, serves: tuple[UUID, ...]) -> AdverseEvent:
    found = desk.load(AdverseEvent, adverse_event)
    if found.nullified or {treatment.id, *serves}.isdisjoint(found.content.treatments):
        raise AdverseEventElsewhere(adverse_event=adverse_event, treatment=treatment.id)
    return found


def _act(desk: Desk, event: type[Any], treatment: Treatment, follow_up: FollowUp, words: FollowUpWords | None) -> Any:
    _refuse_future(desk, treatment, follow_up)
    return desk.act(
        event, treatment.id, occurred_on=follow_up.date(treatment.content.performed_on),
        parts=[(treatment.content.patient, words)] if words is not None else (),
    )  # fmt: skip


def _refuse_future(desk: Desk, treatment: Treatment, follow_up: FollowUp) -> None:
    clinic = desk.load(Clinic, treatment.clinic_id or UUID(int=0))
    for name in ("contact", "died", "last_known_alive"):
        timing: Timing | None = getattr(follow_up, name)
        on = timing.on(treatment.content.performed_on) if timing else None
        # Days after an uncertain date make an interval that nobody chose; only its beginning must have come.
        told = timing.date if timing and timing.date else on and day(first_day(on))
        if told is not None and lies_ahead(told, desk.today(clinic.time_zone)):
            raise ImpossibleDate(field=name, problem=f"{on} is still to come")


def _remark_on(desk: Desk, treatment: Treatment, follow_up: FollowUp, found: Sequence[AdverseEvent]) -> None:
    treated_on = treatment.content.performed_on
    if lies_after_death(treatment.followed(follow_up.follow_up_id), follow_up.date(treated_on)):
        desk.remark("contact", "it lies after the patient's death, which another follow-up recorded")
    if follow_up.result is FollowUpResult.deceased and not any(is_fatal(each.content) for each in found):
        desk.remark("adverse_events", "none of them says that the patient died; supplement it")
    for each in found:
        onset = each.content.onset.on(treated_on) if each.content.onset else None
        if lies_after_death(treatment.followed(), onset):
            desk.remark("adverse_events", f"the onset of {each.id} lies after the patient's death")
