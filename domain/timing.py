"""When something happened to a patient: on a date, or so many days after the treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.dates import DaysText, PartialDate, after, days_text, partial_date
from domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A date, or days after the treatment (the first one named); one of them is given."""

    WHOLE: ClassVar[bool] = True

    date: PartialDate | None = None
    """Day, month, year or interval."""
    days_after_treatment: DaysText | None = None
    """Days after the treatment, decimal text as received."""

    def __post_init__(self) -> None:
        if self.date is None and self.days_after_treatment is None:
            raise InvalidInput(field="timing", problem="give a date or the days after the treatment")
        if self.date is not None:
            partial_date(self.date)
        if self.days_after_treatment is not None:
            days_text(self.days_after_treatment, "days_after_treatment")

    def on(self, treated_on: PartialDate | None) -> PartialDate | None:
        """Return the date; from days only when the treatment's date is known."""
        if self.date is not None or self.days_after_treatment is None or treated_on is None:
            return self.date
        return after(treated_on, self.days_after_treatment)
