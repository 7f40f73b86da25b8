"""All aggregates, events and personal parts of the registry: the aggregates are chosen here, the rest is found.

An event exists when an aggregate nests its class; nothing else has to be told about it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

from domain import patient, personal
from domain.adverse_event import AdverseEvent
from domain.aggregate import Aggregate, RegistryEvent
from domain.clinic import Clinic
from domain.determination import Determination
from domain.guideline import Guideline
from domain.listing import Listing
from domain.obligation import Obligation
from domain.officer import Officer
from domain.policy import Policy
from domain.query import Query
from domain.registry import Registry
from domain.safety_case import SafetyCase
from domain.safety_notice import SafetyNotice
from domain.sealed import PersonalPart
from domain.signal import Signal
from domain.standing import Standing
from domain.treatment import Treatment

C = TypeVar("C", bound=type[Any])

AGGREGATES: tuple[type[Aggregate], ...] = (
    Registry,
    Guideline,
    Policy,
    Officer,
    Clinic,
    Treatment,
    AdverseEvent,
    Obligation,
    Query,
    Standing,
    Determination,
    Signal,
    SafetyNotice,
    Listing,
    SafetyCase,
)
"""Every kind of thing with a history."""

_PART_MODULES: tuple[ModuleType, ...] = (patient, personal)


@cache
def event_classes() -> MappingProxyType[str, type[RegistryEvent]]:
    """Return every event class by its name, in the order in which the aggregates define them."""
    found: dict[str, type[RegistryEvent]] = {}
    for aggregate in AGGREGATES:
        for event_class in _events_of(aggregate):
            _add(found, event_class)
    return MappingProxyType(found)


@cache
def aggregate_of() -> MappingProxyType[str, type[Aggregate]]:
    """Return the aggregate of each event, by the event's name."""
    return MappingProxyType(
        {event_class.__name__: aggregate for aggregate in AGGREGATES for event_class in _events_of(aggregate)}
    )


@cache
def personal_parts() -> MappingProxyType[str, type[PersonalPart]]:
    """Return every class of clear personal content by its name."""
    found: dict[str, type[PersonalPart]] = {}
    for module in _PART_MODULES:
        for part in vars(module).values():
            if inspect.isclass(part) and issubclass(part, PersonalPart) and part.__module__ == module.__name__:
                _add(found, part)
    return MappingProxyType(found)


def _events_of(aggregate: type[Aggregate]) -> Iterator[type[RegistryEvent]]:
    """Yield the events that an aggregate nests, itself or in one of the rooms it is made of."""
    for room in reversed(aggregate.__mro__):
        for value in vars(room).values():
            if inspect.isclass(value) and issubclass(value, RegistryEvent) and "TOPIC" in vars(value):
                yield value


def _add(found: dict[str, C], kind: C) -> None:
    if kind.__name__ in found:
        msg = f"two classes are called {kind.__name__}; names are for ever and need to differ"
        raise TypeError(msg)
    found[kind.__name__] = kind
