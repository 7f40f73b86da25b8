"""Every row of the table of public categories, every state that is not listed, and the sentences word for word."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from domain.dates import PartialDate
from domain.participation import ParticipationState
from domain.public_category import (
    AttestationState,
    AttestationSummary,
    GuidelineStanding,
    PublicCategory,
    category_of,
    summarise_attestations,
)
from domain.public_sentence import PublicFacts, plain_date, public_sentence, public_source

A, B = UUID(int=1), UUID(int=2)
VALID = AttestationSummary(state=AttestationState.valid, valid_until=date(2027, 3, 2))
NOT_YET = AttestationSummary(state=AttestationState.not_yet, missing=(A,))
LAPSED = AttestationSummary(state=AttestationState.lapsed, lapsed=(A,))


@pytest.mark.parametrize(
    ("participation", "attestation", "category"),
    [
        (ParticipationState.enrolled, AttestationState.valid, PublicCategory.participates),
        (ParticipationState.enrolled, AttestationState.not_yet, PublicCategory.enrolled_not_yet_attested),
        (ParticipationState.enrolled, AttestationState.lapsed, PublicCategory.enrolled_attestation_lapsed),
        *(
            (participation, attestation, category)
            for attestation in AttestationState
            for participation, category in (
                (ParticipationState.not_participating, PublicCategory.does_not_participate),
                (ParticipationState.declined, PublicCategory.invited_declined),
                (ParticipationState.no_response, PublicCategory.invited_no_reply),
                (ParticipationState.withdrawn, PublicCategory.withdrew),
                (ParticipationState.prospect, None),
                (ParticipationState.invited, None),
                (ParticipationState.undeliverable, None),
                (ParticipationState.accepted, None),
                (ParticipationState.applied, None),
                (ParticipationState.refused, None),
                (ParticipationState.out_of_scope, None),
                (ParticipationState.closed, None),
            )
        ),
    ],
)
def test_each_row_of_the_table(
    participation: ParticipationState, attestation: AttestationState, category: PublicCategory | None
) -> None:
    assert category_of(participation, attestation) is category


def test_all_but_three_categories_are_adverse() -> None:
    assert {category for category in PublicCategory if not category.adverse} == {
        PublicCategory.participates,
        PublicCategory.enrolled_not_yet_attested,
        PublicCategory.withdrew,
    }


def test_attestations_are_judged_together() -> None:
    first, second = GuidelineStanding(valid_until=date(2027, 1, 1)), GuidelineStanding(valid_until=date(2026, 6, 1))
    gone = GuidelineStanding(valid_until=date(2026, 6, 1), lapsed=True)

    assert summarise_attestations((A, B), {A: first, B: second}).valid_until == date(2026, 6, 1)
    assert summarise_attestations((A, B), {A: first}).missing == (B,)
    assert summarise_attestations((A, B), {A: gone}).state is AttestationState.lapsed
    assert summarise_attestations((A,), {A: first, B: gone}).state is AttestationState.valid
    assert summarise_attestations((), {}).state is AttestationState.not_yet
    assert summarise_attestations((), {B: second}).state is AttestationState.valid


FACTS = PublicFacts(
    invited_on=PartialDate("2026-03-03"),
    delivered_on=PartialDate("2026-03-05"),
    delivery_proof="post_signature",
    reminders=2,
    replied_on=PartialDate("2026-06-01"),
    decline_reason="reports_elsewhere",
)
MEMBER = PublicFacts(
    enrolled_on=PartialDate("2026-03-03"),
    registries=2,
    left_on=PartialDate("2027-09-30"),
    guidelines=3,
    attested_on=PartialDate("2026-03-20"),
    lapsed_on=PartialDate("2027-03-02"),
)


@pytest.mark.parametrize(
    ("category", "facts", "attestation", "sentence"),
    [
        (
            PublicCategory.invited_no_reply, FACTS, NOT_YET,
            "Invited 3 March 2026, two reminders, no reply by 1 June 2026",
        ),
        (
            PublicCategory.invited_declined, FACTS, NOT_YET,
            "Invited 3 March 2026, two reminders, declined 1 June 2026, reason given: reports elsewhere",
        ),
        (
            PublicCategory.does_not_participate, PublicFacts(accepted_on=PartialDate("2026-06-01")), NOT_YET,
            "Accepted the invitation 1 June 2026, no request for enrolment by a date not recorded",
        ),
        (
            PublicCategory.does_not_participate, MEMBER, VALID,
            ("Enrolled 3 March 2026 in two registries, neither data nor a nil declaration for two quarters by "
             "30 September 2027"),
        ),
        (PublicCategory.withdrew, FACTS, NOT_YET, "Applied for enrolment, withdrew a date not recorded"),
        (
            PublicCategory.withdrew, PublicFacts(accepted_on=PartialDate("2026-06-01")), NOT_YET,
            "Accepted the invitation 1 June 2026, withdrew a date not recorded",
        ),
        (PublicCategory.withdrew, MEMBER, VALID, "Enrolled 3 March 2026 in two registries, withdrew 30 September 2027"),
        (
            PublicCategory.participates, MEMBER, VALID,
            ("Enrolled 3 March 2026 in two registries, attested to all 3 guidelines that apply 20 March 2026, "
             "valid until 2 March 2027"),
        ),
        (
            PublicCategory.enrolled_not_yet_attested, MEMBER, NOT_YET,
            "Enrolled 3 March 2026 in two registries, not yet attested to 1 of the 3 guidelines that apply",
        ),
        (
            PublicCategory.enrolled_not_yet_attested, PublicFacts(enrolled_on=PartialDate("2026-03")),
            AttestationSummary(state=AttestationState.not_yet),
            "Enrolled March 2026, not yet attested to the guidelines that apply",
        ),
        (
            PublicCategory.enrolled_attestation_lapsed, MEMBER, LAPSED,
            "Enrolled 3 March 2026 in two registries, attestation lapsed 2 March 2027",
        ),
    ],
)  # fmt: skip
def test_the_sentence_is_neutral_and_dated(
    category: PublicCategory, facts: PublicFacts, attestation: AttestationSummary, sentence: str
) -> None:
    assert public_sentence(category, facts, attestation) == sentence


def test_the_source_of_silence_is_the_proved_delivery() -> None:
    assert public_source(PublicCategory.invited_no_reply, FACTS) == (
        "The society's record of its invitation, delivery proved 5 March 2026 (post signature)"
    )


@pytest.mark.parametrize("category", list(PublicCategory))
def test_no_sentence_judges(category: PublicCategory) -> None:
    words = public_sentence(category, FACTS, VALID) + public_source(category, FACTS)

    assert not {"unsafe", "dangerous", "refuses", "failed", "warning"} & set(words.lower().split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-03", "3 March 2026"),
        ("2026-03", "March 2026"),
        ("2026", "2026"),
        ("2025/2026-03", "2025 to March 2026"),
    ],
)
def test_a_date_is_read_as_precisely_as_it_is_known(text: str, words: str) -> None:
    assert plain_date(PartialDate(text)) == words
