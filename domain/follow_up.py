"""What a follow-up found: an unreachable patient is a result too, a death always names its adverse event."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.codes import YesNo
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.measurement import Measurement
from domain.measures import between
from domain.timing import Timing
from domain.treatment_codes import ContactMode, FollowUpResult, VitalStatus

COMPLETE_RESULTS = frozenset({FollowUpResult.completed, FollowUpResult.partial, FollowUpResult.deceased})
"""Results that count for completeness, at a time point of the registry's schedule."""

ENDING_RESULTS = frozenset({FollowUpResult.deceased, FollowUpResult.consent_withdrawn})
"""Results that end a treatment's schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One follow-up of a treatment, in the clear."""

    follow_up_id: UUID
    """Random; an imported one's follows from treatment, mapping rule and reference, so that a repeat is recognised."""
    time_point_months: int | None = None
    """Time point of the treatment's schedule, in months; absent: it does not count for completeness."""
    result: FollowUpResult
    """What came of it."""
    contact: Timing | None = None
    """When the patient was seen or asked, or last tried."""
    mode: ContactMode | None = None
    """How."""
    attempts: int | None = None
    """How often it was tried."""
    vital_status: VitalStatus | None = None
    """Whether the patient is known to live."""
    last_known_alive: Timing | None = None
    """When the patient was last known to live."""
    died: Timing | None = None
    """When the patient died; without it the contact of a follow-up with the result deceased stands for it."""
    measurement: Measurement | None = None
    """Score of an instrument, or why there is none."""
    new_malignancy: YesNo | None = None
    """Whether a malignancy was found since."""
    pregnancy: YesNo | None = None
    """Whether there was a pregnancy since."""
    retreatment: YesNo | None = None
    """Whether the patient was treated again."""
    surgery: YesNo | None = None
    """Whether the patient was operated on."""
    complication: YesNo | None = None
    """Whether anything untoward happened; yes names its adverse events."""
    adverse_events: tuple[UUID, ...] = ()
    """Adverse events that it found, a death's among them."""
    serves: tuple[UUID, ...] = ()
    """Further treatments of the same course that it is the follow-up of."""

    def __post_init__(self) -> None:
        between(self.time_point_months, 1, 1200, "time_point_months")
        between(self.attempts, 0, 1000, "attempts")
        dead = self.vital_status is VitalStatus.dead
        if dead != (self.result is FollowUpResult.deceased) and self.vital_status is not None:
            raise InvalidInput(
                field="vital_status", problem="the result deceased and the vital status dead go together"
            )
        if self.died is not None and self.result is not FollowUpResult.deceased:
            raise InvalidInput(field="died", problem="a date of death needs the result deceased")

    def date(self, treated_on: PartialDate) -> PartialDate | None:
        """Return the date of contact where it is known."""
        return self.contact.on(treated_on) if self.contact else None

    def death(self, treated_on: PartialDate) -> PartialDate | None:
        """Return the date of death where it is known; its treatment's date turns days into one."""
        if self.result is not FollowUpResult.deceased:
            return None
        return self.died.on(treated_on) if self.died else self.date(treated_on)
