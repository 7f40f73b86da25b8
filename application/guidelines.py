"""Commands about the society's guidelines: published, revised, retired, all in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.command import Command, Desk
from domain.codes import Role
from domain.guideline import Guideline, GuidelineKind, GuidelineStage, GuidelineVersion

BY_EDITOR = frozenset({Role.guideline_editor})


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishGuideline(Command):
    """Publish a guideline in its first version."""

    AGGREGATE: ClassVar[str] = "guideline"
    VERB: ClassVar[str] = "publish"
    ROLES: ClassVar[frozenset[Role]] = BY_EDITOR

    kind: GuidelineKind
    """What it is about."""
    stage: GuidelineStage | None = None
    """Which part of the work it governs; left out where it governs all."""
    content: GuidelineVersion
    """The version: title, version, language, document_hash, effective_on, items."""

    def run(self, desk: Desk) -> Guideline:
        """Publish it under a random id."""
        publishing = desk.public_act(Guideline.GuidelinePublished)
        return Guideline.publish(publishing, desk.new_id(), self.kind, self.stage, self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseGuideline(Command):
    """Publish a new version of a guideline; clinics have AG-90 to attest to it."""

    AGGREGATE: ClassVar[str] = "guideline"
    VERB: ClassVar[str] = "revise"
    ROLES: ClassVar[frozenset[Role]] = BY_EDITOR

    guideline_id: UUID
    """The guideline."""
    content: GuidelineVersion
    """The new version: title, version, language, document_hash, effective_on, items."""

    def run(self, desk: Desk) -> Guideline:
        """Publish the new version."""
        guideline = desk.load(Guideline, self.guideline_id)
        guideline.revise(desk.public_act(Guideline.GuidelineRevised), self.content)
        return guideline


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireGuideline(Command):
    """Stop asking for a guideline."""

    AGGREGATE: ClassVar[str] = "guideline"
    VERB: ClassVar[str] = "retire"
    ROLES: ClassVar[frozenset[Role]] = BY_EDITOR

    guideline_id: UUID
    """The guideline."""
    explanation: str
    """Why, as told to the public."""
    successor: UUID | None = None
    """Guideline that takes its place."""

    def run(self, desk: Desk) -> Guideline:
        """Retire it."""
        guideline = desk.load(Guideline, self.guideline_id)
        if self.successor is not None:
            desk.load(Guideline, self.successor).require_in_use()
        guideline.retire(desk.public_act(Guideline.GuidelineRetired), self.explanation, self.successor)
        return guideline
