"""Expulsion rests on a finding and is signed; readmission begins a new membership; a successor is another clinic."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.clinic_state import NotIndependent
from domain.codes import Reason
from domain.enrolment import AgreementNotSigned
from domain.errors import InvalidInput
from domain.identification import SameClinic, SuccessionGround, SuccessorAlreadyDeclared
from domain.signature import SignatureMeaning
from tests.domain.clinics import (
    CASE,
    CLINIC,
    KNEE,
    OTHER,
    TODAY,
    act_on,
    enrolled,
    expel,
    last,
    prospect,
    readmit,
    signed,
)

WHY = ("data were falsified",)
SIGNED = signed(SignatureMeaning.approved)


def test_an_expelled_clinic_left_and_a_readmitted_one_joins_anew() -> None:
    clinic = enrolled(TODAY - timedelta(50))

    expel(clinic, TODAY - timedelta(20))

    assert clinic.left_on == (TODAY - timedelta(20)).isoformat()
    assert clinic.memberships[-1].until == clinic.left_on
    readmit(clinic)
    assert (clinic.left_on, clinic.memberships[-1].since, clinic.registries) == (None, TODAY.isoformat(), (KNEE,))
    assert last(clinic).case_id == CASE


def test_an_expulsion_names_a_finding_of_its_case_with_reasons_and_is_signed() -> None:
    clinic = enrolled()

    for finding, reasons, signature in (
        (f"{OTHER}/7", WHY, SIGNED),
        (f"{CASE}/7", (), SIGNED),
        (f"{CASE}/7", (" ",), SIGNED),
        (f"{CASE}/7", WHY, signed(SignatureMeaning.verified)),
    ):
        with pytest.raises(InvalidInput):
            clinic.expel(act_on(), CASE, finding, reasons, signature)
    clinic.own_people |= {UUID(int=9)}
    with pytest.raises(NotIndependent):
        expel(clinic)
    assert type(last(clinic)).__name__ == "ClinicEnrolled"


def test_a_readmission_needs_registries_reasons_an_agreement_and_somebody_independent() -> None:
    clinic = enrolled()
    expel(clinic)

    for registries, reasons in (((), WHY), ((KNEE, KNEE), WHY), ((KNEE,), ())):
        with pytest.raises(InvalidInput):
            clinic.readmit(act_on(), registries, reasons, SIGNED)
    with pytest.raises(InvalidInput):
        clinic.readmit(act_on(), (KNEE,), WHY, signed(SignatureMeaning.agreed))
    agreement, clinic.agreement = clinic.agreement, None
    with pytest.raises(AgreementNotSigned):
        readmit(clinic)
    clinic.agreement, clinic.own_people = agreement, frozenset({UUID(int=9)})
    with pytest.raises(NotIndependent):
        readmit(clinic)
    assert type(last(clinic)).__name__ == "ClinicExpelled"


def test_a_successor_is_another_clinic_and_changed_with_a_reason() -> None:
    clinic, grounds = prospect(), (SuccessionGround.same_owner,)
    with pytest.raises(SameClinic):
        clinic.declare_successor(act_on(), CLINIC, grounds)
    for wrong in ((), (SuccessionGround.unrecognised,), grounds * 2):
        with pytest.raises(InvalidInput):
            clinic.declare_successor(act_on(), OTHER, wrong)

    clinic.declare_successor(act_on(), OTHER, grounds)

    with pytest.raises(SuccessorAlreadyDeclared):
        clinic.declare_successor(act_on(reason=Reason.new_information), OTHER, grounds)
    with pytest.raises(SuccessorAlreadyDeclared):
        clinic.declare_successor(act_on(), CASE, grounds)
    clinic.declare_successor(act_on(reason=Reason.new_information), CASE, grounds)
    assert clinic.successor == CASE
