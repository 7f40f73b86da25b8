"""What a clinic owes for one treatment: to submit it (TX-30) and to record each follow-up (FU-30).

A treatment dated before the enrolment is retrospective and owes nothing. Death and withdrawn consent end the schedule,
voiding ends everything; what was missed by then stays missed, whatever is corrected later.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.dates import due_day, plus_months
from domain.duties import Duty, Ending, Exposure, Rule, exposure_of

Point = tuple[int, int]
"""A time point of the schedule that the treatment keeps: months after it, and days of its window on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpFact:
    """One follow-up of a treatment, recorded on it or on another one of its course that it serves."""

    follow_up_id: UUID
    months: int | None
    """Time point; None counts for nothing but a death or a withdrawn consent."""
    on: date
    """Day of recording at the clinic."""
    by: str
    """Event that recorded it."""
    complete: bool
    """Whether it counts for completeness."""
    ending: Ending | None = None
    """Whether and why it ends the schedule."""
    serves: tuple[UUID, ...] = ()
    """Further treatments that it was recorded for."""
    result_on: date | None = None
    """Day of the correction that gave its result; None: it was recorded with this result."""
    result_by: str | None = None
    """Event of that correction."""

    @property
    def known_on(self) -> date:
        """Return the day since which its result counts."""
        return self.result_on or self.on


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClock:
    """A missed duty's first and last day, which a corrected date does not move."""

    rule: Rule
    item: str
    start: date
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEnd:
    """From when on nothing more is asked for, and why."""

    ending: Ending
    on: date
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentFacts:
    """What the rules need to know of one treatment."""

    treatment_id: UUID
    clinic_id: UUID
    registry_id: UUID
    retrospective: bool
    treated_on: date
    """The last day that its date may mean."""
    submitted_on: date
    """Day of submission at the clinic."""
    submitted_by: str
    """Event that submitted it."""
    policy_version: int
    tx_30: int
    fu_30: int
    schedule: tuple[Point, ...]
    """Earliest first."""
    follow_ups: tuple[FollowUpFact, ...] = ()
    end: ScheduleEnd | None = None
    """Withdrawn consent or voiding; a death stands in the follow-up that recorded it."""
    kept: tuple[KeptClock, ...] = ()

    @property
    def voided(self) -> bool:
        """Tell whether the treatment was declared not to stand."""
        return self.end is not None and self.end.ending is Ending.voided


def treatment_duties(facts: TreatmentFacts) -> tuple[Duty, ...]:
    """Return TX-30 and every FU-30 of a treatment; of a retrospective one only what had been missed before it was."""
    kept = {(clock.rule, clock.item): clock for clock in facts.kept}
    if facts.retrospective and not kept:
        return ()
    met = {fact.months: fact for fact in sorted(facts.follow_ups, key=_when, reverse=True)}
    end = schedule_end(facts)
    points = (_follow_up(facts, point, kept, met.get(point[0]), end) for point in facts.schedule)
    duties = (_submission(facts, kept), *points)
    # What was missed before a corrected date made it retrospective stays missed; nothing else is owed.
    return tuple(duty for duty in duties if (duty.rule, duty.item) in kept) if facts.retrospective else duties


def schedule_end(facts: TreatmentFacts) -> ScheduleEnd | None:
    """Return what ended the schedule first: a death, a withdrawn consent; voiding goes before all."""
    if facts.voided:
        return facts.end
    ends = [
        ScheduleEnd(ending=fact.ending, on=fact.known_on, by=fact.result_by or fact.by)
        for fact in facts.follow_ups
        if fact.ending is not None
    ]
    if facts.end is not None:
        ends.append(facts.end)
    return min(ends, key=lambda end: end.on, default=None)


def with_follow_up(facts: TreatmentFacts, fact: FollowUpFact) -> TreatmentFacts:
    """Return the facts after a follow-up; a corrected one keeps the day of its recording, not that of its meaning.

    Another time point is met on the day of the correction, and another result counts from that day.
    """
    earlier = next((each for each in facts.follow_ups if each.follow_up_id == fact.follow_up_id), None)
    if earlier is None:
        return dataclasses.replace(facts, follow_ups=(*facts.follow_ups, fact))
    corrected = fact if fact.months != earlier.months else _with_result(earlier, fact)
    follow_ups = tuple(corrected if each is earlier else each for each in facts.follow_ups)
    return dataclasses.replace(facts, follow_ups=follow_ups)


def _with_result(earlier: FollowUpFact, fact: FollowUpFact) -> FollowUpFact:
    same = (fact.complete, fact.ending) == (earlier.complete, earlier.ending)
    result_on, result_by = (earlier.result_on, earlier.result_by) if same else (fact.on, fact.by)
    return dataclasses.replace(fact, on=earlier.on, by=earlier.by, result_on=result_on, result_by=result_by)


def with_end(facts: TreatmentFacts, ending: Ending, on: date, by: str) -> TreatmentFacts:
    """Return the facts after consent was withdrawn or the treatment voided; the later one holds."""
    return dataclasses.replace(facts, end=ScheduleEnd(ending=ending, on=on, by=by))


def with_terms(
    facts: TreatmentFacts,
    *,
    registry_id: UUID,
    treated_on: date,
    retrospective: bool,
    schedule: tuple[Point, ...],
    corrected_on: date,
) -> TreatmentFacts:
    """Return the facts under a corrected date or registry; what was missed by that day keeps its clock."""
    missed = [duty for duty in treatment_duties(facts) if duty.status(corrected_on).missed]
    known = {(clock.rule, clock.item) for clock in facts.kept}
    kept = tuple(
        KeptClock(rule=duty.rule, item=duty.item, start=duty.start, due=duty.due)
        for duty in missed
        if (duty.rule, duty.item) not in known
    )
    missed_items = {duty.item for duty in missed}
    still = {point for point in facts.schedule if _item(point[0]) in missed_items}
    months = {point[0] for point in schedule}
    return dataclasses.replace(
        facts,
        registry_id=registry_id,
        treated_on=treated_on,
        retrospective=retrospective,
        schedule=tuple(sorted({*schedule, *(point for point in still if point[0] not in months)})),
        kept=(*facts.kept, *kept),
    )


def exposure(facts: TreatmentFacts) -> Exposure:
    """Return between which days some duty of the treatment is overdue; the same as of its duties, at less cost."""
    if facts.kept or facts.retrospective:
        return exposure_of(treatment_duties(facts))
    met = (
        {fact.months: fact.on for fact in sorted(facts.follow_ups, key=_when, reverse=True)} if facts.follow_ups else {}
    )
    end = schedule_end(facts) if facts.follow_ups else facts.end
    found = Exposure().including(due_day(facts.treated_on, facts.tx_30), facts.submitted_on)
    unmet_window: int | None = None
    for point in facts.schedule:
        if unmet_window is not None and point[1] >= unmet_window:
            # A later point whose window is no shorter is due later, and one unmet duty is enough.
            continue
        due = due_day(_closes(facts, point), facts.fu_30)
        met_on = met.get(point[0])
        if met_on is not None:
            found = found.including(due, met_on)
        elif end is None or end.on > due:
            found, unmet_window = found.including(due, None), point[1]
    return found


def counts_for_completeness(duty: Duty, day: date) -> bool:
    """Tell whether a follow-up's time point is due: its last day for recording has passed.

    Points that a death, a withdrawn consent or voiding came before are never due.
    """
    return duty.rule is Rule.fu_30 and duty.due < day and not duty.ended_in_time


def complete_items(facts: TreatmentFacts, day: date) -> set[str]:
    """Return the time points at which a follow-up known on the day is completed, partial or deceased."""
    return {_item(fact.months) for fact in facts.follow_ups if fact.complete and fact.months and fact.known_on <= day}


def _submission(facts: TreatmentFacts, kept: dict[tuple[Rule, str], KeptClock]) -> Duty:
    clock = kept.get((Rule.tx_30, ""))
    start = clock.start if clock else facts.treated_on
    return Duty(
        rule=Rule.tx_30,
        clinic_id=facts.clinic_id,
        about=facts.treatment_id,
        policy_version=facts.policy_version,
        start=start,
        due=clock.due if clock else due_day(start, facts.tx_30),
        opened_by=facts.submitted_by,
        fulfilled_on=facts.submitted_on,
        fulfilled_by=facts.submitted_by,
    )


def _item(months: int) -> str:
    return f"{months} months"


def _closes(facts: TreatmentFacts, point: Point) -> date:
    return plus_months(facts.treated_on, point[0]) + timedelta(days=point[1])


def _when(fact: FollowUpFact) -> tuple[date, str]:
    return fact.on, fact.by


def _follow_up(
    facts: TreatmentFacts,
    point: Point,
    kept: dict[tuple[Rule, str], KeptClock],
    met: FollowUpFact | None,
    end: ScheduleEnd | None,
) -> Duty:
    clock = kept.get((Rule.fu_30, _item(point[0])))
    closes = _closes(facts, point)
    ended = end if met is None else None
    return Duty(
        rule=Rule.fu_30,
        clinic_id=facts.clinic_id,
        about=facts.treatment_id,
        item=_item(point[0]),
        policy_version=facts.policy_version,
        start=clock.start if clock else closes,
        due=clock.due if clock else due_day(closes, facts.fu_30),
        opened_by=facts.submitted_by,
        fulfilled_on=met.on if met else None,
        fulfilled_by=met.by if met else None,
        ended_on=ended.on if ended else None,
        ended_by=ended.by if ended else None,
        ending=ended.ending if ended else None,
    )
