"""Who reads, and what of the record each may see: the public, a clinic, an officer, an auditor.

Source: domain.md, Disclosure class. Public is everybody's, party the society's and the clinic's concerned, restricted
the society's and its auditors'.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.errors import InvalidInput

NOBODY = UUID(int=0)
"""The id of no clinic: who may not ask about one is answered as if they had asked about this one."""


class Disclosure(StrEnum):
    """Who may see what is recorded, a property of each type of event and of each kind of sealed part."""

    public = "public"
    party = "party"
    restricted = "restricted"


class ReaderKind(StrEnum):
    """As what somebody reads."""

    public = "public"
    clinic = "clinic"
    officer = "officer"
    auditor = "auditor"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads; a clinic by its id, all others by what they are. Raises InvalidInput for half of it."""

    kind: ReaderKind
    clinic_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.kind is ReaderKind.clinic) is not (self.clinic_id is not None):
            raise InvalidInput(field="reader", problem="a clinic reads by its id, and nobody else has one")
        if self.clinic_id == NOBODY:
            raise InvalidInput(field="reader", problem=f"{NOBODY} is no clinic")

    @property
    def of_society(self) -> bool:
        """Return whether everything recorded is theirs to see."""
        return self.kind in {ReaderKind.officer, ReaderKind.auditor}

    def sees(self, disclosure: str, clinic_id: UUID | None) -> bool:
        """Return whether they may see what is of this class and concerns this clinic, if any."""
        if self.of_society or disclosure == Disclosure.public:
            return True
        return disclosure == Disclosure.party and self.is_clinic(clinic_id)

    def is_clinic(self, clinic_id: UUID | None) -> bool:
        """Return whether they are the clinic that is concerned."""
        return clinic_id is not None and clinic_id == self.clinic_id

    def party_of(self, clinic_id: UUID) -> UUID:
        """Return the clinic of which they are given what is *party* when they ask about this one; NOBODY for none."""
        return clinic_id if self.of_society or self.is_clinic(clinic_id) else NOBODY

    def party_to(self, clinic_id: UUID | None) -> UUID | None:
        """Return the same when they ask about one clinic or, by None, about all; None is all of them."""
        if clinic_id is not None:
            return self.party_of(clinic_id)
        return None if self.of_society else self.clinic_id or NOBODY


PUBLIC = Reader(ReaderKind.public)
OFFICER = Reader(ReaderKind.officer)
AUDITOR = Reader(ReaderKind.auditor)


def clinic(clinic_id: UUID) -> Reader:
    """Return a clinic as reader; raise InvalidInput for the id of none."""
    return Reader(ReaderKind.clinic, clinic_id)


def reader_of(text: str) -> Reader:
    """Return the reader that is written `public`, `clinic:ID`, `officer` or `auditor`; raise InvalidInput."""
    kind, colon, identity = text.partition(":")
    try:
        return Reader(ReaderKind(kind), UUID(identity) if colon else None)
    except ValueError as error:
        problem = f"{text!r} is no reader; write public, clinic:ID, officer or auditor"
        raise InvalidInput(field="reader", problem=problem) from error
