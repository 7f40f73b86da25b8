"""One row is done command by command; each takes effect once, so a row that was half done by a killed run is finished.

Whatever happens to a row is its answer. Only what would happen to every other row as well ends the import: a store
that does not answer, a person who may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from application.command import Actor, CommandHandler, Receipt, Request
from application.follow_ups import RecordFollowUp
from application.ports import Saved, SubjectKind
from application.treatment_form import given
from application.treatments import SubmitTreatment
from domain.adverse_event_errors import AdverseEventAlreadyReported
from domain.aggregate import Source
from domain.codes import Via
from domain.errors import InvalidInput, RegistryError
from domain.recording import KeyReused
from domain.treatment import Treatment
from domain.treatment_content import TreatmentContent
from domain.treatment_errors import FollowUpAlreadyRecorded, TreatmentAlreadySubmitted
from interfaces.importing.chronology import contradictions
from interfaces.importing.mapping_rule import RuleKind
from interfaces.importing.refusals import RowRefused
from interfaces.importing.row import Row
from interfaces.importing.row_answer import RowAnswer, RowEvent, RowRefusal, RowRemark
from interfaces.importing.row_commands import EVENTS, Step, steps
from interfaces.importing.row_defect import ENDING, contained
from interfaces.importing.row_plan import RowPlan

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
_UNKNOWN_CONTENT = "it was recorded before, but not by this mapping, and cannot be compared; nothing was changed"


def refused(row: Row, error: RowRefused) -> RowAnswer:
    """Return the answer to a row of which nothing was done."""
    return RowAnswer(row=row.number, line=row.first_line, refusals=tuple(_refusals(error, None)))


def _refusals(error: RowRefused, rule: str | None) -> Iterator[RowRefusal]:
    for each in error.cells:
        yield RowRefusal(rule=rule, column=each.column, reason=each.reason)


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
        try:
            with contained():
                clinic = self.clinics[plan.clinic]
                row_steps = steps(plan, self.mapping_name, clinic, self.handler.sealer)
                found = contradictions(plan)
        except RowRefused as error:
            return refused(plan.row, error)
        work = _Work(self, clinic)
        work.do(row_steps)
        work.remarks += [RowRemark(rule=rule, field=name, problem=problem) for rule, name, problem in found]
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
    treatment_id: UUID | None = None
    events: list[RowEvent] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    remarks: list[RowRemark] = field(default_factory=list)

    def do(self, row_steps: Sequence[Step]) -> None:
        """Do the commands one after the other; without its treatment nothing else of a row is done."""
        for step in row_steps:
            try:
                with contained():
                    done = self._do(step)
            except RowRefused as error:
                self.refusals += _refusals(error, step.rule.name)
                done = False
            if step.rule.kind is RuleKind.treatment:
                if not done:
                    return
                self.treatment_id = step.id

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
            return self._refused(step, _OTHER_CONTENT)
        except _KNOWN:
            return self._known(step, request)
        except RegistryError as error:
            self._refuse(step, error)
            return False
        self._done(step, receipt)
        return True

    def _done(self, step: Step, receipt: Receipt) -> None:
        self._add(step, receipt, receipt.events)
        for remark in receipt.remarks:
            self.remarks.append(RowRemark(rule=step.rule.name, field=remark.field, problem=remark.problem))

    def _add(self, step: Step, found: Receipt | Saved | None, new: tuple[str, ...] = ()) -> None:
        self.events.append(
            RowEvent(
                rule=step.rule.name,
                type=EVENTS[step.rule.kind],
                id=step.id,
                version=found.version if found else 0,
                first_position=found.first_position if found else 0,
                position=found.last_position if found else 0,
                repeat=found.repeat if found else True,
                new=new,
            )
        )

    def _known(self, step: Step, request: Request) -> bool:
        """Take what has this id already, but was not recorded by this person's import, for the same or for another.

        What was imported by somebody else is compared as it was imported, with everything that is sealed; a treatment
        that was recorded some other way, as it stands.
        """
        aggregate_id = step.command.treatment_id if isinstance(step.command, RecordFollowUp) else step.id
        try:
            found = self.importer.handler.recall_of_others(step.command, request, aggregate_id)
        except KeyReused:
            return self._refused(step, _OTHER_CONTENT)
        if found is None:
            if not isinstance(step.command, SubmitTreatment):
                return self._refused(step, _UNKNOWN_CONTENT)
            if not self._same(step.command, step.id):
                return self._refused(step, _OTHER_TREATMENT)
        self._add(step, found)
        self.remarks.append(RowRemark(rule=step.rule.name, field="", problem=_OTHER_WAY))
        return True

    def _refused(self, step: Step, reason: str) -> bool:
        self.refusals.append(RowRefusal(rule=step.rule.name, column=None, reason=reason))
        return False

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
