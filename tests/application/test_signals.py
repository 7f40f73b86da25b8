"""A signal is recorded once for each rule, subject and period, and judged once by somebody without an interest."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.appointments import DeclareInterest
from application.permission import ConflictOfInterest
from application.safety_cases import RaiseConcern
from application.safety_notices import PublishSafetyNotice
from application.signals import DetectSignal, ReviewSignal
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.officer import InterestKind
from domain.personal import DeliberationWords
from domain.safety_case_codes import Ground
from domain.signal import (
    NoActionLeadsNowhere,
    ReviewLeadsNowhere,
    SignalAbout,
    SignalAlreadyDetected,
    SignalAlreadyReviewed,
    SignalBasis,
    SignalCount,
    SignalCounted,
    SignalOutcome,
    SignalSubject,
)
from tests.application.society import Society
from tests.application.test_safety_notices import CONTENT
from tests.domain.clinics import SOME_HASH


@pytest.fixture
def society() -> Society:
    return Society()


def basis(society: Society, **changes: Any) -> SignalBasis:
    given: dict[str, Any] = {
        "rule_id": "SG-LOT",
        "rule_version": 1,
        "subject": SignalSubject(about=SignalAbout.lot, name="Lot 0815"),
        "period": PartialDate("2026-01-01/2026-02-28"),
        "counts": (SignalCount(counted=SignalCounted.serious, number=7),),
        "evidence": (f"{society.officers[0]}/1",),
        **changes,
    }
    return SignalBasis(**given)


def detected(society: Society, **changes: Any) -> UUID:
    return society.do(DetectSignal(basis=basis(society, **changes)), Role.system).aggregate_id


def review(society: Society, signal: UUID, outcome: SignalOutcome, led_to: UUID | None = None) -> None:
    command = ReviewSignal(signal_id=signal, outcome=outcome, reasons="All were of Quagga's kind.", led_to=led_to)
    society.by(Role.safety_officer, command)


def notice(society: Society) -> UUID:
    publishing = PublishSafetyNotice(content=CONTENT, shown_hash=SOME_HASH, second_approver=society.officers[1])
    return society.by(Role.safety_officer, publishing).aggregate_id


def case(society: Society) -> UUID:
    raising = RaiseConcern(clinic_id=society.identified(), grounds=(Ground.patient_safety,), concern="Seven infections")
    return society.by(Role.safety_officer, raising).aggregate_id


def test_a_signal_keeps_rule_counts_period_and_evidence(society: Society) -> None:
    signal = detected(society)

    assert society.store.log[-1].basis == basis(society)
    assert society.names_of(signal) == ["SignalDetected"]


def test_the_same_is_detected_once_and_another_period_again(society: Society) -> None:
    signal = detected(society)

    with pytest.raises(SignalAlreadyDetected, match=str(signal)):
        detected(society, subject=SignalSubject(about=SignalAbout.lot, name=" LOT  0815"))

    assert detected(society, period=PartialDate("2026-03")) != signal
    assert detected(society, rule_version=2) != signal


def test_a_review_is_final_and_its_reasons_are_sealed(society: Society) -> None:
    signal = detected(society)

    review(society, signal, SignalOutcome.no_action)

    assert "Quagga" not in repr(society.store.log)
    assert society.opened(society.store.log[-1]) == [DeliberationWords(words="All were of Quagga's kind.")]
    with pytest.raises(SignalAlreadyReviewed):
        review(society, signal, SignalOutcome.no_action)


@pytest.mark.parametrize(("outcome", "led_to"), [(SignalOutcome.notice, notice), (SignalOutcome.case, case)])
def test_a_review_names_what_it_led_to(society: Society, outcome: SignalOutcome, led_to: Any) -> None:
    signal = detected(society)
    with pytest.raises(ReviewLeadsNowhere):
        review(society, signal, outcome)
    for wrong in (uuid4(), society.officers[0]):
        with pytest.raises(NotFound):
            review(society, signal, outcome, wrong)
    there = led_to(society)
    with pytest.raises(NoActionLeadsNowhere):
        review(society, signal, SignalOutcome.no_action, there)

    review(society, signal, outcome, there)

    assert society.store.log[-1].led_to == there


def test_who_has_an_interest_in_a_clinic_of_the_signal_does_not_judge_it(society: Society) -> None:
    clinic = society.identified()
    signal = detected(society, clinics=(clinic,))
    society.registrar(DeclareInterest(clinic_id=clinic, kind=InterestKind.works_for))

    with pytest.raises(ConflictOfInterest, match=str(clinic)):
        review(society, signal, SignalOutcome.no_action)


def test_a_signal_needs_numbers_and_events_that_are_there(society: Society) -> None:
    count = SignalCount(counted=SignalCounted.deaths, number=1)
    for wrong in (
        {"counts": ()},
        {"counts": (count, dataclasses.replace(count, number=2))},
        {"evidence": ()},
        {"evidence": ("nothing",)},
        {"evidence": (f"{UUID(int=1)}/1",) * 2},
        {"rule_id": " "},
        {"period": PartialDate("some day")},
    ):
        with pytest.raises(InvalidInput):
            basis(society, **wrong)
    with pytest.raises(InvalidInput):
        dataclasses.replace(count, number=-1)
    with pytest.raises(InvalidInput):
        SignalSubject(about=SignalAbout.product, name="A product", laboratory_id=uuid4())
    with pytest.raises(NotFound):
        detected(society, evidence=(f"{uuid4()}/1",))
    with pytest.raises(NotPermitted):
        society.by(Role.safety_officer, DetectSignal(basis=basis(society)))
