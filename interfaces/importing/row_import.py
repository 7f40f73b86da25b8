"""One row is done command by command; each takes effect once, so a row that was half done by a killed run is finished.

Whatever happens to a row is its answer. Only what would happen to every other row as well ends the import: a store
that does not answer, a person who may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from application.acting import NotForThisClinic, SourceNeeded
from application.command import Actor, CommandHandler, NotAnOfficer, Receipt, Request
from application.ports import SubjectKind, TimeAhead, TimeBehind
from application.treatment_form import given
from application.treatments import SubmitTreatment
from domain.adverse_event_errors import AdverseEventAlreadyReported
from domain.aggregate import Source
from domain.codes import Via
from domain.errors import InvalidInput, NotPermitted, RegistryError, Unavailable
from domain.recording import KeyReused
from domain.treatment import Treatment
from domain.treatment_content import TreatmentContent
from domain.treatment_errors import FollowUpAlreadyRecorded, TreatmentAlreadySubmitted
from interfaces.importing.chronology import contradictions
from interfaces.importing.mapping_rule import RuleKind
from interfaces.importing.row import Row
from interfaces.importing.row_answer import RowAnswer, RowEvent, RowRefusal, RowRemark
from interfaces.importing.row_commands import EVENTS, Step, steps
from interfaces.importing.row_plan import RowPlan, RowRefused

ENDING = (Unavailable, NotPermitted, NotAnOfficer, NotForThisClinic, SourceNeeded, TimeBehind, TimeAhead)
"""What would meet every row alike, and so ends the import."""

_DATES = {
    RuleKind.treatment: "performed_on",
    RuleKind.adverse_event: "onset_days",
    RuleKind.follow_up: "contact",
}
"""Fields from which an event takes the day on which it happened."""

_KNOWN = (TreatmentAlreadySubmitted, AdverseEventAlreadyReported, FollowUpAlreadyRecorded)
_OTHER_CONTENT = "it was imported before with other content; nothing was changed. Correct what is recorded"
_OTHER_TREATMENT = "the clinic has another treatment under this reference; give the row a reference of its own"
_OTHER_WAY = "it was recorded before by another person or in another way; only what is recorded counts"


def refused(row: Row, error: RowRefused) -> RowAnswer:
    """Return the answer to a row of which nothing was done."""
    refusals = tuple(RowRefusal(rule=None, column=each.column, reason=each.reason) for each in error.cells)
    return RowAnswer(row=row.number, line=row.first_line, refusals=refusals)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowImporter:
    """Carries out planned rows; safe for many threads."""

    handler: CommandHandler
    actor: Actor
    mapping_name: str
    clinics: Mapping[str | None, UUID]
    """Clinic of each name; under None the one of a mapping that tells none apart."""
    source: Source
    correlation_id: UUID

    def carry_out(self, plan: RowPlan) -> RowAnswer:
        """Do everything that a row says and return its answer; raise one of ENDING."""
        clinic = self.clinics[plan.clinic]
        try:
            row_steps = steps(plan, self.mapping_name, clinic, self.handler.sealer)
        except RowRefused as error:
            return refused(plan.row, error)
        work = _Work(self, clinic, plan)
        work.do(row_steps)
        return RowAnswer(
            row=plan.row.number,
            line=plan.row.first_line,
            clinic_id=clinic,
            treatment_id=work.treatment_id,
            events=tuple(work.events),
            refusals=tuple(work.refusals),
            remarks=tuple(work.remarks),
        )


@dataclass(slots=True)
class _Work:
    importer: RowImporter
    clinic: UUID
    plan: RowPlan
    treatment_id: UUID | None = None
    events: list[RowEvent] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    remarks: list[RowRemark] = field(default_factory=list)

    def do(self, row_steps: Sequence[Step]) -> None:
        """Do the commands one after the other; without its treatment nothing else of a row is done."""
        for step in row_steps:
            done = self._do(step)
            if step.rule.kind is RuleKind.treatment:
                if not done:
                    return
                self.treatment_id = step.id
        for rule, name, problem in contradictions(self.plan):
            self.remarks.append(RowRemark(rule=rule, field=name, problem=problem))

    def _do(self, step: Step) -> bool:
        request = Request(
            actor=self.importer.actor,
            key=step.key,
            via=Via.import_,
            on_behalf_of=self.clinic,
            correlation_id=self.importer.correlation_id,
            source=self.importer.source,
        )
        try:
            receipt = self.importer.handler.execute(step.command, request)
        except ENDING:
            raise
        except KeyReused:
            self.refusals.append(RowRefusal(rule=step.rule.name, column=None, reason=_OTHER_CONTENT))
            return False
        except _KNOWN:
            return self._known(step)
        except RegistryError as error:
            self._refuse(step, error)
            return False
        self._done(step, receipt)
        return True

    def _done(self, step: Step, receipt: Receipt) -> None:
        first, further = EVENTS[step.rule.kind]
        count = 0 if receipt.repeat else receipt.last_position - receipt.first_position + 1
        self.events.append(
            RowEvent(
                rule=step.rule.name,
                type=first,
                id=step.id,
                version=receipt.version,
                first_position=receipt.first_position,
                position=receipt.last_position,
                repeat=receipt.repeat,
                new=(first, *[further] * (count - 1)) if count else (),
            )
        )
        for remark in receipt.remarks:
            self.remarks.append(RowRemark(rule=step.rule.name, field=remark.field, problem=remark.problem))

    def _known(self, step: Step) -> bool:
        """Take what has this id already, but was not recorded by this person's import, for the same or for another."""
        if isinstance(step.command, SubmitTreatment) and not self._same(step.command, step.id):
            self.refusals.append(RowRefusal(rule=step.rule.name, column=None, reason=_OTHER_TREATMENT))
            return False
        event = RowEvent(
            rule=step.rule.name, type=EVENTS[step.rule.kind][0], id=step.id, version=0, first_position=0, position=0,
            repeat=True,
        )  # fmt: skip
        self.events.append(event)
        self.remarks.append(RowRemark(rule=step.rule.name, field="", problem=_OTHER_WAY))
        return True

    def _same(self, command: SubmitTreatment, own_id: UUID) -> bool:
        handler = self.importer.handler
        found = handler.store.load(Treatment, own_id)
        if found is None or found.content != TreatmentContent(**given(command), patient=found.content.patient):
            return False
        # Only a treatment that is the same in everything clear comes here, so hardly ever a patient unknown so far.
        pseudonym = command.patient_pseudonym.strip()
        return found.content.patient == handler.sealer.subject(SubjectKind.patient, str(self.clinic), pseudonym)

    def _refuse(self, step: Step, error: RegistryError) -> None:
        name = str(error.facts.get("field", "")) if isinstance(error, InvalidInput) else ""
        column = step.rule.columns_of(_DATES[step.rule.kind] if name == "occurred_on" else name) if name else None
        self.refusals.append(RowRefusal(rule=step.rule.name, column=column, reason=str(error)))
