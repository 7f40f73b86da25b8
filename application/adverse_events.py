"""What the society does with a reported adverse event: judge, link, close, take up again, nullify; never delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from application.acting import reason_parts
from application.command import Command, Desk
from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import LinkKind, Outcome, Seriousness
from domain.adverse_event_content import FactorCausality
from domain.aggregate import Act, Aggregate
from domain.chronology import require_past
from domain.clinic import Clinic
from domain.codes import Reason, Role, YesNo
from domain.dates import PartialDate, partial_date
from domain.errors import InvalidInput
from domain.letters import InvitationChannel, Letter, Proof
from domain.patient import AssessmentWords

SAFETY_OFFICER = frozenset({Role.safety_officer})


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessAdverseEvent(Command):
    """Judge causes and seriousness, as a safety officer who neither reported nor supplemented it."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "assess"
    ROLES: ClassVar[frozenset[Role]] = SAFETY_OFFICER
    DECIDES: ClassVar[bool] = True

    adverse_event_id: UUID
    """The adverse event."""
    causalities: tuple[FactorCausality, ...]
    """For each suspect factor the causality after WHO-UMC and the method."""
    serious: YesNo
    """Whether it is serious."""
    seriousness: tuple[Seriousness, ...] = ()
    """ICH E2A criteria met."""
    grade: int | None = None
    """CTCAE grade 1 to 5, where it differs from the report's."""
    outcome: Outcome | None = None
    """Outcome, where it differs from the report's."""
    reasoning: str | None = None
    """Why it is judged so; sealed."""

    def run(self, desk: Desk) -> Aggregate:
        """Judge it."""
        adverse_event = desk.load(AdverseEvent, self.adverse_event_id)
        patient = adverse_event.content.patient
        told = self.reasoning is not None and self.reasoning.strip()
        parts = [(patient, AssessmentWords(reasoning=self.reasoning or ""))] if told and patient else []
        act = desk.act(AdverseEvent.AdverseEventAssessed, adverse_event.id, parts=parts)
        adverse_event.assess(act, self.causalities, self.serious, self.seriousness, self.grade, self.outcome,
                             _same_event(desk, adverse_event))  # fmt: skip
        return adverse_event


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAdverseEvent(Command):
    """Say that an adverse event is a duplicate of another one, or of the same lot."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "link"
    ROLES: ClassVar[frozenset[Role]] = SAFETY_OFFICER

    adverse_event_id: UUID
    """The adverse event; of duplicates the one that no longer counts."""
    kind: LinkKind
    """duplicate_of or same_lot."""
    other: UUID
    """The other adverse event."""

    def run(self, desk: Desk) -> Aggregate:
        """Link them."""
        adverse_event = desk.load(AdverseEvent, self.adverse_event_id)
        act = desk.act(AdverseEvent.AdverseEventLinked, adverse_event.id)
        adverse_event.link(act, self.kind, desk.load(AdverseEvent, self.other))
        if self.kind is LinkKind.duplicate_of:
            # The link stands in the duplicate alone; the other one is found from it by this key.
            desk.clinic_index.claim(adverse_event.id, [_duplicate_key(desk, self.other)])
        return adverse_event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveAdverseEventNotice(Command):
    """Record that a clinic was told of what another reported about it; its own duties begin on that day."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "prove-notice"
    ROLES: ClassVar[frozenset[Role]] = SAFETY_OFFICER
    DECIDES: ClassVar[bool] = True

    adverse_event_id: UUID
    """The adverse event."""
    letter: Letter
    """What was sent: version, text_hash, language, sender."""
    channel: InvitationChannel
    """By which way it arrived."""
    proof: Proof
    """What proves it: kind, document_hash."""
    occurred_on: PartialDate | None = None
    """Day on which it arrived; today if left out."""

    def run(self, desk: Desk) -> Aggregate:
        """Record the proof."""
        adverse_event = desk.load(AdverseEvent, self.adverse_event_id)
        occurred_on = partial_date(self.occurred_on, "occurred_on") if self.occurred_on else None
        proving = desk.act(AdverseEvent.AdverseEventNoticeDelivered, adverse_event.id, occurred_on=occurred_on)
        clinic = desk.load(Clinic, adverse_event.clinic_id) if adverse_event.clinic_id else None
        require_past(proving, clinic.time_zone if clinic else "UTC")
        adverse_event.prove_notice(proving, self.letter, self.channel, self.proof)
        return adverse_event


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAdverseEvent(Command):
    """Say that nothing more is expected about it; a serious one was assessed first."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "close"
    ROLES: ClassVar[frozenset[Role]] = SAFETY_OFFICER
    DECIDES: ClassVar[bool] = True

    adverse_event_id: UUID
    """The adverse event."""
    explanation: str | None = None
    """Why, in words; sealed."""

    def run(self, desk: Desk) -> Aggregate:
        """Close it."""
        adverse_event = desk.load(AdverseEvent, self.adverse_event_id)
        adverse_event.close(_act(desk, adverse_event, AdverseEvent.AdverseEventClosed, None, self.explanation))
        return adverse_event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenAdverseEvent(Command):
    """Take a closed adverse event up again; it is assessed anew before it is closed."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "reopen"
    ROLES: ClassVar[frozenset[Role]] = SAFETY_OFFICER

    adverse_event_id: UUID
    """The adverse event."""
    reason: Reason
    """Why."""
    explanation: str | None = None
    """Why, in words; sealed."""

    def run(self, desk: Desk) -> Aggregate:
        """Reopen it."""
        adverse_event = desk.load(AdverseEvent, self.adverse_event_id)
        act = _act(desk, adverse_event, AdverseEvent.AdverseEventReopened, self.reason, self.explanation)
        adverse_event.reopen(act)
        return adverse_event


@dataclass(frozen=True, slots=True, kw_only=True)
class NullifyAdverseEvent(Command):
    """Say that an adverse event does not stand; it stays readable with the reason."""

    AGGREGATE: ClassVar[str] = "adverse-event"
    VERB: ClassVar[str] = "nullify"
    ROLES: ClassVar[frozenset[Role]] = SAFETY_OFFICER
    DECIDES: ClassVar[bool] = True

    adverse_event_id: UUID
    """The adverse event."""
    reason: Reason
    """Why."""
    explanation: str
    """Why, in words; sealed."""

    def run(self, desk: Desk) -> Aggregate:
        """Nullify it."""
        if not self.explanation.strip():
            raise InvalidInput(field="explanation", problem="it is empty; nullifying needs its reason in words too")
        adverse_event = desk.load(AdverseEvent, self.adverse_event_id)
        act = _act(desk, adverse_event, AdverseEvent.AdverseEventNullified, self.reason, self.explanation)
        adverse_event.nullify(act, _duplicates(desk, adverse_event))
        return adverse_event


def _duplicate_key(desk: Desk, counted: UUID) -> tuple[str, bytes]:
    return "duplicate", desk.sealer.digest("duplicate", str(counted))


def _duplicates(desk: Desk, counted: AdverseEvent) -> list[AdverseEvent]:
    claimed = desk.clinic_index.matching([_duplicate_key(desk, counted.id)])
    found = [desk.load(AdverseEvent, each) for each, _ in claimed]
    # A claim may outlive a link that was refused.
    return [each for each in found if each.duplicate_of == counted.id]


def _same_event(desk: Desk, adverse_event: AdverseEvent) -> list[AdverseEvent]:
    """Return all other reports of the same event: what it is a duplicate of, and their duplicates."""
    group, waiting = {adverse_event.id: adverse_event}, [adverse_event]
    while waiting:
        each = waiting.pop()
        counted = [desk.load(AdverseEvent, each.duplicate_of)] if each.duplicate_of else []
        new = [other for other in (*counted, *_duplicates(desk, each)) if other.id not in group]
        group.update({other.id: other for other in new})
        waiting.extend(new)
    return [each for each in group.values() if each is not adverse_event]


def _act(desk: Desk, adverse_event: AdverseEvent, event: type[Any], reason: Reason | None, words: str | None) -> Act:
    parts = reason_parts(adverse_event.content.patient, words)
    return desk.act(event, adverse_event.id, reason=reason, parts=parts)
