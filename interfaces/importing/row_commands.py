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
from application.follow_ups import RecordFollowUp
from application.ports import Sealer
from application.reports import ReportAdverseEvent
from application.treatments import SubmitTreatment
from domain.errors import InvalidInput
from domain.registry import registry_id
from interfaces.importing.mapping_rule import Rule, RuleKind
from interfaces.importing.row_plan import Part, RowPlan

EVENTS: Mapping[RuleKind, tuple[str, str]] = {
    RuleKind.treatment: ("TreatmentSubmitted", "ParticipationResumed"),
    RuleKind.adverse_event: ("AdverseEventReported", "AdverseEventSupplemented"),
    RuleKind.follow_up: ("FollowUpRecorded", "AdverseEventReported"),
}
"""The event of a command, and what further ones it may bring: a clinic takes part again, a report goes on, or a
follow-up opens an adverse event."""


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

    Raises: InvalidInput where fields contradict each other
    """
    return tuple(_Steps(plan, mapping_name, clinic, sealer).all())


class _Steps:
    def __init__(self, plan: RowPlan, mapping_name: str, clinic: UUID, sealer: Sealer) -> None:
        self._plan = plan
        self._mapping_name = mapping_name
        self._clinic = clinic
        self._sealer = sealer
        self._treatment = treatment_id(sealer, clinic, plan.reference)

    def all(self) -> Iterator[Step]:
        yield self._step(
            self._plan.treatment,
            SubmitTreatment,
            self._treatment,
            clinic_id=self._clinic,
            registry_id=registry_id(self._plan.registry),
            own_reference=self._plan.reference,
        )
        for part in self._plan.adverse_events:
            harm = self._harm(part.rule.name)
            yield self._step(
                part,
                ReportAdverseEvent,
                harm,
                clinic_id=str(self._clinic),
                treatments=[str(self._treatment)],
                adverse_event_id=harm,
            )
        for part in self._plan.follow_ups:
            own_id = follow_up_id(self._sealer, self._treatment, self._full_name(part.rule.name), self._plan.reference)
            yield self._step(
                part,
                RecordFollowUp,
                own_id,
                treatment_id=self._treatment,
                follow_up_id=own_id,
                adverse_events=[self._harm(name) for name in part.names],
            )

    def _harm(self, rule: str) -> UUID:
        return adverse_event_id(self._sealer, self._treatment, self._full_name(rule), self._plan.reference)

    def _full_name(self, rule: str) -> str:
        return f"{self._mapping_name}/{rule}"

    def _step(self, part: Part, kind: type[Command], own_id: UUID, **own: Any) -> Step:
        rule = part.rule
        key = f"import {rule.kind} {self._full_name(rule.name)} {self._clinic} {self._plan.reference}"
        return Step(rule, _command(kind, {**part.values, **own}), key, own_id)


def _command(kind: type[Command], values: Mapping[str, Any]) -> Command:
    try:
        return msgspec.convert(values, kind, builtin_types=(UUID,), strict=True)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        raise InvalidInput(field=path.rstrip("`") or kind.VERB, problem=problem) from error
