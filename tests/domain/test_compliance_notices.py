"""Where another reported first, a clinic's clock starts with our notice, and its own word or report stops it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import LinkKind, Outcome, ReporterKind, Seriousness
from domain.adverse_event_content import AdverseEventContent
from domain.codes import Role
from domain.dates import PartialDate
from domain.duties import DutyStatus, Rule
from domain.letters import InvitationChannel
from tests.domain.clinics import LETTER, PROOF
from tests.domain.test_compliance import duties, member, only, supplement
from tests.projections.history import History, uid


def told(history: History, clinic: UUID, at: str, **content: object) -> str:
    """Let a patient report an event, and the society tell the clinic of it on a day; return the notice's event."""
    history.report("e", clinic, "2025-03-01", role=Role.reporter, reporter=ReporterKind.patient, **content)
    noticed = history.add(
        AdverseEvent.AdverseEventNoticeDelivered, uid("e"), at, clinic=clinic, role=Role.safety_officer,
        letter=LETTER, channel=InvitationChannel.post, proof=PROOF,
        content=AdverseEventContent(reporter=ReporterKind.patient, **content),  # type: ignore[arg-type]
    )  # fmt: skip
    return f"{uid('e')}/{noticed.version}"


@pytest.mark.parametrize(
    ("content", "rule", "due"),
    [
        ({"outcome": Outcome.fatal}, Rule.ae_7, date(2025, 3, 17)),
        ({"seriousness": (Seriousness.hospitalisation,)}, Rule.ae_15, date(2025, 3, 25)),
        ({}, Rule.ae_90, date(2025, 6, 8)),
    ],
)
def test_the_duty_of_the_class_runs_from_the_delivery_of_our_notice(
    content: dict[str, object], rule: Rule, due: date
) -> None:
    history, clinic, _ = member()
    notice = told(history, clinic, "2025-03-10", **content)

    found = only(history, clinic, rule, "2025-12-01")

    assert (found.duty.start, found.duty.due, found.duty.opened_by) == (date(2025, 3, 10), due, notice)
    assert found.status is DutyStatus.overdue
    assert bool(duties(history, clinic, Rule.ae_7c, "2025-12-01")) == (rule is Rule.ae_7)


def test_without_our_notice_nothing_is_owed() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-01", role=Role.reporter, reporter=ReporterKind.patient, outcome=Outcome.fatal)

    assert duties(history, clinic, Rule.ae_7, "2025-12-01") == []


def test_the_clinics_own_word_meets_it_however_late() -> None:
    history, clinic, _ = member()
    told(history, clinic, "2025-03-10", outcome=Outcome.fatal)
    supplement(history, clinic, "2025-03-20", outcome=Outcome.fatal)

    found = only(history, clinic, Rule.ae_7, "2025-12-01")

    assert (found.status, found.late_days) == (DutyStatus.fulfilled_late, 3)


def test_no_stated_awareness_moves_the_clock_behind_our_notice() -> None:
    history, clinic, _ = member()
    told(history, clinic, "2025-03-10", outcome=Outcome.fatal)
    for number, known in enumerate(("2025-03-15", "2025-03-16")):
        content = {"outcome": Outcome.fatal, "first_awareness": PartialDate(known)}
        supplement(history, clinic, f"2025-03-{17 + number}", **content)

    assert only(history, clinic, Rule.ae_7, "2025-12-01").duty.start == date(2025, 3, 10)


@pytest.mark.parametrize("counted", ["e", "own"])
def test_a_report_of_its_own_that_is_the_same_event_meets_it(counted: str) -> None:
    history, clinic, _ = member()
    told(history, clinic, "2025-03-10", outcome=Outcome.fatal)
    history.report("own", clinic, "2025-03-14", outcome=Outcome.fatal)
    duplicate = "own" if counted == "e" else "e"
    history.add(
        AdverseEvent.AdverseEventLinked, uid(duplicate), "2025-04-01", clinic=clinic, role=Role.safety_officer,
        kind=LinkKind.duplicate_of, other=uid(counted),
    )  # fmt: skip

    found = {each.duty.about: each for each in duties(history, clinic, Rule.ae_7, "2025-12-01")}

    assert found[uid("e")].status is DutyStatus.fulfilled
    assert found[uid("e")].duty.fulfilled_by == f"{uid('own')}/1"


def test_what_becomes_graver_by_anothers_word_runs_from_the_next_notice() -> None:
    history, clinic, _ = member()
    told(history, clinic, "2025-03-10")
    supplement(history, clinic, "2025-03-12")
    assert only(history, clinic, Rule.ae_90, "2025-12-01").status is DutyStatus.fulfilled
    noticed = history.add(
        AdverseEvent.AdverseEventNoticeDelivered, uid("e"), "2025-05-01", clinic=clinic, role=Role.safety_officer,
        letter=LETTER, channel=InvitationChannel.post, proof=PROOF,
        content=AdverseEventContent(reporter=ReporterKind.relative, outcome=Outcome.fatal),
    )  # fmt: skip

    found = only(history, clinic, Rule.ae_7, "2025-12-01")

    assert (found.duty.start, found.duty.opened_by) == (date(2025, 5, 1), f"{uid('e')}/{noticed.version}")
    assert found.status is DutyStatus.overdue


def test_a_clinic_that_speaks_before_it_was_told_has_reported() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-01", role=Role.reporter, reporter=ReporterKind.patient)
    supplement(history, clinic, "2025-03-05")
    supplement(history, clinic, "2025-05-20", latest="2025-03-20", outcome=Outcome.fatal)

    assert only(history, clinic, Rule.ae_90, "2025-12-01").status is DutyStatus.fulfilled
    assert only(history, clinic, Rule.ae_7, "2025-12-01").status is DutyStatus.fulfilled_late


def test_what_happened_before_the_enrolment_is_asked_of_nobody() -> None:
    history, clinic, _ = member()
    told(history, clinic, "2024-12-20", outcome=Outcome.fatal)

    assert duties(history, clinic, Rule.ae_7, "2025-12-01") == []
