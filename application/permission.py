"""Who may do what: the roles a command allows, and of the society's roles only those that were granted."""

from __future__ import annotations

from uuid import UUID

from domain.codes import SOCIETY_ROLES, Role
from domain.errors import NotPermitted, RegistryError


class NotAnOfficer(RegistryError):
    """The person {person} was not granted the role {role}."""

    remedy = "Act in a role that was granted to you; nothing was changed."


def permit(person: UUID, role: Role, allowed: frozenset[Role], action: str, granted: frozenset[Role]) -> None:
    """Refuse who may not: by the roles allowed, and society roles only for officers to whom they were granted."""
    if role not in allowed:
        raise NotPermitted(role=role, action=action, allowed=", ".join(sorted(each.value for each in allowed)))
    if role in SOCIETY_ROLES and role not in granted:
        raise NotAnOfficer(person=person, role=role)
