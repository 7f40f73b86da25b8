"""A clinic that was refused may appeal, once and in time; somebody who did not refuse it decides.

An overturned refusal leaves the participation as the table has it: the clinic asks again, and its request is decided
anew within EN-60.
"""

from __future__ import annotations

from domain.aggregate import Act
from domain.chronology import require_not_before
from domain.clinic_state import ClinicEvent, ClinicState, Refusal
from domain.codes import Code
from domain.dates import last_day, local_day
from domain.errors import InvalidInput, Refused
from domain.participation import ParticipationState

_LONGEST_GROUNDS = 4000


class NothingToAppeal(Refused):
    """The clinic {clinic} was not refused; its participation is {state}."""


class AlreadyAppealed(Refused):
    """The refusal was appealed already, by {earlier}."""


class AppealTooLate(Refused):
    """An appeal was possible until {until}; today is {today}."""

    remedy = "The clinic may ask to be enrolled again; nothing was recorded."


class NotAppealed(Refused):
    """The clinic {clinic} has no appeal that waits for a decision."""


class DecidedFirst(Refused):
    """The person {person} refused the enrolment, and so cannot decide the appeal."""

    remedy = "Let another officer decide; nothing was recorded."


class AppealOutcome(Code):
    """What an appeal led to."""

    unrecognised = "unrecognised"
    upheld = "upheld"
    overturned = "overturned"


class EnrolmentAppealed(ClinicEvent):
    """A clinic appealed against its refused enrolment; the name of who did is sealed."""

    TOPIC = "EnrolmentAppealed.v1"

    refusal: str
    """Id of the event of the refusal: `<aggregate id>/<version>`."""
    grounds: str
    """Why, in the clinic's words, without names of persons."""

    def _remember(self, clinic: ClinicState) -> None:
        if clinic.refusal is not None:
            clinic.refusal.appeal, clinic.refusal.appealed_on = self.evidence, self.context.occurred_on


class EnrolmentAppealDecided(ClinicEvent):
    """An officer who had no part in the refusal decided the appeal against it."""

    TOPIC = "EnrolmentAppealDecided.v1"

    appeal: str
    """Id of the event of the appeal: `<aggregate id>/<version>`."""
    refusal: str
    """Id of the event of the refusal: `<aggregate id>/<version>`."""
    outcome: AppealOutcome
    """Whether the refusal stands (upheld) or not (overturned)."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def _remember(self, clinic: ClinicState) -> None:
        if clinic.refusal is not None:
            clinic.refusal.appeal_decided = self.evidence


class Appeal(ClinicState):
    """Decisions about appeals against a refused enrolment."""

    def appeal_refusal(self, act: Act, grounds: str) -> None:
        """Appeal against the last refusal, on a day on which it is still possible at the clinic."""
        refusal = self._refused()
        if refusal.appeal:
            raise AlreadyAppealed(earlier=refusal.appeal)
        if not grounds.strip() or len(grounds) > _LONGEST_GROUNDS:
            raise InvalidInput(field="grounds", problem=f"needs 1 to {_LONGEST_GROUNDS} characters")
        require_not_before("occurred_on", act.context.occurred_on, refusal.on, "the refusal")
        made_on = min(last_day(act.context.occurred_on), local_day(act.recorded_at, self.time_zone))
        if made_on > last_day(refusal.appeal_until):
            raise AppealTooLate(until=refusal.appeal_until, today=made_on)
        self.record(EnrolmentAppealed, act, refusal=refusal.evidence, grounds=grounds)

    def decide_appeal(self, act: Act, outcome: AppealOutcome, reasons: tuple[str, ...]) -> None:
        """Decide the appeal that waits, with reasons, by none who refused and none of the clinic's own."""
        refusal = self._refused()
        if not refusal.appeal or refusal.appeal_decided:
            raise NotAppealed(clinic=self.id)
        if outcome is AppealOutcome.unrecognised:
            raise InvalidInput(field="outcome", problem="is not in the code list")
        if not reasons or any(not reason.strip() for reason in reasons):
            raise InvalidInput(field="reasons", problem="needs at least one, none empty")
        decider = act.context.actor_person
        if decider is None or decider == refusal.decided_by:
            raise DecidedFirst(person=decider)
        self.require_independent([decider])
        if refusal.appealed_on is not None:
            require_not_before("occurred_on", act.context.occurred_on, refusal.appealed_on, "the appeal")
        self.record(
            EnrolmentAppealDecided,
            act,
            appeal=refusal.appeal,
            refusal=refusal.evidence,
            outcome=outcome,
            reasons=reasons,
        )

    def _refused(self) -> Refusal:
        if self.refusal is None or self.participation is not ParticipationState.refused:
            raise NothingToAppeal(clinic=self.id, state=self.participation)
        return self.refusal
