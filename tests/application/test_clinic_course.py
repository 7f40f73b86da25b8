"""A clinic's course under another policy: what persons did stays, what lapses by itself follows from the limits."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any
from uuid import UUID

import pytest

from application.invitations import AcceptInvitation
from application.treatments import SubmitTreatment
from domain.clinic_course import ClinicCourse, clinic_course
from domain.dates import PartialDate
from domain.participation import ParticipationState
from domain.policy import POLICY_ID, Policy, PolicyVersion
from domain.product import Donor, Origin
from domain.treatment_codes import CellOrigin, DonorKind, IndicationCategory, ProductKind, Route, Sex
from domain.treatment_content import Delivery, Indication
from tests.application.listed import ListingSociety
from tests.domain.clinics import KNEE


def under(society: ListingSociety, **limits: int) -> Policy:
    """Return the policy with other limits, as if it had always been so."""
    adopted = society.store.load(Policy, POLICY_ID)
    assert adopted is not None
    first = adopted.versions[0]
    rules = tuple(
        dataclasses.replace(each, limit=limits.get(each.rule_id.replace("-", "_"), each.limit))
        for each in first.terms.rules
    )
    policy = copy.copy(adopted)
    policy.versions = (PolicyVersion(1, first.effective_on, dataclasses.replace(first.terms, rules=rules)),)
    return policy


def course(society: ListingSociety, clinic: Any, **limits: int) -> ClinicCourse:
    """Return the course of a clinic up to the society's present."""
    events = [event for event in society.store.log if event.context.clinic_id == clinic]
    found = clinic_course(events, under(society, **limits), society.surroundings.now())
    assert found is not None
    return found


def treated(society: ListingSociety, clinic: UUID) -> str:
    """Let a clinic submit a treatment; return its event."""
    submission = SubmitTreatment(
        clinic_id=clinic,
        own_reference="R-1",
        registry_id=KNEE,
        performed_on=PartialDate("2026-04-03"),
        patient_pseudonym="P-1",
        year_of_birth=1951,
        sex=Sex.female,
        indication=Indication(category=IndicationCategory.musculoskeletal_knee),
        donor=Donor(kind=DonorKind.autologous),
        origin=Origin(tissue=CellOrigin.adipose),
        product_kind=ProductKind.cells,
        delivery=Delivery(route=Route.intra_articular),
    )
    return f"{society.as_clinic(clinic, submission).aggregate_id}/1"


@pytest.fixture
def society() -> ListingSociety:
    return ListingSociety()


def test_an_enrolled_clinic_without_data_lapses_when_the_policy_says(society: ListingSociety) -> None:
    clinic = society.enrolled()
    society.later(400)

    assert course(society, clinic).clinic.participation is ParticipationState.not_participating
    assert [each.rule_id for each in course(society, clinic).lapses] == ["PL-2Q"]
    patient = course(society, clinic, PL_2Q=9)
    assert (patient.clinic.participation, patient.lapses) == (ParticipationState.enrolled, ())


def test_silence_that_the_policy_would_still_wait_for_is_none(society: ListingSociety) -> None:
    clinic = society.silent()
    society.later(10)

    assert course(society, clinic).clinic.participation is ParticipationState.no_response
    assert [(each.rule_id, each.started_by) for each in course(society, clinic).lapses] == [("IN-90", f"{clinic}/3")]
    assert course(society, clinic, IN_90=200).clinic.participation is ParticipationState.invited
    society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))
    accepted = course(society, clinic, IN_90=200)
    assert (accepted.clinic.participation, accepted.lapses) == (ParticipationState.accepted, ())


def test_who_lapses_only_under_the_draft_comes_back_with_its_next_data(society: ListingSociety) -> None:
    clinic = society.enrolled()
    society.later(200)
    sent = treated(society, clinic)

    early = course(society, clinic, PL_2Q=1)

    assert [type(each).__name__ for each in early.events][-2:] == ["ParticipationLapsed", "ParticipationResumed"]
    assert early.events[-1].first_data == sent
    assert course(society, clinic).lapses == ()


def test_what_was_recorded_is_left_as_it_is(society: ListingSociety) -> None:
    clinic = society.enrolled()
    before = [event.originator_version for event in society.store.log]
    held = society.clinic(clinic).version
    society.later(400)

    course(society, clinic)

    assert [event.originator_version for event in society.store.log] == before
    assert society.clinic(clinic).version == held
