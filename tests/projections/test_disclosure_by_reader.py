"""Each query of the product asked as the public, the clinic concerned, another clinic, an officer and an auditor.

The queries are found by looking, so one that nobody asks here fails.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.reader import AUDITOR, OFFICER, PUBLIC, Reader, clinic
from infra.postgres import migrate
from projections import audit_trail, compliance_status, duty_accounts, obligations, queries
from projections.catalogue import READ_MODELS
from tests.projections.found_queries import NOT_ASKED, found_queries
from tests.projections.history import enter
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
from tests.projections.reader_questions import (
    LOGGED,
    READING,
    SAME,
    TOLD,
    Told,
    id_of,
    shown,
)

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
