"""Whether what a row tells can have happened in that order; a contradiction is named, never a reason to refuse.

Days after the treatment are compared as such: a treatment dated by a year or an interval says nothing about whether
day 200 comes after day 168, but the days do.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from domain.dates import DaysText, PartialDate, first_day, last_day
from domain.timing import Timing
from interfaces.importing.row_plan import Part, RowPlan, Values

Contradiction = tuple[str, str, str]
"""Rule, field and problem."""


def contradictions(plan: RowPlan) -> tuple[Contradiction, ...]:
    """Return where a row places something after the patient's death."""
    treated_on = PartialDate(plan.treatment.values["performed_on"])
    died = next(_deaths(plan), None)
    if died is None:
        return ()
    return tuple(
        (part.rule.name, field, f"it lies {_words(when)}, after the death {_words(died)}")
        for part, field, when in _moments(plan)
        if _after(when, died, treated_on)
    )


def _deaths(plan: RowPlan) -> Iterator[Timing]:
    for part in plan.adverse_events:
        yield from _timing(part.values.get("death_date"), part.values.get("death_days"))
    for part in plan.follow_ups:
        if part.values.get("result") == "deceased":
            yield from _section(part.values, "died")
            yield from _section(part.values, "contact")


def _moments(plan: RowPlan) -> Iterator[tuple[Part, str, Timing]]:
    for part in plan.adverse_events:
        for field in ("onset", "ended"):
            for when in _timing(part.values.get(field), part.values.get(f"{field}_days")):
                yield part, field, when
    for part in plan.follow_ups:
        for field in ("contact", "last_known_alive"):
            for when in _section(part.values, field):
                yield part, field, when


def _section(values: Values, name: str) -> Iterator[Timing]:
    section: Any = values.get(name) or {}
    yield from _timing(section.get("date"), section.get("days_after_treatment"))


def _timing(date: str | None, days: str | None) -> Iterator[Timing]:
    if date is not None or days is not None:
        yield Timing(
            date=PartialDate(date) if date is not None else None,
            days_after_treatment=DaysText(days) if days is not None else None,
        )


def _after(later: Timing, earlier: Timing, treated_on: PartialDate) -> bool:
    if later.days_after_treatment is not None and earlier.days_after_treatment is not None:
        return Decimal(later.days_after_treatment) > Decimal(earlier.days_after_treatment)
    first, second = earlier.on(treated_on), later.on(treated_on)
    return first is not None and second is not None and first_day(second) > last_day(first)


def _words(when: Timing) -> str:
    return f"on day {when.days_after_treatment}" if when.days_after_treatment is not None else f"on {when.date}"
