"""The duties that a clinic missed, as its standing is assessed by them: when each counts, and until when it runs.

What was missed stays missed. But nobody can meet a follow-up of a treatment that was voided since; from that day on it
is not overdue any more, so that a clinic can come up again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from consumers.clock_accounts import adverse_event_accounts, clinic_accounts, treatment_accounts
from domain.attestation_duties import AttestationFacts
from domain.duties import Duty
from domain.treatment_duties import TreatmentFacts, treatment_duties

# What opened a duty says when the registry knew of it: by that its quarter is the same, however late a clock ran.
_MISSED: LiteralString = """
    SELECT obligation_id, rule_id, about, item, found.opened_by, due_on, fulfilled_on,
           greatest(due_on, (opening.recorded_at AT TIME ZONE found.time_zone)::date) AS counts_on
      FROM known_obligations(NULL, NULL) AS found
      LEFT JOIN registry.events AS opening
        ON opening.originator_id = split_part(found.opened_by, '/', 1)::uuid
       AND opening.originator_version = split_part(found.opened_by, '/', 2)::bigint
     WHERE found.clinic_id = %(clinic_id)s
       AND found.holder = 'clinic'
       AND found.kind = 'duty'
       AND found.status IN ('missed', 'late')
     ORDER BY due_on, obligation_id
"""


class Missed(NamedTuple):
    """One duty that was missed."""

    obligation_id: UUID
    rule_id: str
    about: UUID
    item: str
    opened_by: str
    due_on: date
    fulfilled_on: date | None
    counts_on: date
    """Day by whose quarter it counts."""
    ended_on: date | None = None
    """Day from which it asks for nothing more, where its ground went away after it was missed."""

    def overdue_at(self, end: date) -> bool:
        """Tell whether it was still to be done at the end of a day."""
        settled = [each for each in (self.fulfilled_on, self.ended_on) if each is not None]
        return self.counts_on <= end and all(each > end for each in settled)


def missed_duties(cursor: psycopg.Cursor[Any], clinic_id: UUID) -> list[Missed]:
    """Return what a clinic missed, earliest first; `cursor` reads the obligations."""
    return [Missed(*row) for row in cursor.execute(_MISSED, {"clinic_id": clinic_id})]


def with_endings(cursor: psycopg.Cursor[Any], clinic_id: UUID, missed: Sequence[Missed]) -> list[Missed]:
    """Return them with the day from which each asks for nothing more; `cursor` reads the duty accounts."""
    unmet = {each.about for each in missed if each.fulfilled_on is None}
    if not unmet:
        return list(missed)
    ended = {_key(duty): duty.ended_on for duty in _duties(cursor, clinic_id, unmet) if duty.ended_on}
    return [each._replace(ended_on=ended.get((each.rule_id, each.about, each.item, each.opened_by))) for each in missed]


def _duties(cursor: psycopg.Cursor[Any], clinic_id: UUID, about: Iterable[UUID]) -> Iterator[Duty]:
    about = sorted(about)
    for treatment in treatment_accounts(cursor, about):
        if isinstance(treatment, TreatmentFacts):
            yield from treatment_duties(treatment)
    for adverse_event in adverse_event_accounts(cursor, about):
        yield from adverse_event.duties
    for facts in clinic_accounts(cursor, [clinic_id]).get(clinic_id, []):
        match facts:
            case Duty():
                yield facts
            case AttestationFacts():
                yield from facts.open
            case _:
                pass


def _key(duty: Duty) -> tuple[str, UUID, str, str]:
    return duty.rule.value, duty.about, duty.item, duty.opened_by
