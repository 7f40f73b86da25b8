"""What a safety case remembers of its panel, notice, finding and interim measure, for the next decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from domain.dates import PartialDate
from domain.safety_case_codes import Allegation, CaseOutcome, Finding, VoteChoice
from domain.signature import Signature


@dataclass(frozen=True, slots=True)
class HeldVote:
    """A vote as it was cast."""

    choice: VoteChoice
    evidence: str


@dataclass(frozen=True, slots=True)
class HeldInterim:
    """An interim measure: until which day it is in force."""

    evidence: str
    published_by: UUID | None
    ends_on: PartialDate


@dataclass(slots=True)
class HeldFinding:
    """A decided finding and what became of it."""

    finding: Finding
    evidence: str
    on: PartialDate
    outcome: CaseOutcome
    signed_by: UUID | None
    signed: Signature
    delivered_on: PartialDate | None = None
    delivery: str = ""
    appeal_until: PartialDate | None = None
    preview_until: PartialDate | None = None
    approvers: frozenset[UUID] = frozenset()
    published: str = ""
    appeal: str = ""
    appealed_on: PartialDate | None = None
    appeal_decided: str = ""


@dataclass(slots=True)
class HeldNotice:
    """The last notice served and what is proved of it."""

    allegation: Allegation
    evidence: str
    on: PartialDate
    channels: frozenset[str]
    delivered_on: PartialDate | None = None
    delivery: str = ""
    policy_version: int = 0
    reply_until: PartialDate | None = None


@dataclass(slots=True)
class HeldPanel:
    """Who sits on the panel, who of them has an interest, and how they voted."""

    members: tuple[UUID, ...] = ()
    convened: str = ""
    convened_by: UUID | None = None
    on: PartialDate | None = None
    interested: frozenset[UUID] = frozenset()
    votes: dict[UUID, HeldVote] = field(default_factory=dict)

    def independent(self, interested: Iterable[UUID] = ()) -> tuple[UUID, ...]:
        """Return the members who have no interest, by what they declared and what else is known."""
        apart = self.interested | set(interested)
        return tuple(each for each in self.members if each not in apart)
