"""Value types of treatments and adverse events: an invalid one cannot be held."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from domain.adverse_event_content import Grading
from domain.coded_term import CodedTerm
from domain.codes import Missing
from domain.dates import DaysText, PartialDate
from domain.errors import InvalidInput
from domain.follow_up import FollowUp
from domain.measurement import Measurement
from domain.patient import PatientIdentity
from domain.product import Characteristics, Donor, Processing, ProductIdentity
from domain.timing import Timing
from domain.treatment_codes import DonorEligibility, DonorKind, FollowUpResult
from domain.treatment_content import Course


@pytest.mark.parametrize(
    "make",
    [
        lambda: Timing(),
        lambda: Timing(date=PartialDate("yesterday")),
        lambda: Timing(days_after_treatment=DaysText("soon")),
        lambda: Grading(grade=0),
        lambda: Grading(grade=6),
        lambda: CodedTerm(system="ICD-10", code="Miller"),
        lambda: CodedTerm(system="1", code="M17.1"),
        lambda: CodedTerm(system="ICD-10", version="new", code="M17.1"),
        lambda: Characteristics(viability_percent=101),
        lambda: Characteristics(viability_percent=math.nan),
        lambda: Characteristics(viable_dose_millions=-1),
        lambda: Characteristics(volume_ml=math.inf),
        lambda: Processing(passage=-1),
        lambda: Processing(laboratory_name=" "),
        lambda: ProductIdentity(lot_id="x" * 81),
        lambda: ProductIdentity(lot_id="a\nb"),
        lambda: Course(administration_number=0),
        lambda: Measurement(instrument="KOOS"),
        lambda: Measurement(instrument="KOOS", score="3", why_no_score=Missing.refused),
        lambda: Measurement(instrument="", score="3"),
        lambda: Donor(kind=DonorKind.autologous, eligibility=DonorEligibility.eligible),
        lambda: FollowUp(follow_up_id=UUID(int=1), result=FollowUpResult.completed, attempts=-1),
        lambda: PatientIdentity(pseudonym=" "),
        lambda: PatientIdentity(pseudonym="P", year_of_birth=51),
    ],
)
def test_an_invalid_value_cannot_be_held(make: Callable[[], Any]) -> None:
    with pytest.raises(InvalidInput):
        make()


def test_days_after_an_interval_stay_an_interval() -> None:
    timing = Timing(days_after_treatment=DaysText("1.7"))

    assert timing.on(PartialDate("1985/1989")) == "1985-01-02/1990-01-01"
    assert timing.on(None) is None
    assert Timing(date=PartialDate("1990")).on(PartialDate("1985")) == "1990"
