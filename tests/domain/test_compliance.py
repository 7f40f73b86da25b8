"""The rules at their limits: the day before, on it and after it, and what neither moves nor unmakes a miss."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import Action, Outcome, ReporterKind, Seriousness, SuspectFactor
from domain.adverse_event_content import AdverseEventContent, Grading
from domain.clinic import Clinic
from domain.codes import Role
from domain.compliance import Compliance, JudgedDuty, judge
from domain.content import changed_paths
from domain.dates import DaysText, PartialDate
from domain.duties import DutyStatus, Ending, Rule
from domain.first_policy import FIRST_POLICY
from domain.follow_up import FollowUp
from domain.guideline import Guideline
from domain.held import FieldChange
from domain.policy import POLICY_ID, Policy
from domain.registry import Registry
from domain.signature import Signature
from domain.timing import Timing
from domain.treatment import Treatment
from domain.treatment_codes import FollowUpResult
from projections.duty_fold import accounts_of, fold
from tests.factories import minimal
from tests.projections.history import History, treatment_content, uid

ENROLLED = "2025-01-01"


def member(*guidelines: str, time_zone: str = "UTC") -> tuple[History, UUID, UUID]:
    history = History()
    asked = [history.guideline(name, "2024-12-01") for name in guidelines]
    knee = history.registry("knee", "2024-12-01", *asked)
    clinic = history.clinic("Clinic", "2024-12-01", time_zone=time_zone)
    history.enrol(clinic, ENROLLED, knee)
    return history, clinic, knee


def status(history: History, clinic: UUID, day: str) -> Compliance:
    ledger, rulebook = fold(history.log)
    accounts = accounts_of(each for each in ledger.accounts() if each.clinic_id == clinic)
    assert accounts is not None
    return judge(accounts, rulebook.limits_on, date.fromisoformat(day))


def duties(history: History, clinic: UUID, rule: Rule, day: str) -> list[JudgedDuty]:
    return [each for each in status(history, clinic, day).duties if each.duty.rule is rule]


def only(history: History, clinic: UUID, rule: Rule, day: str) -> JudgedDuty:
    (found,) = duties(history, clinic, rule, day)
    return found


def moved(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


# TX-30


@pytest.mark.parametrize(("days", "expected"), [(29, "fulfilled"), (30, "fulfilled"), (31, "fulfilled_late")])
def test_a_treatment_is_submitted_within_thirty_days(days: int, expected: str) -> None:
    history, clinic, knee = member()
    submitted = history.treat("t", clinic, knee, "2025-02-01", moved("2025-02-01", days))

    found = only(history, clinic, Rule.tx_30, "2026-01-01")

    assert (found.status, found.duty.due) == (expected, date(2025, 3, 3))
    assert found.late_days == max(days - 30, 0)
    assert found.duty.opened_by == found.duty.fulfilled_by == f"{uid('t')}/{submitted.version}"


@pytest.mark.parametrize(
    ("time_zone", "expected"),
    [("Asia/Tokyo", "fulfilled_late"), ("UTC", "fulfilled"), ("America/Lima", "fulfilled")],
)
def test_the_due_day_ends_in_the_clinics_time_zone(time_zone: str, expected: str) -> None:
    history, clinic, knee = member(time_zone=time_zone)
    history.treat("t", clinic, knee, "2025-02-01", datetime(2025, 3, 3, 20, tzinfo=UTC))

    assert only(history, clinic, Rule.tx_30, "2026-01-01").status == expected


def test_of_an_interval_the_last_day_starts_the_clock() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02", "2025-03-30")

    assert only(history, clinic, Rule.tx_30, "2026-01-01").status is DutyStatus.fulfilled


def test_a_treatment_dated_before_the_enrolment_owes_nothing() -> None:
    history, clinic, knee = member()
    history.treat("before", clinic, knee, "2024-12-31", "2025-06-01")
    history.treat("on the day", clinic, knee, ENROLLED, "2025-06-01")
    history.treat("interval", clinic, knee, "2024-12-01/2025-01-02", "2025-06-01")

    found = duties(history, clinic, Rule.tx_30, "2026-01-01")

    assert {each.duty.about for each in found} == {uid("on the day"), uid("interval")}
    assert uid("before") not in {each.duty.about for each in duties(history, clinic, Rule.fu_30, "2026-01-01")}


def test_a_corrected_date_never_unmakes_a_missed_submission() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-04-01")
    correct_date(history, clinic, knee, "2025-03-20", "2025-04-02")

    found = only(history, clinic, Rule.tx_30, "2026-01-01")

    assert (found.status, found.duty.due) == (DutyStatus.fulfilled_late, date(2025, 3, 3))


def test_a_corrected_date_before_the_enrolment_never_unmakes_a_missed_submission() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-04-01")
    correct_date(history, clinic, knee, "2024-11-01", "2025-04-02")

    assert only(history, clinic, Rule.tx_30, "2026-01-01").status is DutyStatus.fulfilled_late


def test_a_corrected_date_moves_what_was_not_missed() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-10", "2025-02-12")
    correct_date(history, clinic, knee, "2025-02-01", "2025-02-13")

    first = duties(history, clinic, Rule.fu_30, "2025-03-01")[0]

    assert first.duty.start == date(2025, 5, 31)
    assert only(history, clinic, Rule.tx_30, "2026-01-01").duty.start == date(2025, 2, 1)


def correct_date(history: History, clinic: UUID, registry: UUID, performed_on: str, at: str) -> None:
    content = treatment_content(registry, performed_on)
    history.add(Treatment.TreatmentCorrected, uid("t"), at, clinic=clinic, role=Role.registrar, content=content)


# FU-30


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-05-30", "not_due"),
        ("2025-05-31", "open"),
        ("2025-06-29", "open"),
        ("2025-06-30", "open"),
        ("2025-07-01", "overdue"),
    ],
)
def test_a_follow_up_is_recorded_within_thirty_days_after_its_window(day: str, expected: str) -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")

    first = duties(history, clinic, Rule.fu_30, day)[0]

    assert (first.duty.item, first.duty.start, first.duty.due) == ("3 months", date(2025, 5, 31), date(2025, 6, 30))
    assert first.status == expected


@pytest.mark.parametrize(
    ("at", "expected"), [("2025-04-20", "fulfilled"), ("2025-06-30", "fulfilled"), ("2025-07-01", "fulfilled_late")]
)
def test_the_follow_up_of_the_time_point_meets_it(at: str, expected: str) -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    recorded = history.follow_up("t", clinic, 3, at)

    first = duties(history, clinic, Rule.fu_30, "2025-08-01")[0]

    assert first.status == expected
    assert first.duty.fulfilled_by == f"{uid('t')}/{recorded.version}"


def test_an_unreachable_patient_meets_the_duty_and_lowers_completeness() -> None:
    history, clinic, knee = member()
    for name, result in (("a", FollowUpResult.unreachable), ("b", FollowUpResult.partial)):
        history.treat(name, clinic, knee, "2025-02-01", "2025-02-02")
        history.follow_up(name, clinic, 3, "2025-05-05", result)

    figures = status(history, clinic, "2025-07-02").figures

    assert all(
        each.status is DutyStatus.fulfilled
        for each in duties(history, clinic, Rule.fu_30, "2025-07-02")
        if each.duty.item == "3 months"
    )
    assert (figures.complete, figures.points_due, figures.completeness_percent) == (1, 2, 50.0)


def test_a_time_point_counts_once_its_last_day_has_passed() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")

    assert status(history, clinic, "2025-06-30").figures.completeness_percent is None
    assert status(history, clinic, "2025-07-01").figures.completeness_percent == 0.0


def test_a_follow_up_at_no_time_point_counts_for_nothing() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.follow_up("t", clinic, None, "2025-05-01")

    found = status(history, clinic, "2025-07-01")

    assert found.figures.complete == 0
    assert duties(history, clinic, Rule.fu_30, "2025-07-01")[0].status is DutyStatus.overdue


def test_death_ends_the_schedule_but_not_what_was_missed() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.follow_up("t", clinic, 6, "2025-07-20", FollowUpResult.deceased)

    found = duties(history, clinic, Rule.fu_30, "2050-01-01")

    assert [each.status.value for each in found[:3]] == ["overdue", "fulfilled", "ended"]
    assert {each.duty.ending for each in found[2:]} == {Ending.deceased}
    figures = status(history, clinic, "2050-01-01").figures
    assert (figures.complete, figures.points_due) == (1, 2)


def test_withdrawn_consent_ends_the_schedule() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.add(Treatment.ConsentWithdrawn, uid("t"), "2025-06-30", clinic=clinic)

    found = duties(history, clinic, Rule.fu_30, "2050-01-01")

    assert {(each.status, each.duty.ending) for each in found} == {(DutyStatus.ended, Ending.consent_withdrawn)}


def test_consent_withdrawn_after_the_due_day_unmakes_nothing() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.add(Treatment.ConsentWithdrawn, uid("t"), "2025-07-01", clinic=clinic)

    assert duties(history, clinic, Rule.fu_30, "2050-01-01")[0].status is DutyStatus.overdue


def test_voiding_ends_every_follow_up_and_takes_the_treatment_out_of_all_figures() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.declare(clinic, "2025-04-02", "2025-Q1", knee=1)
    history.add(Treatment.TreatmentVoided, uid("t"), "2025-04-03", clinic=clinic)

    found = status(history, clinic, "2050-01-01")

    assert {each.duty.ending for each in found.duties if each.duty.rule is Rule.fu_30} == {Ending.voided}
    assert (found.figures.points_due, found.figures.submitted) == (0, 0)


def test_a_follow_up_serves_the_other_treatments_of_its_course() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.treat("second", clinic, knee, "2025-02-08", "2025-02-09")
    history.follow_up("t", clinic, 3, "2025-05-05", serves=(uid("second"),))

    met = [each for each in duties(history, clinic, Rule.fu_30, "2025-08-01") if each.duty.item == "3 months"]

    assert [each.status for each in met] == [DutyStatus.fulfilled] * 2


def test_a_corrected_follow_up_keeps_its_day_and_changes_its_result() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    wrong = history.follow_up("t", clinic, 3, "2025-05-05", FollowUpResult.deceased)
    right = dataclasses.replace(
        FollowUp(follow_up_id=uid("t 3 2025-05-05"), result=FollowUpResult.completed), time_point_months=3
    )
    history.add(Treatment.TreatmentCorrected, uid("t"), "2025-08-01", clinic=clinic, follow_up=right)

    found = duties(history, clinic, Rule.fu_30, "2025-12-01")

    assert (found[0].duty.fulfilled_on, found[0].status) == (date(2025, 5, 5), DutyStatus.fulfilled)
    assert found[0].duty.fulfilled_by == f"{uid('t')}/{wrong.version}"
    assert found[1].status is DutyStatus.overdue


def correct_follow_up(history: History, clinic: UUID, at: str, months: int, result: FollowUpResult) -> None:
    right = FollowUp(follow_up_id=uid("t 3 2025-05-05"), result=result, time_point_months=months)
    history.add(Treatment.TreatmentCorrected, uid("t"), at, clinic=clinic, follow_up=right)


def test_a_follow_up_corrected_to_another_time_point_meets_it_on_that_day() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.follow_up("t", clinic, 3, "2025-05-05")
    correct_follow_up(history, clinic, "2026-01-10", 6, FollowUpResult.completed)

    found = {each.duty.item: each for each in duties(history, clinic, Rule.fu_30, "2026-02-01")}

    assert found["3 months"].status is DutyStatus.overdue
    assert (found["6 months"].duty.fulfilled_on, found["6 months"].status) == (
        date(2026, 1, 10),
        DutyStatus.fulfilled_late,
    )


def test_a_follow_up_corrected_to_a_death_unmakes_nothing_missed() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.follow_up("t", clinic, 3, "2025-05-05")
    correct_follow_up(history, clinic, "2026-01-10", 3, FollowUpResult.deceased)

    found = {each.duty.item: each.status for each in duties(history, clinic, Rule.fu_30, "2027-01-01")}

    assert found["6 months"] is DutyStatus.overdue
    assert found["12 months"] is DutyStatus.ended


def test_a_corrected_result_counts_from_the_day_of_the_correction() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.follow_up("t", clinic, 3, "2025-05-05", FollowUpResult.unreachable)
    correct_follow_up(history, clinic, "2025-08-01", 3, FollowUpResult.completed)

    assert duties(history, clinic, Rule.fu_30, "2025-07-31")[0].status is DutyStatus.fulfilled
    assert status(history, clinic, "2025-07-31").figures.complete == 0
    assert status(history, clinic, "2025-08-01").figures.complete == 1


def test_leaving_ends_no_follow_up() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-03-01")

    assert duties(history, clinic, Rule.fu_30, "2025-07-01")[0].status is DutyStatus.overdue


# TC-30


@pytest.mark.parametrize(
    ("day", "expected"), [("2025-04-29", "open"), ("2025-04-30", "open"), ("2025-05-01", "overdue")]
)
def test_a_quarter_is_declared_within_thirty_days(day: str, expected: str) -> None:
    history, clinic, knee = member()

    found = only(history, clinic, Rule.tc_30, day)

    assert (found.duty.about, found.duty.item, found.status) == (knee, "2025-Q1", expected)


def test_a_quarter_is_not_asked_for_before_its_end() -> None:
    history, clinic, _ = member()

    assert duties(history, clinic, Rule.tc_30, "2025-03-30") == []


@pytest.mark.parametrize(("at", "expected"), [("2025-04-30", "fulfilled"), ("2025-05-01", "fulfilled_late")])
def test_zero_is_a_declaration(at: str, expected: str) -> None:
    history, clinic, _ = member()
    declared = history.declare(clinic, at, "2025-Q1", knee=0)

    found = only(history, clinic, Rule.tc_30, "2025-06-01")

    assert found.status == expected
    assert found.duty.fulfilled_by == f"{clinic}/{declared.version}"
    assert found.duty.opened_by == f"{clinic}/3"


def test_every_quarter_and_registry_of_the_membership_is_asked_for() -> None:
    history, clinic, _ = member()
    eye = history.registry("eye", "2025-01-02")
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-07-01")
    history.enrol(clinic, "2026-03-31", eye)

    found = duties(history, clinic, Rule.tc_30, "2026-07-01")

    assert [(each.duty.about, each.duty.item) for each in found] == [
        (uid("knee"), "2025-Q1"),
        (uid("knee"), "2025-Q2"),
        (uid("knee"), "2025-Q3"),
        (eye, "2026-Q1"),
        (eye, "2026-Q2"),
    ]


def test_leaving_on_the_last_day_of_a_quarter_owes_no_other() -> None:
    history, clinic, _ = member()
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-03-31")

    assert [each.duty.item for each in duties(history, clinic, Rule.tc_30, "2026-07-01")] == ["2025-Q1"]


def test_a_closed_registry_asks_for_no_more_quarters() -> None:
    history, clinic, knee = member()
    history.add(Registry.RegistryClosed, knee, "2025-02-01", role=Role.registrar)

    assert [each.duty.item for each in duties(history, clinic, Rule.tc_30, "2026-07-01")] == ["2025-Q1"]


def test_each_treatment_declared_and_not_submitted_is_a_missed_submission() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.declare(clinic, "2025-04-05", "2025-Q1", knee=3)

    missing = [each for each in duties(history, clinic, Rule.tx_30, "2025-05-01") if each.duty.about == knee]
    figures = status(history, clinic, "2025-05-01").figures

    assert [(each.status, each.duty.due) for each in missing] == [(DutyStatus.overdue, date(2025, 4, 30))] * 2
    assert (figures.declared, figures.submitted, figures.submitted_percent) == (3, 1, 33.3)


def test_a_corrected_declaration_counts_from_its_first_day() -> None:
    history, clinic, _ = member()
    history.declare(clinic, "2025-04-05", "2025-Q1", knee=3)
    history.declare(clinic, "2025-04-30", "2025-Q1", knee=0)

    found = duties(history, clinic, Rule.tc_30, "2025-06-29")

    assert found[0].status is DutyStatus.fulfilled
    assert duties(history, clinic, Rule.tx_30, "2025-07-01") == []


def test_a_corrected_declaration_unmakes_no_missed_submission() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.declare(clinic, "2025-04-05", "2025-Q1", knee=3)
    history.declare(clinic, "2025-05-01", "2025-Q1", knee=1)
    missed = duties(history, clinic, Rule.tx_30, "2025-07-01")
    history.treat("late", clinic, knee, "2025-02-01", "2025-07-02")

    come = duties(history, clinic, Rule.tx_30, "2025-08-01")

    assert [each.status for each in missed if each.duty.about == knee] == [DutyStatus.overdue] * 2
    assert [each.duty.item for each in come if each.duty.about == knee] == ["2025-Q1, treatment 3 of 3 declared"]


def test_a_declaration_corrected_after_a_treatment_was_voided_misses_none() -> None:
    history, clinic, knee = member()
    history.treat("t", clinic, knee, "2025-02-01", "2025-02-02")
    history.declare(clinic, "2025-04-05", "2025-Q1", knee=2)
    history.treat("late", clinic, knee, "2025-02-01", "2025-04-20")
    history.declare(clinic, "2025-06-01", "2025-Q1", knee=2)
    history.add(Treatment.TreatmentVoided, uid("late"), "2025-06-02", clinic=clinic)
    history.declare(clinic, "2025-06-03", "2025-Q1", knee=1)

    assert [each for each in duties(history, clinic, Rule.tx_30, "2025-07-01") if each.duty.about == knee] == []


# AE-7, AE-7C, AE-15, AE-90


@pytest.mark.parametrize(
    ("seriousness", "rule", "limit"),
    [
        ((Seriousness.death,), Rule.ae_7, 7),
        ((Seriousness.life_threatening,), Rule.ae_7, 7),
        ((Seriousness.hospitalisation,), Rule.ae_15, 15),
        ((), Rule.ae_90, 90),
    ],
)
@pytest.mark.parametrize(("beyond", "expected"), [(-1, "fulfilled"), (0, "fulfilled"), (1, "fulfilled_late")])
def test_an_event_is_reported_by_its_class(
    seriousness: tuple[Seriousness, ...], rule: Rule, limit: int, beyond: int, expected: str
) -> None:
    history, clinic, _ = member()
    history.report(
        "e", clinic, moved("2025-03-01", limit + beyond),
        first_awareness=PartialDate("2025-03-01"), seriousness=seriousness, reporter=ReporterKind.clinic,
    )  # fmt: skip

    found = only(history, clinic, rule, "2026-01-01")

    assert (found.status, found.duty.start) == (expected, date(2025, 3, 1))
    assert found.late_days == max(beyond, 0)


@pytest.mark.parametrize(
    "content",
    [{"outcome": Outcome.fatal}, {"grading": Grading(grade=5)}, {"seriousness": (Seriousness.death,)}],
)
def test_a_death_is_grave_however_it_is_told(content: dict[str, Any]) -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-05", **content)

    assert only(history, clinic, Rule.ae_7, "2025-03-05").status is DutyStatus.fulfilled


COMPLETE: dict[str, Any] = {
    "grading": Grading(grade=4),
    "seriousness": (Seriousness.life_threatening,),
    "outcome": Outcome.recovering,
    "suspect_factors": (SuspectFactor.cells,),
    "actions": (Action.admission,),
}


@pytest.mark.parametrize(
    ("at", "expected"), [("2025-03-16", "fulfilled"), ("2025-03-17", "fulfilled_late"), (None, "overdue")]
)
def test_a_grave_event_is_completed_within_fifteen_days(at: str | None, expected: str) -> None:
    history, clinic, _ = member()
    known: dict[str, Any] = {"first_awareness": PartialDate("2025-03-01")}
    history.report("e", clinic, "2025-03-03", seriousness=(Seriousness.life_threatening,), **known)
    if at is not None:
        supplement(history, clinic, at, **COMPLETE, **known)

    assert only(history, clinic, Rule.ae_7c, "2025-03-17").status == expected


def test_a_partial_supplement_does_not_complete_it() -> None:
    history, clinic, _ = member()
    known: dict[str, Any] = {"first_awareness": PartialDate("2025-03-01")}
    history.report("e", clinic, "2025-03-03", seriousness=(Seriousness.life_threatening,), **known)
    supplement(history, clinic, "2025-03-05", **{**COMPLETE, "suspect_factors": ()}, **known)

    assert only(history, clinic, Rule.ae_7c, "2025-03-16").status is DutyStatus.open


def test_facts_that_raise_the_class_open_a_new_duty_and_leave_the_old_one() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-20", first_awareness=PartialDate("2025-03-01"))
    serious: dict[str, Any] = {
        "seriousness": (Seriousness.hospitalisation,),
        "first_awareness": PartialDate("2025-03-01"),
    }
    raised = supplement(history, clinic, "2025-05-20", latest="2025-05-01", **serious)

    first, second = only(history, clinic, Rule.ae_90, "2026-01-01"), only(history, clinic, Rule.ae_15, "2026-01-01")

    assert (first.status, first.duty.fulfilled_on) == (DutyStatus.fulfilled, date(2025, 3, 20))
    assert (second.duty.start, second.status, second.late_days) == (date(2025, 5, 1), DutyStatus.fulfilled_late, 4)
    assert second.duty.opened_by == second.duty.fulfilled_by == f"{uid('e')}/{raised}"


def test_a_class_raised_to_grave_asks_for_completion() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-01", seriousness=(Seriousness.hospitalisation,))
    supplement(history, clinic, "2025-03-10", seriousness=(Seriousness.death,))

    completion = only(history, clinic, Rule.ae_7c, "2025-03-26")

    assert (completion.duty.start, completion.status) == (date(2025, 3, 10), DutyStatus.overdue)
    assert only(history, clinic, Rule.ae_15, "2025-03-26").status is DutyStatus.fulfilled


def test_what_another_told_opens_no_duty_of_the_clinic() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-20", role=Role.reporter, reporter=ReporterKind.patient)
    history.report("f", clinic, "2025-03-20")
    supplement(history, clinic, "2025-05-20", of="f", role=Role.safety_officer, seriousness=(Seriousness.death,))

    found = [each for each in status(history, clinic, "2026-01-01").duties if each.duty.rule.value.startswith("AE")]

    assert [(each.duty.rule, each.duty.about) for each in found] == [(Rule.ae_90, uid("f"))]


def test_the_senders_role_says_who_reported_and_not_what_the_sender_writes() -> None:
    history, clinic, _ = member()
    history.report("own", clinic, "2025-03-20", reporter=ReporterKind.patient)
    history.report("claimed", clinic, "2025-03-20", role=Role.reporter, reporter=ReporterKind.clinic)
    history.report("another's", clinic, "2025-03-20", on_behalf_of=uid("another clinic"), reporter=ReporterKind.clinic)
    history.report("entered", clinic, "2025-03-20", role=Role.registrar, reporter=ReporterKind.clinic)
    history.report("told", clinic, "2025-03-20", role=Role.registrar, reporter=ReporterKind.patient)

    found = {each.duty.about for each in duties(history, clinic, Rule.ae_90, "2026-01-01")}

    assert found == {uid("own"), uid("entered")}


def test_a_clinic_never_starts_its_clock_after_its_report() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-01", seriousness=(Seriousness.death,))
    stated: dict[str, Any] = {"seriousness": (Seriousness.death,), "first_awareness": PartialDate("2025-03-15")}
    supplement(history, clinic, "2025-03-15", **stated)
    assert only(history, clinic, Rule.ae_7c, "2025-03-17").status is DutyStatus.overdue

    history.report("f", clinic, "2025-03-01", seriousness=(Seriousness.death,))
    stated["first_awareness"] = PartialDate("2025-02-01")
    supplement(history, clinic, "2025-03-15", of="f", **stated)

    assert max(each.late_days for each in duties(history, clinic, Rule.ae_7, "2026-01-01")) == 21


@pytest.mark.parametrize(
    ("role", "on_behalf_of"),
    [(Role.reporter, None), (Role.clinic, uid("another clinic")), (Role.safety_officer, None)],
)
def test_nobody_else_moves_or_stops_the_clinics_clock(role: Role, on_behalf_of: UUID | None) -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-03", seriousness=(Seriousness.life_threatening,))
    stated: dict[str, Any] = {**COMPLETE, "first_awareness": PartialDate("2025-01-05")}
    supplement(history, clinic, "2025-03-10", role=role, on_behalf_of=on_behalf_of, **stated)

    assert only(history, clinic, Rule.ae_7, "2026-01-01").status is DutyStatus.fulfilled
    assert only(history, clinic, Rule.ae_7c, "2025-03-20").status is DutyStatus.overdue


def test_an_officer_who_signs_corrects_the_clock() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-20", first_awareness=PartialDate("2025-03-19"), outcome=Outcome.fatal)
    corrected: dict[str, Any] = {"first_awareness": PartialDate("2025-03-01"), "outcome": Outcome.fatal}
    supplement(history, clinic, "2025-03-21", role=Role.safety_officer, signature=minimal(Signature), **corrected)

    assert only(history, clinic, Rule.ae_7, "2026-01-01").late_days == 12


def test_an_officer_may_enter_what_was_received_on_paper_before() -> None:
    history, clinic, _ = member()
    history.report(
        "e", clinic, "2025-03-20", role=Role.registrar, reporter=ReporterKind.clinic,
        first_awareness=PartialDate("2025-03-01"), received=PartialDate("2025-03-08"), outcome=Outcome.fatal,
    )  # fmt: skip

    assert only(history, clinic, Rule.ae_7, "2026-01-01").status is DutyStatus.fulfilled


def test_a_clinic_cannot_say_that_its_report_was_received_before() -> None:
    history, clinic, _ = member()
    history.report(
        "e", clinic, "2025-03-20", first_awareness=PartialDate("2025-03-01"), received=PartialDate("2025-03-08"),
        outcome=Outcome.fatal,
    )  # fmt: skip

    assert only(history, clinic, Rule.ae_7, "2026-01-01").status is DutyStatus.fulfilled_late


def test_nullifying_ends_what_runs_and_unmakes_nothing() -> None:
    history, clinic, _ = member()
    known = PartialDate("2025-03-01")
    history.report("e", clinic, "2025-03-09", first_awareness=known, outcome=Outcome.fatal)
    history.add(AdverseEvent.AdverseEventNullified, uid("e"), "2025-03-10", clinic=clinic)

    assert only(history, clinic, Rule.ae_7c, "2026-01-01").duty.ending is Ending.nullified
    assert only(history, clinic, Rule.ae_7c, "2026-01-01").status is DutyStatus.ended
    assert only(history, clinic, Rule.ae_7, "2026-01-01").status is DutyStatus.fulfilled_late


def test_a_corrected_awareness_never_unmakes_a_missed_report() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-20", first_awareness=PartialDate("2025-03-01"), outcome=Outcome.fatal)
    corrected: dict[str, Any] = {"first_awareness": PartialDate("2025-03-19"), "outcome": Outcome.fatal}
    supplement(history, clinic, "2025-03-21", role=Role.registrar, **corrected)

    assert only(history, clinic, Rule.ae_7, "2026-01-01").status is DutyStatus.fulfilled_late


def test_a_corrected_awareness_may_show_that_a_report_was_late() -> None:
    history, clinic, _ = member()
    history.report("e", clinic, "2025-03-20", first_awareness=PartialDate("2025-03-19"), outcome=Outcome.fatal)
    corrected: dict[str, Any] = {"first_awareness": PartialDate("2025-03-01"), "outcome": Outcome.fatal}
    supplement(history, clinic, "2025-03-21", role=Role.registrar, **corrected)

    assert only(history, clinic, Rule.ae_7, "2026-01-01").late_days == 12


def test_what_happened_before_the_enrolment_owes_nothing() -> None:
    history, clinic, knee = member()
    history.treat("old", clinic, knee, "2024-06-01", "2025-02-01")
    history.report("known before", clinic, "2025-02-01", first_awareness=PartialDate("2024-12-31"))
    history.report("began before", clinic, "2025-02-01", onset=Timing(date=PartialDate("2024-12-31")))
    days_before, days_after = (_after_treatment(days) for days in ("30", "300"))
    history.report("days before", clinic, "2025-02-01", treatments=(uid("old"),), onset=days_before)
    history.report("days after", clinic, "2025-04-01", treatments=(uid("old"),), onset=days_after)
    history.report("undated", clinic, "2025-02-01", treatments=(uid("old"),))

    assert [each.duty.about for each in duties(history, clinic, Rule.ae_90, "2026-01-01")] == [uid("days after")]


def _after_treatment(days: str) -> Timing:
    return Timing(days_after_treatment=DaysText(days))


def test_leaving_ends_no_duty_to_report() -> None:
    history, clinic, _ = member()
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-02-01")
    history.report("e", clinic, "2025-03-20", first_awareness=PartialDate("2025-03-01"), outcome=Outcome.fatal)

    assert only(history, clinic, Rule.ae_7, "2026-01-01").status is DutyStatus.fulfilled_late


def supplement(
    history: History, clinic: UUID, at: str, *, of: str = "e", latest: str | None = None, role: Role = Role.clinic,
    on_behalf_of: UUID | None = None, signature: Signature | None = None, **content: Any,
) -> int:  # fmt: skip
    if latest is not None:
        content["latest_information"] = PartialDate(latest)
    before: Any = next(each.event for each in reversed(history.log) if each.aggregate_id == uid(of))
    now = AdverseEventContent(**content)
    changes = tuple(FieldChange(field=field, held_by=1) for field in changed_paths(before.content, now))
    return history.add(
        AdverseEvent.AdverseEventSupplemented, uid(of), at, clinic=clinic, role=role, on_behalf_of=on_behalf_of,
        content=now, changes=changes, signature=signature,
    ).version  # fmt: skip


# AT-30, AT-365, AG-90


@pytest.mark.parametrize(
    ("day", "expected"), [("2025-01-30", "open"), ("2025-01-31", "open"), ("2025-02-01", "overdue")]
)
def test_a_clinic_attests_within_thirty_days_of_enrolment(day: str, expected: str) -> None:
    history, clinic, _ = member("cells", "hygiene")

    found = duties(history, clinic, Rule.at_30, day)

    assert {each.duty.about for each in found} == {uid("cells"), uid("hygiene")}
    assert {each.status.value for each in found} == {expected}


@pytest.mark.parametrize(("at", "expected"), [("2025-01-31", "fulfilled"), ("2025-02-01", "fulfilled_late")])
def test_attesting_meets_it_and_opens_the_renewal(at: str, expected: str) -> None:
    history, clinic, _ = member("cells")
    history.attest(clinic, at, uid("cells"))

    assert only(history, clinic, Rule.at_30, "2025-06-01").status == expected
    assert only(history, clinic, Rule.at_365, "2025-06-01").duty.due == date.fromisoformat(moved(at, 365))


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-01-10", "fulfilled"), ("2026-01-11", "fulfilled_late"), (None, "overdue")]
)
def test_an_attestation_is_renewed_within_a_year(at: str | None, expected: str) -> None:
    history, clinic, _ = member("cells")
    history.attest(clinic, "2025-01-10", uid("cells"))
    if at:
        history.attest(clinic, at, uid("cells"))

    assert duties(history, clinic, Rule.at_365, "2026-01-12")[0].status == expected


@pytest.mark.parametrize(
    ("effective_on", "at", "expected"),
    [
        ("2025-03-01", "2025-05-30", "fulfilled"),
        ("2025-03-01", "2025-05-31", "fulfilled_late"),
        ("2025-04-01", "2025-06-30", "fulfilled"),
        ("2025-04-01", None, "overdue"),
    ],
)
def test_a_revised_guideline_is_attested_within_ninety_days(effective_on: str, at: str | None, expected: str) -> None:
    history, clinic, _ = member("cells")
    history.attest(clinic, "2025-01-10", uid("cells"))
    history.guideline("cells", "2025-03-01", "2", effective_on)
    if at:
        history.attest(clinic, at, uid("cells"), "2")

    found = only(history, clinic, Rule.ag_90, "2025-07-01")

    assert (found.duty.item, found.status) == ("2", expected)
    assert found.duty.opened_by == f"{uid('cells')}/2"


def test_who_never_attested_owes_the_first_attestation_and_not_the_revision() -> None:
    history, clinic, _ = member("cells")
    history.guideline("cells", "2025-01-15", "2")

    assert duties(history, clinic, Rule.ag_90, "2025-07-01") == []
    assert only(history, clinic, Rule.at_30, "2025-07-01").status is DutyStatus.overdue


def test_a_registry_that_asks_for_one_guideline_more_opens_its_first_attestation() -> None:
    history, clinic, _ = member("cells")
    more = history.guideline("hygiene", "2025-05-01")
    revised = history.registry("knee", "2025-05-02", uid("cells"), more, kind=Registry.RegistryRevised)

    found = [each for each in duties(history, clinic, Rule.at_30, "2025-06-01") if each.duty.about == more]

    assert [(each.duty.due, each.duty.opened_by) for each in found] == [(date(2025, 6, 1), f"{revised}/2")]


def test_a_retired_guideline_asks_for_nothing_more() -> None:
    history, clinic, _ = member("cells", "hygiene")
    history.add(Guideline.GuidelineRetired, uid("cells"), "2025-01-31", role=Role.guideline_editor)
    history.add(Guideline.GuidelineRetired, uid("hygiene"), "2025-02-01", role=Role.guideline_editor)

    found = {each.duty.about: each.status for each in duties(history, clinic, Rule.at_30, "2025-06-01")}

    assert found == {uid("cells"): DutyStatus.ended, uid("hygiene"): DutyStatus.overdue}


def test_leaving_ends_attestation_duties_that_were_not_missed() -> None:
    history, clinic, _ = member("cells")
    history.attest(clinic, "2025-01-10", uid("cells"))
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-03-01")

    found = only(history, clinic, Rule.at_365, "2027-01-01")

    assert (found.status, found.duty.ending) == (DutyStatus.ended, Ending.left)


def test_a_lapse_recorded_later_unmakes_no_missed_attestation() -> None:
    history, clinic, _ = member("cells")
    history.of_clinic(Clinic.ParticipationLapsed, clinic, "2025-02-10", occurred_on="2025-01-20")

    assert only(history, clinic, Rule.at_30, "2025-06-01").status is DutyStatus.overdue


def test_an_attestation_before_the_enrolment_runs_on() -> None:
    history = History()
    cells = history.guideline("cells", "2024-12-01")
    knee = history.registry("knee", "2024-12-01", cells)
    clinic = history.clinic("Clinic", "2024-12-01")
    history.attest(clinic, "2024-12-20", cells)
    history.enrol(clinic, ENROLLED, knee)

    assert duties(history, clinic, Rule.at_30, "2025-06-01") == []
    assert only(history, clinic, Rule.at_365, "2025-06-01").duty.due == date(2025, 12, 20)


def test_resumed_participation_asks_again() -> None:
    history, clinic, _ = member("cells")
    history.of_clinic(Clinic.ParticipationLapsed, clinic, "2025-01-20")
    history.of_clinic(Clinic.ParticipationResumed, clinic, "2025-07-01")

    dues = [(each.duty.due, each.status) for each in duties(history, clinic, Rule.at_30, "2025-12-01")]

    assert dues == [(date(2025, 1, 31), DutyStatus.ended), (date(2025, 7, 31), DutyStatus.overdue)]
    assert [each.duty.item for each in duties(history, clinic, Rule.tc_30, "2025-10-01")] == ["2025-Q1", "2025-Q3"]


# Policy


def test_a_duty_keeps_the_policy_it_was_opened_under() -> None:
    history, clinic, knee = member()
    rules = tuple(
        dataclasses.replace(rule, limit=10) if rule.rule_id == "TX-30" else rule for rule in FIRST_POLICY.rules
    )
    adopt(history, "2025-01-02", 1, "2025-01-02", FIRST_POLICY.rules)
    adopt(history, "2025-02-01", 2, "2025-03-01", rules)
    history.treat("old", clinic, knee, "2025-02-20", "2025-02-25")
    history.treat("new", clinic, knee, "2025-02-20", "2025-03-01")

    found = {each.duty.about: each.duty for each in duties(history, clinic, Rule.tx_30, "2025-12-01")}

    assert (found[uid("old")].policy_version, found[uid("old")].due) == (1, date(2025, 3, 22))
    assert (found[uid("new")].policy_version, found[uid("new")].due) == (2, date(2025, 3, 2))


def adopt(history: History, at: str, number: int, effective_on: str, rules: tuple[Any, ...]) -> None:
    terms = dataclasses.replace(FIRST_POLICY, rules=rules)
    history.add(
        Policy.PolicyAdopted, POLICY_ID, at, role=Role.policy_officer, policy_version=number,
        effective_on=PartialDate(effective_on), terms=terms,
    )  # fmt: skip


def test_the_limits_are_those_of_the_first_policy() -> None:
    history, clinic, knee = member()
    before = [each.duty.due for each in status(history, clinic, "2025-12-01").duties]
    history.treat("t", clinic, knee, "2025-02-20", "2025-02-25")
    adopted, other, knee = member()
    adopt(adopted, "2025-01-02", 1, "2025-01-02", FIRST_POLICY.rules)
    adopted.treat("t", other, knee, "2025-02-20", "2025-02-25")

    unversioned = [each.duty.due for each in status(history, clinic, "2045-12-01").duties]

    assert before
    assert unversioned == [each.duty.due for each in status(adopted, other, "2045-12-01").duties]


def test_the_summary_counts_every_duty_once() -> None:
    history, clinic, knee = member("cells")
    history.treat("t", clinic, knee, "2025-02-01", "2025-04-01")

    found = status(history, clinic, "2025-08-01")

    assert sum(sum(each.counts.values()) for each in found.summary) == len(found.duties)
    assert found.figures.timeliness_percent == 0.0
    assert [each.rule for each in found.summary] == list(Rule)
