"""A schema says what its class says, in the class's own words; what cannot be said exactly is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

import pytest

from domain.catalogue import event_classes, personal_parts
from domain.codes import Code, Sha256
from infra.schema_drafting import SchemaNotDraftable, disclosure_of, draft


class Colour(Code):
    """A code list."""

    unrecognised = "unrecognised"
    red = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of it."""

    colour: Colour
    """Its colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """One field of each
    kind.
    """

    yes: bool
    """A."""
    whole: int
    """B."""
    real: float
    """C."""
    text: str
    """D, on two
    lines."""
    digest: Sha256
    """E."""
    id: UUID
    """F."""
    at: datetime
    """G."""
    raw: bytes
    """H."""
    colour: Colour = Colour.red
    """I."""
    piece: Piece | None = None
    """J."""
    pieces: tuple[Piece, ...] = ()
    """K."""
    ids: tuple[UUID, ...]
    """L."""
    count: int = 5
    """M."""


UUID_TYPE = {"type": "string", "logicalType": "uuid"}


def test_types_become_their_avro_counterparts() -> None:
    drafted = draft(Everything, "party")  # type: ignore[arg-type]

    colour = {"type": "enum", "name": "Colour", "doc": "A code list.", "symbols": ["unrecognised", "red"]}
    piece = {"name": "colour", "type": "Colour", "doc": "Its colour."}
    assert {key: drafted[key] for key in drafted if key != "fields"} == {
        "type": "record",
        "name": "Everything",
        "namespace": "icms.registry",
        "doc": "One field of each kind.",
        "disclosure": "party",
    }
    assert drafted["fields"] == [
        {"name": "yes", "type": "boolean", "doc": "A."},
        {"name": "whole", "type": "long", "doc": "B."},
        {"name": "real", "type": "double", "doc": "C."},
        {"name": "text", "type": "string", "doc": "D, on two lines."},
        {"name": "digest", "type": "string", "doc": "E."},
        {"name": "id", "type": UUID_TYPE, "doc": "F."},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}, "doc": "G."},
        {"name": "raw", "type": "bytes", "doc": "H."},
        {"name": "colour", "type": {**colour, "default": "unrecognised"}, "doc": "I.", "default": "red"},
        {
            "name": "piece",
            "type": ["null", {"type": "record", "name": "Piece", "doc": "A part of it.", "fields": [piece]}],
            "doc": "J.",
            "default": None,
        },
        {"name": "pieces", "type": {"type": "array", "items": "Piece"}, "doc": "K.", "default": []},
        {"name": "ids", "type": {"type": "array", "items": UUID_TYPE}, "doc": "L.", "default": []},
        {"name": "count", "type": "long", "doc": "M.", "default": 5},
    ]


@dataclass(frozen=True)
class WithoutFieldDoc:
    """A class."""

    bare: str


@dataclass(frozen=True)
class WithoutDoc:
    bare: str
    """A field."""


@dataclass(frozen=True)
class WithDate:
    """A class."""

    day: date
    """A type that events do not use."""


@dataclass(frozen=True)
class WithDict:
    """A class."""

    table: dict[str, str]
    """A type that events do not use."""


@dataclass(frozen=True)
class WithChoice:
    """A class."""

    choice: str | int
    """Two things."""


@dataclass(frozen=True)
class WithPair:
    """A class."""

    pair: tuple[str, int]
    """Not a list."""


@dataclass(frozen=True)
class WithOtherDefault:
    """A class."""

    word: str | None = "word"
    """Optional, and yet not empty."""


@dataclass(frozen=True)
class WithOptionalList:
    """A class."""

    words: tuple[str, ...] | None = None
    """Two ways to say nothing."""


class Plain(Enum):
    """An enumeration that isn't a code list."""

    one = "one"


@dataclass(frozen=True)
class WithPlainEnum:
    """A class."""

    plain: Plain
    """No code list."""


class Ungrowing(Code):
    """A list whose first code says something."""

    one = "one"


@dataclass(frozen=True)
class WithUngrowing:
    """A class."""

    code: Ungrowing
    """A code."""


class Odd(Code):
    """A list with a code that Avro does not allow."""

    unrecognised = "unrecognised"
    odd = "not-a-name"


@dataclass(frozen=True)
class WithOdd:
    """A class."""

    code: Odd
    """A code."""


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (WithoutFieldDoc, "WithoutFieldDoc.bare: the field has no docstring"),
        (WithoutDoc, "WithoutDoc: the class has no docstring"),
        (WithDate, "WithDate.day"),
        (WithDict, "WithDict.table"),
        (WithChoice, "WithChoice.choice"),
        (WithPair, "WithPair.pair"),
        (WithOtherDefault, "WithOtherDefault.word"),
        (WithOptionalList, "WithOptionalList.words"),
        (WithPlainEnum, "WithPlainEnum.plain"),
        (WithUngrowing, "Ungrowing"),
        (WithOdd, "not-a-name"),
    ],
)
def test_what_cannot_be_said_exactly_is_refused(kind: type, named: str) -> None:
    with pytest.raises(SchemaNotDraftable, match=named):
        draft(kind, "party")


def test_disclosure_follows_the_list() -> None:
    by_class = {name: disclosure_of(kind) for name, kind in {**event_classes(), **personal_parts()}.items()}

    assert {name for name, who in by_class.items() if who == "public"} == {
        "RegistryOpened",
        "RegistryRevised",
        "RegistryClosed",
        "GuidelinePublished",
        "GuidelineRevised",
        "GuidelineRetired",
        "PolicyAdopted",
        "SocietyDutyMissed",
        "SafetyNoticePublished",
        "SafetyNoticeUpdated",
        "SafetyNoticeWithdrawn",
        "ListingPublished",
        "ListingDisputed",
        "ListingCorrected",
        "ListingWithdrawn",
    }
    restricted = {name for name in event_classes() if by_class[name] == "restricted"}
    assert restricted == {
        *("OfficerAppointed", "RoleGranted", "RoleRevoked", "InterestDeclared", "BreakGlassUsed", "DuplicateSuspected"),
        *("DeterminationQuestioned", "DeterminationConfirmed", "SignalDetected", "SignalReviewed"),
        *("ConcernRaised", "EvidenceAdded", "PanelConvened", "PanelInterestDeclared", "CaseDismissed"),
        *("NoticeServed", "NoticeDelivered", "ClinicReplied", "ReplyPeriodLapsed", "VoteCast", "FindingDecided"),
        *("FindingDelivered", "FindingPublished", "InterimPublished", "AppealLodged", "StayGranted", "StayEnded"),
        *("AppealDecided", "FindingLifted", "CaseReopened"),
    }
    assert by_class["CaseWords"] == "restricted"
    assert by_class["ReporterIdentity"] == "restricted"
    assert by_class["AdverseEventReported"] == "party"
