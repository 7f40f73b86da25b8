"""The codes and values of a safety case: what is alleged, about what, what follows, and who voted how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.codes import Code, Sha256
from domain.errors import InvalidInput
from domain.plain_text import require_plain


class Ground(Code):
    """Why a clinic's practice is found dangerous or unethical."""

    unrecognised = "unrecognised"
    patient_safety = "patient_safety"
    consent = "consent"
    misleading_claims = "misleading_claims"
    unlawful_practice = "unlawful_practice"
    data_falsification = "data_falsification"
    persistent_non_compliance = "persistent_non_compliance"


class ScopeKind(Code):
    """What a case is about: the whole clinic, one site, one laboratory, or one technique."""

    unrecognised = "unrecognised"
    clinic = "clinic"
    site = "site"
    laboratory = "laboratory"
    technique = "technique"


class Remedy(Code):
    """What the society asks for or does after a substantiated finding."""

    unrecognised = "unrecognised"
    none = "none"
    corrective_action = "corrective_action"
    cessation = "cessation"
    inspection = "inspection"
    expulsion = "expulsion"


class EvidenceKind(Code):
    """What a piece of evidence is."""

    unrecognised = "unrecognised"
    event = "event"
    document = "document"
    publication = "publication"
    testimony = "testimony"
    inspection = "inspection"
    other = "other"


class VoteChoice(Code):
    """How a member of the panel votes."""

    unrecognised = "unrecognised"
    substantiated = "substantiated"
    not_substantiated = "not_substantiated"


class CaseOutcome(Code):
    """What a panel decided."""

    unrecognised = "unrecognised"
    substantiated = "substantiated"
    not_substantiated = "not_substantiated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseScope:
    """One thing that a case is about."""

    kind: ScopeKind
    """The whole clinic, a site, a laboratory or a technique."""
    about: UUID | None = None
    """The site or laboratory."""
    technique: str | None = None
    """The technique, in the field's words, without names of persons."""

    def __post_init__(self) -> None:
        if self.kind is ScopeKind.unrecognised:
            raise InvalidInput(field="scopes", problem="holds a kind that is not in the code list")
        if (self.kind in {ScopeKind.site, ScopeKind.laboratory}) != (self.about is not None):
            raise InvalidInput(field="scopes", problem="names a site or laboratory by its id, and nothing else by one")
        if (self.kind is ScopeKind.technique) != bool((self.technique or "").strip()):
            raise InvalidInput(field="scopes", problem="describes a technique in words, and nothing else")
        require_plain("scopes", self.technique)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineItemRef:
    """An item of a guideline that was not followed."""

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """Its version."""
    item_id: str
    """Id of the item in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allegation:
    """What a clinic is to reply to."""

    grounds: tuple[Ground, ...]
    """Grounds."""
    guideline_items: tuple[GuidelineItemRef, ...] = ()
    """Items of guidelines that are said not to be followed."""
    evidence_ids: tuple[str, ...]
    """Ids of the case's evidence: the events that added it, `<case id>/<version>`."""
    scopes: tuple[CaseScope, ...]
    """What it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a panel found, as it is told to the clinic."""

    grounds: tuple[Ground, ...]
    """Grounds, each one of the notice."""
    guideline_items: tuple[GuidelineItemRef, ...] = ()
    """Items of guidelines that were not followed."""
    evidence_ids: tuple[str, ...]
    """Ids of the evidence it rests on, each told by the notice or given by a reply: `<case id>/<version>`."""
    scopes: tuple[CaseScope, ...]
    """What it is about."""
    remedy: Remedy = Remedy.none
    """What follows; none where nothing was substantiated."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedVote:
    """One vote of a decision."""

    member: UUID
    """Person id of the member of the panel."""
    choice: VoteChoice
    """How the member voted."""
    vote: str
    """Id of the event of the vote: `<case id>/<version>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingApproval:
    """One of the two signed acts by which a finding becomes public."""

    approver: UUID
    """Person id of who approved."""
    act: str
    """Id of the event by which they did: `<case id>/<version>`."""
    approved_at: datetime
    """When they signed it."""
    shown_hash: Sha256
    """SHA-256 of what they were shown."""
