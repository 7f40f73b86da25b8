"""What is a case's own is told to the clinic from its notice on, and named in no row for anybody but the society."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from domain.determination import DeterminationKind
from domain.listing_category import ListingCategory
from domain.reader import OFFICER, PUBLIC, Reader, clinic
from domain.safety_case import SafetyCase
from infra.postgres import migrate
from projections import listings, obligations, public_listing
from projections.restricted_process import withheld_obligations
from tests.projections.history import History, apply_in_batches, build, enter
from tests.projections.populated import CONCERNED, ON, OTHER, Populated, build_all, told_case, untold_case
from tests.projections.published import entry, publish, question
from tests.projections.reader_questions import id_of
from tests.projections.test_audit_trail import CATALOGUE, CODEC


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def test_a_row_for_a_clinic_names_no_event_and_no_case_that_is_the_societys(cursor: psycopg.Cursor[Any]) -> None:
    build_all(cursor, Populated())
    enter(cursor, "built_listings")
    told, told_by_society = (listings.entries(cursor, reader=who, clinic_id=CONCERNED) for who in (
        clinic(CONCERNED), OFFICER
    ))  # fmt: skip
    (own,), proposed = told[:1], next(each for each in told_by_society if each.case_id)
    enter(cursor, "built_obligations")
    right = next(
        each for each in obligations.queue(cursor, reader=clinic(CONCERNED)).obligations if each.rule_id == "RE-30"
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


def test_a_clinic_is_told_how_long_a_measure_lasts_without_a_notice_and_of_nothing_else_of_its_case(
    cursor: psycopg.Cursor[Any],
) -> None:
    history = Populated()
    untold = untold_case(CONCERNED)
    measure = history.add(SafetyCase.InterimPublished, untold, "2026-05-01", clinic=CONCERNED)
    history._owe("IT-30 of the measure", untold, id_of(measure), CONCERNED)
    for each in history.log:
        each.disclosure = CATALOGUE.by_topic(each.topic).disclosure
    build_all(cursor, history)
    enter(cursor, "built_obligations")

    def owed(reader: Reader) -> list[tuple[str, str | None]]:
        found = obligations.queue(cursor, reader=reader, about=untold).obligations
        return sorted((each.rule_id, each.opened_by) for each in found)

    assert owed(OFFICER) == [("CA-180", f"{untold}/2"), ("IT-30", id_of(measure))]
    assert owed(clinic(CONCERNED)) == [("IT-30", None)]
    assert owed(clinic(OTHER)) == owed(PUBLIC) == []
    withheld = withheld_obligations(
        cursor, list(history.owed.values()), reader=clinic(CONCERNED), decode=CODEC.decode, as_of=None
    )
    assert withheld == history.untold


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
