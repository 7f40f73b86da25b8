"""How long silence has to last before something lapses by it: an invitation (IN-90), a participation (PL-2Q)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from domain.clinic_state import Reminder
from domain.dates import PartialDate, due_day, last_day, next_quarter, quarter_of
from domain.policy import Rule

_NO_REMINDERS: Mapping[int, Reminder] = MappingProxyType({})


def reply_due(delivered_on: PartialDate, rule: Rule, reminders: Mapping[int, Reminder] = _NO_REMINDERS) -> date:
    """Return the last day for a reply; of an interval the last day counts.

    A reminder that came late moves it, so that the clinic has the time that a punctual one would have left it.
    """
    ends = [
        due_day(last_day(reminder.on), rule.limit - rule.reminders[number - 1])
        for number, reminder in reminders.items()
        if number <= len(rule.reminders)
    ]
    return max([due_day(last_day(delivered_on), rule.limit), *ends])


def silent_quarters(
    active_since: date, last_data_on: date | None, nil_quarters: Iterable[str], count: int
) -> tuple[str, ...]:
    """Return the next quarters that must pass with neither data nor a nil declaration, earliest first.

    They are full quarters: the first begins on the day of enrolment (or resumption) or later, and after the quarter
    of the last data and the last quarter that was declared to be without treatments.
    """
    first = quarter_of(active_since - timedelta(days=1))
    signs = [first, *nil_quarters]
    if last_data_on is not None:
        signs.append(quarter_of(last_data_on))
    # `2026-Q3` sorts as text in the order of time.
    quarters = [next_quarter(max(signs))]
    while len(quarters) < count:
        quarters.append(next_quarter(quarters[-1]))
    return tuple(quarters)
