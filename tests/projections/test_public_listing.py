"""What the public finds: one entry per listed clinic, none for all others, adverse ones in a simulated store alone."""

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
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.public_category import PublicCategory
from domain.registry import Registry
from domain.verification import Verification
from projections.public_listing import ClinicPage, PublicListing, clinic_page, entry, search
from tests.projections.history import History, apply_in_batches, build, digest, society, uid

SCHEMAS = itertools.count(1)
DAY = date(2026, 1, 1)


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def built(cursor: psycopg.Cursor[Any], history: History, *cuts: int) -> dict[str, list[str]]:
    model = PublicListing()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log, cuts)
    return digest(cursor, model)


def page(cursor: psycopg.Cursor[Any], clinic: UUID, day: date = DAY) -> ClinicPage:
    found = clinic_page(cursor, clinic, day=day, simulated=True)
    assert found is not None
    return found


def enrolled(*, attest: bool = True) -> tuple[History, UUID]:
    history = History()
    cells = history.guideline("cells", "2025-01-02")
    knee = history.registry("knee", "2025-01-02", cells)
    clinic = history.clinic("Clinic", "2025-01-03", city="Zürich", website="https://clinic.example")
    history.enrol(clinic, "2025-02-01", knee)
    if attest:
        history.attest(clinic, "2025-02-10", cells)
    return history, clinic


STATES: dict[str, tuple[tuple[type[Any], ...], PublicCategory | None]] = {
    "prospect": ((), None),
    "invited": ((Clinic.ClinicInvited,), None),
    "undeliverable": ((Clinic.ClinicInvited, Clinic.InvitationReturned), None),
    "no response": ((Clinic.ClinicInvited, Clinic.InvitationLapsed), PublicCategory.invited_no_reply),
    "declined": ((Clinic.ClinicInvited, Clinic.InvitationDeclined), PublicCategory.invited_declined),
    "accepted": ((Clinic.ClinicInvited, Clinic.InvitationAccepted), None),
    "accepted late": ((Clinic.ClinicInvited, Clinic.InvitationLapsed, Clinic.InvitationAccepted), None),
    "applied": ((Clinic.EnrolmentRequested,), None),
    "refused": ((Clinic.EnrolmentRequested, Clinic.EnrolmentRefused), None),
    "out of scope": ((Clinic.ClinicFoundOutOfScope,), None),
    "closed": ((Clinic.ClinicClosed,), None),
    "merged": ((Clinic.ClinicMergedInto,), None),
    "not participating": (
        (Clinic.ClinicInvited, Clinic.InvitationAccepted, Clinic.ParticipationLapsed),
        PublicCategory.does_not_participate,
    ),
    "withdrew": ((Clinic.EnrolmentRequested, Clinic.ClinicEnrolled, Clinic.ClinicWithdrew), PublicCategory.withdrew),
    "closed after listing": ((Clinic.ClinicInvited, Clinic.InvitationLapsed, Clinic.ClinicClosed), None),
    "invited again": ((Clinic.ClinicInvited, Clinic.InvitationLapsed, Clinic.ClinicInvited), None),
    "enrolled": ((Clinic.EnrolmentRequested, Clinic.ClinicEnrolled), PublicCategory.enrolled_not_yet_attested),
}


@pytest.mark.parametrize("state", STATES)
def test_a_clinic_is_listed_by_its_participation(cursor: psycopg.Cursor[Any], state: str) -> None:
    events, category = STATES[state]
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    for kind in events:
        history.of_clinic(kind, clinic, "2025-03-01")
    built(cursor, history)

    found = entry(cursor, clinic, day=DAY, simulated=True)

    assert (found.category if found else None) is category
    assert (clinic_page(cursor, clinic, day=DAY, simulated=True) is not None) == (category is not None)
    in_a_real_store = category is not None and not category.adverse
    assert (clinic_page(cursor, clinic, day=DAY, simulated=False) is not None) == in_a_real_store
    assert search(cursor, day=DAY, simulated=False).count == int(in_a_real_store)


def test_silence_is_told_with_its_dates_and_proof(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-03")
    history.of_clinic(Clinic.InvitationDelivered, clinic, "2025-03-06", occurred_on="2025-03-05")
    history.of_clinic(Clinic.InvitationReminded, clinic, "2025-04-04", reminder=1)
    history.of_clinic(Clinic.InvitationReminded, clinic, "2025-05-04", reminder=2)
    history.of_clinic(Clinic.InvitationReminded, clinic, "2025-05-14", reminder=2)
    history.of_clinic(Clinic.InvitationLapsed, clinic, "2025-06-07", occurred_on="2025-06-03")
    built(cursor, history)

    found = page(cursor, clinic).entry

    assert found.sentence == "Invited 3 March 2025, two reminders, no reply by 3 June 2025"
    assert "delivery proved 5 March 2025" in found.source
    assert found.since == "2025-06-03"


def test_a_participating_clinic_shows_what_is_public_of_it(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    built(cursor, history)

    found = page(cursor, clinic)

    assert found.entry.category is PublicCategory.participates
    assert found.entry.sentence == (
        "Enrolled 1 February 2025, attested to the guideline that applies 10 February 2025, "
        "valid until 10 February 2026"
    )
    assert [(each.title, each.joined_on) for each in found.registries] == [("Knee", "2025-02-01")]
    assert [(each.title, each.version, each.level) for each in found.guidelines] == [("Cells", "1", "self_attested")]
    assert (found.entry.city, found.website) == ("Zürich", "https://clinic.example")


def test_participates_is_not_shown_after_the_last_valid_day(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    built(cursor, history)

    assert entry(cursor, clinic, day=date(2026, 2, 10), simulated=True) is not None
    assert entry(cursor, clinic, day=date(2026, 2, 11), simulated=True) is None
    assert search(cursor, day=date(2026, 2, 11), simulated=True).count == 0


def test_a_recorded_lapse_takes_its_place(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    history.of_clinic(
        Clinic.AttestationLapsed, clinic, "2026-02-12", occurred_on="2026-02-10", guideline_id=uid("cells")
    )
    built(cursor, history)

    found = page(cursor, clinic, date(2026, 3, 1)).entry

    assert found.category is PublicCategory.enrolled_attestation_lapsed
    assert found.sentence == "Enrolled 1 February 2025, attestation lapsed 10 February 2026"


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


def test_a_registry_that_asks_for_more_changes_the_entry(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    more = history.guideline("hygiene", "2025-05-01")
    history.registry("knee", "2025-05-02", uid("cells"), more, kind=Registry.RegistryRevised)
    built(cursor, history)

    found = page(cursor, clinic).entry

    assert found.category is PublicCategory.enrolled_not_yet_attested
    assert found.sentence.endswith("not yet attested to 1 of the 2 guidelines that apply")
    assert found.since == "2025-05-02"


def test_own_words_of_declining_are_shown_verbatim(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-03")
    history.of_clinic(Clinic.InvitationDeclined, clinic, "2025-04-03", own_words="We report to <another> registry.")
    built(cursor, history)

    assert page(cursor, clinic).own_words == "We report to <another> registry."


def test_the_history_tells_earlier_categories_with_their_times(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled(attest=False)
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-06-01")
    built(cursor, history)

    told = page(cursor, clinic).history

    assert [each.category for each in told] == [PublicCategory.withdrew, PublicCategory.enrolled_not_yet_attested]
    assert told[1].known_to == told[0].known_from == history.log[-1].recorded_at
    assert told[0].known_to is None


def test_a_real_store_does_not_tell_adverse_history(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    for kind in (Clinic.ClinicInvited, Clinic.InvitationLapsed, Clinic.EnrolmentRequested, Clinic.ClinicEnrolled):
        history.of_clinic(kind, clinic, "2025-03-01")
    built(cursor, history)

    found = clinic_page(cursor, clinic, day=DAY, simulated=False)

    assert found is not None
    assert [each.category for each in found.history] == [PublicCategory.enrolled_not_yet_attested]


def listing_of_many() -> History:
    history = History()
    for name, country in (
        ("Klinik Örtli", "CH"), ("Clinica del Sol 100%", "ES"), ("CLÍNICA Luna", "ES"), ("Ørsted Klinik", "DK"),
        ("100 Clinics", "DK"),
    ):  # fmt: skip
        clinic = history.clinic(name, "2025-01-01", country=country, trading_names=(f"{name} Trade",))
        silent, joined = STATES["no response"][0], STATES["enrolled"][0]
        for kind in silent if country == "ES" else joined:
            history.of_clinic(kind, clinic, "2025-03-01", role=Role.registrar)
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

    result = search(cursor, text=text, day=DAY, simulated=True)

    assert {each.name.removesuffix(" Trade") for each in result.entries} == found
    assert result.count == len(found)


def test_country_and_category_narrow_the_list(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, listing_of_many())

    spanish = search(cursor, country="es", day=DAY, simulated=True)
    silent = search(cursor, category=PublicCategory.invited_no_reply, day=DAY, simulated=True)

    assert spanish.entries == silent.entries
    assert spanish.count == 2
    assert search(cursor, category=PublicCategory.invited_no_reply, day=DAY, simulated=False).count == 0


def test_pages_follow_each_other_without_gap_or_repeat(cursor: psycopg.Cursor[Any]) -> None:
    built(cursor, listing_of_many())
    names: list[str] = []
    after = None

    while True:
        found = search(cursor, day=DAY, simulated=True, limit=2, after=after)
        names += [each.name for each in found.entries]
        after = found.next
        if after is None:
            break

    assert found.count == 5
    assert names == [each.name for each in search(cursor, day=DAY, simulated=True).entries]
    assert len(set(names)) == 5
    with pytest.raises(InvalidInput):
        search(cursor, day=DAY, simulated=True, after="elsewhere")


def test_an_entry_as_of_a_position_is_what_was_known_then(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-06-01")
    built(cursor, history)

    categories = []
    for position in range(1, len(history.log) + 1):
        found = entry(cursor, clinic, day=date(2025, 6, 1), simulated=True, as_of=position)
        categories.append(found.category.value if found else None)

    assert categories == [
        None, None, None, None, "enrolled_not_yet_attested", "participates", "withdrew",
    ]  # fmt: skip


def test_rows_do_not_depend_on_how_the_log_was_cut(cursor: psycopg.Cursor[Any]) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 50), st.lists(st.integers(1, 120), max_size=12))
    def cut_anywhere(seed: int, cuts: list[int]) -> None:
        history = society(seed)

        assert built(cursor, history, *cuts) == built(cursor, history)

    cut_anywhere()


def test_a_partial_date_stays_partial(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.EnrolmentRequested, clinic, "2025-03-01")
    history.of_clinic(Clinic.ClinicEnrolled, clinic, "2025-03-01", occurred_on=PartialDate("2025-02"))
    built(cursor, history)

    assert page(cursor, clinic).entry.sentence.startswith("Enrolled February 2025,")


REPLIES: tuple[tuple[tuple[type[Any], ...], str], ...] = (
    ((Clinic.InvitationDeclined,), "Applied for enrolment, withdrew 3 June 2025"),
    ((Clinic.InvitationLapsed,), "Applied for enrolment, withdrew 3 June 2025"),
    ((Clinic.InvitationAccepted,), "Accepted the invitation 3 April 2025, withdrew 3 June 2025"),
    ((Clinic.InvitationAccepted, Clinic.InvitationDeclined), "Applied for enrolment, withdrew 3 June 2025"),
    (
        (Clinic.InvitationDeclined, Clinic.InvitationAccepted),
        "Accepted the invitation 3 April 2025, withdrew 3 June 2025",
    ),
)


@pytest.mark.parametrize(("replies", "sentence"), REPLIES)
def test_only_who_accepted_is_said_to_have_accepted(
    cursor: psycopg.Cursor[Any], replies: tuple[type[Any], ...], sentence: str
) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-03")
    for kind in replies:
        history.of_clinic(kind, clinic, "2025-04-03")
    history.of_clinic(Clinic.EnrolmentRequested, clinic, "2025-05-03")
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-06-03")
    built(cursor, history)

    assert page(cursor, clinic).entry.sentence == sentence


def test_a_history_as_of_a_position_does_not_tell_what_came_later(cursor: psycopg.Cursor[Any]) -> None:
    history, clinic = enrolled()
    before = len(history.log)
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-06-01")
    built(cursor, history)

    then = clinic_page(cursor, clinic, day=date(2025, 5, 1), simulated=True, as_of=before)
    now = page(cursor, clinic)

    assert then is not None
    assert [each.known_to is None for each in then.history] == [True, False]
    assert [each.known_to is None for each in now.history] == [True, False, False]


def test_an_adverse_entry_leaves_the_history_when_it_ends(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-01")
    history.of_clinic(Clinic.InvitationLapsed, clinic, "2025-03-01")
    before = len(history.log)
    history.of_clinic(Clinic.EnrolmentRequested, clinic, "2025-04-01")
    history.of_clinic(Clinic.ClinicEnrolled, clinic, "2025-04-01")
    built(cursor, history)

    then = clinic_page(cursor, clinic, day=DAY, simulated=True, as_of=before)

    assert then is not None
    assert [(each.category, each.known_to) for each in then.history] == [(PublicCategory.invited_no_reply, None)]
    assert [each.category for each in page(cursor, clinic).history] == [PublicCategory.enrolled_not_yet_attested]
