"""Rows become commands once: accepted, recognised, or refused with column and reason; none does harm to another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from application.command import Actor, CommandHandler
from application.permission import NotAnOfficer
from application.ports import StoreUnavailable
from domain.codes import Role
from domain.errors import NotFound, NotPermitted
from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.extract_import import Clinics, import_extract, survey
from interfaces.importing.mapping import load_mapping
from interfaces.importing.refusals import ClinicsUnresolved
from interfaces.importing.row_answer import Outcome, RowAnswer
from tests.application.memory import MemoryRegistry
from tests.interfaces.importing.extracts import ALIVE, DEAD, extract_file, mapping_file
from tests.interfaces.importing.registries import (
    CLINICS,
    ONE_CLINIC,
    PHYSICIAN,
    Target,
    in_memory,
    run_import,
    stored,
)

NOTE_USED = ('[ignored]\nnote = "words of nobody knows whom"', "")
OTHER_PERSON = Actor(person=UUID(int=77), role=Role.clinic)


@pytest.fixture
def target() -> Target:
    return in_memory()[0]


BAD_ROWS = {
    "A,03.02.2024,1951,S,0": (None, "it has 5 cells, the header 7"),
    "A,03.02.2024,1951,S,0,1,,": (None, "it has 8 cells, the header 7"),
    "A,2024-02-03,1951,S,0,100,": ("treated", "is no date in the format"),
    "A,,1951,S,0,100,": ("treated", "is empty, but performed_on must be given"),
    "A,03.02.2024,old,S,0,100,": ("born", "'old' is no whole number"),
    "A,03.02.2024,2030,S,0,100,": ("born", "it lies after the treatment"),
    "A,03.02.2024,1951,X,0,100,": ("donor", "'X' is not in the map"),
    "A,03.02.2024,1951,S,2,100,": ("died", "'2' is not among the values"),
    "A,03.02.2024,1951,S,1,soon,": ("days", "'soon' is no number"),
    "A,03.02.2024,1951,S,0,soon,": ("days", "'soon' is no number"),
    "A,03.02.2024,1951,S,0,nan,": ("days", "'nan' is no number"),
    "A,03.02.2024,1951,S,1,999999,": ("days", "no plausible number of days"),
    "NA,03.02.2024,1951,S,0,100,": ("id", "is empty, but it gives the clinic's own reference"),
    "A,03.02.2124,1951,S,0,100,": ("treated", "lies after today"),
    "A,\0,1951,S,0,100,": ("treated", "NUL byte"),
}


def test_a_half_bad_file_harms_no_good_row_and_nothing_of_a_bad_one_is_done(target: Target, tmp_path: Path) -> None:
    rows = [
        row
        for number, bad in enumerate(BAD_ROWS)
        for row in (re.sub("^A,", f"bad {number},", bad), ALIVE.replace("A1", f"good {number}"))
    ]

    done = run_import(target, extract_file(tmp_path, rows), mapping_file(tmp_path))

    bad, good = done.answers[::2], done.answers[1::2]
    assert {answer.outcome for answer in good} == {Outcome.accepted}
    for answer, (column, reason) in zip(bad, BAD_ROWS.values(), strict=True):
        assert answer.outcome is Outcome.refused
        assert answer.events == ()
        assert any(reason in each.reason and column in (None, each.column) for each in answer.refusals), answer
    assert done.summary.refused == len(BAD_ROWS)
    assert target.counts()["TreatmentSubmitted"] == len(BAD_ROWS)


def test_a_follow_up_that_cannot_be_stops_its_treatment_too(target: Target, tmp_path: Path) -> None:
    mapping = mapping_file(
        tmp_path, ('result = "partial"', 'result = "partial"\nattempts = { column = "note" }'), NOTE_USED
    )
    before = target.counts()

    done = run_import(target, extract_file(tmp_path, [ALIVE + "5000"]), mapping)

    assert [(each.column, "attempts" in each.reason) for each in done.answers[0].refusals] == [("note", True)]
    assert target.counts() == before


def test_a_death_that_names_an_adverse_event_the_row_does_not_report_is_refused(target: Target, tmp_path: Path) -> None:
    reported = '"died", equals = "1" }\nverb'
    mapping = mapping_file(tmp_path, (reported, '"died", equals = "never" }\nverb'))

    done = run_import(target, extract_file(tmp_path, [ALIVE, DEAD]), mapping)

    assert [answer.outcome for answer in done.answers] == [Outcome.accepted, Outcome.refused]
    assert "which this row does not report" in done.answers[1].refusals[0].reason


def test_a_registry_rule_refuses_one_row_with_its_name_and_reason(target: Target, tmp_path: Path) -> None:
    by_column = '{ column = "note", map = { v = "intravenous", k = "intra_articular" } }'
    mapping = mapping_file(
        tmp_path, ('"intravenous"', by_column), ('[ignored]\nnote = "words of nobody knows whom"', "")
    )

    done = run_import(target, extract_file(tmp_path, [ALIVE + "k", DEAD + "v"]), mapping)

    assert [answer.outcome for answer in done.answers] == [Outcome.refused, Outcome.accepted]
    assert "does not belong in the registry blood" in done.answers[0].refusals[0].reason


def test_the_first_of_two_rows_with_one_reference_counts(fresh_database: str, tmp_path: Path) -> None:
    rows = [ALIVE.replace("A1", f"P{number // 2}").replace("1951", f"19{50 + number % 2}") for number in range(40)]

    with stored(fresh_database) as target:
        done = run_import(target, extract_file(tmp_path, rows), mapping_file(tmp_path), threads=8)

    assert [answer.outcome for answer in done.answers] == [Outcome.accepted, Outcome.refused] * 20
    assert [answer.row for answer in done.answers] == list(range(1, 41))


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (Actor(person=UUID(int=5), role=Role.reporter), NotPermitted),
        (Actor(person=UUID(int=5), role=Role.registrar), NotAnOfficer),
    ],
)
def test_who_may_not_import_is_told_at_once(
    actor: Actor, error: type[Exception], target: Target, tmp_path: Path
) -> None:
    before = target.counts()

    with pytest.raises(error):
        run_import(target, extract_file(tmp_path), mapping_file(tmp_path), actor=actor)

    assert target.counts() == before


@pytest.mark.parametrize(
    ("clinics", "error", "message"),
    [
        ({None: UUID(int=404)}, NotFound, "no clinic 00000000"),
        ({}, ClinicsUnresolved, "one clinic for all rows"),
        ({"hospital 1": CLINICS[0]}, ClinicsUnresolved, "without a name"),
    ],
)
def test_an_unknown_or_unresolved_clinic_ends_it_before_the_first_row(
    clinics: Clinics, error: type[Exception], message: str, target: Target, tmp_path: Path
) -> None:
    before = target.counts()

    with pytest.raises(error, match=message):
        run_import(target, extract_file(tmp_path), mapping_file(tmp_path), clinics)

    assert target.counts() == before


def test_a_clinic_named_in_any_row_must_be_resolved(target: Target, tmp_path: Path) -> None:
    mapping = mapping_file(
        tmp_path, ('registry = "blood"', 'registry = "blood"\nclinic = { column = "note" }'),
        NOTE_USED,
    )  # fmt: skip
    extract = extract_file(tmp_path, [ALIVE + "north", DEAD + "south"])
    before = target.counts()

    with pytest.raises(ClinicsUnresolved, match='--clinic "south=ID"'):
        run_import(target, extract, mapping, {"north": CLINICS[0]})
    assert target.counts() == before

    done = run_import(target, extract, mapping, {"north": CLINICS[0], "south": CLINICS[1]})
    assert [answer.clinic_id for answer in done.answers] == [CLINICS[0], CLINICS[1]]


def test_an_unknown_registry_ends_it_before_the_first_row(target: Target, tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path, ('registry = "blood"', 'registry = "stars"'))

    with pytest.raises(NotFound, match="no registry stars"):
        run_import(target, extract_file(tmp_path), mapping)


def test_a_store_that_goes_away_ends_it_and_what_was_answered_is_there(tmp_path: Path) -> None:
    target, registry = in_memory()
    rows = [ALIVE.replace("A1", f"P{number}") for number in range(10)]
    answered: list[RowAnswer] = []

    with _failing_after(registry, target.handler, 9), pytest.raises(StoreUnavailable):
        answered.extend(_answers(target, extract_file(tmp_path, rows), mapping_file(tmp_path)))
    again = run_import(target, extract_file(tmp_path, rows), mapping_file(tmp_path))

    assert len(answered) == 4
    assert [answer.outcome for answer in again.answers[:4]] == [Outcome.repeat] * 4
    assert again.summary.refused == 0
    assert target.counts()["FollowUpRecorded"] == 10


def _answers(target: Target, extract: Path, mapping: Path) -> Iterator[RowAnswer]:
    read = load_mapping(mapping)
    with CsvExtract(extract, read.shape) as opened:
        found = survey(opened, read)
        yield from import_extract(opened, read, found, ONE_CLINIC, target.handler, PHYSICIAN, threads=1)


@contextmanager
def _failing_after(registry: MemoryRegistry, handler: CommandHandler, saves: int) -> Iterator[None]:
    """Let the store refuse what comes after so many commands."""
    left = [saves]

    class Failing:
        def __getattr__(self, name: str) -> Any:
            return getattr(registry.store, name)

        def save(self, *arguments: Any) -> Any:
            if not left[0]:
                raise StoreUnavailable(problem="it was switched off")
            left[0] -= 1
            return registry.store.save(*arguments)

    handler.store = Failing()
    yield
    handler.store = registry.store
