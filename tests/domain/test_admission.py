from __future__ import annotations

from datetime import date

import pytest

from domain.admission import is_retrospective, require_membership
from domain.clinic_state import ClinicNeverEnrolled
from domain.dates import PartialDate
from domain.treatment_errors import ClinicHasLeft
from tests.domain.clinics import act_on, applied, enrolled


@pytest.mark.parametrize(
    ("performed_on", "expected"),
    [("2025-01-09", True), ("2025-01-10", False), ("1985/1989", True), ("2025", False), ("2024-12/2025-01", False)],
)
def test_a_treatment_is_retrospective_when_all_of_it_lies_before_enrolment(performed_on: str, expected: bool) -> None:
    assert is_retrospective(PartialDate(performed_on), PartialDate("2025-01-10")) is expected


def test_only_a_clinic_once_enrolled_submits() -> None:
    with pytest.raises(ClinicNeverEnrolled):
        require_membership(applied(), PartialDate("2020"))
    require_membership(enrolled(), PartialDate("2020"))


def test_a_clinic_that_left_submits_what_it_did_until_then() -> None:
    clinic = enrolled(date(2026, 1, 5))
    clinic.withdraw(act_on("2026-02-10"))

    require_membership(clinic, PartialDate("2026-02-10"))

    with pytest.raises(ClinicHasLeft):
        require_membership(clinic, PartialDate("2026-02-11"))
    with pytest.raises(ClinicHasLeft):
        require_membership(clinic, PartialDate("2026-02"))


def test_a_clinic_that_left_and_then_closed_had_left_the_first_time() -> None:
    clinic = enrolled(date(2026, 1, 5))
    clinic.withdraw(act_on(date(2026, 2, 10)))
    clinic.close(act_on(date(2026, 2, 20)))

    assert clinic.left_on == "2026-02-10"
