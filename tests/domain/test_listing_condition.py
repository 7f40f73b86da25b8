"""What a clinic's record gives for its public entry: category, sentence with dates and proof, and the day since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.clinic import Clinic
from domain.dates import PartialDate
from domain.listing_category import ListingCategory
from domain.listing_condition import participation_condition
from domain.listing_entry import ListingEntry
from domain.registry import Registry
from tests.projections.history import History, uid


def given(history: History, clinic: UUID) -> ListingEntry | None:
    """Return what the record gives for a clinic."""
    found = participation_condition(clinic, [each.event for each in history.log])
    return found.entry if found else None


def told(history: History, clinic: UUID) -> ListingEntry:
    """Return what the record gives for a clinic that has an entry."""
    found = given(history, clinic)
    assert found is not None
    return found


def enrolled() -> tuple[History, UUID]:
    """Let a clinic enrol and attest."""
    history = History()
    cells = history.guideline("cells", "2025-01-02")
    knee = history.registry("knee", "2025-01-02", cells)
    clinic = history.clinic("Clinic", "2025-01-03")
    history.enrol(clinic, "2025-02-01", knee)
    history.attest(clinic, "2025-02-10", cells)
    return history, clinic


STATES: dict[str, tuple[tuple[type[Any], ...], ListingCategory | None]] = {
    "prospect": ((), None),
    "invited": ((Clinic.ClinicInvited,), None),
    "undeliverable": ((Clinic.ClinicInvited, Clinic.InvitationReturned), None),
    "no response": ((Clinic.ClinicInvited, Clinic.InvitationLapsed), ListingCategory.no_reply),
    "declined": ((Clinic.ClinicInvited, Clinic.InvitationDeclined), ListingCategory.declined),
    "accepted": ((Clinic.ClinicInvited, Clinic.InvitationAccepted), None),
    "accepted late": ((Clinic.ClinicInvited, Clinic.InvitationLapsed, Clinic.InvitationAccepted), None),
    "applied": ((Clinic.EnrolmentRequested,), None),
    "refused": ((Clinic.EnrolmentRequested, Clinic.EnrolmentRefused), None),
    "out of scope": ((Clinic.ClinicFoundOutOfScope,), None),
    "closed": ((Clinic.ClinicClosed,), None),
    "merged": ((Clinic.ClinicMergedInto,), None),
    "not participating": (
        (Clinic.ClinicInvited, Clinic.InvitationAccepted, Clinic.ParticipationLapsed),
        ListingCategory.does_not_participate,
    ),
    "withdrew": ((Clinic.EnrolmentRequested, Clinic.ClinicEnrolled, Clinic.ClinicWithdrew), ListingCategory.withdrew),
    "closed after listing": ((Clinic.ClinicInvited, Clinic.InvitationLapsed, Clinic.ClinicClosed), None),
    "invited again": ((Clinic.ClinicInvited, Clinic.InvitationLapsed, Clinic.ClinicInvited), None),
    "enrolled": ((Clinic.EnrolmentRequested, Clinic.ClinicEnrolled), ListingCategory.not_yet_attested),
}


@pytest.mark.parametrize("state", STATES)
def test_the_participation_gives_its_category(state: str) -> None:
    events, category = STATES[state]
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    for kind in events:
        history.of_clinic(kind, clinic, "2025-03-01")

    found = given(history, clinic)

    assert (found.category if found else None) is category


def test_silence_is_told_with_its_dates_and_proof() -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-03")
    history.of_clinic(Clinic.InvitationDelivered, clinic, "2025-03-06", occurred_on="2025-03-05")
    history.of_clinic(Clinic.InvitationReminded, clinic, "2025-04-04", reminder=1)
    history.of_clinic(Clinic.InvitationReminded, clinic, "2025-05-04", reminder=2)
    history.of_clinic(Clinic.InvitationReminded, clinic, "2025-05-14", reminder=2)
    history.of_clinic(Clinic.InvitationLapsed, clinic, "2025-06-07", occurred_on="2025-06-03")

    found = told(history, clinic)

    assert found.sentence == "Invited 3 March 2025, two reminders, no reply by 3 June 2025"
    assert "delivery proved 5 March 2025" in found.source
    assert found.since == "2025-06-03"


def test_a_member_is_told_with_its_attestation_and_until_when_it_is_valid() -> None:
    history, clinic = enrolled()

    found = told(history, clinic)

    assert (found.category, found.shown_until) == (ListingCategory.participates, "2026-02-10")
    assert found.sentence == (
        "Enrolled 1 February 2025, attested to the guideline that applies 10 February 2025, "
        "valid until 10 February 2026"
    )


def test_a_recorded_lapse_takes_its_place() -> None:
    history, clinic = enrolled()
    history.of_clinic(
        Clinic.AttestationLapsed, clinic, "2026-02-12", occurred_on="2026-02-10", guideline_id=uid("cells")
    )

    found = told(history, clinic)

    assert found.category is ListingCategory.attestation_lapsed
    assert found.sentence == "Enrolled 1 February 2025, attestation lapsed 10 February 2026"


def test_a_lapse_of_an_earlier_membership_is_told_as_such() -> None:
    history, clinic = enrolled()
    history.of_clinic(
        Clinic.AttestationLapsed, clinic, "2026-02-12", occurred_on="2026-02-10", guideline_id=uid("cells")
    )
    history.of_clinic(Clinic.ClinicExpelled, clinic, "2026-03-01")
    history.of_clinic(Clinic.ClinicReadmitted, clinic, "2026-06-01", registries=(uid("knee"),))

    assert told(history, clinic).sentence == (
        "Enrolled 1 June 2026, attestation of an earlier membership lapsed 10 February 2026 and not renewed"
    )


def test_a_registry_that_asks_for_more_changes_the_entry() -> None:
    history, clinic = enrolled()
    more = history.guideline("hygiene", "2025-05-01")
    history.registry("knee", "2025-05-02", uid("cells"), more, kind=Registry.RegistryRevised)

    found = told(history, clinic)

    assert found.category is ListingCategory.not_yet_attested
    assert found.sentence.endswith("not yet attested to 1 of the 2 guidelines that apply")
    assert found.since == "2025-05-02"


def test_own_words_of_declining_are_told_verbatim() -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-03")
    history.of_clinic(Clinic.InvitationDeclined, clinic, "2025-04-03", own_words="We report to <another> registry.")

    assert told(history, clinic).own_words == "We report to <another> registry."


def test_a_partial_date_stays_partial() -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.EnrolmentRequested, clinic, "2025-03-01")
    history.of_clinic(Clinic.ClinicEnrolled, clinic, "2025-03-01", occurred_on=PartialDate("2025-02"))

    assert told(history, clinic).sentence.startswith("Enrolled February 2025,")


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
def test_only_who_accepted_is_said_to_have_accepted(replies: tuple[type[Any], ...], sentence: str) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-03")
    for kind in replies:
        history.of_clinic(kind, clinic, "2025-04-03")
    history.of_clinic(Clinic.EnrolmentRequested, clinic, "2025-05-03")
    history.of_clinic(Clinic.ClinicWithdrew, clinic, "2025-06-03")

    assert told(history, clinic).sentence == sentence
