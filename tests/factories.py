"""One full and one minimal instance of every event and personal part, made from type hints.

A new event is covered without being told about it. Where a value type checks what it is given, EXAMPLES holds a value
that passes, by `Class.field` or by `field`; optional fields that exclude each other are left out one by one.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import types
from datetime import UTC, datetime
from functools import cache
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from eventsourcing.domain import CanInitAggregate

from domain.aggregate import Context, RegistryEvent, Source
from domain.catalogue import aggregate_of
from domain.codes import Channel, Code, Reason, Role, Via
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.sealed import SealedPart

K = TypeVar("K", bound=Any)

PUBLIC_AGGREGATES = {"Registry", "Guideline", "Policy", "SafetyNotice"}
PUBLIC_EVENTS = {
    "SocietyDutyMissed", "ListingPublished", "ListingDisputed", "ListingCorrected", "ListingWithdrawn",
}  # fmt: skip
AGGREGATE_ID = UUID("00000000-0000-4000-8000-00000000a001")
CLINIC_ID = UUID("00000000-0000-4000-8000-00000000c001")
RECORDED_AT = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)

_PLAIN: dict[Any, Any] = {
    bool: True,
    int: 3,
    float: 12.5,
    str: "Zürich – 東京",
    bytes: bytes(range(16)),
    UUID: UUID("00000000-0000-4000-8000-0000000000f1"),
    datetime: RECORDED_AT,
}
_FORMATS = {"PartialDate": "2024-05-03", "DaysText": "12.5", "Sha256": "ab" * 32}
EXAMPLES: dict[str, Any] = {
    "country": "CH",
    "time_zone": "Europe/Zurich",
    "language": "en",
    "quarter": "2026-Q1",
    "short_code": "knee",
    "year_of_birth": 1970,
    "CodedTerm.system": "ICD-10",
    "CodedTerm.version": "27.1",
    "CodedTerm.code": "M17.1",
    "rule_id": "TX-30",
    "FollowUp.result": "deceased",
    "FollowUp.vital_status": "dead",
    "website": "https://clinic.example",
    "email": "reporter@clinic.example",
    "NoticeContent.countries": ("CH", "JP"),
    "SignalBasis.evidence": (f"{AGGREGATE_ID}/1",),
}


def full(kind: type[K], event_id: UUID = AGGREGATE_ID) -> K:
    """Return an instance with as many fields filled as its checks allow."""
    return _build(kind, event_id, optional=True)


def minimal(kind: type[K], event_id: UUID = AGGREGATE_ID) -> K:
    """Return an instance with only what must be there."""
    return _build(kind, event_id, optional=False)


def is_public(event_class: type[RegistryEvent]) -> bool:
    """Say whether domain.md lists an event as public."""
    name = event_class.__name__
    return name in PUBLIC_EVENTS or aggregate_of()[name].__name__ in PUBLIC_AGGREGATES


def context(event_class: type[RegistryEvent], *, optional: bool = True) -> Context:
    """Return a context that this event may carry: nothing of a person in a public one."""
    public = is_public(event_class)
    needed: dict[str, Any] = {
        "salt": bytes(range(16)),
        "actor_person": None if public else UUID("00000000-0000-4000-8000-0000000000aa"),
        "actor_role": Role.registrar,
        "via": Via.import_,
        "software": "icms-registry 0.1.0",
        "key_hmac": bytes(range(32)),
        "correlation_id": UUID("00000000-0000-4000-8000-0000000000c0"),
        "occurred_on": PartialDate("1985/1989"),
    }
    if not optional:
        return Context(**needed)
    more: dict[str, Any] = {"causation_id": UUID("00000000-0000-4000-8000-0000000000ca"), "reason": Reason.other}
    if not public:
        more |= {
            "on_behalf_of": CLINIC_ID,
            "clinic_id": CLINIC_ID,
            "source": Source(channel=Channel.paper, reference="A-17", document_hash=_FORMATS["Sha256"]),
            "sealed": (SealedPart(subject=UUID(int=5), schema_id=7, nonce=b"n" * 12, content=b"c" * 40),),
        }
    return Context(**needed, **more)


def _build(kind: type[Any], event_id: UUID, *, optional: bool) -> Any:
    if not issubclass(kind, RegistryEvent):
        return _value_of(kind, optional)
    given: dict[str, Any] = {
        "originator_id": event_id,
        "originator_version": 1 if issubclass(kind, CanInitAggregate) else 2,
        "timestamp": RECORDED_AT,
        "context": context(kind, optional=optional),
    }
    if issubclass(kind, CanInitAggregate):
        given["originator_topic"] = aggregate_of()[kind.__name__].TOPIC
    return _fill(kind, given, optional)


@cache
def _value_of(kind: type[Any], optional: bool) -> Any:
    return _fill(kind, {}, optional)


def _fill(kind: type[Any], given: dict[str, Any], optional: bool) -> Any:
    """Fill the fields; where the checks refuse, leave out optional ones, as few as possible."""
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.name not in given]
    droppable = [name for name in names if _may_be_empty(hints[name])]
    values = {name: _example(kind, name, hints[name], optional) for name in names}
    numbers = range(len(droppable) + 1) if optional else reversed(range(len(droppable) + 1))
    for left_out in itertools.chain.from_iterable(itertools.combinations(droppable, number) for number in numbers):
        empty = {name: () if get_origin(hints[name]) is tuple else None for name in left_out}
        try:
            return kind(**given, **{**values, **empty})
        except InvalidInput as refusal:
            last = refusal
    raise AssertionError(f"{kind.__qualname__} refuses every example; add one to EXAMPLES") from last


def _example(kind: type[Any], name: str, hint: Any, optional: bool) -> Any:
    example = EXAMPLES.get(f"{kind.__name__}.{name}", EXAMPLES.get(name))
    inner = _without_none(hint)
    if example is not None:
        return inner(example) if inspect.isclass(inner) and issubclass(inner, Code) else example
    return _of_type(inner, optional)


def _of_type(hint: Any, optional: bool) -> Any:
    if isinstance(hint, NewType):
        return _FORMATS[hint.__name__]
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return (_of_type(item, optional), _of_type(item, optional)) if item in _PLAIN else (_of_type(item, optional),)
    if issubclass(hint, Code):
        return list(hint)[-1 if optional else 1]
    return _value_of(hint, optional)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return next(member for member in get_args(hint) if member is not types.NoneType)
    return hint


def _may_be_empty(hint: Any) -> bool:
    return get_origin(hint) is tuple or _without_none(hint) is not hint


def as_foreigners_see_it(content: Any) -> dict[str, Any]:
    """Return the Avro record of an event or part as a generic reader decodes it, by a walk of our own."""

    def plain(value: Any) -> Any:
        if isinstance(value, Code):
            return value.value
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        if dataclasses.is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return value

    record = plain(content)
    for kept_in_columns in ("originator_id", "originator_version", "originator_topic"):
        record.pop(kept_in_columns, None)
    if "timestamp" in record:
        record["recorded_at"] = record.pop("timestamp")
    return record
