"""Assesses the standing of clinics for quarters that are over, from the misses that the clock recorded before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from application.safety_cases import RaiseConcern
from application.standings import AssessStanding
from consumers.clock_keeper import Recorder
from consumers.clock_misses import Missed
from domain.clinic import Clinic
from domain.dates import first_day, last_day, next_quarter, quarter_end, quarter_of
from domain.policy import POLICY_ID, Policy
from domain.safety_case_codes import Ground
from domain.standing import Standing, standing_id
from domain.standing_course import RATED, first_day_of

SUSPENDED_QUARTERS = 2
"""After so many suspended quarters in a row an expulsion is proposed, as a safety case."""


@dataclass(frozen=True, slots=True)
class Assessor:
    """Assesses clinics one after the other, each from its first full quarter on, in order."""

    recorder: Recorder
    moment: datetime

    @property
    def last_quarter(self) -> str:
        """Return the last quarter that is over everywhere."""
        running = quarter_of((self.moment - timedelta(days=1)).date())
        return quarter_of(first_day_of(running) - timedelta(days=1))

    def assess(self, clinic_id: UUID, misses: Sequence[Missed]) -> None:
        """Assess every quarter of a clinic that is over and was not assessed, by the duties that it missed."""
        store = self.recorder.handler.store
        clinic = store.load(Clinic, clinic_id)
        if clinic is None or clinic.participation not in RATED or clinic.enrolled_on is None:
            return
        standing = store.load(Standing, standing_id(clinic_id))
        began = self._began(clinic)
        counted = self._counted(standing)
        for quarter in self._quarters(began, standing.quarter if standing else ""):
            ended_on = quarter_end(quarter)
            ruled = [each for each in misses if each.counts_on >= self._ruled_from()]
            overdue = tuple(each.obligation_id for each in ruled if each.overdue_at(ended_on))
            # A miss that came to be known later, or after its quarter was assessed, counts then: hiding gains nothing.
            missed = tuple(
                each.obligation_id
                for each in misses
                if began <= each.counts_on <= ended_on and each.obligation_id not in counted
            )
            counted.update(missed)
            command = AssessStanding(clinic_id=clinic_id, quarter=quarter, missed=missed, overdue=overdue)
            self.recorder.carry_out(command, f"assess/{clinic_id}/{quarter}")
        self._propose_expulsion(clinic_id)

    def _counted(self, standing: Standing | None) -> set[UUID]:
        """Return the duties whose misses an earlier assessment counted."""
        history = self.recorder.handler.store.history(standing.id) if standing else ()
        return {each for event in history if isinstance(event, Standing.StandingAssessed) for each in event.missed}

    def _began(self, clinic: Clinic) -> date:
        """Return the day from which duties of this membership count."""
        assert clinic.enrolled_on is not None
        return max(last_day(clinic.enrolled_on), self._ruled_from())

    def _ruled_from(self) -> date:
        """Return the first day of the first policy: what was missed before counts for no standing."""
        policy = self.recorder.handler.store.load(Policy, POLICY_ID)
        assert policy is not None, "an opened store has a policy"
        return first_day(policy.versions[0].effective_on)

    def _quarters(self, began: date, assessed: str) -> Iterator[str]:
        """Yield the full quarters from a day on that are over and to be assessed."""
        quarter = quarter_of(began - timedelta(days=1))
        while (quarter := next_quarter(quarter)) <= self.last_quarter:
            if quarter > assessed:
                yield quarter

    def _propose_expulsion(self, clinic_id: UUID) -> None:
        standing = self.recorder.handler.store.load(Standing, standing_id(clinic_id))
        if standing is None or standing.suspended_quarters < SUSPENDED_QUARTERS:
            return
        began = standing.version - standing.suspended_quarters + 1
        concern = RaiseConcern(
            clinic_id=clinic_id,
            grounds=(Ground.persistent_non_compliance,),
            concern=f"Suspended for {SUSPENDED_QUARTERS} quarters; the standing {standing.id} says since when and why.",
        )
        # Once for each time that the clinic came to be suspended.
        self.recorder.carry_out(concern, f"expulsion/{standing.id}/{began}")
