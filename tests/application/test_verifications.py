"""Inspections, appeals, expulsions and successions through the desk: who may, in what order, and what is looked up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from application.appeals import AppealEnrolment, DecideEnrolmentAppeal
from application.appointments import DeclareInterest
from application.attestations import VerifyAttestation
from application.command import Receipt
from application.enrolments import RefuseEnrolment, RequestEnrolment
from application.expulsions import CaseNotDecided, ExpelClinic, ReadmitClinic
from application.permission import ConflictOfInterest
from application.successions import DeclareSuccessor
from application.verifications import (
    AcceptCorrectiveAction,
    ExpireVerification,
    InspectorNotAppointed,
    RecordInspection,
    RequestCorrectiveAction,
    ScheduleInspection,
    WithdrawVerification,
)
from domain.appeal import AppealOutcome, DecidedFirst
from domain.attestation import Answer
from domain.codes import Reason, Role
from domain.dates import PartialDate, day
from domain.errors import NotFound, NotPermitted
from domain.identification import SuccessionGround, SuccessionInACircle
from domain.inspection import ItemFinding
from domain.officer import InterestKind
from domain.participation import ParticipationForbids
from domain.personal import SignerName
from domain.verification import Verification
from tests.application.society import Society
from tests.domain.clinics import SOME_HASH

FINDINGS = (
    ItemFinding(item_id="P1", finding=Answer.met),
    ItemFinding(item_id="P2", finding=Answer.not_met, observation="no records of training"),
)
SIGNER = {"signer": "Iris Prüferin", "shown_hash": SOME_HASH}


def event_of(receipt: Receipt) -> str:
    return f"{receipt.aggregate_id}/{receipt.version}"


def inspected(society: Society) -> tuple[UUID, UUID, str]:
    """Return clinic, guideline and the inspection performed, with one item open."""
    clinic_id, guideline_id = society.attested()
    planned = day(society.surroundings.now().date() + timedelta(7))
    scheduling = ScheduleInspection(
        clinic_id=clinic_id, guideline_id=guideline_id, planned_on=planned, inspectors=(society.officers[0],)
    )
    inspection = event_of(society.registrar(scheduling))
    society.later(7)
    society.by(
        Role.safety_officer,
        RecordInspection(
            clinic_id=clinic_id,
            inspection=inspection,
            findings=FINDINGS,
            report_hash=SOME_HASH,
            valid_until=PartialDate("2026-12-31"),
            **SIGNER,
        ),
    )
    return clinic_id, guideline_id, inspection


def corrected(society: Society, clinic_id: UUID, inspection: str) -> None:
    asking = RequestCorrectiveAction(
        clinic_id=clinic_id,
        inspection=inspection,
        item_ids=("P2",),
        action="Keep records of training",
        due_on=PartialDate("2026-06-30"),
    )
    requested = event_of(society.registrar(asking))
    society.registrar(
        AcceptCorrectiveAction(
            clinic_id=clinic_id, inspection=inspection, requested=requested, evidence_hash=SOME_HASH, **SIGNER
        )
    )


def level(society: Society, clinic_id: UUID, guideline_id: UUID) -> Verification:
    return society.clinic(clinic_id).verified(guideline_id, society.surroundings.now().date()).level


def test_from_planning_to_inspected_to_expired_by_the_clock_alone() -> None:
    society = Society()
    clinic_id, guideline_id, inspection = inspected(society)
    assert level(society, clinic_id, guideline_id) is Verification.self_attested
    corrected(society, clinic_id, inspection)
    assert level(society, clinic_id, guideline_id) is Verification.inspected
    expiring = ExpireVerification(clinic_id=clinic_id, inspection=inspection)
    society.to_day(2027, 1, 1)

    with pytest.raises(NotPermitted):
        society.registrar(expiring)
    society.do(expiring, Role.system)

    assert society.names_of(clinic_id)[-1] == "VerificationExpired"
    assert society.store.events_of(clinic_id)[-1].context.occurred_on == "2026-12-31"


def test_an_inspectors_name_is_sealed() -> None:
    society = Society()
    clinic_id, _, _ = inspected(society)

    event = society.store.events_of(clinic_id)[-1]

    assert society.opened(event) == [SignerName(name="Iris Prüferin")]
    assert "Prüferin" not in repr(society.store.log)


def test_only_appointed_officers_inspect() -> None:
    society = Society()
    clinic_id, guideline_id = society.attested()
    scheduling = ScheduleInspection(
        clinic_id=clinic_id,
        guideline_id=guideline_id,
        planned_on=day(society.surroundings.now().date()),
        inspectors=(society.officers[0], uuid4()),
    )

    with pytest.raises(InspectorNotAppointed):
        society.registrar(scheduling)
    with pytest.raises(NotFound):
        society.registrar(
            RecordInspection(
                clinic_id=clinic_id,
                inspection=f"{clinic_id}/1",
                findings=FINDINGS,
                report_hash=SOME_HASH,
                valid_until=PartialDate("2026-12-31"),
                **SIGNER,
            )
        )

    assert society.names_of(clinic_id)[-1] == "GuidelineAttested"


def test_nobody_inspects_a_clinic_in_which_an_inspector_has_an_interest() -> None:
    society = Society()
    clinic_id, guideline_id = society.attested()
    planned = day(society.surroundings.now().date() + timedelta(7))
    scheduling = ScheduleInspection(
        clinic_id=clinic_id, guideline_id=guideline_id, planned_on=planned, inspectors=tuple(society.officers)
    )
    interest = DeclareInterest(clinic_id=clinic_id, kind=InterestKind.family)
    recording = RecordInspection(
        clinic_id=clinic_id,
        inspection="",
        findings=FINDINGS,
        report_hash=SOME_HASH,
        valid_until=PartialDate("2026-12-31"),
        **SIGNER,
    )

    society.do(interest, Role.auditor, person=society.officers[1])
    with pytest.raises(ConflictOfInterest, match=str(society.officers[1])):
        society.registrar(scheduling)
    society.do(replace(interest, ended=True), Role.auditor, person=society.officers[1])
    inspection = event_of(society.registrar(scheduling))
    society.later(7)
    # Declared between the planning and the visit, by one who does not sign.
    society.do(interest, Role.auditor, person=society.officers[1])
    with pytest.raises(ConflictOfInterest, match=str(society.officers[1])):
        society.by(Role.safety_officer, replace(recording, inspection=inspection))

    assert society.names_of(clinic_id)[-1] == "InspectionScheduled"


def test_a_withdrawn_check_of_documents_can_be_made_again() -> None:
    society = Society()
    clinic_id, guideline_id = society.attested()
    checking = VerifyAttestation(clinic_id=clinic_id, guideline_id=guideline_id, **SIGNER)
    checked = event_of(society.registrar(checking))

    society.registrar(
        WithdrawVerification(
            clinic_id=clinic_id,
            verification=checked,
            grounds=("a document was not the clinic's",),
            reason=Reason.new_information,
            **SIGNER,
        )
    )

    assert level(society, clinic_id, guideline_id) is Verification.self_attested
    society.registrar(checking)
    assert level(society, clinic_id, guideline_id) is Verification.documents_checked


def test_another_officer_decides_the_appeal_against_a_refusal() -> None:
    society = Society()
    clinic_id = society.identified()
    society.as_clinic(clinic_id, RequestEnrolment(clinic_id=clinic_id, registries=("knee",)))
    society.registrar(
        RefuseEnrolment(
            clinic_id=clinic_id, reasons=("no licence",), appeal_to="Board", appeal_until=PartialDate("2026-04-30")
        )
    )
    society.as_clinic(clinic_id, AppealEnrolment(clinic_id=clinic_id, grounds="There is a licence."))
    deciding = DecideEnrolmentAppeal(clinic_id=clinic_id, outcome=AppealOutcome.overturned, reasons=("it was found",))

    with pytest.raises(DecidedFirst):
        society.registrar(deciding)
    society.do(deciding, Role.registrar, person=society.officers[1])

    assert society.names_of(clinic_id)[-2:] == ["EnrolmentAppealed", "EnrolmentAppealDecided"]


def test_nobody_is_expelled_without_a_decided_case() -> None:
    society = Society()
    clinic_id = society.enrolled()
    case_id = uuid4()
    for finding in (f"{case_id}/1", f"{clinic_id}/1"):
        command = ExpelClinic(clinic_id=clinic_id, case_id=case_id, finding=finding, reasons=("harm",), **SIGNER)
        with pytest.raises(CaseNotDecided):
            society.by(Role.safety_officer, command)
        with pytest.raises(NotPermitted):
            society.registrar(command)

    with pytest.raises(CaseNotDecided):
        society.by(
            Role.safety_officer,
            ExpelClinic(clinic_id=clinic_id, case_id=clinic_id, finding=f"{clinic_id}/1", reasons=("harm",), **SIGNER),
        )
    with pytest.raises(ParticipationForbids):
        society.by(
            Role.safety_officer, ReadmitClinic(clinic_id=clinic_id, registries=("knee",), reasons=("done",), **SIGNER)
        )

    assert society.names_of(clinic_id)[-1] == "ClinicEnrolled"


def test_successions_lead_nowhere_in_a_circle() -> None:
    society = Society()
    first, second, third = (society.identified(legal_name=name) for name in ("Klinik A", "Klinik B", "Klinik C"))
    grounds = (SuccessionGround.same_staff,)
    society.registrar(DeclareSuccessor(clinic_id=first, successor=second, grounds=grounds))
    society.registrar(DeclareSuccessor(clinic_id=second, successor=third, grounds=grounds))

    with pytest.raises(SuccessionInACircle):
        society.registrar(DeclareSuccessor(clinic_id=third, successor=first, grounds=grounds))
    with pytest.raises(NotFound):
        society.registrar(DeclareSuccessor(clinic_id=third, successor=uuid4(), grounds=grounds))

    assert society.clinic(first).successor == second
