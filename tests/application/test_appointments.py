"""Two policy officers grant a role and one takes it; who has an interest in a clinic decides nothing of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.appointments import AppointOfficer, BreakGlass, DeclareInterest, GrantRole, RevokeRole
from application.catalogue import commands
from application.enrolments import EnrolClinic, RequestEnrolment
from application.permission import ConflictOfInterest, NotAnOfficer
from domain.codes import Reason, Role
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.officer import BreakGlassReason, GrantorsNotTwo, InterestKind, NothingOpened
from domain.personal import DeliberationWords
from tests.application.society import Society, agreement

DECIDING = {
    "clinic enrol", "clinic refuse-enrolment", "clinic decide-enrolment-appeal", "clinic verify-attestation",
    "clinic record-inspection", "clinic request-corrective-action", "clinic accept-corrective-action",
    "clinic withdraw-verification", "clinic expel", "clinic readmit", "adverse-event assess", "adverse-event close",
    "adverse-event prove-notice",
    "adverse-event nullify", "determination confirm",
    "listing propose", "listing approve", "listing publish", "listing correct",
    "listing answer-dispute", "listing withdraw",
    "safety-case convene-panel", "safety-case decide-appeal", "safety-case decide-finding", "safety-case dismiss",
    "safety-case end-interim", "safety-case end-stay", "safety-case grant-stay", "safety-case lift",
    "safety-case prove-finding-delivery", "safety-case prove-notice-delivery", "safety-case publish-finding",
    "safety-case publish-interim", "safety-case renew-interim", "safety-case reopen", "safety-case serve-notice",
    "safety-case vote",
}  # fmt: skip
"""What nobody may do about a clinic in which they have an interest."""


@pytest.fixture
def society() -> Society:
    return Society()


def appointed(society: Society) -> UUID:
    return society.by(Role.policy_officer, AppointOfficer(name="Clara Dritte")).aggregate_id


def test_a_person_is_appointed_without_a_role(society: Society) -> None:
    person = appointed(society)

    assert society.names_of(person) == ["OfficerAppointed"]
    assert "Clara" not in repr(society.store.log)
    with pytest.raises(NotAnOfficer):
        society.do(AppointOfficer(name="Dora Vierte"), Role.policy_officer, person=person)


def test_two_policy_officers_grant_a_role_and_one_takes_it(society: Society) -> None:
    person = appointed(society)

    society.by(Role.policy_officer, GrantRole(officer_id=person, role=Role.auditor, second_grantor=society.officers[1]))
    society.by(Role.policy_officer, RevokeRole(officer_id=person, role=Role.auditor, reason=Reason.other))

    assert society.names_of(person) == ["OfficerAppointed", "RoleGranted", "RoleRevoked"]
    assert set(society.store.log[-2].granted_by) == set(society.officers)


def test_the_second_grantor_is_another_policy_officer(society: Society) -> None:
    person = appointed(society)
    for second, refusal in (
        (society.officers[0], GrantorsNotTwo),
        (person, NotAnOfficer),
        (UUID(int=1), NotAnOfficer),
    ):
        with pytest.raises(refusal):
            society.by(Role.policy_officer, GrantRole(officer_id=person, role=Role.auditor, second_grantor=second))
    own = GrantRole(officer_id=society.officers[1], role=Role.auditor, second_grantor=society.officers[1])
    society.by(Role.policy_officer, RevokeRole(officer_id=society.officers[1], role=Role.auditor, reason=Reason.other))
    with pytest.raises(GrantorsNotTwo):
        society.by(Role.policy_officer, own)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.policy_officer, Role.unrecognised}))
def test_nobody_else_appoints_grants_or_revokes(society: Society, role: Role) -> None:
    person = society.officers[1]
    for command in (
        AppointOfficer(name="Dora Vierte"),
        GrantRole(officer_id=person, role=Role.auditor, second_grantor=person),
        RevokeRole(officer_id=person, role=Role.auditor, reason=Reason.other),
    ):
        with pytest.raises(NotPermitted):
            society.by(role, command)


def test_who_has_an_interest_in_a_clinic_decides_nothing_of_it_until_it_has_ended(society: Society) -> None:
    clinic = society.identified()
    society.as_clinic(clinic, agreement(clinic))
    society.as_clinic(clinic, RequestEnrolment(clinic_id=clinic, registries=("knee",)))
    enrolling = EnrolClinic(clinic_id=clinic, registries=("knee",))
    interest = DeclareInterest(clinic_id=clinic, kind=InterestKind.family)
    society.registrar(interest)
    before = len(society.store.log)

    with pytest.raises(ConflictOfInterest, match=str(clinic)):
        society.registrar(enrolling)
    assert len(society.store.log) == before
    society.registrar(DeclareInterest(clinic_id=clinic, kind=InterestKind.family, ended=True))
    society.registrar(enrolling)

    assert society.names_of(clinic)[-1] == "ClinicEnrolled"


def test_an_officer_without_an_interest_decides_in_the_others_place(society: Society) -> None:
    clinic = society.identified()
    society.as_clinic(clinic, agreement(clinic))
    society.as_clinic(clinic, RequestEnrolment(clinic_id=clinic, registries=("knee",)))
    society.registrar(DeclareInterest(clinic_id=clinic, kind=InterestKind.competitor))

    society.do(EnrolClinic(clinic_id=clinic, registries=("knee",)), Role.registrar, person=society.officers[1])

    assert society.names_of(clinic)[-1] == "ClinicEnrolled"


def test_every_decision_about_a_clinic_asks_for_interests() -> None:
    assert {f"{each.AGGREGATE} {each.VERB}" for each in commands() if each.DECIDES} == DECIDING


def test_who_opens_sealed_content_outside_of_a_duty_has_it_in_the_own_history(society: Society) -> None:
    clinic, auditor = society.identified(), society.officers[1]
    opening = BreakGlass(aggregate_id=clinic, why=BreakGlassReason.complaint, explanation="Quagga complained.")

    society.do(opening, Role.auditor, person=auditor)

    event = society.store.log[-1]
    assert society.names_of(auditor)[-1] == "BreakGlassUsed"
    assert (event.aggregate_id, event.subjects, event.why) == (clinic, (), BreakGlassReason.complaint)
    assert event.context.actor_person == auditor
    assert "Quagga" not in repr(society.store.log)
    assert society.opened(event) == [DeliberationWords(words="Quagga complained.")]


def test_an_opening_says_of_what_and_why(society: Society) -> None:
    subject = UUID(int=9)
    for wrong, refusal in (
        ({}, NothingOpened),
        ({"aggregate_id": UUID(int=8)}, NotFound),
        ({"subjects": (subject, subject)}, InvalidInput),
        ({"subjects": (subject,), "explanation": " "}, InvalidInput),
        ({"subjects": (subject,), "why": BreakGlassReason.unrecognised}, InvalidInput),
    ):
        given: dict[str, Any] = {"why": BreakGlassReason.audit, "explanation": "The yearly audit.", **wrong}
        with pytest.raises(refusal):
            society.by(Role.auditor, BreakGlass(**given))
    assert "BreakGlassUsed" not in society.names_of(society.officers[0])
