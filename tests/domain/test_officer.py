"""Roles are granted by two others, once, and only the society's own; the founders get theirs at the founding."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.codes import SOCIETY_ROLES, Reason, Role
from domain.errors import InvalidInput
from domain.officer import (
    GrantorsNotTwo,
    InterestAlreadyDeclared,
    InterestKind,
    InterestNotDeclared,
    NotASocietyRole,
    Officer,
    ReasonNeeded,
    RoleAlreadyGranted,
    RoleNotHeld,
)
from tests.domain.clinics import CLINIC, act_on

ONE, TWO, SELF = UUID(int=1), UUID(int=2), UUID(int=3)


def officer() -> Officer:
    return Officer.begin(Officer.OfficerAppointed, SELF, act_on())


def test_two_others_grant_a_role() -> None:
    person = officer()

    person.grant(act_on(), Role.registrar, (ONE, TWO))

    assert person.roles == {Role.registrar}
    with pytest.raises(RoleAlreadyGranted):
        person.grant(act_on(), Role.registrar, (ONE, TWO))


@pytest.mark.parametrize("grantors", [(), (ONE,), (ONE, ONE), (ONE, SELF)])
def test_fewer_than_two_others_grant_nothing(grantors: tuple[UUID, ...]) -> None:
    with pytest.raises(GrantorsNotTwo):
        officer().grant(act_on(), Role.auditor, grantors)


@pytest.mark.parametrize("role", sorted(set(Role) - SOCIETY_ROLES))
def test_the_society_grants_its_own_roles_alone(role: Role) -> None:
    with pytest.raises(NotASocietyRole):
        officer().grant(act_on(), role, (ONE, TWO))


def test_founders_get_their_roles_at_the_founding() -> None:
    person = officer()

    for role in SOCIETY_ROLES:
        person.grant(act_on(), role, founding=True)

    assert person.roles == SOCIETY_ROLES


def test_a_role_is_taken_for_a_reason() -> None:
    person = officer()
    person.grant(act_on(), Role.auditor, (ONE, TWO))
    with pytest.raises(ReasonNeeded):
        person.revoke(act_on(), Role.auditor)

    person.revoke(act_on(reason=Reason.other), Role.auditor)

    assert person.roles == frozenset()
    with pytest.raises(RoleNotHeld, match="auditor"):
        person.revoke(act_on(reason=Reason.other), Role.auditor)
    person.grant(act_on(), Role.auditor, (ONE, TWO))
    assert person.roles == {Role.auditor}


def test_an_interest_holds_until_its_end_is_declared() -> None:
    person = officer()

    person.declare_interest(act_on(), CLINIC, InterestKind.advises)
    assert person.interests == {CLINIC}
    with pytest.raises(InterestAlreadyDeclared):
        person.declare_interest(act_on(), CLINIC, InterestKind.owns)
    person.declare_interest(act_on(), CLINIC, InterestKind.advises, ended=True)

    assert person.interests == frozenset()
    with pytest.raises(InterestNotDeclared):
        person.declare_interest(act_on(), CLINIC, InterestKind.advises, ended=True)
    with pytest.raises(InvalidInput, match="kind"):
        person.declare_interest(act_on(), CLINIC, InterestKind.unrecognised)
