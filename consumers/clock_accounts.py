"""From the accounts behind the compliance status to what obligations should be, by the rules of the domain."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.adverse_event_duties import AdverseEventFacts
from domain.attestation_duties import AttestationFacts
from domain.compliance import Submitted
from domain.dates import day, local_day, quarter_end
from domain.declaration_duties import (
    ClinicFacts,
    DeclarationFacts,
    declaration_duty,
    missing_treatments,
    treatments_due,
    undeclared_duties,
)
from domain.duties import Duty, DutyStatus, Limits, Rule
from domain.obligation_terms import ObligationEnding, ObligationTerms
from domain.owed import Owed, owed_for
from domain.treatment_duties import TreatmentFacts, treatment_duties
from projections.duty_rows import Facts, adverse_event_key, decode_facts, treatment_key

LimitsOn = Callable[[date], Limits]

_BY_KEY: LiteralString = "SELECT kind, facts FROM accounts WHERE key = ANY (%(keys)s) ORDER BY key"

_OF_CLINICS: LiteralString = """
    SELECT kind, facts
      FROM accounts
     WHERE clinic_id = ANY (%(clinics)s)
       AND kind IN ('clinic', 'guideline', 'met', 'declaration')
     ORDER BY known_from, kind DESC, key
"""

_SUBMITTED: LiteralString = """
    SELECT clinic_id, registry_id, quarter, count(*)
      FROM accounts
     WHERE clinic_id = ANY (%(clinics)s)
       AND quarter IS NOT NULL
     GROUP BY clinic_id, registry_id, quarter
"""

_CLINICS: LiteralString = """
    SELECT clinic_id
      FROM accounts
     WHERE kind = 'clinic'
       AND (%(after)s::uuid IS NULL OR clinic_id > %(after)s::uuid)
     ORDER BY clinic_id
     LIMIT %(limit)s
"""


def treatment_accounts(cursor: psycopg.Cursor[Any], treatments: Collection[UUID]) -> list[TreatmentFacts]:
    """Return these treatments' facts, and those of the treatments that their follow-ups serve."""
    found = _facts(cursor, [treatment_key(each) for each in treatments])
    served = {other for facts in found for each in facts.follow_ups for other in each.serves} - set(treatments)
    return [*found, *_facts(cursor, [treatment_key(each) for each in sorted(served)])] if served else found


def adverse_event_accounts(cursor: psycopg.Cursor[Any], ids: Collection[UUID]) -> list[AdverseEventFacts]:
    """Return the facts of these adverse events, as far as a clinic owes something for them."""
    return _facts(cursor, [adverse_event_key(each) for each in ids])


def _facts(cursor: psycopg.Cursor[Any], keys: list[str]) -> list[Any]:
    return [decode_facts(kind, text) for kind, text in cursor.execute(_BY_KEY, {"keys": keys})] if keys else []


def clinic_accounts(cursor: psycopg.Cursor[Any], clinics: Collection[UUID]) -> dict[UUID, list[Facts]]:
    """Return what stands for each clinic beside treatments and adverse events, in the order in which it came about."""
    found: dict[UUID, list[Facts]] = {}
    for kind, text in cursor.execute(_OF_CLINICS, {"clinics": list(clinics)}):
        facts = decode_facts(kind, text)
        found.setdefault(facts.clinic_id, []).append(facts)
    return found


def submitted_counts(cursor: psycopg.Cursor[Any], clinics: Collection[UUID]) -> dict[UUID, Submitted]:
    """Return how many treatments stand for each clinic, by registry and quarter."""
    counts: dict[UUID, dict[tuple[UUID, str], int]] = {}
    for clinic_id, registry_id, quarter, number in cursor.execute(_SUBMITTED, {"clinics": list(clinics)}):
        counts.setdefault(clinic_id, {})[registry_id, quarter] = number
    return dict(counts)


def clinics_after(cursor: psycopg.Cursor[Any], after: UUID | None, limit: int) -> list[UUID]:
    """Return the next clinics by id."""
    return [row[0] for row in cursor.execute(_CLINICS, {"after": after, "limit": limit})]


def time_zones(cursor: psycopg.Cursor[Any], clinics: Collection[UUID]) -> dict[UUID, str]:
    """Return the time zone of each of these clinics."""
    keys = [f"clinic:{each}" for each in clinics]
    return {facts.clinic_id: facts.time_zone for facts in _facts(cursor, keys)}


def treatment_owed(facts: TreatmentFacts, today: date, time_zone: str, changed_by: str) -> tuple[Owed, ...]:
    """Return what is owed for a treatment: of its follow-ups those up to the next that can still be met in time."""
    if facts.retrospective:
        kept = tuple(owed_for(duty, time_zone, changed_by) for duty in treatment_duties(facts))
        return (*kept, *_groundless(facts, time_zone, changed_by)) if changed_by != facts.submitted_by else kept
    return tuple(owed_for(duty, time_zone, changed_by) for duty in _up_to_next(treatment_duties(facts), today))


def _groundless(facts: TreatmentFacts, time_zone: str, changed_by: str) -> Iterator[Owed]:
    """Yield what was owed for a treatment before a corrected date made it retrospective; it asks for nothing more."""
    kept = {(clock.rule, clock.item) for clock in facts.kept}
    for duty in treatment_duties(dataclasses.replace(facts, retrospective=False)):
        if (duty.rule, duty.item) in kept:
            continue
        owed = owed_for(duty, time_zone, changed_by)
        yield _ended(owed, changed_by)


def _ended(owed: Owed, by: str) -> Owed:
    return dataclasses.replace(
        owed, fulfilled_on=None, fulfilled_by=None, ending=ObligationEnding.replaced, ended_by=by, if_open=True
    )


def _up_to_next(duties: Iterable[Duty], today: date) -> Iterator[Duty]:
    waiting = False
    for duty in duties:
        if duty.rule is not Rule.fu_30 or duty.fulfilled_on is not None or duty.ended_in_time or not waiting:
            yield duty
        if duty.rule is Rule.fu_30 and duty.status(today) in (DutyStatus.open, DutyStatus.not_due):
            waiting = True


def adverse_event_owed(facts: AdverseEventFacts, time_zone: str, changed_by: str) -> tuple[Owed, ...]:
    """Return what its clinic owes for an adverse event."""
    return tuple(owed_for(duty, time_zone, changed_by) for duty in facts.duties)


@dataclass(frozen=True, slots=True)
class ClinicGround:
    """What the obligations of one clinic follow from, beside its treatments and adverse events."""

    clinic: ClinicFacts
    facts: tuple[Facts, ...]
    submitted: Submitted
    limits_on: LimitsOn
    moment: datetime
    changed_by: str

    @property
    def today(self) -> date:
        """Return the day at the clinic."""
        return local_day(self.moment, self.clinic.time_zone)


def clinic_duties_owed(ground: ClinicGround) -> Iterator[Owed]:
    """Yield what a clinic owes by its attestations and by its quarters."""
    zone, by = ground.clinic.time_zone, ground.changed_by
    declared: dict[tuple[UUID, str], DeclarationFacts] = {}
    for facts in ground.facts:
        match facts:
            case Duty():
                yield owed_for(facts, zone, by)
            case AttestationFacts():
                yield from (owed_for(duty, zone, by) for duty in facts.open)
            case DeclarationFacts():
                declared[facts.registry_id, facts.quarter] = facts
                yield from _declared(facts, ground)
            case _:
                pass
    for duty in undeclared_duties(ground.clinic, declared, ground.limits_on, ground.today):
        yield owed_for(duty, zone, by)


def _declared(facts: DeclarationFacts, ground: ClinicGround) -> Iterator[Owed]:
    """Yield the declaration itself, each treatment that is missing, and those that have come since."""
    zone, by = ground.clinic.time_zone, ground.changed_by
    met = declaration_duty(facts)
    if met is None:
        return
    yield owed_for(met, zone, by)
    missing: dict[str, Duty] = {}
    for duty in missing_treatments(facts, ground.submitted.get((facts.registry_id, facts.quarter), 0)):
        missing[duty.item.partition(" of ")[0]] = duty
    for item, duty in missing.items():
        yield owed_for(duty, zone, by, item)
    for number in range(1, max(facts.declared, facts.missed_up_to) + 1):
        item = f"{facts.quarter}, treatment {number}"
        if item not in missing:
            yield _came(facts, item, ground)
    for number in range(max(facts.declared, facts.missed_up_to) + 1, facts.declared_most + 1):
        # Declared and corrected before it was due: it is not owed any more.
        yield _ended(_came(facts, f"{facts.quarter}, treatment {number}", ground), by)


def _came(facts: DeclarationFacts, item: str, ground: ClinicGround) -> Owed:
    due = treatments_due(facts)
    terms = ObligationTerms(
        rule_id=Rule.tx_30.value,
        policy_version=facts.policy_version,
        about=facts.registry_id,
        item=item,
        clock_start=day(quarter_end(facts.quarter)),
        due_on=day(due),
        time_zone=ground.clinic.time_zone,
        opened_by=facts.declared_by,
    )
    today, by = day(ground.today), ground.changed_by
    return Owed(
        terms=terms, clinic_id=facts.clinic_id, changed_by=by, fulfilled_on=today, fulfilled_by=by, if_open=True
    )
