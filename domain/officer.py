"""The society's own people: an officer is a person, appointed, with roles granted; all of it in the same log."""

from __future__ import annotations

from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.codes import SOCIETY_ROLES, Role
from domain.errors import Refused


class RoleAlreadyGranted(Refused):
    """The officer {person} already has the role {role}."""


class NotASocietyRole(Refused):
    """The role {role} is not one that the society grants."""


class GrantorsNotTwo(Refused):
    """A role is granted by two different officers, neither of them the one who receives it."""


class Officer(Aggregate):
    """A person who acts for the society; the officer's id is the person's id, the name is sealed."""

    TOPIC = "Officer"

    def __init__(self) -> None:
        self.roles: frozenset[Role] = frozenset()

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

    def grant(self, act: Act, role: Role, granted_by: tuple[UUID, ...] = (), *, founding: bool = False) -> None:
        """Grant a role; two others must, but for the founding officers."""
        if role not in SOCIETY_ROLES:
            raise NotASocietyRole(role=role)
        if role in self.roles:
            raise RoleAlreadyGranted(person=self.id, role=role)
        if not founding and (len(set(granted_by)) < 2 or self.id in granted_by):
            raise GrantorsNotTwo
        self.record(self.RoleGranted, act, role=role, granted_by=granted_by)
