"""Commands about determinations whose evidence changed: questioned by the system, settled by an officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar
from uuid import UUID

from application.command import Command, Desk
from application.derived_ids import determination_id
from application.ports import SubjectKind
from application.recorded_events import recorded_event
from domain.codes import Role
from domain.determination import Determination, DeterminationKind, DeterminationOutcome, EvidenceChange
from domain.errors import Refused
from domain.personal import DeliberationWords

BY_SYSTEM = frozenset({Role.system})
OFFICERS = frozenset({Role.registrar, Role.safety_officer})

KINDS: Mapping[str, DeterminationKind] = MappingProxyType(
    {
        "StandingAssessed": DeterminationKind.standing,
        "FindingDecided": DeterminationKind.finding,
        "FindingPublished": DeterminationKind.finding,
        "InterimPublished": DeterminationKind.finding,
        "ListingPublished": DeterminationKind.listing,
        "ListingCorrected": DeterminationKind.listing,
    }
)
"""The events that determine something about a clinic."""


_ENDINGS: Mapping[str, DeterminationOutcome] = MappingProxyType(
    {
        "ListingCorrected": DeterminationOutcome.changed,
        "ListingWithdrawn": DeterminationOutcome.withdrawn,
    }
)
"""The events after which a public entry does not say any more what was questioned."""


class EndsNoEntry(Refused):
    """The event {event}, {type}, neither corrects nor withdraws a public entry."""

    remedy = "Leave what is in question to an officer, or name the event; nothing was recorded."


class NotADetermination(Refused):
    """The event {event}, {type}, determines nothing: it is no standing, finding or listing."""

    remedy = "Name the event that determined it; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDetermination(Command):
    """Put a determination in question because evidence of it was corrected, voided or nullified."""

    AGGREGATE: ClassVar[str] = "determination"
    VERB: ClassVar[str] = "question"
    ROLES: ClassVar[frozenset[Role]] = BY_SYSTEM
    CLI: ClassVar[bool] = False

    determination: str
    """Id of the event in question: `<aggregate id>/<version>`."""
    evidence: str
    """Id of the event that it rests on: `<aggregate id>/<version>`."""
    change: EvidenceChange
    """What became of that evidence."""
    changed_by: str
    """Id of the event that corrected, voided or nullified it: `<aggregate id>/<version>`."""

    def run(self, desk: Desk) -> Determination:
        """Question it, once for each change of each evidence event."""
        determined = recorded_event(desk, self.determination, "determination")
        evidence = recorded_event(desk, self.evidence, "evidence")
        recorded_event(desk, self.changed_by, "changed_by")
        name = type(determined).__name__
        if name not in KINDS:
            raise NotADetermination(event=self.determination, type=name)
        clinic_id = determined.context.clinic_id or evidence.context.clinic_id
        new_id = determination_id(desk.sealer, self.determination, self.evidence)
        act = desk.act(Determination.DeterminationQuestioned, new_id, clinic_id=clinic_id)
        change = (self.change, self.changed_by)
        earlier = desk.find(Determination, new_id)
        if earlier is None:
            return Determination.question(new_id, act, (KINDS[name], self.determination), self.evidence, change)
        earlier.question_again(act, change)
        return earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleDetermination(Command):
    """Settle a questioned public entry that was corrected or withdrawn since; there is nothing left to look at."""

    AGGREGATE: ClassVar[str] = "determination"
    VERB: ClassVar[str] = "settle"
    ROLES: ClassVar[frozenset[Role]] = BY_SYSTEM
    CLI: ClassVar[bool] = False

    determination_id: UUID
    """The entry in question."""
    changed_by: str
    """Id of the event that corrected or withdrew it: `<aggregate id>/<version>`."""

    def run(self, desk: Desk) -> Determination:
        """Settle it by what the event did."""
        questioned = desk.load(Determination, self.determination_id)
        ending = type(recorded_event(desk, self.changed_by, "changed_by")).__name__
        if questioned.kind is not DeterminationKind.listing or ending not in _ENDINGS:
            raise EndsNoEntry(event=self.changed_by, type=ending)
        settling = desk.act(Determination.DeterminationConfirmed, questioned.id, clinic_id=questioned.clinic_id)
        questioned.confirm(settling, _ENDINGS[ending], self.changed_by)
        return questioned


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDetermination(Command):
    """Settle a questioned determination: it stands, or was changed or withdrawn."""

    AGGREGATE: ClassVar[str] = "determination"
    VERB: ClassVar[str] = "confirm"
    ROLES: ClassVar[frozenset[Role]] = OFFICERS
    DECIDES: ClassVar[bool] = True

    determination_id: UUID
    """The determination in question."""
    outcome: DeterminationOutcome
    """What looking again led to: confirmed, changed, withdrawn."""
    reasons: str
    """Why; sealed."""
    changed_by: str | None = None
    """Id of the event that changed or withdrew it: `<aggregate id>/<version>`."""

    def run(self, desk: Desk) -> Determination:
        """Settle it."""
        questioned = desk.load(Determination, self.determination_id)
        if self.changed_by is not None:
            recorded_event(desk, self.changed_by, "changed_by")
        matter = desk.subject(SubjectKind.case, "determination", str(questioned.id))
        parts = [(matter, DeliberationWords(words=self.reasons))]
        settling = desk.act(
            Determination.DeterminationConfirmed, questioned.id, clinic_id=questioned.clinic_id, parts=parts
        )
        questioned.confirm(settling, self.outcome, self.changed_by)
        return questioned
