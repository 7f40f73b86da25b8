"""The one fold from events to accounts; the tables are its materialisation, an as-of answer may run it anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from heapq import merge
from typing import Any, TypeVar
from uuid import UUID

from domain.adverse_event import AdverseEvent
from domain.adverse_event_duties import AdverseEventFacts
from domain.aggregate import RegistryEvent
from domain.attestation_duties import AttestationFacts
from domain.clinic_state import ClinicEvent
from domain.compliance import Accounts
from domain.dates import PartialDate, last_day
from domain.declaration_duties import ClinicFacts, DeclarationFacts
from domain.duties import Duty
from domain.guideline import Guideline
from domain.policy import Policy
from domain.registry import Registry
from domain.treatment import Treatment
from domain.treatment_duties import TreatmentFacts
from projections.duty_cases import fold_treatment, keys_of_case
from projections.duty_clinics import fold_clinic, fold_rulebook, keys_of_clinic
from projections.duty_ledger import Ledger
from projections.duty_reports import fold_adverse_event
from projections.duty_rows import Facts, clinic_key
from projections.duty_rulebook import Rulebook, RulebookLine
from projections.read_model import Recorded

F = TypeVar("F")


_CASES = (
    Treatment.TreatmentSubmitted,
    Treatment.TreatmentCorrected,
    Treatment.TreatmentVoided,
    Treatment.FollowUpRecorded,
    Treatment.ConsentWithdrawn,
    AdverseEvent.AdverseEventReported,
    AdverseEvent.AdverseEventSupplemented,
    AdverseEvent.AdverseEventNoticeDelivered,
    AdverseEvent.AdverseEventLinked,
    AdverseEvent.AdverseEventNullified,
)
LOOKED_AT: tuple[type[RegistryEvent], ...] = (*_CASES, Policy.Event, Registry.Event, Guideline.Event, ClinicEvent)
"""Kinds of events from which duties follow; the others are never read."""


def looked_at(batch: Sequence[Recorded]) -> list[Recorded]:
    """Return the events of a batch from which duties follow; the others are never read."""
    return [each for each in batch if _matters(each.kind)]


@cache
def _matters(kind: type[RegistryEvent]) -> bool:
    return issubclass(kind, LOOKED_AT)


def keys_needed(batch: Sequence[Recorded]) -> set[str]:
    """Return the accounts that a batch is sure to need; what else it needs is fetched on the way."""
    keys: set[str] = set()
    clinics: set[UUID | None] = set()
    for recorded in batch:
        if recorded.kind is Treatment.TreatmentSubmitted:
            # It begins a treatment, of which nothing is held; and there are more of them than of all others.
            clinics.add(recorded.clinic_id)
            continue
        match recorded.event:
            case Treatment.Event() | AdverseEvent.Event():
                keys.update(keys_of_case(recorded))
            case ClinicEvent():
                keys.update(keys_of_clinic(recorded))
            case _:
                pass
    keys.update(clinic_key(each) for each in clinics if each is not None)
    return keys


def step(ledger: Ledger, rulebook: Rulebook, recorded: Recorded) -> RulebookLine | None:
    """Fold one event; return the line it adds to the rulebook, if it adds one."""
    ledger.position = recorded.position
    match recorded.event:
        case Treatment.Event() as event:
            fold_treatment(ledger, rulebook, recorded, event)
        case AdverseEvent.Event() as event:
            fold_adverse_event(ledger, rulebook, recorded, event)
        case ClinicEvent() as event:
            fold_clinic(ledger, rulebook, recorded, event)
        case Policy.Event() | Registry.Event() | Guideline.Event():
            line = rulebook.line_of(recorded)
            if line is not None:
                fold_rulebook(ledger, rulebook, line)
            return line
        case _:
            pass
    return None


def fold(
    events: Iterable[Recorded], lines: Iterable[RulebookLine] = (), happened_by: date | None = None
) -> tuple[Ledger, Rulebook]:
    """Return the accounts and the rulebook that events, and lines already read, lead to from nothing.

    Both in the log's order. With `happened_by` only what had happened by that day on its own date counts.
    """
    ledger, rulebook = Ledger(), Rulebook()
    both: Iterable[Recorded | RulebookLine] = merge(events, lines, key=_position)
    for item in both:
        if isinstance(item, RulebookLine):
            if happened_by is None or item.happened_by <= happened_by:
                ledger.position = item.position
                fold_rulebook(ledger, rulebook, item)
        elif _matters(item.kind) and (happened_by is None or last_day(PartialDate(item.occurred_on)) <= happened_by):
            step(ledger, rulebook, item)
    return ledger, rulebook


def _position(item: Recorded | RulebookLine) -> int:
    return item.position


def accounts_of(found: Iterable[Facts]) -> Accounts | None:
    """Sort the accounts of one clinic; None where the clinic itself is not among them."""
    by_kind: dict[Any, list[Any]] = {}
    for facts in found:
        by_kind.setdefault(type(facts), []).append(facts)
    clinics = _of(by_kind, ClinicFacts)
    if not clinics:
        return None
    return Accounts(
        clinic=clinics[0],
        treatments=_of(by_kind, TreatmentFacts),
        adverse_events=_of(by_kind, AdverseEventFacts),
        attestations=_of(by_kind, AttestationFacts),
        closed=_of(by_kind, Duty),
        declarations=_of(by_kind, DeclarationFacts),
    )


def _of(by_kind: dict[Any, list[Any]], kind: type[F]) -> tuple[F, ...]:
    return tuple(by_kind.get(kind, ()))
