"""Which event starts a clock of the society, which stops it, and which leaves it alone."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest

from application.clinic_acts import POLICY_ID
from application.safety_cases import ConvenePanel
from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import Seriousness
from domain.adverse_event_content import AdverseEventContent
from domain.adverse_event_waits import assessment_owed
from domain.codes import Role
from domain.dates import PartialDate
from domain.listing import Listing
from domain.owed import Owed
from domain.policy import Policy
from domain.process_waits import process_owed
from tests.application.case_society import CaseSociety
from tests.factories import minimal


@pytest.fixture
def society() -> CaseSociety:
    return CaseSociety()


def policy_of(society: CaseSociety) -> Policy:
    policy = society.store.load(Policy, POLICY_ID)
    assert policy is not None
    return policy


def at(event: Any, day: str, **context: Any) -> Any:
    """Return an event as it was recorded at noon of a day."""
    recorded = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=12)
    object.__setattr__(event, "timestamp", recorded)
    object.__setattr__(event, "context", dataclasses.replace(event.context, occurred_on=PartialDate(day), **context))
    return event


@pytest.mark.parametrize(("answers", "met"), [(None, False), ("dispute/3", True)])
def test_only_the_answer_to_a_dispute_answers_it(society: CaseSociety, answers: str | None, *, met: bool) -> None:
    disputed = at(minimal(Listing.ListingDisputed), "2026-03-03")
    corrected = at(minimal(Listing.ListingCorrected), "2026-03-05")
    object.__setattr__(corrected, "dispute", answers)

    (owed,) = process_owed([disputed, corrected], policy_of(society), "UTC", None)

    assert (owed.terms.rule_id, owed.fulfilled_by is not None) == ("DI-14", met)


def test_a_panel_that_grows_decides_by_the_day_that_was_set_first(society: CaseSociety) -> None:
    case = society.convened()
    further = society.appoint(Role.safety_officer)
    society.later(20)
    society.safety(ConvenePanel(case_id=case, members=(*society.panel, further)))

    found = [
        each
        for each in process_owed(society.store.history(case), policy_of(society), "UTC", None)
        if each.terms.rule_id == "CA-180"
    ]

    assert len(found) == 1
    assert society.names_of(case).count("PanelConvened") == 2
    assert found[0].ended_by is None


@pytest.mark.parametrize(
    ("role", "received", "start"),
    [
        (Role.safety_officer, "2026-03-01", "2026-03-01"),
        (Role.clinic, "2026-03-01", "2026-03-20"),
        (Role.safety_officer, None, "2026-03-20"),
    ],
)
def test_an_assessment_is_owed_from_the_day_of_receipt(
    society: CaseSociety, role: Role, received: str | None, start: str
) -> None:
    reported = at(minimal(AdverseEvent.AdverseEventReported), "2026-03-20", actor_role=role)
    content = AdverseEventContent(
        seriousness=(Seriousness.hospitalisation,), received=PartialDate(received) if received else None
    )
    object.__setattr__(reported, "content", content)

    owed: Owed | None = assessment_owed([reported], policy_of(society), "UTC")

    assert owed is not None
    assert (owed.terms.rule_id, owed.terms.clock_start) == ("AS-30", start)
