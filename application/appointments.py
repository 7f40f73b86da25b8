"""Commands about the society's own people: appointed, given roles by two, bound by interests, seen breaking glass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.acting import person_subject, reason_parts
from application.command import Command, Desk
from application.permission import NotAnOfficer
from domain.clinic import Clinic
from domain.codes import SOCIETY_ROLES, Reason, Role
from domain.errors import NotFound
from domain.officer import BreakGlassReason, GrantorsNotTwo, InterestKind, Officer
from domain.personal import DeliberationWords, OfficerName

BY_POLICY_OFFICER = frozenset({Role.policy_officer})


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointOfficer(Command):
    """Appoint a person to act for the society; roles are granted apart, by two."""

    AGGREGATE: ClassVar[str] = "officer"
    VERB: ClassVar[str] = "appoint"
    ROLES: ClassVar[frozenset[Role]] = BY_POLICY_OFFICER

    name: str
    """Name of the person; sealed."""

    def run(self, desk: Desk) -> Officer:
        """Appoint the person, under a random id."""
        person = desk.new_id()
        parts = [(person_subject(desk, None, self.name), OfficerName(name=self.name))]
        appointing = desk.act(Officer.OfficerAppointed, person, parts=parts)
        return Officer.begin(Officer.OfficerAppointed, person, appointing)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole(Command):
    """Grant an officer a role; who gives the command is the first grantor."""

    AGGREGATE: ClassVar[str] = "officer"
    VERB: ClassVar[str] = "grant-role"
    ROLES: ClassVar[frozenset[Role]] = BY_POLICY_OFFICER

    officer_id: UUID
    """Who receives the role."""
    role: Role
    """The role."""
    second_grantor: UUID
    """Person id of the second policy officer, neither the first nor who receives it."""

    def run(self, desk: Desk) -> Officer:
        """Grant it, if the second grantor is a policy officer too."""
        officer = desk.load(Officer, self.officer_id)
        first = desk.request.actor.person
        if self.second_grantor == first:
            raise GrantorsNotTwo
        second = desk.find(Officer, self.second_grantor)
        if second is None or Role.policy_officer not in second.roles:
            raise NotAnOfficer(person=self.second_grantor, role=Role.policy_officer)
        officer.grant(desk.act(Officer.RoleGranted, officer.id), self.role, (first, self.second_grantor))
        return officer


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRole(Command):
    """Take a role from an officer at once."""

    AGGREGATE: ClassVar[str] = "officer"
    VERB: ClassVar[str] = "revoke-role"
    ROLES: ClassVar[frozenset[Role]] = BY_POLICY_OFFICER

    officer_id: UUID
    """Whose role."""
    role: Role
    """The role."""
    reason: Reason
    """Why, as a code."""
    explanation: str | None = None
    """Why, in words; sealed."""

    def run(self, desk: Desk) -> Officer:
        """Take it."""
        officer = desk.load(Officer, self.officer_id)
        words = reason_parts(person_subject(desk, None, str(officer.id)), self.explanation)
        officer.revoke(desk.act(Officer.RoleRevoked, officer.id, reason=self.reason, parts=words), self.role)
        return officer


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareInterest(Command):
    """Declare one's own interest in a clinic, or that it has ended; until then one decides nothing about it."""

    AGGREGATE: ClassVar[str] = "officer"
    VERB: ClassVar[str] = "declare-interest"
    ROLES: ClassVar[frozenset[Role]] = SOCIETY_ROLES

    clinic_id: UUID
    """The clinic."""
    kind: InterestKind
    """How one, or a clinic that one owns, is bound to it."""
    ended: bool = False
    """Whether it has ended."""

    def run(self, desk: Desk) -> Officer:
        """Record it in one's own history."""
        officer = desk.load(Officer, desk.request.actor.person)
        clinic = desk.load(Clinic, self.clinic_id)
        declaring = desk.act(Officer.InterestDeclared, officer.id)
        officer.declare_interest(declaring, clinic.id, self.kind, ended=self.ended)
        return officer


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass(Command):
    """Record in one's own history that one opened sealed content outside of a duty."""

    AGGREGATE: ClassVar[str] = "officer"
    VERB: ClassVar[str] = "break-glass"
    ROLES: ClassVar[frozenset[Role]] = SOCIETY_ROLES

    subjects: tuple[UUID, ...] = ()
    """Subjects whose content is opened."""
    aggregate_id: UUID | None = None
    """The aggregate whose content is opened."""
    why: BreakGlassReason
    """Why, as a code."""
    explanation: str
    """Why, in words; sealed."""

    def run(self, desk: Desk) -> Officer:
        """Record it."""
        officer = desk.load(Officer, desk.request.actor.person)
        if self.aggregate_id is not None and next(iter(desk.store.history(self.aggregate_id)), None) is None:
            raise NotFound(what="aggregate", id=self.aggregate_id)
        words = [(person_subject(desk, None, str(officer.id)), DeliberationWords(words=self.explanation))]
        opening = desk.act(Officer.BreakGlassUsed, officer.id, parts=words)
        officer.break_glass(opening, self.why, self.subjects, self.aggregate_id)
        return officer
