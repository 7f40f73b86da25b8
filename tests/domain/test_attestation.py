"""An attestation answers every item, holds for a time, and is verified only while it holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.attestation import (
    MAY_ATTEST,
    AlreadyVerified,
    Answer,
    AttestationAlreadyLapsed,
    AttestationNotValid,
    EvidenceMissing,
    ItemAnswer,
    ItemsNotAnswered,
    NeverAttested,
    ValidityTooLong,
    VerificationLevel,
)
from domain.chronology import ImpossibleDate
from domain.clinic_state import LimitNotReached
from domain.codes import Sha256
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.participation import ParticipationForbids
from domain.signature import SignatureMeaning
from tests.domain.clinics import (
    ANSWERS,
    GUIDELINE,
    IN_STATE,
    POLICY,
    SOME_HASH,
    TODAY,
    VERSION,
    act_on,
    attest,
    enrolled,
    last,
    signed,
)  # fmt: skip

CHECKED = VerificationLevel.documents_checked


def verify(on: date = TODAY) -> object:
    clinic = enrolled()
    attest(clinic)
    clinic.verify_attestation(act_on(on), GUIDELINE, CHECKED, signed(SignatureMeaning.verified, on), on)
    return clinic


def test_an_attestation_holds_365_days_unless_less_is_asked() -> None:
    clinic = enrolled()

    attest(clinic)
    assert last(clinic).valid_until == (TODAY + timedelta(365)).isoformat()

    attest(clinic, valid_until="2026-06-30")
    assert last(clinic).valid_until == "2026-06-30"


def test_its_validity_is_an_exact_day_within_the_limit() -> None:
    clinic = enrolled()

    with pytest.raises(ValidityTooLong):
        attest(clinic, valid_until=(TODAY + timedelta(366)).isoformat())
    with pytest.raises(ImpossibleDate):
        attest(clinic, valid_until=(TODAY - timedelta(1)).isoformat())
    with pytest.raises(InvalidInput, match="valid_until"):
        attest(clinic, valid_until="2026-06")
    attest(clinic, valid_until=(TODAY + timedelta(365)).isoformat())


@pytest.mark.parametrize(
    "items", [(), ANSWERS[:1], (*ANSWERS, ANSWERS[0]), (*ANSWERS, ItemAnswer(item_id="X", answer=Answer.met))]
)
def test_every_item_is_answered_once(items: tuple[ItemAnswer, ...]) -> None:
    clinic = enrolled()

    with pytest.raises(ItemsNotAnswered):
        clinic.attest(act_on(), GUIDELINE, VERSION, POLICY, items, signed(SignatureMeaning.attested), SOME_HASH)


def test_evidence_is_named_where_a_met_item_asks_for_it() -> None:
    clinic = enrolled()
    signature = signed(SignatureMeaning.attested)

    with pytest.raises(EvidenceMissing, match="P1"):
        clinic.attest(act_on(), GUIDELINE, VERSION, POLICY, ANSWERS, signature)
    with pytest.raises(InvalidInput, match="evidence_hash"):
        clinic.attest(act_on(), GUIDELINE, VERSION, POLICY, ANSWERS, signature, Sha256("x"))
    unmet = tuple(ItemAnswer(item_id=item.item_id, answer=Answer.not_met) for item in ANSWERS)
    clinic.attest(act_on(), GUIDELINE, VERSION, POLICY, unmet, signature)


def test_a_signature_says_that_it_attests() -> None:
    clinic = enrolled()

    with pytest.raises(InvalidInput, match="meaning"):
        clinic.attest(act_on(), GUIDELINE, VERSION, POLICY, ANSWERS, signed(SignatureMeaning.agreed), SOME_HASH)


@pytest.mark.parametrize("state", sorted(IN_STATE))
def test_who_takes_part_or_is_about_to_may_attest(state: object) -> None:
    clinic = IN_STATE[state]()  # type: ignore[index]

    if state in MAY_ATTEST:
        attest(clinic)
    else:
        with pytest.raises(ParticipationForbids):
            attest(clinic)


def test_an_attestation_lapses_after_its_last_day_and_happened_on_it() -> None:
    clinic = enrolled()
    attest(clinic, valid_until="2026-06-30")

    for on in (date(2026, 6, 29), date(2026, 6, 30)):
        with pytest.raises(LimitNotReached):
            clinic.lapse_attestation(act_on(on), GUIDELINE, on)
    clinic.lapse_attestation(act_on(date(2026, 7, 1)), GUIDELINE, date(2026, 7, 1))

    lapsed = last(clinic)
    assert lapsed.context.occurred_on == "2026-06-30"
    assert lapsed.attestation == f"{clinic.id}/{lapsed.originator_version - 1}"
    with pytest.raises(AttestationAlreadyLapsed):
        clinic.lapse_attestation(act_on(date(2026, 7, 2)), GUIDELINE, date(2026, 7, 2))


def test_a_renewal_takes_the_place_of_what_would_lapse() -> None:
    clinic = enrolled()
    attest(clinic, valid_until="2026-06-30")
    attest(clinic, date(2026, 6, 1))

    with pytest.raises(LimitNotReached):
        clinic.lapse_attestation(act_on(date(2026, 7, 1)), GUIDELINE, date(2026, 7, 1))


def test_a_verification_needs_an_attestation_that_holds_and_comes_once() -> None:
    clinic = enrolled()
    signature = signed(SignatureMeaning.verified)

    with pytest.raises(NeverAttested):
        clinic.verify_attestation(act_on(), GUIDELINE, CHECKED, signature, TODAY)
    with pytest.raises(NeverAttested):
        clinic.lapse_attestation(act_on(), GUIDELINE, TODAY)
    attest(clinic, valid_until="2026-06-30")
    late = date(2026, 7, 1)
    with pytest.raises(AttestationNotValid):
        clinic.verify_attestation(act_on(late), GUIDELINE, CHECKED, signature, late)
    clinic.verify_attestation(act_on(), GUIDELINE, CHECKED, signature, TODAY)
    with pytest.raises(AlreadyVerified):
        clinic.verify_attestation(act_on(), GUIDELINE, CHECKED, signature, TODAY)

    assert last(clinic).attestation == clinic.attestations[GUIDELINE].evidence


def test_a_new_attestation_is_verified_anew() -> None:
    clinic = enrolled()
    signature = signed(SignatureMeaning.verified)
    attest(clinic)
    clinic.verify_attestation(act_on(), GUIDELINE, CHECKED, signature, TODAY)

    attest(clinic)

    assert not clinic.attestations[GUIDELINE].verified
    clinic.verify_attestation(act_on(), GUIDELINE, CHECKED, signature, TODAY)


def test_a_verification_follows_its_attestation_and_says_so() -> None:
    clinic = enrolled()
    attest(clinic)

    with pytest.raises(ImpossibleDate):
        clinic.verify_attestation(
            act_on(TODAY - timedelta(1), recorded=TODAY), GUIDELINE, CHECKED, signed(SignatureMeaning.verified), TODAY
        )
    with pytest.raises(InvalidInput, match="meaning"):
        clinic.verify_attestation(act_on(), GUIDELINE, CHECKED, signed(SignatureMeaning.attested), TODAY)
    with pytest.raises(InvalidInput, match="level"):
        clinic.verify_attestation(
            act_on(), GUIDELINE, VerificationLevel.unrecognised, signed(SignatureMeaning.verified), TODAY
        )


def test_an_answer_is_of_the_list_and_its_comment_not_endless() -> None:
    with pytest.raises(InvalidInput):
        ItemAnswer(item_id="P1", answer=Answer.unrecognised)
    with pytest.raises(InvalidInput):
        ItemAnswer(item_id="P1", answer=Answer.met, comment="x" * 2001)
    assert PartialDate("2026-01-01") == VERSION.effective_on
