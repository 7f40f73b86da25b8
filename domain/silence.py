"""PL-2Q: which quarters a clinic has to let pass in silence before its participation lapses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from domain.dates import next_quarter, quarter_of


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
