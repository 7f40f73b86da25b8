"""Who may do what: the roles a command allows, and of the society's roles only those that were granted."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from application.ports import Store
from domain.aggregate import Aggregate
from domain.codes import SOCIETY_ROLES, Role
from domain.errors import NotPermitted, Refused, RegistryError
from domain.officer import Officer


class NotAnOfficer(RegistryError):
    """The person {person} was not granted the role {role}."""

    remedy = "Act in a role that was granted to you; nothing was changed."


class ConflictOfInterest(Refused):
    """The person {person} has declared an interest in the clinic {clinic} and decides nothing about it."""

    remedy = "Let an officer without one decide; nothing was recorded."


def require_independent(store: Store, person: UUID, changed: Aggregate | Iterable[Aggregate]) -> None:
    """Refuse a decision about a clinic in which the officer who decides has declared an interest."""
    officer = store.load(Officer, person)
    for each in (changed,) if isinstance(changed, Aggregate) else changed:
        if officer is not None and each.concerns in officer.interests:
            raise ConflictOfInterest(person=person, clinic=each.concerns)


def require_no_interest(store: Store, person: UUID, clinics: Iterable[UUID]) -> None:
    """Refuse an officer who has declared an interest in one of several clinics that something is about."""
    officer = store.load(Officer, person)
    for clinic in clinics:
        if officer is not None and clinic in officer.interests:
            raise ConflictOfInterest(person=person, clinic=clinic)


def permit(person: UUID, role: Role, allowed: frozenset[Role], action: str, granted: frozenset[Role]) -> None:
    """Refuse who may not: by the roles allowed, and society roles only for officers to whom they were granted."""
    if role not in allowed:
        raise NotPermitted(role=role, action=action, allowed=", ".join(sorted(each.value for each in allowed)))
    if role in SOCIETY_ROLES and role not in granted:
        raise NotAnOfficer(person=person, role=role)
