"""A quarter is declared when it is over, for every registry joined, and corrected only with a reason."""

from __future__ import annotations

from datetime import date

import pytest

from domain.clinic import Clinic
from domain.clinic_state import ClinicNeverEnrolled
from domain.codes import Reason
from domain.errors import InvalidInput
from domain.registry import registry_id
from domain.reporting import (
    DeclarationIncomplete,
    DeclaredCount,
    QuarterAlreadyDeclared,
    QuarterBeforeEnrolment,
    QuarterNotOver,
)
from tests.domain.clinics import KNEE, act_on, enrolled, last, prospect, sign

HIP = registry_id("hip")
APRIL = date(2026, 4, 1)


def count(treatments: int = 0, refusals: int = 0) -> tuple[DeclaredCount, ...]:
    return (DeclaredCount(registry_id=KNEE, treatments=treatments, consent_refusals=refusals),)


def declared(clinic: Clinic, reason: Reason | None = None) -> None:
    clinic.declare_count(act_on(APRIL, reason=reason), "2026-Q1", count(3))


def test_a_quarter_is_declared_from_the_day_after_its_last() -> None:
    clinic = enrolled()

    with pytest.raises(QuarterNotOver):
        clinic.declare_count(act_on(date(2026, 3, 31)), "2026-Q1", count())
    clinic.declare_count(act_on(APRIL), "2026-Q1", count())

    assert clinic.declarations["2026-Q1"].nil


@pytest.mark.parametrize(("treatments", "refusals"), [(1, 0), (0, 1)])
def test_only_all_zero_is_a_nil_declaration(treatments: int, refusals: int) -> None:
    clinic = enrolled()

    clinic.declare_count(act_on(APRIL), "2026-Q1", count(treatments, refusals))

    assert not clinic.declarations["2026-Q1"].nil


def test_a_second_declaration_is_a_correction_with_a_reason() -> None:
    clinic = enrolled()
    declared(clinic)
    first = last(clinic)

    with pytest.raises(QuarterAlreadyDeclared):
        declared(clinic)
    declared(clinic, Reason.data_entry_error)

    assert first.corrects is None
    assert last(clinic).corrects == f"{clinic.id}/{first.originator_version}"


@pytest.mark.parametrize(
    "counts",
    [
        (),
        (*count(), *count()),
        (*count(), DeclaredCount(registry_id=HIP, treatments=0)),
        (DeclaredCount(registry_id=HIP, treatments=0),),
    ],
)
def test_every_registry_joined_is_named_once(counts: tuple[DeclaredCount, ...]) -> None:
    with pytest.raises(DeclarationIncomplete):
        enrolled().declare_count(act_on(APRIL), "2026-Q1", counts)


def test_nothing_is_declared_for_the_time_before_enrolment_or_without_it() -> None:
    with pytest.raises(QuarterBeforeEnrolment):
        enrolled().declare_count(act_on(APRIL), "2025-Q4", count())
    with pytest.raises(ClinicNeverEnrolled):
        declared(prospect())


def test_a_clinic_that_left_may_still_declare_its_quarters() -> None:
    clinic = enrolled()
    clinic.withdraw(act_on())

    declared(clinic)

    assert type(clinic.pending_events[-1]).__name__ == "TreatmentCountDeclared"


def test_no_count_is_negative_and_no_quarter_is_the_fifth() -> None:
    with pytest.raises(InvalidInput):
        DeclaredCount(registry_id=KNEE, treatments=-1)
    with pytest.raises(InvalidInput):
        DeclaredCount(registry_id=KNEE, treatments=1, consent_refusals=-1)
    with pytest.raises(InvalidInput, match="quarter"):
        enrolled().declare_count(act_on(APRIL), "2026-Q5", count())


def test_a_quarter_is_declared_for_the_registries_joined_in_it() -> None:
    clinic = enrolled(date(2026, 1, 5))
    clinic.withdraw(act_on(date(2026, 5, 3)))
    sign(clinic, date(2026, 8, 3))
    clinic.request_enrolment(act_on(date(2026, 8, 3)), (HIP,))
    clinic.enrol(act_on(date(2026, 8, 3)), (HIP,))
    later, hip = act_on(date(2026, 10, 1)), (DeclaredCount(registry_id=HIP, treatments=2),)

    for quarter in ("2026-Q1", "2026-Q2"):
        with pytest.raises(DeclarationIncomplete):
            clinic.declare_count(later, quarter, hip)
        clinic.declare_count(later, quarter, count(3))
    with pytest.raises(DeclarationIncomplete):
        clinic.declare_count(later, "2026-Q3", count(3))
    clinic.declare_count(later, "2026-Q3", hip)

    assert set(clinic.declarations) == {"2026-Q1", "2026-Q2", "2026-Q3"}


def test_the_quarter_in_which_a_clinic_changed_registries_is_declared_for_all() -> None:
    clinic = enrolled(date(2026, 1, 5))
    clinic.withdraw(act_on(date(2026, 2, 3)))
    sign(clinic, date(2026, 3, 3))
    clinic.request_enrolment(act_on(date(2026, 3, 3)), (HIP,))
    clinic.enrol(act_on(date(2026, 3, 3)), (HIP,))

    with pytest.raises(DeclarationIncomplete):
        clinic.declare_count(act_on(APRIL), "2026-Q1", count())
    clinic.declare_count(act_on(APRIL), "2026-Q1", (*count(), DeclaredCount(registry_id=HIP, treatments=0)))
