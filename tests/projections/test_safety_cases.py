"""How safety cases stand as of a position and a moment, and clinics by the gravest of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.appeal import AppealOutcome
from domain.dates import PartialDate, end_of
from domain.reader import OFFICER
from domain.safety_case import SafetyCase
from domain.safety_case_codes import CaseOutcome, Finding, Ground, Remedy
from domain.safety_case_state import BESIDE_INTERIM, CaseState
from projections.safety_cases import SafetyCases, cases, safety_axis
from tests.domain import cases as made
from tests.factories import minimal
from tests.projections.history import History, apply_in_batches, build, digest, noon, uid

SCHEMAS = count()
CLINIC, OTHER = uid("clinic"), uid("other clinic")
NOW = noon("2026-06-01")


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


class Told(History):
    """A log of safety cases, in the words of these tests."""

    def case(self, name: str, clinic: UUID, at: str) -> None:
        """Raise a concern."""
        self.add(SafetyCase.ConcernRaised, uid(name), at, clinic=clinic, grounds=(Ground.consent,))

    def on(self, name: str, kind: type[Any], at: str, **content: Any) -> None:
        """Record an event of a case."""
        clinic = next(each.clinic_id for each in self.log if each.aggregate_id == uid(name))
        self.add(kind, uid(name), at, clinic=clinic, **content)

    def interim(self, name: str, at: str, ends_on: str) -> None:
        """Publish an interim measure."""
        self.on(name, SafetyCase.InterimPublished, at, ends_on=PartialDate(ends_on), time_zone="America/Lima")


def finding(remedy: Remedy = Remedy.cessation) -> Finding:
    """Return a finding about patients' safety."""
    known: Finding = minimal(Finding)
    return Finding(
        grounds=(Ground.patient_safety,), evidence_ids=(), scopes=known.scopes, remedy=remedy, reasons=("so",)
    )


def told() -> Told:
    """Return a log of a case up to its lifting, one with an interim measure, and one that was dismissed."""
    history = Told()
    history.case("first", CLINIC, "2026-01-01")
    history.on("first", SafetyCase.PanelConvened, "2026-01-02", decide_by=PartialDate("2026-07-01"))
    history.on("first", SafetyCase.NoticeServed, "2026-01-03", allegation=made.ALLEGATION)
    history.on("first", SafetyCase.NoticeDelivered, "2026-01-04", reply_until=PartialDate("2026-02-03"))
    history.on("first", SafetyCase.ReplyPeriodLapsed, "2026-02-04")
    history.on("first", SafetyCase.ClinicReplied, "2026-02-05", late=True)
    history.on("first", SafetyCase.VoteCast, "2026-02-06")
    history.on("first", SafetyCase.FindingDecided, "2026-02-07", outcome=CaseOutcome.substantiated, finding=finding())
    until = {"appeal_until": PartialDate("2026-03-10"), "preview_until": PartialDate("2026-03-10")}
    history.on("first", SafetyCase.FindingDelivered, "2026-02-08", **until)
    history.on("first", SafetyCase.FindingPublished, "2026-03-11")
    history.on("first", SafetyCase.AppealLodged, "2026-03-12", published=True)
    history.on("first", SafetyCase.StayGranted, "2026-03-13")
    history.on("first", SafetyCase.AppealDecided, "2026-03-14", outcome=AppealOutcome.overturned)
    history.case("second", CLINIC, "2026-03-15")
    history.on("second", SafetyCase.PanelConvened, "2026-03-16", decide_by=PartialDate("2026-09-16"))
    history.interim("second", "2026-03-17", "2026-04-16")
    history.case("third", OTHER, "2026-03-18")
    history.on("third", SafetyCase.CaseDismissed, "2026-03-19")
    return history


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = SafetyCases()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def test_each_step_shows_as_of_its_position(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    states = [[each.state for each in cases(cursor, NOW, reader=OFFICER, as_of=as_of)] for as_of in range(14)]

    assert states == [
        [],
        ["raised"],
        ["under_review"],
        *[["notice_served"]] * 2,
        *[["deciding"]] * 3,
        *[["decided"]] * 2,
        *[["finding_published"]] * 2,
        ["stayed_on_appeal"],
        ["lifted"],
    ]


def test_a_row_tells_limits_replies_and_finding(cursor: psycopg.Cursor[Any]) -> None:
    history = told()
    built(cursor, history)

    (row,) = cases(cursor, NOW, reader=OFFICER, clinic_id=CLINIC, as_of=11)

    assert (row.grounds, row.outcome, row.remedy) == (["patient_safety"], "substantiated", "cessation")
    assert (row.replies, row.late_replies, row.under_appeal) == (1, 1, True)
    assert row.finding == f"{uid('first')}/8"
    assert [str(each) for each in (row.decide_by, row.reply_until, row.appeal_until, row.preview_until)] == [
        "2026-07-01", "2026-02-03", "2026-03-10", "2026-03-10",
    ]  # fmt: skip
    assert (row.published_at, row.since) == (noon("2026-03-11"), noon("2026-03-11"))
    assert row.position == 11


def test_an_interim_measure_shows_until_its_last_day_is_over_at_the_clinic(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())
    ends = datetime(2026, 4, 17, 5, tzinfo=UTC)
    assert end_of(PartialDate("2026-04-16"), "America/Lima") == ends

    def state(at: datetime) -> str:
        return cases(cursor, at, reader=OFFICER)[1].state

    assert (state(ends - timedelta(seconds=1)), state(ends)) == ("interim", "under_review")
    assert [each.case_id for each in cases(cursor, noon("2026-04-16"), reader=OFFICER, state=CaseState.interim)] == [
        uid("second")
    ]
    assert cases(cursor, ends, reader=OFFICER, state=CaseState.interim) == []


@pytest.mark.parametrize("stage", sorted(set(CaseState) - BESIDE_INTERIM))
def test_no_interim_measure_shows_beside_other_steps(cursor: psycopg.Cursor[Any], stage: CaseState) -> None:
    history = told()
    built(cursor, history)
    cursor.execute("UPDATE safety_cases SET stage = %s", [stage.value])

    assert {each.state for each in cases(cursor, noon("2026-04-16"), reader=OFFICER)} == {stage.value}


def test_a_clinic_stands_by_the_gravest_of_its_cases(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, told())

    def axis(at: str, as_of: int | None = None) -> dict[UUID, str]:
        return {each.clinic_id: each.safety for each in safety_axis(cursor, noon(at), reader=OFFICER, as_of=as_of)}

    assert axis("2026-04-16") == {CLINIC: "interim", OTHER: "none"}
    assert axis("2026-05-01") == {CLINIC: "under_review", OTHER: "none"}
    assert axis("2026-05-01", as_of=13) == {CLINIC: "lifted"}
    assert axis("2026-05-01", as_of=9) == {CLINIC: "deciding"}
    (own,) = safety_axis(cursor, NOW, reader=OFFICER, clinic_id=CLINIC)
    assert own.cases == [uid("first"), uid("second")]


def test_an_appeal_before_publication_stays_and_an_upheld_one_goes_back(cursor: psycopg.Cursor[Any]) -> None:
    history = Told()
    history.case("first", CLINIC, "2026-01-01")
    history.on("first", SafetyCase.FindingDecided, "2026-02-07", outcome=CaseOutcome.substantiated, finding=finding())
    history.on("first", SafetyCase.AppealLodged, "2026-02-08", published=False)
    history.on("first", SafetyCase.AppealDecided, "2026-02-09", outcome=AppealOutcome.upheld)
    history.on("first", SafetyCase.CaseReopened, "2026-02-10")
    history.on(
        "first", SafetyCase.FindingDecided, "2026-02-11", outcome=CaseOutcome.not_substantiated, finding=finding()
    )
    built(cursor, history)

    states = [[each.state for each in cases(cursor, NOW, reader=OFFICER, as_of=as_of)] for as_of in range(2, 7)]
    assert states == [["decided"], ["stayed"], ["decided"], ["under_review"], ["closed"]]
    (reopened,) = cases(cursor, NOW, reader=OFFICER, as_of=5)
    assert (reopened.finding, reopened.outcome, reopened.appeal_until) == (None, None, None)


def test_a_stay_ends_and_an_upheld_appeal_leaves_it_published(cursor: psycopg.Cursor[Any]) -> None:
    history = Told()
    history.case("first", CLINIC, "2026-01-01")
    for kind, content in (
        (SafetyCase.FindingPublished, {}),
        (SafetyCase.AppealLodged, {"published": True}),
        (SafetyCase.StayGranted, {}),
        (SafetyCase.StayEnded, {}),
        (SafetyCase.AppealDecided, {"outcome": AppealOutcome.upheld}),
        (SafetyCase.FindingLifted, {}),
    ):
        history.on("first", kind, "2026-02-01", **content)
    built(cursor, history)

    found = [cases(cursor, NOW, reader=OFFICER, as_of=as_of)[0] for as_of in range(2, 8)]

    shown = "finding_published"
    assert [each.state for each in found] == [shown, shown, "stayed_on_appeal", shown, shown, "lifted"]
    assert [each.under_appeal for each in found] == [False, True, True, True, False, False]


def test_how_the_log_was_cut_does_not_matter(cursor: psycopg.Cursor[Any]) -> None:
    history = told()

    whole = built(cursor, history)

    assert all(built(cursor, history, *cuts) == whole for cuts in (range(1, 18), (5,), (3, 16)))
