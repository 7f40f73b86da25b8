"""More harm around a laboratory, lot, product or technique than a rule lets pass: detected by rule, reviewed by people.

A signal is a reason to look and no judgement; its counts are for the society alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.codes import Code
from domain.dates import PartialDate, partial_date
from domain.errors import InvalidInput, Refused
from domain.event_id import event_place
from domain.measures import between, label

LARGEST_COUNT = 10**9
"""No count of treatments or reports exceeds it."""


class SignalAlreadyDetected(Refused):
    """The signal {signal} of this rule about this in this period was detected before."""

    remedy = "Review it; nothing was recorded."


class SignalAlreadyReviewed(Refused):
    """The signal {signal} was reviewed already."""

    remedy = "A later period makes a signal of its own; nothing was recorded."


class ReviewLeadsNowhere(Refused):
    """The review of the signal {signal} says {outcome} and names no notice or case that it led to."""

    remedy = "Publish the notice or raise the case first and name it; nothing was recorded."


class NoActionLeadsNowhere(Refused):
    """The review of the signal {signal} says no_action and yet names what it led to."""

    remedy = "Give the outcome notice or case, or name nothing; nothing was recorded."


class SignalAbout(Code):
    """What a signal is about."""

    unrecognised = "unrecognised"
    laboratory = "laboratory"
    lot = "lot"
    product = "product"
    technique = "technique"


class SignalCounted(Code):
    """What was counted."""

    unrecognised = "unrecognised"
    treatments = "treatments"
    adverse_events = "adverse_events"
    serious = "serious"
    deaths = "deaths"
    clinics = "clinics"


class SignalOutcome(Code):
    """What a review led to."""

    unrecognised = "unrecognised"
    no_action = "no_action"
    notice = "notice"
    case = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSubject:
    """The laboratory, lot, product or technique that a signal is about."""

    about: SignalAbout
    """Which of them."""
    name: str
    """Its name, number or code as the records have it."""
    laboratory_id: UUID | None = None
    """The laboratory, where the registry knows it."""

    def __post_init__(self) -> None:
        label(self.name, "subject.name", longest=200)
        if self.laboratory_id is not None and self.about is not SignalAbout.laboratory:
            raise InvalidInput(field="subject.laboratory_id", problem="is given only for a laboratory")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCount:
    """One number that the rule looked at."""

    counted: SignalCounted
    """What was counted."""
    number: int
    """How many in the period."""

    def __post_init__(self) -> None:
        between(self.number, 0, LARGEST_COUNT, "counts.number")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalBasis:
    """What a rule saw, and where."""

    rule_id: str
    """Id of the rule that gave the signal."""
    rule_version: int
    """Version of the rule."""
    subject: SignalSubject
    """What it is about."""
    period: PartialDate
    """Period that was looked at: a day, month, year or interval."""
    counts: tuple[SignalCount, ...]
    """The numbers that made it a signal, each thing counted once."""
    evidence: tuple[str, ...]
    """Ids of the events counted: `<aggregate id>/<version>`."""
    clinics: tuple[UUID, ...] = ()
    """Clinics that the events concern."""

    def __post_init__(self) -> None:
        label(self.rule_id, "rule_id", longest=40)
        partial_date(self.period, "period")
        counted = [each.counted for each in self.counts]
        if not counted or len(set(counted)) != len(counted):
            raise InvalidInput(field="counts", problem="needs at least one number, and each thing once")
        if not self.evidence or len(set(self.evidence)) != len(self.evidence):
            raise InvalidInput(field="evidence", problem="needs at least one event, each once")
        for event in self.evidence:
            event_place(event, "evidence")

    @property
    def key(self) -> tuple[str, ...]:
        """Return what makes a detection a repeat: rule, subject and period."""
        what = str(self.subject.laboratory_id or " ".join(self.subject.name.split()).casefold())
        return (self.rule_id, str(self.rule_version), self.subject.about.value, what, self.period)


class Signal(Aggregate):
    """One signal, from its detection to its review."""

    TOPIC = "Signal"

    def __init__(self) -> None:
        self.clinics: tuple[UUID, ...] = ()
        self.reviewed = False

    class Event(RegistryEvent):
        """An event of a signal."""

    class SignalDetected(Opening, Event):
        """A rule saw more around something than it lets pass."""

        TOPIC = "SignalDetected.v1"

        basis: SignalBasis
        """What the rule saw."""

        def apply(self, signal: Signal) -> None:
            """Remember which clinics the events concern."""
            signal.clinics = self.basis.clinics

    class SignalReviewed(Event):
        """A safety officer judged a signal; the reasons are sealed."""

        TOPIC = "SignalReviewed.v1"

        outcome: SignalOutcome
        """What it leads to."""
        led_to: UUID | None = None
        """The safety notice or safety case."""

        def apply(self, signal: Signal) -> None:
            """End it."""
            signal.reviewed = True

    @classmethod
    def detect(cls, signal_id: UUID, act: Act, basis: SignalBasis) -> Signal:
        """Record what a rule saw."""
        if SignalAbout.unrecognised is basis.subject.about:
            raise InvalidInput(field="subject.about", problem="is not in the code list")
        if any(each.counted is SignalCounted.unrecognised for each in basis.counts):
            raise InvalidInput(field="counts", problem="counts something that is not in the code list")
        return cls.begin(cls.SignalDetected, signal_id, act, basis=basis)

    def require_open(self) -> None:
        """Refuse a second review."""
        if self.reviewed:
            raise SignalAlreadyReviewed(signal=self.id)

    def review(self, act: Act, outcome: SignalOutcome, led_to: UUID | None = None) -> None:
        """Judge it; a notice or case it leads to is named."""
        self.require_open()
        if outcome is SignalOutcome.unrecognised:
            raise InvalidInput(field="outcome", problem="is not in the code list")
        if outcome is SignalOutcome.no_action and led_to is not None:
            raise NoActionLeadsNowhere(signal=self.id)
        if outcome is not SignalOutcome.no_action and led_to is None:
            raise ReviewLeadsNowhere(signal=self.id, outcome=outcome)
        self.record(self.SignalReviewed, act, outcome=outcome, led_to=led_to)
