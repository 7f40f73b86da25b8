"""The society's own people: an officer is a person, appointed, with roles granted; all of it in the same log."""

from __future__ import annotations

from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.codes import SOCIETY_ROLES, Code, Role
from domain.errors import InvalidInput, Refused


class RoleAlreadyGranted(Refused):
    """The officer {person} already has the role {role}."""


class NotASocietyRole(Refused):
    """The role {role} is not one that the society grants."""


class RoleNotHeld(Refused):
    """The officer {person} does not have the role {role}."""

    remedy = "Look at the officer's history; nothing was recorded."


class InterestAlreadyDeclared(Refused):
    """The officer {person} has declared an interest in the clinic {clinic} already."""

    remedy = "Nothing was recorded; it holds until its end is declared."


class InterestNotDeclared(Refused):
    """The officer {person} has no interest in the clinic {clinic} that could end."""

    remedy = "Nothing was recorded."


class ReasonNeeded(Refused):
    """A role is revoked for a reason."""

    remedy = "Give a reason; nothing was recorded."


class InterestKind(Code):
    """How an officer, or a clinic that the officer owns, is bound to a clinic."""

    unrecognised = "unrecognised"
    owns = "owns"
    works_for = "works_for"
    advises = "advises"
    family = "family"
    competitor = "competitor"
    other = "other"


class GrantorsNotTwo(Refused):
    """A role is granted by two different officers, neither of them the one who receives it."""


class NothingOpened(Refused):
    """Who opens sealed content outside of a duty says whose or of what it was."""

    remedy = "Name subjects or an aggregate; nothing was recorded."


class BreakGlassReason(Code):
    """Why sealed content was opened outside of a duty."""

    unrecognised = "unrecognised"
    patient_safety = "patient_safety"
    legal_order = "legal_order"
    complaint = "complaint"
    audit = "audit"
    technical_fault = "technical_fault"
    other = "other"


class Officer(Aggregate):
    """A person who acts for the society; the officer's id is the person's id, the name is sealed."""

    TOPIC = "Officer"

    def __init__(self) -> None:
        self.roles: frozenset[Role] = frozenset()
        self.interests: frozenset[UUID] = frozenset()

    class Event(RegistryEvent):
        """An event of an officer."""

    class OfficerAppointed(Opening, Event):
        """A person was appointed to act for the society; the name is sealed."""

        TOPIC = "OfficerAppointed.v1"

    class RoleGranted(Event):
        """An officer was granted a role by two others; the first officers get theirs when the store is opened."""

        TOPIC = "RoleGranted.v1"

        role: Role
        """The role granted."""
        granted_by: tuple[UUID, ...]
        """The two who granted it; empty for the officers named when the store was opened."""

        def apply(self, officer: Officer) -> None:
            """Add the role."""
            officer.roles = officer.roles | {self.role}

    class RoleRevoked(Event):
        """A role was taken from an officer, for a reason."""

        TOPIC = "RoleRevoked.v1"

        role: Role
        """The role taken."""

        def apply(self, officer: Officer) -> None:
            """Take the role."""
            officer.roles = officer.roles - {self.role}

    class InterestDeclared(Event):
        """An officer declared an interest in a clinic, or its end; meanwhile the officer decides nothing about it."""

        TOPIC = "InterestDeclared.v1"

        clinic: UUID
        """The clinic."""
        kind: InterestKind
        """How the officer is bound to it."""
        ended: bool
        """Whether the interest has ended."""

        def apply(self, officer: Officer) -> None:
            """Remember whether it holds."""
            held = officer.interests - {self.clinic}
            officer.interests = held if self.ended else held | {self.clinic}

    class BreakGlassUsed(Event):
        """An officer opened sealed content outside of a duty; the explanation is sealed."""

        TOPIC = "BreakGlassUsed.v1"

        subjects: tuple[UUID, ...]
        """Subjects whose content was opened; empty where it was all of an aggregate's."""
        why: BreakGlassReason
        """Why, as a code."""
        aggregate_id: UUID | None = None
        """The aggregate whose content was opened."""

    def grant(self, act: Act, role: Role, granted_by: tuple[UUID, ...] = (), *, founding: bool = False) -> None:
        """Grant a role; two others must, but for the founding officers."""
        if role not in SOCIETY_ROLES:
            raise NotASocietyRole(role=role)
        if role in self.roles:
            raise RoleAlreadyGranted(person=self.id, role=role)
        if not founding and (len(set(granted_by)) < 2 or self.id in granted_by):
            raise GrantorsNotTwo
        self.record(self.RoleGranted, act, role=role, granted_by=granted_by)

    def revoke(self, act: Act, role: Role) -> None:
        """Take a role away, for a reason."""
        if role not in self.roles:
            raise RoleNotHeld(person=self.id, role=role)
        if act.context.reason is None:
            raise ReasonNeeded
        self.record(self.RoleRevoked, act, role=role)

    def declare_interest(self, act: Act, clinic: UUID, kind: InterestKind, *, ended: bool = False) -> None:
        """Declare an interest in a clinic, or that it has ended."""
        if kind is InterestKind.unrecognised:
            raise InvalidInput(field="kind", problem="is not in the code list")
        if ended and clinic not in self.interests:
            raise InterestNotDeclared(person=self.id, clinic=clinic)
        if not ended and clinic in self.interests:
            raise InterestAlreadyDeclared(person=self.id, clinic=clinic)
        self.record(self.InterestDeclared, act, clinic=clinic, kind=kind, ended=ended)

    def break_glass(
        self, act: Act, why: BreakGlassReason, subjects: tuple[UUID, ...] = (), aggregate_id: UUID | None = None
    ) -> None:
        """Record that one opened sealed content of subjects, or of an aggregate, outside of a duty."""
        if why is BreakGlassReason.unrecognised:
            raise InvalidInput(field="why", problem="is not in the code list")
        if not subjects and aggregate_id is None:
            raise NothingOpened
        if len(set(subjects)) != len(subjects):
            raise InvalidInput(field="subjects", problem="names each subject once")
        self.record(self.BreakGlassUsed, act, subjects=subjects, aggregate_id=aggregate_id, why=why)
