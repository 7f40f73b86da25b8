"""The society's officers: appointed by real commands, and enough of them that nobody decides twice about one matter."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from application.appointments import AppointOfficer, BreakGlass, DeclareInterest, GrantRole, RevokeRole
from application.command import Command, Receipt
from domain.codes import Reason, Role
from domain.officer import BreakGlassReason, InterestKind
from interfaces.simulation.agenda import Life
from interfaces.simulation.society import Society

_NAMES = tuple(f"Officer {letter}" for letter in "CDEFGHIJ")
_ROLES = (Role.registrar, Role.safety_officer)


class Office:
    """Who acts for the society in what needs several persons."""

    def __init__(self, society: Society) -> None:
        self.society = society
        self.first, self.second = society.officers[0], society.officers[1]
        self.staff = society.staff

    def work(self) -> Life:
        """Appoint the staff, each role granted by both founders; much later one of them leaves."""
        for name in _NAMES:
            appointed = self.society.must(AppointOfficer(name=name), Role.policy_officer).aggregate_id
            self.staff.append(appointed)
            for role in _ROLES:
                granting = GrantRole(officer_id=appointed, role=role, second_grantor=self.second)
                self.society.must(granting, Role.policy_officer)
            yield self.society.now + timedelta(minutes=5)
        yield self.society.now + timedelta(days=600)
        leaving = RevokeRole(
            officer_id=self.staff[-1],
            role=Role.registrar,
            reason=Reason.other,
            explanation="Works for the society's safety office only from now on.",
        )
        self.society.do(leaving, Role.policy_officer)

    @property
    def panel(self) -> tuple[UUID, ...]:
        """Return three who judge a case."""
        return tuple(self.staff[0:3])

    @property
    def others(self) -> tuple[UUID, ...]:
        """Return three who judge where the panel may not: an appeal, or a case that is reviewed again."""
        return tuple(self.staff[3:6])

    @property
    def last(self) -> tuple[UUID, ...]:
        """Return two who had no part in anything yet."""
        return tuple(self.staff[6:8])

    def safety(self, command: Command, person: UUID | None = None) -> Receipt | None:
        """Act as a safety officer: this one, or the one who leads safety cases."""
        return self.society.do(command, Role.safety_officer, person=person or self.second)

    def interest(self, clinic: UUID) -> Life:
        """Let one of the staff be bound to a clinic for a while, and open its sealed content once outside of a duty."""
        person = self.staff[-1]
        binding = DeclareInterest(clinic_id=clinic, kind=InterestKind.advises)
        self.society.do(binding, Role.safety_officer, person=person)
        yield self.society.now + timedelta(days=9)
        opening = BreakGlass(
            aggregate_id=clinic,
            why=BreakGlassReason.patient_safety,
            explanation="A patient in intensive care had to be told who treated them.",
        )
        self.society.do(opening, Role.safety_officer, person=self.first)
        yield self.society.now + timedelta(days=160)
        ended = DeclareInterest(clinic_id=clinic, kind=InterestKind.advises, ended=True)
        self.society.do(ended, Role.safety_officer, person=person)
