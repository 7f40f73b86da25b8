"""Each read model asked as the public, the clinic concerned, another clinic, an officer and an auditor.

Read models know no reader; they are asked for a class of disclosure or for one clinic. The table of what each reader
may ask stands here and has a row for every read model: a new one without its row fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest

from domain.determination import DeterminationKind
from domain.listing_category import ListingCategory
from domain.query import QueryAsked
from domain.safety_case import SafetyCase
from domain.safety_notice import SafetyNotice
from domain.standing import Standing, standing_id
from infra.postgres import migrate
from projections import (
    audit_trail,
    compliance_status,
    duty_accounts,
    listings,
    obligations,
    public_listing,
    queries,
    safety_cases,
    safety_notices,
    standings,
)
from projections.catalogue import READ_MODELS
from tests.projections.history import History, apply_in_batches, build, enter, uid
from tests.projections.published import entry as published_entry
from tests.projections.published import publish, question
from tests.projections.test_audit_trail import CODEC, one_of_each, stored
from tests.projections.test_listings import entry, propose
from tests.projections.test_obligations import open_one
from tests.projections.test_queries import raise_query

CONCERNED, OTHER = uid("concerned"), uid("another")
ON = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALL = frozenset({"public", "party", "restricted"})


class Reader(NamedTuple):
    """Somebody who asks: which classes are theirs, and of which clinic alone, if of one."""

    name: str
    classes: frozenset[str]
    clinic: UUID | None = None

    @property
    def of_society(self) -> bool:
        """Return whether the society's work lists are theirs."""
        return self.classes == ALL


READERS = (
    Reader("public", frozenset({"public"})),
    Reader("clinic concerned", frozenset({"public", "party"}), CONCERNED),
    Reader("other clinic", frozenset({"public", "party"}), OTHER),
    Reader("officer", ALL),
    Reader("auditor", ALL),
)

Ask = Callable[[psycopg.Cursor[Any], Reader], list[Any]]


def _party(query: Callable[..., Any], cursor: psycopg.Cursor[Any], reader: Reader, **how: Any) -> list[Any]:
    """Ask what is of the society and the clinic concerned; the public has nothing to ask."""
    if reader.of_society or reader.clinic is not None:
        return [query(cursor, **how)]
    return []


ASKED: dict[str, Ask] = {
    "audit_trail": lambda cursor, reader: _trail(cursor, reader),
    "compliance_status": lambda cursor, reader: _party(
        compliance_status.list_status, cursor, reader, day=ON, clinic=reader.clinic
    ),
    "duty_accounts": lambda cursor, reader: _party(
        duty_accounts.list_status, cursor, reader, day=ON, clinic=reader.clinic
    ),
    "listings": lambda cursor, reader: _party(listings.entries, cursor, reader, clinic_id=reader.clinic),
    "obligations": lambda cursor, reader: _party(obligations.queue, cursor, reader, clinic_id=reader.clinic),
    "public_listing": lambda cursor, _: [public_listing.search(cursor, day=ON)],
    "queries": lambda cursor, reader: _party(queries.work_list, cursor, reader, clinic_id=reader.clinic),
    "safety_cases": lambda cursor, reader: [safety_cases.cases(cursor, NOON)] if reader.of_society else [],
    "safety_notices": lambda cursor, _: list(safety_notices.notices(cursor)),
    "standings": lambda cursor, reader: _party(standings.standings, cursor, reader, clinic_id=reader.clinic),
}
"""What each reader is given by each read model."""

PUBLIC = frozenset({"public_listing", "safety_notices"})
"""Read models whose answer is the same for everybody."""

RESTRICTED = frozenset({"safety_cases"})
"""Read models that the society and its auditors alone are given."""


def _trail(cursor: psycopg.Cursor[Any], reader: Reader) -> list[Any]:
    how: dict[str, Any] = {"decode": CODEC.decode, "limit": 10_000}
    if reader.of_society:
        return audit_trail.of_log(cursor, **how).entries
    everybodys = audit_trail.of_log(cursor, disclosures=["public"], **how).entries
    if reader.clinic is None:
        return everybodys
    return [*everybodys, *audit_trail.of_clinic(cursor, reader.clinic, disclosures=["party"], **how).entries]


def told() -> tuple[History, dict[UUID, set[UUID]]]:
    """Return a log about two clinics, and the ids of what is of each alone, its own among them."""
    history = History()
    guideline = history.guideline("hygiene", "2026-01-01")
    registry = history.registry("knee", "2026-01-01", guideline)
    own: dict[UUID, set[UUID]] = {}
    for name, clinic in (("concerned", CONCERNED), ("another", OTHER)):
        history.clinic(name, "2026-01-02")
        history.enrol(clinic, "2026-01-03", registry)
        asked = raise_query(history, f"{name} asked", "2026-01-04", clinic, QueryAsked.clinic, f"event of {name}")
        owed = open_one(history, "TX-30", f"treatment of {name}", "2026-02-03", clinic, "2026-01-05")
        propose(history, f"entry of {name}", entry(clinic, ListingCategory.declined, "Declined"), "2026-01-05")
        history.add(SafetyCase.ConcernRaised, uid(f"case of {name}"), "2026-01-06", clinic=clinic)
        history.add(Standing.StandingAssessed, standing_id(clinic), "2026-03-31", clinic=clinic)
        own[clinic] = {clinic, asked, owed, uid(f"entry of {name}"), uid(f"case of {name}")}
    history.add(SafetyNotice.SafetyNoticePublished, uid("notice"), "2026-01-06")
    return history, own


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def test_every_read_model_says_what_each_reader_is_given() -> None:
    assert {each.name for each in READ_MODELS} == set(ASKED)


@pytest.mark.parametrize("name", sorted(set(ASKED) - {"audit_trail"}))
def test_a_clinic_is_given_its_own_and_the_public_what_is_public(cursor: psycopg.Cursor[Any], name: str) -> None:
    history, own = told()
    model = next(each for each in READ_MODELS if each.name == name)()
    build(cursor, model, f"built_{name}")
    apply_in_batches(cursor, model, history.log)
    enter(cursor, f"built_{name}")

    answers = {reader.name: repr(ASKED[name](cursor, reader)) for reader in READERS}

    given = {reader: {clinic for clinic in own if _tells(answer, own[clinic])} for reader, answer in answers.items()}
    assert answers["officer"] == answers["auditor"]
    if name in PUBLIC:
        assert len(set(answers.values())) == 1
        return
    assert given == {
        "public": set(),
        "clinic concerned": set() if name in RESTRICTED else {CONCERNED},
        "other clinic": set() if name in RESTRICTED else {OTHER},
        "officer": {CONCERNED, OTHER},
        "auditor": {CONCERNED, OTHER},
    }


def test_the_public_is_told_of_who_has_an_entry_and_of_no_case_or_doubt_behind_it(
    cursor: psycopg.Cursor[Any],
) -> None:
    history, _ = told()
    case, matter = uid("case of concerned"), uid("matter")
    measure = published_entry(CONCERNED, ListingCategory.interim, condition=f"{case}/3", evidence_ids=(f"{case}/3",))
    publish(history, "measure", measure, "2026-03-01")
    question(history, "matter", f"{case}/3", "2026-03-01", DeterminationKind.finding)
    model = public_listing.PublicListing()
    build(cursor, model, "built_listing")
    apply_in_batches(cursor, model, history.log)

    found = public_listing.clinic_page(cursor, CONCERNED, day=ON)
    answers = repr((public_listing.search(cursor, day=ON), found))

    assert found is not None
    assert found.clinic.entries[0].questioned_on is not None
    assert _tells(answers, {CONCERNED})
    assert not _tells(answers, {OTHER, case, matter})


def _tells(answer: str, ids: set[UUID]) -> bool:
    return any(str(each) in answer for each in ids)


def test_the_trail_shows_each_reader_its_classes_and_a_clinic_its_own(cursor: psycopg.Cursor[Any]) -> None:
    log = one_of_each()
    concerned = {each.clinic_id for each in log if each.clinic_id is not None}
    stored(cursor, log)
    (clinic,) = concerned

    shown = {
        reader.name: {(each.type, each.disclosure) for each in _trail(cursor, reader)}
        for reader in (*(each for each in READERS if each.clinic != CONCERNED), _of(clinic))
    }

    every = {(type(each.event).__name__, each.disclosure) for each in log}
    assert shown["officer"] == shown["auditor"] == every
    assert shown["public"] == shown["other clinic"] == {each for each in every if each[1] == "public"}
    assert shown["clinic concerned"] == {each for each in every if each[1] != "restricted"}
    assert {each for _, each in every} == ALL


def _of(clinic: UUID) -> Reader:
    return next(each for each in READERS if each.clinic == CONCERNED)._replace(clinic=clinic)


def test_what_is_public_holds_no_person_and_nothing_sealed(cursor: psycopg.Cursor[Any]) -> None:
    stored(cursor, one_of_each())

    entries = _trail(cursor, READERS[0])

    assert entries
    for each in entries:
        assert (each.who.person, each.who.on_behalf_of, each.who.source, each.sealed) == (None, None, None, ())


def test_the_check_finds_a_query_that_forgets_the_clinic(
    cursor: psycopg.Cursor[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ASKED, "queries", lambda cursor, _: [queries.work_list(cursor)])

    with pytest.raises(AssertionError):
        test_a_clinic_is_given_its_own_and_the_public_what_is_public(cursor, "queries")
