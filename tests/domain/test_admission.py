from __future__ import annotations

from datetime import date

import pytest

from domain.admission import require_membership
from domain.clinic_state import ClinicNeverEnrolled
from domain.dates import PartialDate
from domain.treatment_errors import ClinicHasLeft
from tests.domain.clinics import act_on, applied, enrolled


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
