"""What a clinic owes for one adverse event: to report it (AE-7, AE-15 or AE-90) and to complete a grave one (AE-7C).

The clock starts when the clinic first knew the facts that put the event in its class; where another reported it, when
our notice of that was delivered. Facts that raise the class open
a new duty and leave the old one as it stands; a class is never lowered, and a corrected date unmakes nothing missed.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from uuid import UUID

from domain.adverse_event_content import AdverseEventContent, is_fatal_or_life_threatening, is_serious
from domain.duties import Duty, Ending, Limits, Rule


class Gravity(IntEnum):
    """The class of an event, by which its reporting limit goes."""

    non_serious = 1
    serious = 2
    grave = 3
    """Fatal or life-threatening."""


_REPORTING = {Gravity.non_serious: Rule.ae_90, Gravity.serious: Rule.ae_15, Gravity.grave: Rule.ae_7}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventFacts:
    """What the rules need to know of one adverse event that its clinic reported, or was told of."""

    adverse_event_id: UUID
    clinic_id: UUID
    gravity: Gravity
    duties: tuple[Duty, ...] = ()
    known_on: date | None = None
    """Day of first awareness as stated; None where nobody stated one."""
    noticed_on: date | None = None
    """Day on which our notice of another's report was delivered: the clinic knew by then."""


def gravity_of(content: AdverseEventContent) -> Gravity:
    """Return the class of an event after what is known of it."""
    if is_fatal_or_life_threatening(content):
        return Gravity.grave
    return Gravity.serious if is_serious(content) else Gravity.non_serious


def reported(facts: AdverseEventFacts, *, on: date, by: str, complete: bool, limits: Limits) -> AdverseEventFacts:
    """Return the facts after the first report: the duty of its class, met on the day of the report."""
    known_on = on if facts.known_on is None else facts.known_on
    opened = dataclasses.replace(facts, duties=_duties(facts, facts.gravity, known_on, on, by, limits))
    return completed(opened, on, by) if complete else opened


def noticed(facts: AdverseEventFacts, *, on: date, by: str, limits: Limits) -> AdverseEventFacts:
    """Return the facts after the clinic was told of another's report: the duty of its class runs from that day."""
    duties = _duties(facts, facts.gravity, on, on, by, limits)
    running = tuple(dataclasses.replace(each, fulfilled_on=None, fulfilled_by=None) for each in duties)
    return dataclasses.replace(facts, duties=running, noticed_on=on)


def noticed_again(
    facts: AdverseEventFacts, gravity: Gravity, *, on: date, by: str, limits: Limits
) -> AdverseEventFacts:
    """Return the facts after the clinic was told that it is graver: that class opens its own duty, which runs."""
    if gravity <= facts.gravity:
        return facts
    further = _duties(facts, gravity, on, on, by, limits)
    running = tuple(dataclasses.replace(each, fulfilled_on=None, fulfilled_by=None) for each in further)
    return dataclasses.replace(
        facts, gravity=gravity, duties=(*facts.duties, *running), noticed_on=facts.noticed_on or on
    )


def told(facts: AdverseEventFacts, on: date, by: str) -> AdverseEventFacts:
    """Return the facts after the clinic's own word: it meets what still runs of its duty to report."""
    duties = tuple(
        dataclasses.replace(duty, fulfilled_on=on, fulfilled_by=by)
        if _runs(duty) and duty.rule in _REPORTING.values()
        else duty
        for duty in facts.duties
    )
    return dataclasses.replace(facts, duties=duties)


def raised(
    facts: AdverseEventFacts, gravity: Gravity, *, known_on: date, on: date, by: str, limits: Limits
) -> AdverseEventFacts:
    """Return the facts after something more was learnt: a higher class opens its duty, met by telling it."""
    if gravity <= facts.gravity:
        return facts
    further = _duties(facts, gravity, known_on, on, by, limits)
    return dataclasses.replace(facts, gravity=gravity, duties=(*facts.duties, *further))


def completed(facts: AdverseEventFacts, on: date, by: str) -> AdverseEventFacts:
    """Return the facts after nothing that AE-7C asks for is left out any more."""
    duties = tuple(
        dataclasses.replace(duty, fulfilled_on=on, fulfilled_by=by) if _runs(duty) else duty for duty in facts.duties
    )
    return dataclasses.replace(facts, duties=duties)


def ended(facts: AdverseEventFacts, on: date, by: str) -> AdverseEventFacts:
    """Return the facts after the report was nullified: what still ran ends, what was missed stays."""
    duties = tuple(
        dataclasses.replace(duty, ended_on=on, ended_by=by, ending=Ending.nullified) if _runs(duty) else duty
        for duty in facts.duties
    )
    return dataclasses.replace(facts, duties=duties)


def clock_corrected(facts: AdverseEventFacts, known_on: date, corrected_on: date) -> AdverseEventFacts:
    """Return the facts under a corrected day of awareness, which moves the first report's clocks but no missed one.

    No correction starts a clock after the report that it began with, or after the notice of another's.
    """
    first = facts.duties[0].opened_by if facts.duties else None
    start = min(known_on, facts.duties[0].fulfilled_on or known_on) if facts.duties else known_on
    start = min(start, facts.noticed_on or start)
    moved = tuple(
        dataclasses.replace(duty, start=start, due=duty.due + (start - duty.start))
        if duty.opened_by == first and not duty.status(corrected_on).missed
        else duty
        for duty in facts.duties
    )
    return dataclasses.replace(facts, duties=moved, known_on=known_on)


def _runs(duty: Duty) -> bool:
    return duty.fulfilled_on is None and duty.ended_on is None


def _duties(
    facts: AdverseEventFacts, gravity: Gravity, known_on: date, on: date, by: str, limits: Limits
) -> tuple[Duty, ...]:
    # Who reports before the stated day of awareness is not late; the clock cannot start after the report.
    start = min(known_on, on)
    report = Duty(
        rule=_REPORTING[gravity],
        clinic_id=facts.clinic_id,
        about=facts.adverse_event_id,
        policy_version=limits.version,
        start=start,
        due=limits.due(_REPORTING[gravity], start),
        opened_by=by,
        fulfilled_on=on,
        fulfilled_by=by,
    )
    if gravity is not Gravity.grave:
        return (report,)
    completion = dataclasses.replace(
        report, rule=Rule.ae_7c, due=limits.due(Rule.ae_7c, start), fulfilled_on=None, fulfilled_by=None
    )
    return (report, completion)
