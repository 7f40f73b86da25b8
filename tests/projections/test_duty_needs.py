"""What the duty rules read of events that there are most of is enough, and all of it is asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import pytest

from domain.adverse_event import AdverseEvent
from domain.aggregate import RegistryEvent
from domain.catalogue import event_classes
from domain.clinic_state import ClinicEvent
from domain.treatment import Treatment
from infra.avro_codec import Codec
from infra.avro_excerpt import ExcerptReader
from infra.excerpt_classes import FieldNotRead
from projections.audit_trail import AuditTrail
from projections.duty_accounts import DutyAccounts
from projections.duty_cases import NEEDS
from projections.duty_fold import fold, keys_needed, looked_at
from projections.public_listing import PublicListing
from projections.read_model import Fields, Recorded, needed_of
from schemas.catalogue import load
from tests.factories import full, minimal
from tests.projections.history import History, society

CODEC = Codec(load())
SEEDS = range(12)
NOT_CONTENT = {"originator_id", "originator_version", "originator_topic", "timestamp", "context"}


def stored(log: Iterable[Recorded], read: Callable[..., RegistryEvent]) -> list[Recorded]:
    """Return the same log with those events as they are stored that are not read whole, each read this way."""
    return [replaced(each, CODEC.encode(each.event), read) if each.kind in NEEDS else each for each in log]


def replaced(each: Recorded, state: bytes, read: Callable[..., RegistryEvent]) -> Recorded:
    place = each.position, each.topic, each.aggregate_id, each.version
    return Recorded(*place, each.clinic_id, each.recorded_at, each.occurred_on, each.disclosure, state, read)


def facts(log: list[Recorded]) -> tuple[object, ...]:
    """Return what follows, and the accounts that were asked for ahead."""
    ledger, rulebook = fold(log)
    return list(ledger.accounts()), keys_needed(looked_at(log)), vars(rulebook)


def short(needs: Mapping[type[RegistryEvent], Fields]) -> Callable[..., RegistryEvent]:
    return ExcerptReader(CODEC, needs.get).read


def with_every_kind(seed: int) -> History:
    """Return a society's history after which every event there is happens to something that it holds."""
    history = society(seed)
    held = {kind: _last(history, kind) for kind in (Treatment.Event, AdverseEvent.Event, ClinicEvent)}
    for kind in event_classes().values():
        one = next((each for base, each in held.items() if issubclass(kind, base)), UUID(int=seed))
        for event in (minimal(kind), full(kind)):
            added = history.add(kind, one, "2026-05-05", clinic=held[ClinicEvent])
            content = {each.name: getattr(event, each.name) for each in dataclasses.fields(kind)}
            happened = dataclasses.replace(
                added.event, **{name: content[name] for name in content.keys() - NOT_CONTENT}
            )
            history.log[-1] = replaced(added, b"", lambda *_, happened=happened: happened)
    return history


def _last(history: History, kind: Any) -> UUID:
    return next(each.aggregate_id for each in reversed(history.log) if isinstance(each.event, kind))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_read_in_part_gives_the_facts_of_the_whole(seed: int) -> None:
    log = with_every_kind(seed).log

    assert facts(stored(log, short(NEEDS))) == facts(stored(log, CODEC.decode))


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NEEDS.items() for name in sorted(names)])
def test_each_field_that_is_named_is_needed(kind: type[RegistryEvent], name: str) -> None:
    without = {**NEEDS, kind: NEEDS[kind] - {name}}
    logs = [with_every_kind(seed).log for seed in SEEDS]

    with pytest.raises(FieldNotRead):
        _ = [facts(stored(log, short(without))) for log in logs]


def test_what_read_models_need_together_is_what_each_needs() -> None:
    class Curious(AuditTrail):
        needs: Mapping[type[RegistryEvent], Fields] = {RegistryEvent: Fields({"context"})}

    submitted = Treatment.TreatmentSubmitted

    assert needed_of([DutyAccounts()])(submitted) == NEEDS[submitted]
    assert needed_of([DutyAccounts(), AuditTrail(), PublicListing()])(submitted) == NEEDS[submitted]
    assert needed_of([DutyAccounts(), Curious()])(submitted) == NEEDS[submitted] | {"context"}
    assert needed_of([AuditTrail()])(submitted) == Fields()


def test_what_somebody_reads_without_saying_what_is_read_whole() -> None:
    class Silent(DutyAccounts):
        needs: Mapping[type[RegistryEvent], Fields] = {}

    assert needed_of([AuditTrail(), Silent()])(Treatment.TreatmentSubmitted) is None
    assert needed_of([PublicListing()])(Treatment.TreatmentSubmitted) is None
