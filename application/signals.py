"""Commands about signals: detected by rule, reviewed by a safety officer with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.command import Command, Desk
from application.derived_ids import signal_id
from application.permission import require_no_interest
from application.ports import SubjectKind
from application.recorded_events import recorded_event
from domain.codes import Role
from domain.errors import NotFound
from domain.personal import DeliberationWords
from domain.safety_notice import SafetyNotice
from domain.signal import Signal, SignalAlreadyDetected, SignalBasis, SignalOutcome

BY_SYSTEM = frozenset({Role.system})
BY_SAFETY = frozenset({Role.safety_officer})
OPENS_CASE = "ConcernRaised"
"""Event that begins a safety case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSignal(Command):
    """Record that a rule saw more around something than it lets pass."""

    AGGREGATE: ClassVar[str] = "signal"
    VERB: ClassVar[str] = "detect"
    ROLES: ClassVar[frozenset[Role]] = BY_SYSTEM
    CLI: ClassVar[bool] = False

    basis: SignalBasis
    """What the rule saw: rule_id, rule_version, subject, period, counts, evidence, clinics."""

    def run(self, desk: Desk) -> Signal:
        """Record it once for each rule, subject and period."""
        new_id = signal_id(desk.sealer, self.basis.key)
        if desk.find(Signal, new_id) is not None:
            raise SignalAlreadyDetected(signal=new_id)
        for event in self.basis.evidence:
            recorded_event(desk, event, "evidence")
        return Signal.detect(new_id, desk.act(Signal.SignalDetected, new_id), self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSignal(Command):
    """Judge a signal, with reasons."""

    AGGREGATE: ClassVar[str] = "signal"
    VERB: ClassVar[str] = "review"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY

    signal_id: UUID
    """The signal."""
    outcome: SignalOutcome
    """What it leads to: no_action, notice, case."""
    reasons: str
    """Why; sealed."""
    led_to: UUID | None = None
    """The safety notice or safety case that it led to."""

    def run(self, desk: Desk) -> Signal:
        """Record the review, unless the officer has an interest in a clinic that the events concern."""
        signal = desk.load(Signal, self.signal_id)
        signal.require_open()
        require_no_interest(desk.store, desk.request.actor.person, signal.clinics)
        if self.led_to is not None:
            _require_there(desk, self.outcome, self.led_to)
        matter = desk.subject(SubjectKind.case, "signal", str(signal.id))
        parts = [(matter, DeliberationWords(words=self.reasons))]
        signal.review(desk.act(Signal.SignalReviewed, signal.id, parts=parts), self.outcome, self.led_to)
        return signal


def _require_there(desk: Desk, outcome: SignalOutcome, led_to: UUID) -> None:
    if outcome is SignalOutcome.notice:
        desk.load(SafetyNotice, led_to)
    if outcome is SignalOutcome.case:
        opening = next(iter(desk.store.history(led_to)), None)
        if type(opening).__name__ != OPENS_CASE:
            raise NotFound(what="SafetyCase", id=led_to)
