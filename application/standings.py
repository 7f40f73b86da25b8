"""Commands about standings: the clock assesses each quarter that is over; nobody types a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from application.clinic_acts import policy
from application.command import Command, Desk
from domain.clinic import Clinic
from domain.codes import Role
from domain.dates import day, first_day, last_day, quarter_end
from domain.obligation import Obligation
from domain.obligation_terms import Holder, ObligationKind, holder_of, kind_of
from domain.standing import (
    MissedDuty,
    NotMissedThen,
    NotRated,
    QuarterNotOver,
    Standing,
    StandingStep,
    restored_by,
    standing_id,
    step_after,
)
from domain.standing_course import RATED


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessStanding(Command):
    """Assess the standing of a clinic for a quarter that is over."""

    AGGREGATE: ClassVar[str] = "standing"
    VERB: ClassVar[str] = "assess"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.system})
    CLI: ClassVar[bool] = False

    clinic_id: UUID
    """The clinic."""
    quarter: str
    """The quarter, such as `2026-Q3`."""
    missed: tuple[UUID, ...] = ()
    """Obligations of the clinic whose due day lay in the quarter and that were missed."""
    overdue: tuple[UUID, ...] = ()
    """Obligations missed by the end of the quarter and not met by then."""

    def run(self, desk: Desk) -> Standing:
        """Take the step that the rules give, with what it rests on."""
        clinic = desk.load(Clinic, self.clinic_id)
        if clinic.participation not in RATED or clinic.enrolled_on is None:
            raise NotRated(clinic=clinic.id, state=clinic.participation)
        ended_on, today = quarter_end(self.quarter), desk.today(clinic.time_zone)
        if today <= ended_on:
            raise QuarterNotOver(quarter=self.quarter, today=today)
        missed = [self._missed(desk, each) for each in self.missed]
        overdue = [self._missed(desk, each) for each in self.overdue]
        standing = desk.find(Standing, standing_id(clinic.id))
        before = _before(clinic, standing)
        step = step_after(before, missed, overdue)
        content: dict[str, Any] = {
            "quarter": self.quarter,
            "before": before,
            "step": step,
            "rule_ids": tuple(sorted({each.rule_id for each in (*missed, *overdue)})),
            "policy_version": policy(desk).version_on(ended_on).number,
            "missed": self.missed,
            "overdue": self.overdue,
            "evidence_ids": _evidence(missed, overdue),
            "restored_by": restored_by(step, overdue),
        }
        assessing = desk.act(
            Standing.StandingAssessed, standing_id(clinic.id), occurred_on=day(ended_on), clinic_id=clinic.id
        )
        if standing is None:
            return Standing.first(assessing, clinic.id, **content)
        standing.assess(assessing, **content)
        return standing

    def _missed(self, desk: Desk, obligation_id: UUID) -> MissedDuty:
        """Return a missed duty as the store has it; refuse anything else."""
        obligation = desk.find(Obligation, obligation_id)
        terms = obligation.terms if obligation else None
        if (
            obligation is None
            or terms is None
            or obligation.clinic_id != self.clinic_id
            or not obligation.missed_by
            or (holder_of(terms.rule_id), kind_of(terms.rule_id)) != (Holder.clinic, ObligationKind.duty)
            or last_day(terms.due_on) > quarter_end(self.quarter)
        ):
            raise NotMissedThen(obligation=obligation_id, clinic=self.clinic_id, quarter=self.quarter)
        return MissedDuty(obligation_id, terms.rule_id, obligation.missed_by)


def _before(clinic: Clinic, standing: Standing | None) -> StandingStep:
    """Return the step that a quarter begins with: a membership begins in good standing, after readmission on probation.

    Raises nothing; a standing of an earlier membership does not count for a new one.
    """
    assert clinic.enrolled_on is not None
    if standing is not None and standing.quarter and quarter_end(standing.quarter) >= first_day(clinic.enrolled_on):
        return standing.step
    return StandingStep.probation if clinic.expulsion_case is not None else StandingStep.good_standing


def _evidence(missed: Sequence[MissedDuty], overdue: Sequence[MissedDuty]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.event for each in (*missed, *overdue)))
