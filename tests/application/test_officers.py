"""A store is opened once: officers, policy and registries in one command, or nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from application.officers import AlreadyInitialised, FoundersNotTwo, FoundSociety, founding_key
from domain.codes import SOCIETY_ROLES, Role
from domain.errors import NotPermitted
from domain.officer import Officer
from domain.personal import OfficerName
from domain.policy import POLICY_ID, Policy
from domain.registry import Registry, registry_id
from tests.application.memory import MemoryRegistry
from tests.application.society import FOUNDERS, Society


def test_a_founding_names_two_officers_with_all_roles_a_policy_and_nine_registries() -> None:
    society = Society()

    counted = Counter(type(event).__name__ for event in society.store.log)
    assert counted == {"OfficerAppointed": 2, "RoleGranted": 10, "PolicyAdopted": 1, "RegistryOpened": 9}
    for person in society.officers:
        officer = society.store.load(Officer, person)
        assert officer is not None
        assert officer.roles == SOCIETY_ROLES
    policy = society.store.load(Policy, POLICY_ID)
    assert policy is not None
    assert policy.versions[0].number == 1
    assert society.store.load(Registry, registry_id("blood")) is not None


def test_the_same_founding_again_is_a_repeat_without_effect() -> None:
    society = Society()
    before = len(society.store.log)

    receipt = society.do(FOUNDERS, Role.system, key=founding_key(FOUNDERS))

    assert receipt.repeat
    assert receipt.aggregate_id == society.officers[0]
    assert (receipt.first_position, receipt.last_position) == (1, before)
    assert len(society.store.log) == before


@pytest.mark.parametrize("names", [("Ada Erste", "Dora Dritte"), ("Bruno Zweiter", "Ada Erste")])
def test_other_officers_cannot_open_it_again(names: tuple[str, str]) -> None:
    society = Society()
    others = FoundSociety(officers=names)
    before = len(society.store.log)

    with pytest.raises(AlreadyInitialised):
        society.do(others, Role.system, key=founding_key(others))

    assert len(society.store.log) == before


def test_one_person_does_not_found_a_society() -> None:
    registry = MemoryRegistry()
    alone = FoundSociety(officers=("Ada Erste", " ada  ERSTE"))

    with pytest.raises(FoundersNotTwo):
        registry.do(alone, Role.system)

    assert registry.store.log == []


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.system}))
def test_nobody_but_the_system_founds(role: Role) -> None:
    with pytest.raises(NotPermitted):
        MemoryRegistry().do(FOUNDERS, role)


def test_officers_names_are_sealed_and_in_no_event_or_key() -> None:
    society = Society()

    shown = repr(society.store.log)
    for name in ("Ada Erste", "Bruno Zweiter", "Erste", "Zweiter"):
        assert name not in shown
        assert name not in founding_key(FOUNDERS)
    first = society.store.events_of(society.officers[0])[0]
    assert society.opened(first) == [OfficerName(name="Ada Erste")]


def test_public_events_show_the_role_and_no_person() -> None:
    society = Society()

    for event in society.store.log:
        if isinstance(event, (Policy.PolicyAdopted, Registry.RegistryOpened)):
            context = event.context
            assert (context.actor_person, context.on_behalf_of, context.source, context.sealed) == (
                None,
                None,
                None,
                (),
            )
            for person in society.officers:
                assert str(person) not in repr(event)
