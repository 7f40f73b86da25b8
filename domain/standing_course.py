"""How a clinic's standing goes quarter by quarter, from the duties that it missed; a pure fold, for any policy.

A miss counts in the quarter in which its last day lay. Where it came to be known only later (a death that was hidden
for a year), or that quarter was not a full one of the membership, it counts in the next quarter that is assessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.clinic_course import Phase
from domain.dates import next_quarter, quarter_end, quarter_of
from domain.duties import Duty
from domain.participation import ParticipationState
from domain.standing import MissedDuty, StandingStep, step_after

RATED = frozenset({ParticipationState.enrolled, ParticipationState.not_participating})
"""Participations in which a clinic's standing is assessed."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A duty whose last day passed without its being met."""

    duty: Duty
    due_on: date
    """Its last day, extensions included."""
    known_on: date
    """Day on which the registry knew of the duty."""

    @property
    def counts_on(self) -> date:
        """Return the day by whose quarter it counts."""
        return max(self.due_on, self.known_on)

    def overdue_at(self, end: date) -> bool:
        """Tell whether it was known and still to be done at the end of a day; what lost its ground asks for nothing."""
        settled = [each for each in (self.duty.fulfilled_on, self.duty.ended_on) if each is not None]
        return self.counts_on <= end and all(each > end for each in settled)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a clinic, and the step that the rules give after it."""

    name: str
    before: StandingStep
    step: StandingStep
    missed: tuple[Miss, ...]
    overdue: tuple[Miss, ...]


def first_day_of(quarter: str) -> date:
    """Return the first day of a quarter."""
    last = quarter_end(quarter)
    return date(last.year, last.month - 2, 1)


def standing_course(
    phases: Sequence[Phase], misses: Sequence[Miss], ruled_from: date, today: date
) -> tuple[Quarter, ...]:
    """Return every full quarter of a clinic that is over, in order; `ruled_from` is the first policy's first day."""
    found: list[Quarter] = []
    counted_upto = date.min
    for quarter, phase in _rated(phases, ruled_from, today):
        assert phase.enrolled_on is not None, "only who was enrolled is rated"
        end, began = quarter_end(quarter), max(phase.enrolled_on, ruled_from)
        missed = tuple(each for each in misses if each.counts_on > counted_upto and began <= each.counts_on <= end)
        counted_upto = end
        overdue = tuple(each for each in misses if each.counts_on >= ruled_from and each.overdue_at(end))
        before = _before(found[-1] if found else None, phase)
        found.append(Quarter(quarter, before, step_after(before, _named(missed), _named(overdue)), missed, overdue))
    return tuple(found)


def _rated(phases: Sequence[Phase], ruled_from: date, today: date) -> Iterator[tuple[str, Phase]]:
    """Yield each quarter that is over and was wholly one of a membership, with the phase at its end."""
    if not phases:
        return
    quarter, at = quarter_of(phases[0].begins), 0
    while (end := quarter_end(quarter)) < today:
        while at + 1 < len(phases) and phases[at + 1].begins <= end:
            at += 1
        phase = phases[at]
        enrolled_on = phase.enrolled_on
        rated = phase.participation in RATED and enrolled_on is not None
        if rated and enrolled_on and max(enrolled_on, ruled_from) <= first_day_of(quarter):
            yield quarter, phase
        quarter = next_quarter(quarter)


def _before(last: Quarter | None, phase: Phase) -> StandingStep:
    """Return the step that a quarter begins with; that of an earlier membership does not count for a new one."""
    assert phase.enrolled_on is not None
    if last is not None and quarter_end(last.name) >= phase.enrolled_on:
        return last.step
    return StandingStep.probation if phase.readmitted else StandingStep.good_standing


def _named(misses: Sequence[Miss]) -> list[MissedDuty]:
    return [MissedDuty(each.duty.about, each.duty.rule.value, each.duty.opened_by) for each in misses]
