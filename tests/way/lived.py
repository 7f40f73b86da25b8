"""What a simulated society lived through: every event type in its log, and every status that anything had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from domain.aggregate import Aggregate
from domain.catalogue import aggregate_of, event_classes
from domain.clinic import Clinic
from domain.dates import local_day
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_state import ListingState
from domain.obligation import Obligation, ObligationStatus
from domain.participation import ParticipationState
from domain.safety_case import SafetyCase
from domain.safety_case_state import SAFETY_ORDER, CaseState, gravest
from domain.standing import LADDER, Standing
from domain.verification import Verification
from tests.way.installation import Installation

AXES: Mapping[str, frozenset[str]] = {
    "participation": frozenset(each.value for each in ParticipationState),
    "standing": frozenset({"not_rated", *(each.value for each in LADDER)}),
    "safety": frozenset({"none", *(each.value for each in SAFETY_ORDER)}),
    "verification": frozenset(each.value for each in Verification) - {"unrecognised"},
    "public category": frozenset(each.value for each in ListingCategory) - {"unrecognised"},
    "case state": frozenset(each.value for each in CaseState),
    "entry": frozenset(each.value for each in ListingState),
    "obligation": frozenset(each.value for each in ObligationStatus),
}
"""Every value of domain.md's tables."""


class Lived(NamedTuple):
    """What was found in one history."""

    events: frozenset[str]
    values: Mapping[str, frozenset[str]]

    def missing_events(self) -> set[str]:
        """Return the event types that no event of the history has."""
        return set(event_classes()) - self.events

    def missing_values(self) -> dict[str, set[str]]:
        """Return the values of each axis that nothing ever had."""
        return {axis: set(asked - self.values[axis]) for axis, asked in AXES.items() if asked - self.values[axis]}


def lived(registry: Installation) -> Lived:
    """Fold the whole log, event by event, and note what everything was after each."""
    events: set[str] = set()
    values: dict[str, set[str]] = {axis: set() for axis in AXES}
    held: dict[UUID, Aggregate] = {}
    cases: dict[UUID, dict[UUID, CaseState]] = {}
    codec = registry.bootstrap.codec
    with registry.bootstrap.log() as log:
        for row in log.read(0, 1_000_000):
            event: Any = codec.decode(row.topic, bytes(row.state), row.originator_id, row.originator_version)
            events.add(type(event).__name__)
            aggregate = event.mutate(held.get(row.originator_id))
            held[row.originator_id] = aggregate
            for axis, value in _values(aggregate, event, cases):
                values[axis].add(str(value))
    return Lived(frozenset(events), {axis: frozenset(found) for axis, found in values.items()})


def _values(aggregate: Aggregate, event: Any, cases: dict[UUID, dict[UUID, CaseState]]) -> Iterator[tuple[str, Any]]:
    match aggregate:
        case Clinic():
            today = local_day(event.timestamp, aggregate.time_zone)
            yield "participation", aggregate.participation.value
            if aggregate.enrolled_on is None:
                yield "standing", "not_rated"
            for guideline in aggregate.attestations:
                yield "verification", aggregate.verified(guideline, today).level.value
            if not aggregate.attestations:
                yield "verification", "none"
        case Standing():
            yield "standing", aggregate.step.value
        case Obligation():
            yield "obligation", aggregate.status.value
        case Listing():
            yield "entry", aggregate.state.value
            if isinstance(event, Listing.ListingPublished):
                yield "public category", aggregate.content.category.value
        case SafetyCase():
            assert aggregate.clinic_id is not None
            state = aggregate.state(local_day(event.timestamp, "UTC"))
            of_clinic = cases.setdefault(aggregate.clinic_id, {})
            of_clinic[aggregate.id] = state
            yield "case state", state.value
            yield "safety", gravest(of_clinic.values())
        case _:
            assert type(aggregate) in set(aggregate_of().values())
