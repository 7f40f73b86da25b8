"""Registries, guidelines and the policy are changed in public, by the roles that may; clinics attest to them."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest

from application.attestations import LapseAttestation, VerifyAttestation
from application.command import Command
from application.guidelines import PublishGuideline, RetireGuideline, ReviseGuideline
from application.permission import NotAnOfficer
from application.policies import AdoptPolicy
from application.registries import CloseRegistry, OpenRegistry, ReviseRegistry
from domain.attestation import AttestationNotValid
from domain.clinic_state import LimitNotReached
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import NotFound, NotPermitted
from domain.first_policy import FIRST_POLICY
from domain.guideline import Guideline, GuidelineIsRetired, GuidelineKind, GuidelineVersionNotCurrent
from domain.personal import SignerName
from domain.policy import POLICY_ID, Policy, PolicyNotApprovedByTwo
from domain.registry import Registry, RegistryAlreadyOpened, Scope, registry_id
from tests.application.society import Society, attestation
from tests.domain.clinics import SOME_HASH, VERSION

SECOND = dataclasses.replace(VERSION, version="2")


def opening(short_code: str = "elbow", guidelines: tuple[UUID, ...] = ()) -> OpenRegistry:
    return OpenRegistry(short_code=short_code, title="Elbow", scope=Scope(), form_version="1", guidelines=guidelines)


def adopting(society: Society, **changes: Any) -> AdoptPolicy:
    given = {
        "effective_on": PartialDate("2026-06-01"),
        "terms": dataclasses.replace(FIRST_POLICY, small_cells_below=10),
        "shown_hash": SOME_HASH,
        "second_approver": society.officers[1],
        **changes,
    }
    return AdoptPolicy(**given)


def test_a_registry_is_opened_once_revised_and_closed() -> None:
    society = Society()
    guideline_id = society.guideline()

    society.registrar(opening())
    with pytest.raises(RegistryAlreadyOpened):
        society.registrar(opening())
    with pytest.raises(RegistryAlreadyOpened):
        society.registrar(opening("knee"))
    society.registrar(
        ReviseRegistry(short_code="elbow", title="Elbow", scope=Scope(), form_version="2", guidelines=(guideline_id,))
    )
    society.registrar(CloseRegistry(short_code="elbow", explanation="empty"))

    assert society.names_of(registry_id("elbow")) == ["RegistryOpened", "RegistryRevised", "RegistryClosed"]
    registry = society.store.load(Registry, registry_id("elbow"))
    assert registry is not None
    assert registry.terms is not None
    assert registry.terms.guidelines == (guideline_id,)


def test_a_registry_names_guidelines_that_are_in_use() -> None:
    society = Society()
    guideline_id = society.guideline()

    with pytest.raises(NotFound):
        society.registrar(opening(guidelines=(UUID(int=404),)))
    society.by(Role.guideline_editor, RetireGuideline(guideline_id=guideline_id, explanation="old"))
    with pytest.raises(GuidelineIsRetired):
        society.registrar(opening(guidelines=(guideline_id,)))
    with pytest.raises(NotFound, match="elbow"):
        society.registrar(CloseRegistry(short_code="elbow", explanation="never was"))


def test_a_repeat_of_an_opening_is_no_second_registry() -> None:
    society = Society()

    first = society.registrar(opening(), key="once")
    again = society.registrar(opening(), key="once")

    assert again.repeat
    assert again.first_position == first.first_position


def test_a_policy_version_is_adopted_by_two_officers() -> None:
    society = Society()

    society.by(Role.policy_officer, adopting(society))

    event = society.store.events_of(POLICY_ID)[-1]
    assert event.policy_version == 2
    assert [approval.role for approval in event.approvals] == [Role.policy_officer, Role.policy_officer]
    assert event.context.actor_person is None
    for person in society.officers:
        assert str(person) not in repr(event)
        assert repr(person) not in repr(event)
    policy = society.store.load(Policy, POLICY_ID)
    assert policy is not None
    assert policy.versions[-1].terms.small_cells_below == 10


def test_one_officer_or_a_stranger_is_no_second_approver() -> None:
    society = Society()
    auditor = society.appoint(Role.auditor)

    with pytest.raises(PolicyNotApprovedByTwo):
        society.by(Role.policy_officer, adopting(society, second_approver=society.officers[0]))
    for person in (UUID(int=404), auditor):
        with pytest.raises(NotAnOfficer):
            society.by(Role.policy_officer, adopting(society, second_approver=person))

    assert society.names_of(POLICY_ID) == ["PolicyAdopted"]


def test_each_command_belongs_to_its_role() -> None:
    society = Society()
    commands: dict[Role, list[Command]] = {
        Role.registrar: [opening(), CloseRegistry(short_code="knee", explanation="x")],
        Role.guideline_editor: [
            PublishGuideline(kind=GuidelineKind.ethics, content=VERSION),
            ReviseGuideline(guideline_id=UUID(int=1), content=VERSION),
            RetireGuideline(guideline_id=UUID(int=1), explanation="x"),
        ],
        Role.policy_officer: [adopting(society)],
    }

    for owner, owned in commands.items():
        for role in set(Role) - {owner}:
            for command in owned:
                with pytest.raises(NotPermitted):
                    society.by(role, command)


def test_a_clinic_attests_to_the_newest_version_and_the_signer_is_sealed() -> None:
    society = Society()
    clinic_id, guideline_id = society.attested()

    attested = society.store.events_of(clinic_id)[-1]

    assert society.opened(attested) == [SignerName(name="Carla Leiterin")]
    assert "Carla" not in repr(society.store.log)
    assert attested.valid_until == "2027-03-02"
    society.by(Role.guideline_editor, ReviseGuideline(guideline_id=guideline_id, content=SECOND))
    with pytest.raises(GuidelineVersionNotCurrent):
        society.as_clinic(clinic_id, attestation(clinic_id, guideline_id))
    guideline = society.store.load(Guideline, guideline_id)
    assert guideline is not None
    assert guideline.newest == "2"


def test_an_attestation_is_verified_by_the_society_while_it_holds() -> None:
    society = Society()
    clinic_id, guideline_id = society.attested()
    verify = VerifyAttestation(clinic_id=clinic_id, guideline_id=guideline_id, signer="Ada Erste", shown_hash=SOME_HASH)

    with pytest.raises(NotPermitted):
        society.as_clinic(clinic_id, verify)
    society.registrar(verify)

    verified = society.store.events_of(clinic_id)[-1]
    appointed = society.store.events_of(society.officers[0])[0]
    assert verified.context.sealed[0].subject == appointed.context.sealed[0].subject
    later = Society()
    clinic_id, guideline_id = later.attested()
    later.later(366)
    with pytest.raises(AttestationNotValid):
        later.registrar(dataclasses.replace(verify, clinic_id=clinic_id, guideline_id=guideline_id))


def test_an_attestation_lapses_by_the_clock_after_its_last_day() -> None:
    society = Society()
    clinic_id, guideline_id = society.attested()
    lapse = LapseAttestation(clinic_id=clinic_id, guideline_id=guideline_id)
    society.to_day(2027, 3, 2)
    with pytest.raises(LimitNotReached):
        society.do(lapse, Role.system)
    society.to_day(2027, 3, 3)

    society.do(lapse, Role.system)

    assert society.names_of(clinic_id)[-1] == "AttestationLapsed"
