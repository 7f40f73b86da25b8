"""How a clinic stands to its duties, assessed each quarter by rule, with what it rests on and what would restore it.

A quarter in which a duty was missed brings it one step down, a fatal or life-threatening event that was not reported
two; a quarter with nothing missed and nothing overdue brings it one step up. Source: domain.md, Duties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.codes import Code
from domain.errors import Refused
from domain.public_ids import public_id

GRAVE = "AE-7"
"""Rule whose miss counts for two steps."""


class StandingStep(Code):
    """How a clinic stands to its duties."""

    unrecognised = "unrecognised"
    good_standing = "good_standing"
    first_warning = "first_warning"
    probation = "probation"
    suspended = "suspended"


LADDER = (StandingStep.good_standing, StandingStep.first_warning, StandingStep.probation, StandingStep.suspended)
"""The steps, from the best to the worst."""


class QuarterAlreadyAssessed(Refused):
    """The quarter {quarter} of the clinic {clinic} was assessed already, or a later one was."""

    remedy = "Nothing was recorded; what was wrong with an assessment is settled by questioning it."


class QuarterNotOver(Refused):
    """The quarter {quarter} is not over at the clinic; today is {today}."""

    remedy = "Wait until the day after its last; nothing was recorded."


class NotRated(Refused):
    """The clinic {clinic} is not rated: it does not take part, and its participation is {state}."""

    remedy = "Nothing was recorded."


class NotMissedThen(Refused):
    """The obligation {obligation} is no duty that the clinic {clinic} missed by the end of {quarter}."""

    remedy = "Name missed duties of this clinic only; nothing was recorded."


@dataclass(frozen=True, slots=True)
class MissedDuty:
    """A missed duty as far as a standing rests on it."""

    obligation: UUID
    rule_id: str
    event: str
    """Event that recorded the miss: `<aggregate id>/<version>`."""


def standing_id(clinic_id: UUID) -> UUID:
    """Return the id of a clinic's standing."""
    return public_id("standing", str(clinic_id))


def step_after(before: StandingStep, missed: Sequence[MissedDuty], overdue: Sequence[MissedDuty]) -> StandingStep:
    """Return the step after a quarter in which these duties were missed, and these were overdue at its end."""
    at = LADDER.index(before)
    if missed:
        at += 2 if any(each.rule_id == GRAVE for each in missed) else 1
    elif not overdue:
        at -= 1
    return LADDER[min(max(at, 0), len(LADDER) - 1)]


def restored_by(step: StandingStep, overdue: Sequence[MissedDuty]) -> str:
    """Return what would bring a clinic up again, in a sentence that it understands."""
    if step is StandingStep.good_standing and not overdue:
        return "Nothing: the clinic is in good standing."
    counted = Counter(each.rule_id for each in overdue)
    named = ", ".join(f"{number} under {rule_id}" for rule_id, number in sorted(counted.items()))
    first = f"Do what is overdue ({named}). " if named else ""
    if step is StandingStep.good_standing:
        return f"{first}Otherwise the clinic stays in good standing."
    better = LADDER[LADDER.index(step) - 1].value.replace("_", " ")
    return f"{first}A quarter in which nothing is missed, and at whose end nothing is overdue, leads to {better}."


class Standing(Aggregate):
    """The standing of one clinic, quarter by quarter."""

    TOPIC = "Standing"

    def __init__(self) -> None:
        self.clinic_id: UUID | None = None
        self.step = StandingStep.good_standing
        self.quarter = ""
        self.suspended_quarters = 0

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic."""
        return self.clinic_id

    class Event(RegistryEvent):
        """An event of a standing."""

    class StandingAssessed(Opening, Event):
        """A clinic's standing was assessed for a quarter that is over."""

        TOPIC = "StandingAssessed.v1"

        quarter: str
        """The quarter, such as `2026-Q3`."""
        before: StandingStep
        """The step before."""
        step: StandingStep
        """The step since."""
        rule_ids: tuple[str, ...]
        """Rules that were missed in the quarter or overdue at its end."""
        policy_version: int
        """Policy in force on the quarter's last day."""
        missed: tuple[UUID, ...]
        """Duties whose last day passed in the quarter, or earlier where no assessment counted them yet."""
        overdue: tuple[UUID, ...]
        """Duties missed by the quarter's end and not met by then, this quarter's included."""
        evidence_ids: tuple[str, ...]
        """Events that recorded these misses: `<aggregate id>/<version>`."""
        restored_by: str
        """What would bring the clinic one step up, in a sentence."""

        def mutate(self, aggregate: Any) -> Any:
            """Begin the standing with its first assessment and go on with every later one: one event says both."""
            if aggregate is None:
                return CanInitAggregate.mutate(self, None)
            return CanMutateAggregate.mutate(self, aggregate)

        def apply(self, standing: Standing) -> None:
            """Take the step."""
            standing.clinic_id = self.context.clinic_id
            standing.step, standing.quarter = self.step, self.quarter
            suspended = self.step is StandingStep.suspended
            standing.suspended_quarters = standing.suspended_quarters + 1 if suspended else 0

    @classmethod
    def first(cls, act: Act, clinic_id: UUID, **content: Any) -> Standing:
        """Assess a clinic for the first time."""
        return cls.begin(cls.StandingAssessed, standing_id(clinic_id), act, **content)

    def assess(self, act: Act, **content: Any) -> None:
        """Assess a later quarter; refuse one that was assessed."""
        if content["quarter"] <= self.quarter:
            raise QuarterAlreadyAssessed(quarter=content["quarter"], clinic=self.clinic_id)
        self.record(self.StandingAssessed, act, originator_topic=self.TOPIC, **content)
