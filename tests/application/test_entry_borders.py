"""A day is the clinic's day, and what is refused leaves nothing behind that names a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.adverse_event import AdverseEvent
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.treatment_codes import FollowUpResult
from tests.application.treated import Treated, on


def test_a_death_that_a_follow_up_tells_is_received_on_the_clinics_day() -> None:
    treated = Treated()
    treatment = treated.submitted(performed_on=PartialDate("2026-02-01"))
    treated.registry.surroundings.move_to(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))

    treated.as_clinic(treated.follow_up(treatment, FollowUpResult.deceased, contact=on("2026-03-03")))

    [reported] = [event for event in treated.registry.store.log if isinstance(event, AdverseEvent.AdverseEventReported)]
    assert reported.content.received == "2026-03-03"


def test_a_treatment_with_an_impossible_year_of_birth_leaves_no_patient_behind() -> None:
    treated = Treated()
    before = dict(treated.registry.sealer._subjects)

    with pytest.raises(InvalidInput, match="year_of_birth"):
        treated.submitted(year_of_birth=1700)

    assert treated.registry.sealer._subjects == before
