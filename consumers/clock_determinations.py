"""A determination is questioned by itself when a record that it rests on was corrected, voided or nullified.

A standing rests on missed duties about a treatment or an adverse event, a finding on the events that it names. What
was questioned for a change once is not questioned for it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from application.determinations import QuestionDetermination
from consumers.clock_keeper import Recorder
from domain.clinic_state import event_id
from domain.determination import EvidenceChange
from domain.errors import NotFound, Refused
from domain.safety_case import SafetyCase

CHANGES: Mapping[str, EvidenceChange] = {
    "TreatmentCorrected": EvidenceChange.corrected,
    "TreatmentVoided": EvidenceChange.voided,
    "AdverseEventNullified": EvidenceChange.nullified,
}
"""The events that change a record somebody may have decided on."""


class Changed(NamedTuple):
    """A record that was changed, and how."""

    aggregate_id: UUID
    clinic_id: UUID
    change: EvidenceChange
    by: str
    """Event that changed it."""


_MISSED_ABOUT: LiteralString = """
    SELECT obligation_id
      FROM known_obligations(NULL, NULL)
     WHERE about = %(about)s
       AND kind = 'duty'
       AND status IN ('missed', 'late')
"""

_CITING: LiteralString = """
    SELECT event_id
      FROM standings
     WHERE clinic_id = %(clinic_id)s
       AND missed && %(missed)s::uuid[]
     ORDER BY position
"""

_DECIDED: LiteralString = """
    SELECT case_id
      FROM safety_cases
     WHERE known_to IS NULL
       AND clinic_id = %(clinic_id)s
       AND finding IS NOT NULL
     ORDER BY case_id
"""


def missed_about(cursor: psycopg.Cursor[Any], changed: Changed) -> list[UUID]:
    """Return the missed duties about a record; asked of the obligations."""
    return [row[0] for row in cursor.execute(_MISSED_ABOUT, {"about": changed.aggregate_id})]


def citing_standings(cursor: psycopg.Cursor[Any], changed: Changed, missed: list[UUID]) -> list[str]:
    """Return the assessments that rest on these misses; asked of the standings."""
    return [row[0] for row in cursor.execute(_CITING, {"clinic_id": changed.clinic_id, "missed": missed})]


def decided_cases(cursor: psycopg.Cursor[Any], changed: Changed) -> list[UUID]:
    """Return the clinic's cases with a finding; asked of the safety cases."""
    return [row[0] for row in cursor.execute(_DECIDED, {"clinic_id": changed.clinic_id})]


def question_standings(recorder: Recorder, changed: Changed, standings: list[str]) -> None:
    """Question these assessments; the record itself is the evidence that was changed."""
    for determination in standings:
        _question(recorder, changed, determination, event_id(changed.aggregate_id, 1))


def question_findings(recorder: Recorder, changed: Changed, cases: list[UUID]) -> None:
    """Question every finding of these cases that names an event of the record."""
    for case_id in cases:
        for finding, evidence in _findings(recorder, case_id):
            if evidence.partition("/")[0] == str(changed.aggregate_id):
                _question(recorder, changed, finding, evidence)


def _findings(recorder: Recorder, case_id: UUID) -> Iterator[tuple[str, str]]:
    for event in recorder.handler.store.history(case_id):
        if isinstance(event, SafetyCase.FindingDecided) and event.finding is not None:
            for evidence in event.finding.evidence_ids:
                yield event_id(event.originator_id, event.originator_version), evidence


def _question(recorder: Recorder, changed: Changed, determination: str, evidence: str) -> None:
    command = QuestionDetermination(
        determination=determination, evidence=evidence, change=changed.change, changed_by=changed.by
    )
    try:
        recorder.carry_out(command, f"question/{determination}/{evidence}/{changed.by}")
    except (Refused, NotFound):
        return
