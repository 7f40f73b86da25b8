"""Personal content about people who are not patients; it exists in clear only before sealing and after opening.

One key per person: `domain.sealed` says what happens to these parts, architecture.md (decision 14) why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidInput
from domain.sealed import PersonalPart


def _require_words(field: str, text: str, longest: int) -> None:
    if not text.strip():
        raise InvalidInput(field=field, problem="is empty")
    if len(text) > longest:
        raise InvalidInput(field=field, problem=f"has more than {longest} characters")


@dataclass(frozen=True, kw_only=True)
class OfficerName(PersonalPart):
    """Who an officer of the society is."""

    TOPIC: ClassVar[str] = "OfficerName.v1"
    DISCLOSURE: ClassVar[str] = "restricted"

    name: str
    """Name as printed in minutes."""

    def __post_init__(self) -> None:
        _require_words("name", self.name, 200)


@dataclass(frozen=True, kw_only=True)
class SignerName(PersonalPart):
    """The printed name beside a signature."""

    TOPIC: ClassVar[str] = "SignerName.v1"
    DISCLOSURE: ClassVar[str] = "party"

    name: str
    """Printed name."""
    function: str | None = None
    """The signer's function as stated, such as `medical director`."""

    def __post_init__(self) -> None:
        _require_words("name", self.name, 200)


@dataclass(frozen=True, kw_only=True)
class MedicalDirector(PersonalPart):
    """The physician who answers for a clinic."""

    TOPIC: ClassVar[str] = "MedicalDirector.v1"
    DISCLOSURE: ClassVar[str] = "party"

    name: str
    """Name as published by the clinic or the licensing body."""

    def __post_init__(self) -> None:
        _require_words("name", self.name, 200)


@dataclass(frozen=True, kw_only=True)
class ClinicContact(PersonalPart):
    """The person who wrote or spoke for a clinic."""

    TOPIC: ClassVar[str] = "ClinicContact.v1"
    DISCLOSURE: ClassVar[str] = "party"

    name: str
    """Name as given."""
    email: str | None = None
    """E-mail address as given."""
    telephone: str | None = None
    """Telephone number as given."""

    def __post_init__(self) -> None:
        _require_words("name", self.name, 200)


@dataclass(frozen=True, kw_only=True)
class CorrectionWords(PersonalPart):
    """The words beside the code that says why a clinic's record was corrected; sealed under who wrote them."""

    TOPIC: ClassVar[str] = "CorrectionWords.v1"
    DISCLOSURE: ClassVar[str] = "party"

    words: str
    """The reason in the writer's words."""

    def __post_init__(self) -> None:
        _require_words("words", self.words, 2000)


@dataclass(frozen=True, kw_only=True)
class DeliberationWords(PersonalPart):
    """What an officer wrote when settling a determination, reviewing a signal or opening sealed content."""

    TOPIC: ClassVar[str] = "DeliberationWords.v1"
    DISCLOSURE: ClassVar[str] = "restricted"

    words: str
    """The reasons in the officer's words."""

    def __post_init__(self) -> None:
        _require_words("words", self.words, 4000)


@dataclass(frozen=True, kw_only=True)
class CaseWords(PersonalPart):
    """What somebody tells in a safety case: a concern, evidence, a reply, a reasoning; sealed under the case's key."""

    TOPIC: ClassVar[str] = "CaseWords.v1"
    DISCLOSURE: ClassVar[str] = "restricted"

    words: str
    """The words."""

    def __post_init__(self) -> None:
        _require_words("words", self.words, 20_000)
