"""What the public finds: published entries of listed clinics, nothing of all others, the same in every store."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.attestation import VerificationLevel
from domain.clinic import Clinic
from domain.dates import PartialDate
from domain.determination import DeterminationKind
from domain.errors import InvalidInput
from domain.listing_category import PUBLIC_ORDER, ListingCategory
from domain.reader import PUBLIC
from domain.verification import Verification
from projections.listing_answers import ClinicPage, Entry
from projections.public_listing import PublicListing, clinic_page, entries_of, search
from tests.projections.history import History, apply_in_batches, build, digest, society, uid
from tests.projections.published import correct, dispute, entry, listed_society, publish, question, settle, withdraw

SCHEMAS = itertools.count(1)
DAY = date(2026, 1, 1)
MEMBER = ListingCategory.not_yet_attested


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = PublicListing()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def page(cursor: psycopg.Cursor[Any], clinic: UUID, day: date = DAY, as_of: int | None = None) -> ClinicPage:
    found = clinic_page(cursor, clinic, reader=PUBLIC, day=day, as_of=as_of)
    assert found is not None
    return found


def only(cursor: psycopg.Cursor[Any], clinic: UUID) -> Entry:
    (found,) = entries_of(cursor, clinic, reader=PUBLIC, day=DAY)
    return found


def enrolled(category: ListingCategory | None = MEMBER) -> tuple[History, UUID]:
    history = History()
    cells = history.guideline("cells", "2025-01-02")
    knee = history.registry("knee", "2025-01-02", cells)
    clinic = history.clinic("Clinic", "2025-01-03", city="Zürich", website="https://clinic.example")
    history.enrol(clinic, "2025-02-01", knee)
    history.attest(clinic, "2025-02-10", cells)
    if category is not None:
        publish(history, "membership", entry(clinic, category, "Enrolled 1 February 2025"), "2025-02-10")
    return history, clinic


@pytest.mark.parametrize("category", PUBLIC_ORDER)
def test_every_category_is_shown_once_it_is_published_and_until_it_is_withdrawn(
    cursor: psycopg.Cursor[Any], category: ListingCategory
) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    known = len(history.log)
    listing = publish(history, "entry", entry(clinic, category), "2025-03-03")
    published = len(history.log)
    withdraw(history, listing, "2025-04-01")
    built(cursor, history)

    found = page(cursor, clinic, as_of=published)

    assert [(each.category, each.label, each.adverse) for each in found.clinic.entries] == [
        (category, category.label, category.adverse)
    ]
    assert [each.category for each in found.history] == [category]
    assert search(cursor, reader=PUBLIC, category=category, day=DAY, as_of=published).count == 1
    for position in (known, None):
        assert clinic_page(cursor, clinic, reader=PUBLIC, day=DAY, as_of=position) is None
        assert search(cursor, reader=PUBLIC, day=DAY, as_of=position).count == 0


def test_what_concerns_safety_stands_first_beside_the_participation(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    lifted = entry(clinic, ListingCategory.finding_lifted, condition=f"{uid('first case')}/9")
    publish(history, "lifted", lifted, "2025-03-01")
    interim = entry(clinic, ListingCategory.interim, condition=f"{uid('second case')}/3")
    publish(history, "interim", interim, "2025-03-02")
    built(cursor, history)

    (found,) = search(cursor, reader=PUBLIC, category=MEMBER, day=DAY).clinics

    assert [each.category.value for each in found.entries] == ["interim", "finding_lifted", "not_yet_attested"]
    assert search(cursor, reader=PUBLIC, category=ListingCategory.interim, day=DAY).clinics == (found,)
    assert search(cursor, reader=PUBLIC, day=DAY).count == 1


def test_an_entry_tells_what_its_event_says(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    told = entry(
        clinic, ListingCategory.declined, "Invited 3 March 2025, declined 3 April 2025", since=PartialDate("2025-04"),
        own_words="We report to <another> registry.",
    )  # fmt: skip
    publish(history, "entry", told, "2025-06-01")
    built(cursor, history)

    found = only(cursor, clinic)

    assert (found.sentence, found.source, found.since) == (told.sentence, told.source, "2025-04")
    assert found.own_words == "We report to <another> registry."
    assert found.published_at == history.log[-1].recorded_at
    assert (found.dispute, found.questioned_on) == (None, None)


def test_a_dispute_stands_beside_its_entry_and_so_does_the_answer(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    content = entry(clinic, ListingCategory.no_reply)
    listing = publish(history, "entry", content, "2025-06-01")
    said = dispute(history, listing, "2025-06-05", "We wrote on 1 May.")
    disputed = len(history.log)
    correct(history, listing, content, "2025-06-10", said, "Nothing arrived by then.")
    built(cursor, history)

    (open_one,) = entries_of(cursor, clinic, reader=PUBLIC, day=DAY, as_of=disputed)
    answered = only(cursor, clinic).dispute

    assert open_one.dispute is not None
    assert (open_one.dispute.ground, open_one.dispute.statement) == ("facts_wrong", "We wrote on 1 May.")
    assert (open_one.dispute.outcome, open_one.dispute.answer) == (None, None)
    assert answered is not None
    assert (answered.statement, answered.outcome) == ("We wrote on 1 May.", "upheld")
    assert answered.answer == "Nothing arrived by then."
    assert [(each.known_from, each.known_to) for each in page(cursor, clinic).history] == [
        (history.log[1].recorded_at, None)
    ]


@pytest.mark.parametrize(
    ("determination", "kind", "told"),
    [
        (f"{uid('entry')}/1", DeterminationKind.listing, True),
        (f"{uid('case')}/4", DeterminationKind.finding, True),
        (f"{uid('case')}/9", DeterminationKind.finding, True),
        (f"{uid('evidence')}/2", DeterminationKind.standing, True),
        (f"{uid('another entry')}/1", DeterminationKind.listing, False),
        (f"{uid('another case')}/4", DeterminationKind.finding, False),
    ],
)
def test_an_entry_in_question_says_so_until_that_is_settled(
    cursor: psycopg.Cursor[Any], determination: str, kind: DeterminationKind, told: bool
) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    rests: dict[str, Any] = {
        "condition": f"{uid('case')}/4",
        "evidence_ids": (f"{uid('evidence')}/2", f"{uid('case')}/4"),
    }
    publish(history, "entry", entry(clinic, ListingCategory.finding_published, **rests), "2025-06-01")
    matter = question(history, "matter", determination, "2025-07-01", kind)
    questioned = len(history.log)
    settle(history, matter, "2025-07-05")
    built(cursor, history)

    (found,) = entries_of(cursor, clinic, reader=PUBLIC, day=DAY, as_of=questioned)

    assert found.questioned_on == (date(2025, 7, 1) if told else None)
    assert only(cursor, clinic).questioned_on is None


def test_an_entry_that_was_changed_is_no_longer_in_question_for_its_earlier_words(
    cursor: psycopg.Cursor[Any],
) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    content = entry(clinic, ListingCategory.declined)
    listing = publish(history, "entry", content, "2025-06-01")
    question(history, "matter", f"{listing}/1", "2025-07-01")
    correct(history, listing, content, "2025-07-02")
    same = len(history.log)
    correct(history, listing, entry(clinic, ListingCategory.declined, "Other words"), "2025-07-03")
    built(cursor, history)

    (stands,) = entries_of(cursor, clinic, reader=PUBLIC, day=DAY, as_of=same)

    assert stands.questioned_on == date(2025, 7, 1)
    assert only(cursor, clinic).questioned_on is None


def test_an_entry_is_not_shown_after_its_last_day(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled(None)
    until: dict[str, Any] = {"shown_until": PartialDate("2026-02-10")}
    publish(history, "entry", entry(clinic, ListingCategory.participates, **until), "2025-02-10")
    built(cursor, history)

    assert entries_of(cursor, clinic, reader=PUBLIC, day=date(2026, 2, 10))
    assert not entries_of(cursor, clinic, reader=PUBLIC, day=date(2026, 2, 11))
    assert search(cursor, reader=PUBLIC, day=date(2026, 2, 11)).count == 0
    assert clinic_page(cursor, clinic, reader=PUBLIC, day=date(2026, 2, 11)) is None


def test_a_correction_for_longer_in_the_same_words_is_one_line_of_the_history(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    measure: dict[str, Any] = {"condition": f"{uid('case')}/4"}
    first = entry(clinic, ListingCategory.interim, shown_until=PartialDate("2025-04-01"), **measure)
    longer = entry(clinic, ListingCategory.interim, shown_until=PartialDate("2025-05-01"), **measure)
    listing = publish(history, "entry", first, "2025-03-02")
    correct(history, listing, longer, "2025-03-30")
    built(cursor, history)

    assert not entries_of(cursor, clinic, reader=PUBLIC, day=date(2025, 4, 2), as_of=2)
    assert [(each.known_from, each.known_to) for each in page(cursor, clinic, date(2025, 5, 1)).history] == [
        (history.log[1].recorded_at, None)
    ]


def test_a_listed_clinic_shows_what_is_public_of_it(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    built(cursor, history)

    found = page(cursor, clinic)

    assert [(each.title, each.joined_on) for each in found.registries] == [("Knee", "2025-02-01")]
    assert [(each.title, each.version, each.level) for each in found.guidelines] == [("Cells", "1", "self_attested")]
    assert (found.clinic.city, found.website) == ("Zürich", "https://clinic.example")


@pytest.mark.parametrize("category", [each for each in PUBLIC_ORDER if not each.enrolled])
def test_membership_is_told_beside_an_entry_that_says_so_and_beside_no_other(
    cursor: psycopg.Cursor[Any], category: ListingCategory
) -> None:
    history, clinic = enrolled(None)
    publish(history, "entry", entry(clinic, category), "2025-03-01")
    built(cursor, history)

    assert (page(cursor, clinic).registries, page(cursor, clinic).guidelines) == ((), ())


def test_that_an_attestation_lapsed_is_told_by_its_entry_and_by_nothing_before(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    lapse: dict[str, Any] = {"occurred_on": "2026-02-10", "guideline_id": uid("cells")}
    history.of_clinic(Clinic.AttestationLapsed, clinic, "2026-02-12", **lapse)
    before = len(history.log)
    withdraw(history, uid("membership"), "2026-02-12")
    publish(history, "lapsed", entry(clinic, ListingCategory.attestation_lapsed), "2026-04-12")
    built(cursor, history)

    assert [each.lapsed for each in page(cursor, clinic, as_of=before).guidelines] == [False]
    assert [each.lapsed for each in page(cursor, clinic).guidelines] == [True]


def test_documents_checked_are_told(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    level = VerificationLevel.documents_checked
    history.of_clinic(Clinic.AttestationVerified, clinic, "2025-03-01", guideline_id=uid("cells"), level=level)
    built(cursor, history)

    assert page(cursor, clinic).guidelines[0].level == "documents_checked"


def test_a_withdrawn_check_of_documents_is_told_no_more_but_a_withdrawn_inspection_leaves_it(
    cursor: psycopg.Cursor[Any],
) -> None:
    history, clinic = enrolled()
    checked = VerificationLevel.documents_checked
    history.of_clinic(Clinic.AttestationVerified, clinic, "2025-03-01", guideline_id=uid("cells"), level=checked)
    levels = []
    for on, level in (("2025-04-01", Verification.inspected), ("2025-05-01", Verification.documents_checked)):
        history.of_clinic(Clinic.VerificationWithdrawn, clinic, on, guideline_id=uid("cells"), level=level)
        built(cursor, history)
        levels.append(page(cursor, clinic).guidelines[0].level)

    assert levels == ["documents_checked", "self_attested"]


def test_the_history_tells_earlier_categories_with_their_times(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    published = history.log[-1].recorded_at
    withdraw(history, uid("membership"), "2025-06-01")
    publish(history, "left", entry(clinic, ListingCategory.withdrew), "2025-06-01")
    built(cursor, history)

    told = page(cursor, clinic).history

    assert [each.category for each in told] == [ListingCategory.withdrew, MEMBER]
    assert (told[1].known_from, told[1].known_to) == (published, history.log[-2].recorded_at)
    assert told[0].known_to is None


@pytest.mark.parametrize("category", [each for each in PUBLIC_ORDER if each.adverse or each.of_safety])
def test_an_adverse_or_lifted_entry_leaves_the_history_when_it_ends(
    cursor: psycopg.Cursor[Any], category: ListingCategory
) -> None:
    history, clinic = enrolled()
    listing = publish(history, "entry", entry(clinic, category), "2025-03-01")
    before = len(history.log)
    withdraw(history, listing, "2025-06-01")
    built(cursor, history)

    then = page(cursor, clinic, as_of=before).history

    assert [(each.category, each.known_to) for each in then] == [(category, None), (MEMBER, None)]
    assert [each.category for each in page(cursor, clinic).history] == [MEMBER]


def test_earlier_words_of_an_adverse_entry_are_not_told(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    listing = publish(history, "entry", entry(clinic, ListingCategory.declined, "Wrong"), "2025-03-01")
    correct(history, listing, entry(clinic, ListingCategory.declined, "Right"), "2025-03-05")
    built(cursor, history)

    assert [each.sentence for each in page(cursor, clinic).history] == ["Right"]


def listing_of_many() -> History:
    history = History()
    for name, country in (
        ("Klinik Örtli", "CH"), ("Clinica del Sol 100%", "ES"), ("CLÍNICA Luna", "ES"), ("Ørsted Klinik", "DK"),
        ("100 Clinics", "DK"),
    ):  # fmt: skip
        clinic = history.clinic(name, "2025-01-01", country=country, trading_names=(f"{name} Trade",))
        category = ListingCategory.no_reply if country == "ES" else MEMBER
        publish(history, f"entry of {name}", entry(clinic, category), "2025-03-01")
    return history


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ortli", {"Klinik Örtli"}),
        ("ÖRTLI", {"Klinik Örtli"}),
        ("clinica", {"Clinica del Sol 100%", "CLÍNICA Luna"}),
        ("orsted  klinik", {"Ørsted Klinik"}),
        ("100%", {"Clinica del Sol 100%"}),
        ("_", set()),
        ("", {"Klinik Örtli", "Clinica del Sol 100%", "CLÍNICA Luna", "Ørsted Klinik", "100 Clinics"}),
    ],
)
def test_names_are_found_without_case_and_accents(cursor: psycopg.Cursor[Any], text: str, found: set[str]) -> None:
    built(cursor, listing_of_many())

    result = search(cursor, reader=PUBLIC, text=text, day=DAY)

    assert {each.name.removesuffix(" Trade") for each in result.clinics} == found
    assert result.count == len(found)


def test_country_and_category_narrow_the_list(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, listing_of_many())

    spanish = search(cursor, reader=PUBLIC, country="es", day=DAY)
    silent = search(cursor, reader=PUBLIC, category=ListingCategory.no_reply, day=DAY)

    assert spanish.clinics == silent.clinics
    assert spanish.count == 2
    assert search(cursor, reader=PUBLIC, category=ListingCategory.declined, day=DAY).count == 0


def test_pages_follow_each_other_without_gap_or_repeat(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, listing_of_many())
    names: list[str] = []
    after = None

    while True:
        found = search(cursor, reader=PUBLIC, day=DAY, limit=2, after=after)
        names += [each.name for each in found.clinics]
        after = found.next
        if after is None:
            break

    assert found.count == 5
    assert names == [each.name for each in search(cursor, reader=PUBLIC, day=DAY).clinics]
    assert len(set(names)) == 5
    with pytest.raises(InvalidInput):
        search(cursor, reader=PUBLIC, day=DAY, after="elsewhere")


def test_an_entry_as_of_a_position_is_what_was_known_then(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    withdraw(history, uid("membership"), "2025-06-01")
    history.of_clinic(Clinic.ClinicDetailsCorrected, clinic, "2025-06-02")
    publish(history, "left", entry(clinic, ListingCategory.withdrew), "2025-06-03")
    built(cursor, history)

    categories = [
        [each.category.value for each in entries_of(cursor, clinic, reader=PUBLIC, day=DAY, as_of=position)]
        for position in range(1, len(history.log) + 1)
    ]

    assert categories == [[], [], [], [], [], [], ["not_yet_attested"], [], [], ["withdrew"]]
    assert page(cursor, clinic, as_of=7).clinic.name == "Clinic"


@pytest.mark.parametrize("lives", [society, listed_society])
def test_rows_do_not_depend_on_how_the_log_was_cut(cursor: psycopg.Cursor[Any], lives: Any) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 50), st.lists(st.integers(1, 150), max_size=12))
    def cut_anywhere(seed: int, cuts: list[int]) -> None:
        history = lives(seed)

        assert built(cursor, history, *cuts) == built(cursor, history)

    cut_anywhere()
