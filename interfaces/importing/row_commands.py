"""A planned row as commands, with the ids and idempotency keys by which a repeat is recognised.

Ids and keys follow from the clinic, its reference and the names in the mapping alone: not from the file, its rows'
order or the day, so the same extract sent again, or a longer one, finds what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from application.command import Command
from application.derived_ids import adverse_event_id, follow_up_id, treatment_id
from application.follow_ups import RecordFollowUp, follow_up_of
from application.ports import Sealer
from application.reports import ReportAdverseEvent
from application.treatment_form import given, require_born_before, sealed_parts
from application.treatments import SubmitTreatment
from domain.content import check_missing
from domain.errors import InvalidInput
from domain.registry import registry_id
from domain.treatment_content import TreatmentContent
from interfaces.importing.mapping_rule import Rule, RuleKind
from interfaces.importing.refusals import CellRefused, RowRefused
from interfaces.importing.row_plan import Part, RowPlan

EVENTS: Mapping[RuleKind, str] = {
    RuleKind.treatment: "TreatmentSubmitted",
    RuleKind.adverse_event: "AdverseEventReported",
    RuleKind.follow_up: "FollowUpRecorded",
}
"""The event that a command always brings; its receipt names further ones."""

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a row."""

    rule: Rule
    command: Command
    key: str
    """Idempotency key."""
    id: UUID
    """The treatment, adverse event or follow-up."""


def steps(plan: RowPlan, mapping_name: str, clinic: UUID, sealer: Sealer) -> tuple[Step, ...]:
    """Return the commands of a row in their order: the treatment, its adverse events, its follow-ups.

    Raises: RowRefused where fields contradict each other, so that a row is checked whole before any of it is done
    """
    return tuple(_Steps(plan, mapping_name, clinic, sealer).all())


def prepare_types() -> None:
    """Let msgspec look at the classes of the commands, and of all they hold, once, before there are threads.

    It is not safe for threads to make it look at the same class for the first time at once: the process can crash.
    """
    for rule in RuleKind:
        msgspec.json.Decoder(rule.command)


def try_out(plan: RowPlan) -> None:
    """Make the commands of a row without a store and its keys, to see whether they can be made; raise RowRefused."""
    for _ in _Steps(plan, "", _NOBODY, None).all():
        pass


class _Steps:
    """Makes the commands of one row; without a sealer all ids are empty."""

    def __init__(self, plan: RowPlan, mapping_name: str, clinic: UUID, sealer: Sealer | None) -> None:
        self._plan = plan
        self._mapping_name = mapping_name
        self._clinic = clinic
        self._sealer = sealer
        self._treatment = treatment_id(sealer, clinic, plan.reference) if sealer else _NOBODY

    def all(self) -> Iterator[Step]:
        yield self._treatment_step(self._plan.treatment)
        yield from map(self._harm_step, self._plan.adverse_events)
        yield from map(self._follow_up_step, self._plan.follow_ups)

    def _treatment_step(self, part: Part) -> Step:
        registry = registry_id(self._plan.registry)
        own = {"clinic_id": self._clinic, "registry_id": registry, "own_reference": self._plan.reference}
        return self._step(part, SubmitTreatment, self._treatment, own)

    def _harm_step(self, part: Part) -> Step:
        harm = self._harm(part.rule.name)
        own = {"clinic_id": str(self._clinic), "treatments": [str(self._treatment)], "adverse_event_id": harm}
        return self._step(part, ReportAdverseEvent, harm, own)

    def _follow_up_step(self, part: Part) -> Step:
        name, reference = self._full_name(part.rule.name), self._plan.reference
        own_id = follow_up_id(self._sealer, self._treatment, name, reference) if self._sealer else _NOBODY
        harms = [self._harm(name) for name in part.names]
        own = {"treatment_id": self._treatment, "follow_up_id": own_id, "adverse_events": harms}
        return self._step(part, RecordFollowUp, own_id, own)

    def _harm(self, rule: str) -> UUID:
        if self._sealer is None:
            return _NOBODY
        return adverse_event_id(self._sealer, self._treatment, self._full_name(rule), self._plan.reference)

    def _full_name(self, rule: str) -> str:
        return f"{self._mapping_name}/{rule}"

    def _step(self, part: Part, kind: type[Command], own_id: UUID, own: Mapping[str, Any]) -> Step:
        rule = part.rule
        key = f"import {rule.kind} {self._full_name(rule.name)} {self._clinic} {self._plan.reference}"
        try:
            command = _command(kind, {**part.values, **own})
            _check(command)
        except InvalidInput as error:
            name, problem = error.facts["field"], error.facts["problem"]
            column = rule.columns_of(name)
            raise RowRefused((CellRefused(column, "", f"{rule.name}, {name}: {problem}"),)) from error
        return Step(rule, command, key, own_id)


def _command(kind: type[Command], values: Mapping[str, Any]) -> Command:
    try:
        return msgspec.convert(values, kind, builtin_types=(UUID,), strict=True)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        raise InvalidInput(field=path.rstrip("`") or kind.VERB, problem=problem) from error


def _check(command: Command) -> None:
    """Make what the command will make, so that a contradiction in the last one stops the first; raise InvalidInput."""
    match command:
        case SubmitTreatment():
            content = TreatmentContent(**given(command), patient=_NOBODY)
            check_missing(content, command.missing)
            require_born_before(command, content)
            sealed_parts(command, _NOBODY)
        case RecordFollowUp():
            check_missing(follow_up_of(command, _NOBODY), command.missing)
        case _:
            pass  # a report of harm is taken whatever it says
