"""A score of a named instrument, or the reason why there is none; a score without its instrument means nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.codes import Missing
from domain.dates import PartialDate, partial_date
from domain.errors import InvalidInput
from domain.measures import label


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What an instrument said of a patient."""

    WHOLE: ClassVar[bool] = True

    instrument: str
    """Name of the instrument, such as `KOOS`, `VAS pain`, `disease status`."""
    version: str | None = None
    """Version of the instrument."""
    language: str | None = None
    """Language it was asked in (BCP 47), such as `pt-BR`."""
    score: str | None = None
    """Score or state, text as received."""
    why_no_score: Missing | None = None
    """Why there is no score."""
    measured_on: PartialDate | None = None
    """When it was measured."""

    def __post_init__(self) -> None:
        label(self.instrument, "measurement.instrument")
        label(self.version, "measurement.version", 24)
        label(self.language, "measurement.language", 24)
        label(self.score, "measurement.score", 40)
        if (self.score is None) == (self.why_no_score is None):
            raise InvalidInput(field="measurement.score", problem="give the score or why_no_score, and not both")
        if self.measured_on is not None:
            partial_date(self.measured_on, "measurement.measured_on")
