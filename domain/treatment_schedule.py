"""When a follow-up can still be recorded: death or withdrawn consent ends the schedule.

What lies before the end is taken late. Pure decisions on the facts of one treatment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.codes import YesNo
from domain.dates import PartialDate, day, first_day, last_day, plus_months
from domain.follow_up import FollowUp
from domain.registry import TimePoint
from domain.treatment_codes import FollowUpResult
from domain.treatment_content import TreatmentContent
from domain.treatment_errors import (
    ComplicationUnnamed,
    ConsentIsWithdrawn,
    ContactOutsideWindow,
    DeathAlreadyRecorded,
    NotFirstOfCourse,
    NotOfThisCourse,
    ScheduleEnded,
    TimePointUnknown,
)

SEEN_IN_WINDOW = frozenset({FollowUpResult.completed, FollowUpResult.partial, FollowUpResult.unreachable})
"""Results that answer a time point only within its window; a death, a refusal or a withdrawal comes when it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What decides whether a follow-up can be recorded."""

    treatment: UUID
    clinic: UUID | None
    content: TreatmentContent
    schedule: tuple[TimePoint, ...]
    others: tuple[FollowUp, ...]
    """Follow-ups that stand, without the one to be recorded or corrected."""
    withdrawn_on: PartialDate | None
    """When consent was withdrawn, by an event of its own."""

    @property
    def died(self) -> FollowUp | None:
        """Return the follow-up that recorded the patient's death."""
        return next((each for each in self.others if each.result is FollowUpResult.deceased), None)

    @property
    def consent_withdrawn(self) -> bool:
        """Tell whether consent was withdrawn, also by a follow-up."""
        return self.withdrawn_on is not None or any(
            each.result is FollowUpResult.consent_withdrawn for each in self.others
        )

    @property
    def consent_withdrawn_on(self) -> PartialDate | None:
        """Return when it was, where that is known."""
        told = (each for each in self.others if each.result is FollowUpResult.consent_withdrawn)
        return self.withdrawn_on or next((on for each in told if (on := each.date(self.content.performed_on))), None)


def require_follow_up_possible(
    followed: Followed, follow_up: FollowUp, served: Sequence[Followed] = (), *, today: date
) -> None:
    """Refuse an unknown or unmet time point, an unnamed harm, what lies after the schedule's end, and serving others.

    Without its date a contact took place by `today`, the day of recording.
    """
    _require_serves(followed, follow_up, served)
    known = [point.months for point in followed.schedule]
    if follow_up.time_point_months is not None and follow_up.time_point_months not in known:
        raise TimePointUnknown(
            treatment=followed.treatment, months=follow_up.time_point_months, known=", ".join(map(str, known))
        )
    _require_window(followed, follow_up, today)
    harmed = follow_up.complication is YesNo.yes or follow_up.result is FollowUpResult.deceased
    if harmed and not follow_up.adverse_events:
        raise ComplicationUnnamed
    _require_consent(followed, follow_up)
    if followed.died is None:
        return
    if follow_up.result is FollowUpResult.deceased:
        raise DeathAlreadyRecorded(treatment=followed.treatment)
    if follow_up.time_point_months is not None and not _reaches_back_before_death(followed, follow_up):
        raise ScheduleEnded(treatment=followed.treatment)


def _require_window(followed: Followed, follow_up: FollowUp, today: date) -> None:
    """Refuse a patient seen, or tried, at no time of the window; an uncertain date only has to be able to meet it."""
    point = next((each for each in followed.schedule if each.months == follow_up.time_point_months), None)
    if point is None or follow_up.result not in SEEN_IN_WINDOW:
        return
    treated_on = followed.content.performed_on
    earliest, latest = first_day(treated_on), last_day(treated_on)
    contact, bases = follow_up.contact, [(earliest, latest)]
    if contact is not None and contact.date is None:
        # Days after the treatment go with its date: whatever day it was, the window moves with it.
        bases = [(earliest, earliest), (latest, latest)]
    windows = [(_opens(point, first), _closes(point, last), day(first)) for first, last in bases]
    for opens_on, closes_on, treated in windows:
        seen = contact.on(treated) if contact else None
        if seen is None and opens_on <= today:
            return
        if seen is not None and first_day(seen) <= closes_on and last_day(seen) >= opens_on:
            return
    raise ContactOutsideWindow(
        months=point.months, treatment=followed.treatment, opens_on=windows[0][0], closes_on=windows[-1][1]
    )


def _opens(point: TimePoint, treated_on: date) -> date:
    return plus_months(treated_on, point.months) - timedelta(days=point.window_days)


def _closes(point: TimePoint, treated_on: date) -> date:
    return plus_months(treated_on, point.months) + timedelta(days=point.window_days)


def lies_after_death(followed: Followed, happened_on: PartialDate | None) -> bool:
    """Tell whether a date can only lie after the recorded death."""
    died_on = followed.died.death(followed.content.performed_on) if followed.died else None
    return died_on is not None and happened_on is not None and first_day(happened_on) > last_day(died_on)


def _require_serves(followed: Followed, follow_up: FollowUp, served: Sequence[Followed]) -> None:
    """Refuse to serve further treatments but from a course's first one, and but those of the same course."""
    if not follow_up.serves:
        return
    course = followed.content.course
    if course is not None and course.administration_number not in (None, 1):
        raise NotFirstOfCourse(treatment=followed.treatment)
    named = {each.treatment: each for each in served}
    for other in follow_up.serves:
        found = named.get(other)
        if found is None or other == followed.treatment or not _same_course(followed, found):
            raise NotOfThisCourse(other=other, treatment=followed.treatment)


def _same_course(first: Followed, other: Followed) -> bool:
    numbers = {each.content.course.course_number if each.content.course else None for each in (first, other)}
    same_course = len(numbers - {None}) <= 1
    return same_course and (first.clinic, first.content.patient) == (other.clinic, other.content.patient)


def _require_consent(followed: Followed, follow_up: FollowUp) -> None:
    if not followed.consent_withdrawn:
        return
    contact, withdrawn_on = follow_up.date(followed.content.performed_on), followed.consent_withdrawn_on
    if contact is None or withdrawn_on is None or first_day(contact) > last_day(withdrawn_on):
        raise ConsentIsWithdrawn(treatment=followed.treatment)


def _reaches_back_before_death(followed: Followed, follow_up: FollowUp) -> bool:
    contact = follow_up.date(followed.content.performed_on)
    return contact is not None and not lies_after_death(followed, contact)
