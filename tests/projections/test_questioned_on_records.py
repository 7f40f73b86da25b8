"""Who is found to rest on a corrected record: by the read models of obligations, standings and safety cases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest

from application.adverse_events import NullifyAdverseEvent
from application.enrolments import CountEntry, DeclareTreatmentCount
from application.obligations import MissObligation, OpenObligation
from application.reports import ReportAdverseEvent, SupplementAdverseEvent
from application.standings import AssessStanding
from consumers.clock_changes import Changes
from consumers.clock_determinations import CITING, Grounds, Questioner
from consumers.clock_keeper import Recorder
from consumers.clock_questioned_entries import question_entries
from domain.codes import Reason, Role
from domain.dates import PartialDate
from domain.determination import EvidenceChange
from domain.obligation_terms import ObligationTerms
from projections.obligations import Obligations
from projections.read_model import ReadModel, Recorded
from projections.safety_cases import SafetyCases
from projections.standings import Standings
from tests.application.questioned import DoubtingSociety
from tests.domain.clinics import KNEE
from tests.projections.history import build, enter

SCHEMAS = count()


class Recording(DoubtingSociety):
    """A society with a reported event, whose cases cite the report, and the clock's look at what was recorded."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.looked_at = 0
        reporting = ReportAdverseEvent(
            clinic_id=str(self.clinic_id), patient="Pseudonym", reporter="clinic", verbatim_term="Term",
            described_given="cells into the knee", onset="2026-02-18", seriousness=("hospitalisation",),
        )  # fmt: skip
        self.report = self.as_clinic(self.clinic_id, reporting).aggregate_id

    @property
    def cited(self) -> str:
        """Return the report's event."""
        return f"{self.report}/1"

    def missed(self, rule_id: str, about: UUID, opened_by: str) -> UUID:
        """Let the clinic miss a duty in the second quarter of 2026."""
        day = self.surroundings.now().date().isoformat()
        terms = ObligationTerms(
            rule_id=rule_id, policy_version=1, about=about, clock_start=PartialDate(day), due_on=PartialDate(day),
            time_zone="Europe/Berlin", opened_by=opened_by,
        )  # fmt: skip
        opening = OpenObligation(terms=terms, clinic_id=self.clinic_id)
        obligation = self.by(Role.system, opening).aggregate_id
        self.later(2)
        self.by(Role.system, MissObligation(obligation_id=obligation))
        return obligation

    def assessed(self, quarter: str, *missed: UUID, overdue: tuple[UUID, ...] = ()) -> str:
        """Assess the standing; return the id of the event."""
        assessing = AssessStanding(clinic_id=self.clinic_id, quarter=quarter, missed=missed, overdue=overdue)
        done = self.by(Role.system, assessing)
        return f"{done.aggregate_id}/{done.version}"

    def rows(self) -> list[Recorded]:
        """Return the log as read models take it."""
        return [
            Recorded(
                position, event.TOPIC, event.originator_id, event.originator_version, event.context.clinic_id,
                event.timestamp, event.context.occurred_on, "party", b"", lambda *_, found=event: found,
            )
            for position, event in enumerate(self.store.log, 1)
        ]  # fmt: skip


class Desk:
    """The read models of a society that is in memory, brought to its head before each look."""

    MODELS: tuple[type[ReadModel], ...] = (Obligations, Standings, SafetyCases)

    def __init__(self, cursor: psycopg.Cursor[Any], society: Recording) -> None:
        self.cursor, self.society, self.grounds = cursor, society, Grounds()
        self.models: dict[str, tuple[ReadModel, str]] = {}
        for kind in self.MODELS:
            model, schema = kind(), f"looked_{next(SCHEMAS)}"
            build(cursor, model, schema)
            self.models[model.name] = (model, schema)
        self.applied = 0

    @contextmanager
    def read(self, name: str) -> Iterator[psycopg.Cursor[Any]]:
        enter(self.cursor, self.models[name][1])
        yield self.cursor

    def look(self) -> list[tuple[str, str, EvidenceChange, str]]:
        """Look at what was recorded since, until nothing follows; return every question that was recorded."""
        while self.applied < len(self.society.store.log):
            new = self.society.rows()[self.applied :]
            for model, schema in self.models.values():
                enter(self.cursor, schema)
                model.apply(self.cursor, new)
            changes = Changes()
            for each in new:
                changes.take(each.position, each.topic, each.aggregate_id, each.version, each.clinic_id)
            self.applied += len(new)
            recorder = Recorder(self.society.handler)
            Questioner(recorder, self.read, self.grounds).determinations(changes.changing, changes.decided)
            question_entries(recorder, changes.doubtful)
        asked = self.society.questions()
        return [(each.determination, each.evidence, each.change, each.changed_by) for each in asked]


@pytest.fixture
def society() -> Recording:
    return Recording()


@pytest.fixture
def desk(fresh_database: str, society: Recording) -> Iterator[Desk]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield Desk(opened, society)


def supplemented(society: Recording, **content: Any) -> str:
    society.as_clinic(society.clinic_id, SupplementAdverseEvent(adverse_event_id=society.report, **content))
    return f"{society.report}/{len(society.store.events_of(society.report))}"


def test_every_standing_that_rests_on_a_corrected_report_is_questioned_once(society: Recording, desk: Desk) -> None:
    society.to_day(2026, 4, 10)
    missed = society.missed("AE-15", society.report, society.cited)
    other = society.missed("AE-15", society.clinic_id, f"{society.clinic_id}/1")
    society.to_day(2026, 7, 2)
    first = society.assessed("2026-Q2", missed, overdue=(missed,))
    society.to_day(2026, 10, 2)
    second = society.assessed("2026-Q3", other, overdue=(missed, other))
    society.to_day(2027, 1, 2)
    society.assessed("2026-Q4", overdue=(other,))
    assert desk.look() == []
    supplemented(society, outcome="recovered")
    assert desk.look() == []

    by = supplemented(society, onset="2026-02-19")

    expected = [(each, society.cited, EvidenceChange.corrected, by) for each in (first, second)]
    assert desk.look() == expected
    assert desk.look() == expected


def test_an_assessment_after_the_correction_knew_of_it(society: Recording, desk: Desk) -> None:
    society.to_day(2026, 4, 10)
    missed = society.missed("AE-15", society.report, society.cited)
    supplemented(society, onset="2026-02-19")
    society.to_day(2026, 7, 2)
    society.assessed("2026-Q2", missed)

    assert desk.look() == []


def test_a_corrected_number_questions_what_its_declaration_asked_for(society: Recording, desk: Desk) -> None:
    clinic = society.clinic_id
    society.to_day(2026, 4, 10)

    def declared(treatments: int, **reason: Any) -> str:
        counts = (CountEntry(registry="knee", treatments=treatments),)
        society.as_clinic(clinic, DeclareTreatmentCount(clinic_id=clinic, quarter="2026-Q1", counts=counts, **reason))
        return f"{clinic}/{society.clinic(clinic).version}"

    declaration = declared(5)
    submitting = society.missed("TX-30", KNEE, declaration)
    declaring = society.missed("TC-30", KNEE, f"{clinic}/4")
    society.to_day(2026, 7, 2)
    standing = society.assessed("2026-Q2", submitting)
    society.to_day(2026, 10, 2)
    society.assessed("2026-Q3", declaring)
    by = declared(3, reason=Reason.data_entry_error)

    assert desk.look() == [(standing, declaration, EvidenceChange.corrected, by)]


def test_a_finding_is_questioned_for_its_evidence_and_its_entry_with_it(society: Recording, desk: Desk) -> None:
    case_id = society.published()
    entry = society.entry(case_id)
    finding = society.case(case_id).finding
    assert finding is not None
    assert desk.look() == []
    nullifying = NullifyAdverseEvent(
        adverse_event_id=society.report, reason=Reason.wrong_patient, explanation="Not this patient."
    )
    society.safety(nullifying)
    by = f"{society.report}/2"

    because = (society.cited, EvidenceChange.nullified, by)
    expected = [(finding.evidence, *because), (society.listing(entry).published, *because)]
    assert desk.look() == expected
    assert desk.look() == expected


def test_the_standings_of_other_clinics_are_not_read_to_find_who_rests_on_a_duty(
    society: Recording, desk: Desk
) -> None:
    with desk.read("standings") as cursor:
        cursor.execute("""
            INSERT INTO standings
            SELECT n, md5((n % 500)::text)::uuid, n || '/1', '2026-06-30', '2026-Q2', 'good', 'good', '{}', 1,
                   ARRAY[md5('duty ' || n)::uuid], '{}', '{}', ''
              FROM generate_series(1, 10000) AS n
        """)
        cursor.execute("ANALYZE standings")
        duties, clinics = [md5_id("duty 7")], [md5_id("7")]
        asked = {"missed": duties, "clinics": clinics, "position": 10_001}

        (plan,) = cursor.execute("EXPLAIN (FORMAT JSON) " + CITING, asked).fetchone() or ()
        citing = [event for (event,) in cursor.execute(CITING, asked)]

    assert "standings_of_clinic" in repr(plan)
    assert "Seq Scan" not in repr(plan)
    assert citing == ["7/1"]


def md5_id(text: str) -> UUID:
    return UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
