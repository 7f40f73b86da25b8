"""A guideline of the society and its versions: which items a clinic attests to, and from which day on.

Everything in it is public. A version, once published, never changes; a revision is a new version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.chronology import ImpossibleDate, require_past
from domain.codes import Code, Sha256
from domain.dates import PartialDate, first_day, last_day, partial_date
from domain.errors import InvalidInput, Refused
from domain.plain_text import require_plain
from domain.signature import sha256_text


class GuidelineKind(Code):
    """What a guideline is about."""

    unrecognised = "unrecognised"
    clinical = "clinical"
    laboratory = "laboratory"
    ethics = "ethics"


class GuidelineStage(Code):
    """Which part of the work it governs; absent where it governs all."""

    unrecognised = "unrecognised"
    collection = "collection"
    processing = "processing"
    re_implantation = "re_implantation"


class GuidelineIsRetired(Refused):
    """The guideline {guideline} was retired; nobody attests to it any more."""


class VersionAlreadyPublished(Refused):
    """The guideline {guideline} already has a version {version}."""

    remedy = "Give the revision a version of its own; nothing was recorded."


class GuidelineVersionNotCurrent(Refused):
    """Version {version} of guideline {guideline} is not the newest; the newest is {newest}."""

    remedy = "Attest to the newest version; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineItem:
    """One demand of a guideline."""

    item_id: str
    """Short id within the guideline, kept from version to version."""
    text: str
    """What is demanded."""
    critical: bool
    """Whether patients are at risk where it is not met."""
    evidence_required: bool
    """Whether a clinic that says it is met must keep evidence of it."""

    def __post_init__(self) -> None:
        if not self.item_id.strip() or not self.text.strip():
            raise InvalidInput(field="items", problem="an item needs an id and a text")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineVersion:
    """One published version, complete."""

    title: str
    """Title of the document."""
    version: str
    """Name of the version, such as `2026.1`; unique within the guideline."""
    language: str
    """Language of the document: BCP 47 tag, such as `en`."""
    document_hash: Sha256
    """SHA-256 of the published document."""
    effective_on: PartialDate
    """Day from which clinics are asked to follow it."""
    items: tuple[GuidelineItem, ...]
    """What it demands, in the document's order."""

    def __post_init__(self) -> None:
        for field in ("title", "version", "language"):
            require_plain(field, getattr(self, field))
            if not getattr(self, field).strip():
                raise InvalidInput(field=field, problem="is empty")
        sha256_text(self.document_hash, "document_hash")
        partial_date(self.effective_on, "effective_on")
        if first_day(self.effective_on) != last_day(self.effective_on):
            raise InvalidInput(field="effective_on", problem="needs an exact day")
        ids = [item.item_id for item in self.items]
        if not ids or len(set(ids)) != len(ids):
            raise InvalidInput(field="items", problem="needs at least one item, and each id once")


class Guideline(Aggregate):
    """A clinical, laboratory or ethical guideline."""

    TOPIC = "Guideline"

    def __init__(self) -> None:
        self.newest = ""
        self._versions: dict[str, GuidelineVersion] = {}
        self.retired = False

    @property
    def versions(self) -> Mapping[str, GuidelineVersion]:
        """Return every version by its name, oldest first."""
        return MappingProxyType(self._versions)

    class Event(RegistryEvent):
        """An event of a guideline."""

    class GuidelinePublished(Opening, Event):
        """A guideline was published in its first version."""

        TOPIC = "GuidelinePublished.v1"

        kind: GuidelineKind
        """What it is about."""
        content: GuidelineVersion
        """The first version."""
        stage: GuidelineStage | None = None
        """Which part of the work it governs; absent where it governs all."""

        def apply(self, guideline: Guideline) -> None:
            """Keep the version."""
            guideline._add(self.content)

    class GuidelineRevised(Event):
        """A guideline got a new version; clinics have AG-90 to attest to it."""

        TOPIC = "GuidelineRevised.v1"

        content: GuidelineVersion
        """The new version."""

        def apply(self, guideline: Guideline) -> None:
            """Keep the version."""
            guideline._add(self.content)

    class GuidelineRetired(Event):
        """A guideline is no longer asked for."""

        TOPIC = "GuidelineRetired.v1"

        explanation: str
        """Why, as told to the public."""
        successor: UUID | None = None
        """Guideline that takes its place."""

        def apply(self, guideline: Guideline) -> None:
            """Ask for it no more."""
            guideline.retired = True

    @classmethod
    def publish(
        cls, act: Act, guideline_id: UUID, kind: GuidelineKind, stage: GuidelineStage | None, content: GuidelineVersion
    ) -> Guideline:
        """Publish a guideline in its first version."""
        if GuidelineKind.unrecognised is kind or GuidelineStage.unrecognised is stage:
            raise InvalidInput(field="kind", problem="is not in the code list")
        require_past(act, "UTC")
        return cls.begin(cls.GuidelinePublished, guideline_id, act, kind=kind, stage=stage, content=content)

    def revise(self, act: Act, content: GuidelineVersion) -> None:
        """Publish a new version, effective no earlier than the one before."""
        self.require_in_use()
        require_past(act, "UTC")
        if content.version in self._versions:
            raise VersionAlreadyPublished(guideline=self.id, version=content.version)
        before = self._versions[self.newest].effective_on
        if first_day(content.effective_on) < first_day(before):
            raise ImpossibleDate(field="effective_on", problem=f"lies before the earlier version's, {before}")
        self.record(self.GuidelineRevised, act, content=content)

    def retire(self, act: Act, explanation: str, successor: UUID | None = None) -> None:
        """Stop asking for it."""
        self.require_in_use()
        require_past(act, "UTC")
        if not explanation.strip():
            raise InvalidInput(field="explanation", problem="is empty")
        if successor == self.id:
            raise InvalidInput(field="successor", problem="a guideline cannot succeed itself")
        self.record(self.GuidelineRetired, act, explanation=explanation, successor=successor)

    def require_in_use(self) -> None:
        """Refuse what is no longer possible with a retired guideline."""
        if self.retired:
            raise GuidelineIsRetired(guideline=self.id)

    def version_to_attest(self, version: str) -> GuidelineVersion:
        """Return the newest version if it is the one named; refuse older and unknown ones."""
        self.require_in_use()
        if version != self.newest:
            raise GuidelineVersionNotCurrent(guideline=self.id, version=version, newest=self.newest)
        return self._versions[version]

    def _add(self, content: GuidelineVersion) -> None:
        self._versions[content.version] = content
        self.newest = content.version
