"""Each query of the product asked as the public, the clinic concerned, another clinic, an officer and an auditor.

The queries are found by looking, so one that nobody asks here fails.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

import interfaces
from domain.determination import DeterminationKind
from domain.errors import InvalidInput
from domain.listing_category import ListingCategory
from domain.reader import AUDITOR, NOBODY, OFFICER, PUBLIC, Reader, ReaderKind, clinic, reader_of
from domain.safety_case import SafetyCase
from infra.postgres import migrate
from projections import audit_trail, compliance_status, duty_accounts, obligations, public_listing, queries
from projections.catalogue import READ_MODELS
from tests.projections.history import History, apply_in_batches, build, enter
from tests.projections.populated import (
    CONCERNED,
    NAMES,
    ON,
    OTHER,
    PATIENT,
    REPORTER,
    UNKNOWN,
    Populated,
    build_all,
    told_case,
    untold_case,
)
from tests.projections.published import entry, publish, question
from tests.projections.reader_questions import (
    LOGGED,
    NOT_ASKED,
    READING,
    SAME,
    TOLD,
    Told,
    found_queries,
    id_of,
    shown,
)
from tests.projections.test_audit_trail import CATALOGUE

READERS = {
    "public": PUBLIC,
    "clinic concerned": clinic(CONCERNED),
    "other clinic": clinic(OTHER),
    "officer": OFFICER,
    "auditor": AUDITOR,
}
SOCIETY = ("officer", "auditor")
MODELS = {each.name for each in READ_MODELS}


@pytest.fixture(scope="module")
def log() -> Populated:
    return Populated()


@pytest.fixture(scope="module")
def registry(module_database: str, log: Populated) -> Iterator[psycopg.Cursor[Any]]:
    migrate(module_database, {})
    with psycopg.connect(module_database, autocommit=True) as connection, connection.cursor() as opened:
        build_all(opened, log)
        yield opened


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def _enter(cursor: psycopg.Cursor[Any], query: str) -> None:
    module = query.partition(".")[0]
    enter(cursor, f"built_{module if module in MODELS else 'audit_trail'}")


def test_every_query_is_asked_as_every_reader() -> None:
    asked = [*TOLD, *SAME, *LOGGED, *NOT_ASKED]

    assert sorted(asked) == sorted(found_queries())
    assert {name.partition(".")[0] for name in (*TOLD, *SAME, *LOGGED)} >= MODELS


@pytest.mark.parametrize("name", sorted({*TOLD, *SAME, *LOGGED}))
def test_no_query_can_be_asked_by_nobody(name: str) -> None:
    reader = inspect.signature(found_queries()[name]).parameters["reader"]

    assert (reader.kind, reader.default, reader.annotation) == (reader.KEYWORD_ONLY, reader.empty, "Reader")


@pytest.mark.parametrize("name", sorted(TOLD))
@pytest.mark.parametrize("about", [CONCERNED, OTHER, None], ids=["of concerned", "of another", "of all"])
def test_what_is_of_a_clinic_is_told_to_it_and_to_the_society(
    registry: psycopg.Cursor[Any], log: Populated, name: str, about: UUID | None
) -> None:
    _enter(registry, name)
    query = TOLD[name]
    asked_of = [about] if about else list(NAMES)
    if about is None and not query.of_all:
        return

    answers = {reader: repr(query.ask(registry, who, about)) for reader, who in READERS.items()}

    for reader, who in READERS.items():
        of = asked_of if who.of_society else [each for each in asked_of if who.is_clinic(each)]
        every = _marks(query, log, list(NAMES), society=True)
        assert {mark for mark in every if mark in answers[reader]} == _marks(query, log, of, society=who.of_society)
    assert answers["officer"] == answers["auditor"]


def _marks(query: Told, log: Populated, clinics: list[UUID], *, society: bool) -> set[str]:
    party = {mark for each in clinics for mark in query.party(log, each)}
    return party | {mark for each in clinics for mark in query.society(log, each)} if society else party


@pytest.mark.parametrize("name", sorted(TOLD))
def test_what_may_not_be_seen_is_answered_as_what_there_is_not(registry: psycopg.Cursor[Any], name: str) -> None:
    _enter(registry, name)
    query = TOLD[name]

    def answer(reader: Reader, about: UUID | None) -> str:
        told = repr(query.ask(registry, reader, about))
        return told.replace(str(about), "<this one>") if about else told

    for reader in (PUBLIC, clinic(OTHER)):
        assert answer(reader, CONCERNED) == answer(reader, UNKNOWN)
        assert answer(reader, CONCERNED) != answer(OFFICER, CONCERNED)
    if query.of_all:
        assert answer(PUBLIC, None) == answer(PUBLIC, UNKNOWN)
        assert answer(clinic(OTHER), None) == answer(clinic(OTHER), OTHER).replace("<this one>", str(OTHER))


@pytest.mark.parametrize("name", sorted(SAME))
def test_what_is_public_is_told_to_everybody_alike(registry: psycopg.Cursor[Any], log: Populated, name: str) -> None:
    _enter(registry, name)

    answers = {repr(SAME[name](registry, reader, CONCERNED)) for reader in READERS.values()}

    assert len(answers) == 1
    assert answers.isdisjoint({"None", "[]", "()"})
    hidden = {*map(str, log.owed.values()), *(str(each(of)) for of in NAMES for each in (told_case, untold_case))}
    assert not any(each in answer for answer in answers for each in hidden)


@pytest.mark.parametrize("name", sorted(LOGGED))
@pytest.mark.parametrize("reader", READERS)
def test_events_are_shown_by_their_class(registry: psycopg.Cursor[Any], log: Populated, name: str, reader: str) -> None:
    _enter(registry, name)
    who, query = READERS[reader], LOGGED[name]
    kept_back = log.untold if query.keeps_back and not who.of_society else set()

    expected = {id_of(each) for each in log.log if shown(who, each) and each.aggregate_id not in kept_back}

    assert query.ask(registry, who, log) == expected
    assert {each.disclosure for each in log.log} == {"public", "party", "restricted"}


PAGED: dict[str, Callable[[psycopg.Cursor[Any], Reader, Any], tuple[list[Any], Any]]] = {
    "obligations.queue": lambda cursor, reader, after: _rows(
        obligations.queue(cursor, reader=reader, limit=1, after=after), "obligations", "next"
    ),
    "compliance_status.list_status": lambda cursor, reader, after: _rows(
        compliance_status.list_status(cursor, ON, reader=reader, limit=1, after=after), "duties", "next"
    ),
    "duty_accounts.list_status": lambda cursor, reader, after: _rows(
        duty_accounts.list_status(cursor, ON, reader=reader, limit=1, after=after), "duties", "next"
    ),
    "audit_trail.of_log": lambda cursor, reader, after: _rows(
        audit_trail.of_log(cursor, reader=reader, limit=1, after=after or 0, **READING), "entries", "after"
    ),
}


def _rows(page: Any, rows: str, following: str) -> tuple[list[Any], Any]:
    return list(getattr(page, rows)), getattr(page, following)


@pytest.mark.parametrize("name", sorted(PAGED))
@pytest.mark.parametrize("reader", READERS)
def test_pages_are_full_and_end_where_a_readers_own_rows_end(
    registry: psycopg.Cursor[Any], log: Populated, name: str, reader: str
) -> None:
    _enter(registry, name)
    who, after, pages = READERS[reader], None, list[list[Any]]()
    while True:
        rows, after = PAGED[name](registry, who, after)
        pages.append(rows)
        if after is None:
            break

    told = [each for rows in pages for each in rows]
    whole = {
        "obligations.queue": lambda: list(obligations.queue(registry, reader=who).obligations),
        "compliance_status.list_status": lambda: list(compliance_status.list_status(registry, ON, reader=who).duties),
        "duty_accounts.list_status": lambda: list(duty_accounts.list_status(registry, ON, reader=who).duties),
        "audit_trail.of_log": lambda: audit_trail.of_log(registry, reader=who, **READING).entries,
    }[name]()
    assert told == whole
    # A page that ends the log may find out only by asking for one more.
    assert all(len(rows) == 1 for rows in pages[:-1])


def test_a_sealed_part_is_shown_by_its_own_class(registry: psycopg.Cursor[Any]) -> None:
    enter(registry, "built_audit_trail")

    subjects = {
        reader: {
            part.subject
            for each in audit_trail.of_clinic(registry, CONCERNED, reader=who, **READING).entries
            for part in each.sealed
        }
        for reader, who in READERS.items()
    }

    assert subjects == {
        "public": set(),
        "clinic concerned": {PATIENT},
        "other clinic": set(),
        "officer": {REPORTER, PATIENT},
        "auditor": {REPORTER, PATIENT},
    }


def test_what_is_public_holds_no_person_and_nothing_sealed(registry: psycopg.Cursor[Any]) -> None:
    enter(registry, "built_audit_trail")

    entries = audit_trail.of_log(registry, reader=PUBLIC, **READING).entries

    assert entries
    for each in entries:
        assert (each.who.person, each.who.on_behalf_of, each.who.source, each.sealed) == (None, None, None, ())


def test_a_row_for_a_clinic_names_no_event_and_no_case_that_is_the_societys(registry: psycopg.Cursor[Any]) -> None:
    from projections import listings

    enter(registry, "built_listings")
    told, told_by_society = (listings.entries(registry, reader=who, clinic_id=CONCERNED) for who in (
        clinic(CONCERNED), OFFICER
    ))  # fmt: skip
    (own,), proposed = told[:1], next(each for each in told_by_society if each.case_id)
    enter(registry, "built_obligations")
    right = next(
        each for each in obligations.queue(registry, reader=clinic(CONCERNED)).obligations if each.rule_id == "RE-30"
    )

    assert proposed.condition == f"{told_case(CONCERNED)}/2"
    assert (own.case_id, own.condition, own.evidence) == (None, None, [f"{CONCERNED}/3"])
    assert (right.about, right.opened_by) == (told_case(CONCERNED), None)


def test_a_clinic_is_told_of_a_case_from_its_notice_on_and_of_one_reopened_from_the_next(
    cursor: psycopg.Cursor[Any],
) -> None:
    history = Populated()
    told, own = told_case(CONCERNED), clinic(CONCERNED)
    delivered = next(
        each.position for each in history.log if each.aggregate_id == told and each.kind is SafetyCase.NoticeDelivered
    )
    for step in (SafetyCase.CaseReopened, SafetyCase.PanelConvened):
        again = history.add(step, told, "2026-05-01", clinic=CONCERNED)
    history._owe("CA-180 again", told, id_of(again), CONCERNED)
    for each in history.log:
        each.disclosure = CATALOGUE.by_topic(each.topic).disclosure
    build_all(cursor, history)
    enter(cursor, "built_obligations")

    def owed(as_of: int | None = None, reader: Reader = own) -> list[str]:
        found = obligations.queue(cursor, reader=reader, about=told, as_of=as_of).obligations
        return sorted(each.rule_id for each in found)

    assert owed(delivered - 1) == []
    assert owed(delivered - 1, OFFICER) == ["CA-180"]
    assert owed(delivered) == ["CA-180"]
    assert owed() == ["CA-180", "RE-30"]
    assert owed(reader=OFFICER) == ["CA-180", "CA-180", "RE-30"]


def test_the_public_is_told_of_who_has_an_entry_and_of_no_case_or_doubt_behind_it(
    cursor: psycopg.Cursor[Any],
) -> None:
    history = History()
    history.clinic("concerned", "2026-01-02")
    history.clinic("another", "2026-01-02")
    case = told_case(CONCERNED)
    measure = entry(CONCERNED, ListingCategory.interim, condition=f"{case}/3", evidence_ids=(f"{case}/3",))
    publish(history, "measure", measure, "2026-03-01")
    matter = question(history, "matter", f"{case}/3", "2026-03-01", DeterminationKind.finding)
    model = public_listing.PublicListing()
    build(cursor, model, "built_listing")
    apply_in_batches(cursor, model, history.log)

    found = public_listing.clinic_page(cursor, CONCERNED, reader=PUBLIC, day=ON)
    answers = repr((public_listing.search(cursor, reader=PUBLIC, day=ON), found))

    assert found is not None
    assert found.clinic.entries[0].questioned_on is not None
    assert str(CONCERNED) in answers
    assert not any(str(each) in answers for each in (OTHER, case, matter))


def test_the_interfaces_ask_by_no_other_way() -> None:
    folder = Path(interfaces.__path__[0])
    private = [rf"\b{re.escape(name)}\b" for name in NOT_ASKED]
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        asked = " ".join(_imported(text)) + text
        assert not [name for name in private if re.search(name, asked)], path
        if path.is_relative_to(folder / "cli") or path.is_relative_to(folder / "web"):
            # What they ask the log themselves is how long it is and when it was written, never what is in it.
            for statement in _statements(text):
                assert not re.search(r"originator|clinic|topic|state|disclosure|count\(", statement), path


def _imported(text: str) -> Iterator[str]:
    for each in ast.walk(ast.parse(text)):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("projections."):
            yield from (f"{(each.module or '').removeprefix('projections.')}.{name.name}" for name in each.names)


def _statements(text: str) -> list[str]:
    strings = [each.value for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant)]
    return [each for each in strings if isinstance(each, str) and re.search(r"\bFROM\s+\w", each)]


def test_a_reader_is_written_as_one_word_or_a_clinic_with_its_id() -> None:
    assert [reader_of(each) for each in ("public", "officer", "auditor")] == [PUBLIC, OFFICER, AUDITOR]
    assert reader_of(f"clinic:{OTHER}") == clinic(OTHER)
    for wrong in ("", "clinic", f"public:{OTHER}", "clinic:nobody", "everybody", f"clinic:{NOBODY}"):
        with pytest.raises(InvalidInput):
            reader_of(wrong)
    assert {each.value for each in ReaderKind} == {"public", "clinic", "officer", "auditor"}


def test_the_check_finds_a_query_that_forgets_its_reader(
    registry: psycopg.Cursor[Any], log: Populated, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetful = TOLD["queries.work_list"]._replace(
        ask=lambda cursor, _, about: queries.work_list(cursor, reader=OFFICER, clinic_id=about)
    )
    monkeypatch.setitem(TOLD, "queries.work_list", forgetful)

    with pytest.raises(AssertionError):
        test_what_is_of_a_clinic_is_told_to_it_and_to_the_society(registry, log, "queries.work_list", CONCERNED)
    with pytest.raises(AssertionError):
        test_what_may_not_be_seen_is_answered_as_what_there_is_not(registry, "queries.work_list")
