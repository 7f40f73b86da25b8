"""An inspection from its planning to its corrections: what is refused, by name, and how far it verifies a guideline."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.attestation import Answer, AttestationNotValid, NeverAttested, VerificationLevel
from domain.chronology import ImpossibleDate
from domain.clinic import Clinic
from domain.clinic_state import LimitNotReached, NotIndependent
from domain.codes import Reason, Role, Sha256
from domain.dates import PartialDate, day
from domain.errors import InvalidInput, RegistryError
from domain.inspection import (
    FindingsIncomplete,
    InspectionAlreadyScheduled,
    ItemFinding,
    ItemsNotOpen,
    NoSuchCorrectiveAction,
    NoSuchInspection,
    NotTheInspector,
)
from domain.participation import ParticipationForbids
from domain.signature import SignatureMeaning
from domain.verification import NothingVerified, Verification, WithdrawalWithoutReason
from tests.domain.clinics import (
    ANSWERS,
    GUIDELINE,
    OTHER,
    POLICY,
    SOME_HASH,
    TODAY,
    VERSION,
    act_on,
    attest,
    enrolled,
    last,
    signed,
)

INSPECTOR = UUID(int=9)
"""Who acts in `act_on`."""
INSPECTORS = (INSPECTOR, UUID(int=8))
MET = ItemFinding(item_id="P1", finding=Answer.met)
NOT_MET = ItemFinding(item_id="P2", finding=Answer.not_met, observation="no records of training")
UNTIL = PartialDate("2027-09-01")
LATER = TODAY + timedelta(30)
WORDS = ("found again not to be so",)


def scheduled() -> tuple[Clinic, str]:
    clinic = enrolled()
    attest(clinic)
    clinic.schedule_inspection(act_on(), GUIDELINE, day(LATER), INSPECTORS)
    return clinic, last(clinic).evidence


def performed(*findings: ItemFinding) -> tuple[Clinic, str]:
    clinic, inspection = scheduled()
    perform(clinic, inspection, findings or (MET, NOT_MET))
    return clinic, inspection


def perform(clinic: Clinic, inspection: str, findings: tuple[ItemFinding, ...], **changed: Any) -> None:
    act = changed.get("act") or act_on(LATER)
    clinic.inspection_performed(
        act,
        inspection,
        VERSION,
        findings,
        changed.get("report_hash", SOME_HASH),
        changed.get("valid_until", UNTIL),
        changed.get("signature") or signed(SignatureMeaning.verified, LATER),
    )


def ask(clinic: Clinic, inspection: str, *items: str, on: date = LATER, due_on: str = "2026-06-30") -> None:
    clinic.request_correction(act_on(on), inspection, items, "Keep records of training", PartialDate(due_on))


def accept(clinic: Clinic, inspection: str, requested: str) -> None:
    clinic.accept_correction(act_on(LATER), inspection, requested, SOME_HASH, signed(SignatureMeaning.verified, LATER))


def check(clinic: Clinic) -> str:
    clinic.verify_attestation(
        act_on(), GUIDELINE, VerificationLevel.documents_checked, signed(SignatureMeaning.verified), TODAY
    )
    return str(last(clinic).evidence)


def withdraw(clinic: Clinic, verification: str, reason: Reason | None = Reason.new_information) -> None:
    act = act_on(LATER, reason=reason)
    clinic.withdraw_verification(act, verification, WORDS, signed(SignatureMeaning.verified, LATER))


def level(clinic: Clinic, on: date = LATER) -> Verification:
    return clinic.verified(GUIDELINE, on).level


def test_the_axis_goes_up_step_by_step_and_names_what_it_rests_on() -> None:
    clinic = enrolled()

    assert level(clinic) is Verification.none

    attest(clinic)
    attested = last(clinic).evidence
    assert clinic.verified(GUIDELINE, LATER).evidence == (attested,)
    assert level(clinic) is Verification.self_attested

    checked = check(clinic)
    assert clinic.verified(GUIDELINE, LATER).evidence == (attested, checked)
    assert level(clinic) is Verification.documents_checked

    clinic.schedule_inspection(act_on(), GUIDELINE, day(LATER), INSPECTORS)
    inspection = last(clinic).evidence
    perform(clinic, inspection, (MET, NOT_MET))
    seen = last(clinic).evidence
    assert level(clinic) is Verification.documents_checked
    assert clinic.verified(GUIDELINE, LATER).restored_by == "Corrective actions are accepted for: P2."

    ask(clinic, inspection, "P2")
    requested = last(clinic).evidence
    accept(clinic, inspection, requested)
    assert clinic.verified(GUIDELINE, LATER).evidence == (attested, seen, requested)
    assert level(clinic) is Verification.inspected


def test_items_that_do_not_apply_need_no_correction() -> None:
    clinic, inspection = performed(MET, ItemFinding(item_id="P2", finding=Answer.not_applicable))

    assert level(clinic) is Verification.inspected
    with pytest.raises(ItemsNotOpen):
        ask(clinic, inspection, "P2")


def test_an_inspection_counts_up_to_the_end_of_its_last_day_and_then_the_clock_says_so() -> None:
    findings = (MET, dataclasses.replace(NOT_MET, finding=Answer.met))
    clinic, inspection = scheduled()
    perform(clinic, inspection, findings, valid_until=PartialDate("2026-06-30"))
    ends, after = date(2026, 6, 30), date(2026, 7, 1)

    assert (level(clinic, ends), level(clinic, after)) == (Verification.inspected, Verification.self_attested)
    with pytest.raises(LimitNotReached):
        clinic.expire_verification(act_on(ends), inspection, ends)

    clinic.expire_verification(act_on(after), inspection, after)

    assert last(clinic).context.occurred_on == "2026-06-30"
    with pytest.raises(NoSuchInspection):
        clinic.expire_verification(act_on(after), inspection, after)


def test_nothing_is_verified_without_a_valid_attestation_to_the_same_version() -> None:
    clinic, _ = performed(MET, dataclasses.replace(NOT_MET, finding=Answer.met))
    long_after = date(2027, 8, 1)

    assert level(clinic) is Verification.inspected
    assert level(clinic, long_after) is Verification.none

    clinic.attestations[GUIDELINE].version = "2"
    assert level(clinic) is Verification.self_attested


def test_a_withdrawn_verification_no_longer_counts() -> None:
    clinic, _ = performed(MET, dataclasses.replace(NOT_MET, finding=Answer.met))
    inspected = last(clinic).evidence

    withdraw(clinic, inspected)

    assert (level(clinic), last(clinic).level) == (Verification.self_attested, Verification.inspected)
    checked = check(clinic)
    assert level(clinic) is Verification.documents_checked
    withdraw(clinic, checked)
    assert (level(clinic), last(clinic).level) == (Verification.self_attested, Verification.documents_checked)
    for verification in (inspected, checked, ""):
        with pytest.raises(NothingVerified):
            withdraw(clinic, verification)


def test_an_inspection_is_planned_anew_with_a_reason() -> None:
    clinic, first = scheduled()
    with pytest.raises(InspectionAlreadyScheduled):
        clinic.schedule_inspection(act_on(), GUIDELINE, day(LATER), INSPECTORS)

    clinic.schedule_inspection(act_on(reason=Reason.other), GUIDELINE, day(LATER), INSPECTORS)

    assert last(clinic).replaces == first
    with pytest.raises(NoSuchInspection):
        perform(clinic, first, (MET, NOT_MET))


def as_clinic(person: UUID) -> Clinic:
    """Return an attested clinic for which this person spoke."""
    clinic = enrolled()
    act = act_on().replace(actor_role=Role.clinic, actor_person=person)
    clinic.attest(act, GUIDELINE, VERSION, POLICY, ANSWERS, signed(SignatureMeaning.attested), SOME_HASH)
    return clinic


def test_none_of_the_clinics_own_people_verifies_or_inspects() -> None:
    clinic = as_clinic(INSPECTOR)

    with pytest.raises(NotIndependent):
        check(clinic)
    with pytest.raises(NotIndependent):
        clinic.schedule_inspection(act_on(), GUIDELINE, day(LATER), INSPECTORS)

    clinic = as_clinic(UUID(int=7))
    checked = check(clinic)
    clinic.own_people |= {INSPECTOR}
    with pytest.raises(NotIndependent):
        withdraw(clinic, checked)


REFUSED: dict[str, tuple[type[RegistryError], Callable[[Clinic, str], None]]] = {
    "a planned day before the planning": (
        ImpossibleDate,
        lambda c, _: c.schedule_inspection(
            act_on(reason=Reason.other), GUIDELINE, PartialDate("2026-03-01"), INSPECTORS
        ),
    ),
    "no inspector": (InvalidInput, lambda c, _: c.schedule_inspection(act_on(), GUIDELINE, day(LATER), ())),
    "an inspector twice": (
        InvalidInput,
        lambda c, _: c.schedule_inspection(act_on(), GUIDELINE, day(LATER), (INSPECTOR, INSPECTOR)),
    ),
    "a site of another clinic": (
        InvalidInput,
        lambda c, _: c.schedule_inspection(act_on(), GUIDELINE, day(LATER), INSPECTORS, OTHER),
    ),
    "a guideline never attested": (
        NeverAttested,
        lambda c, _: c.schedule_inspection(act_on(), OTHER, day(LATER), INSPECTORS),
    ),
    "an unknown inspection": (NoSuchInspection, lambda c, _: perform(c, "none/1", (MET, NOT_MET))),
    "an item left out": (FindingsIncomplete, lambda c, i: perform(c, i, (MET,))),
    "an item twice": (FindingsIncomplete, lambda c, i: perform(c, i, (MET, MET, NOT_MET))),
    "somebody else": (
        NotTheInspector,
        lambda c, i: perform(c, i, (MET, NOT_MET), act=act_on(LATER).replace(actor_person=UUID(int=7))),
    ),
    "no day as the last": (InvalidInput, lambda c, i: perform(c, i, (MET, NOT_MET), valid_until=PartialDate("2027"))),
    "a last day before the inspection": (
        ImpossibleDate,
        lambda c, i: perform(c, i, (MET, NOT_MET), valid_until=PartialDate("2026-03-03")),
    ),
    "no hash": (InvalidInput, lambda c, i: perform(c, i, (MET, NOT_MET), report_hash=Sha256("x"))),
    "another meaning": (
        InvalidInput,
        lambda c, i: perform(c, i, (MET, NOT_MET), signature=signed(SignatureMeaning.agreed, LATER)),
    ),
    "a correction before the inspection": (NoSuchInspection, lambda c, i: ask(c, i, "P2")),
    "accepted before the inspection": (NoSuchInspection, lambda c, i: accept(c, i, "none/1")),
    "expired before the inspection": (NoSuchInspection, lambda c, i: c.expire_verification(act_on(), i, LATER)),
}


@pytest.mark.parametrize("situation", sorted(REFUSED))
def test_a_planned_inspection_refuses_by_name(situation: str) -> None:
    error, deed = REFUSED[situation]
    clinic, inspection = scheduled()
    before = len(clinic.pending_events)

    with pytest.raises(error):
        deed(clinic, inspection)

    assert len(clinic.pending_events) == before


REFUSED_AFTERWARDS: dict[str, tuple[type[RegistryError], Callable[[Clinic, str], None]]] = {
    "performed again": (NoSuchInspection, lambda c, i: perform(c, i, (MET, NOT_MET))),
    "an item that is met": (ItemsNotOpen, lambda c, i: ask(c, i, "P1")),
    "no item": (ItemsNotOpen, lambda c, i: ask(c, i)),
    "an item twice": (ItemsNotOpen, lambda c, i: ask(c, i, "P2", "P2")),
    "asked before the inspection": (ImpossibleDate, lambda c, i: ask(c, i, "P2", on=TODAY)),
    "due before it is asked": (ImpossibleDate, lambda c, i: ask(c, i, "P2", due_on="2026-03-03")),
    "nothing to do": (
        InvalidInput,
        lambda c, i: c.request_correction(act_on(LATER), i, ("P2",), " ", PartialDate("2026-06-30")),
    ),
    "an action nobody asked for": (NoSuchCorrectiveAction, lambda c, i: accept(c, i, "none/1")),
    "withdrawn without a reason": (WithdrawalWithoutReason, lambda c, _: withdraw(c, last(c).evidence, None)),
}


@pytest.mark.parametrize("situation", sorted(REFUSED_AFTERWARDS))
def test_a_performed_inspection_refuses_by_name(situation: str) -> None:
    error, deed = REFUSED_AFTERWARDS[situation]
    clinic, inspection = performed()
    before = len(clinic.pending_events)

    with pytest.raises(error):
        deed(clinic, inspection)

    assert len(clinic.pending_events) == before


def test_an_action_is_asked_for_and_accepted_once() -> None:
    clinic, inspection = performed()
    ask(clinic, inspection, "P2")
    requested = last(clinic).evidence

    with pytest.raises(ItemsNotOpen):
        ask(clinic, inspection, "P2")
    accept(clinic, inspection, requested)

    with pytest.raises(NoSuchCorrectiveAction):
        accept(clinic, inspection, requested)
    with pytest.raises(ItemsNotOpen):
        ask(clinic, inspection, "P2")


def test_a_clinic_that_left_is_not_inspected_any_more() -> None:
    clinic, inspection = scheduled()
    clinic.withdraw(act_on())

    with pytest.raises(ParticipationForbids):
        perform(clinic, inspection, (MET, NOT_MET))
    with pytest.raises(ParticipationForbids):
        clinic.schedule_inspection(act_on(reason=Reason.other), GUIDELINE, day(LATER), INSPECTORS)


def test_findings_say_what_was_seen() -> None:
    for finding in ({"finding": Answer.unrecognised}, {"finding": Answer.not_met}):
        with pytest.raises(InvalidInput):
            ItemFinding(item_id="P1", **finding)
    with pytest.raises(InvalidInput):
        ItemFinding(item_id="P1", finding=Answer.met, observation="x" * 2001)


def test_a_lapsed_attestation_is_not_checked() -> None:
    clinic = enrolled()
    attest(clinic, valid_until="2026-03-10")

    with pytest.raises(AttestationNotValid):
        clinic.verify_attestation(
            act_on(LATER), GUIDELINE, VerificationLevel.documents_checked, signed(SignatureMeaning.verified), LATER
        )
