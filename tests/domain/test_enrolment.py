"""Nobody is enrolled without an agreement, and nobody lapses before the time is over."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from domain.chronology import ImpossibleDate
from domain.clinic_state import ClinicNeverEnrolled, LimitNotReached
from domain.dates import PartialDate, day
from domain.enrolment import AgreementNotSigned, ConsentNotGiven, RegistryNotRequested, SignerAuthority
from domain.errors import InvalidInput
from domain.participation import ParticipationForbids, ParticipationState
from domain.registry import registry_id
from domain.reporting import DeclaredCount
from domain.signature import SignatureMeaning
from tests.domain.clinics import (
    IN_STATE,
    KNEE,
    LETTER,
    OTHER,
    POLICY,
    POST,
    TODAY,
    act_on,
    applied,
    enrolled,
    history,
    invited,
    last,
    prospect,
    sign,
    signed,
)  # fmt: skip

HIP = registry_id("hip")


def test_no_enrolment_without_a_signed_agreement() -> None:
    clinic = prospect()
    clinic.request_enrolment(act_on(), (KNEE,))

    with pytest.raises(AgreementNotSigned):
        clinic.enrol(act_on(), (KNEE,))
    sign(clinic)
    clinic.enrol(act_on(), (KNEE,))

    enrolled_event = last(clinic)
    assert enrolled_event.registries == (KNEE,)
    assert enrolled_event.agreement == f"{clinic.id}/3"
    assert clinic.once_enrolled


def test_an_agreement_ends_with_the_withdrawal() -> None:
    clinic = enrolled()
    clinic.withdraw(act_on())
    clinic.request_enrolment(act_on(), (KNEE,))

    with pytest.raises(AgreementNotSigned):
        clinic.enrol(act_on(), (KNEE,))


@pytest.mark.parametrize(("consents", "what"), [((False, True), "tracking"), ((True, False), "publication")])
def test_an_agreement_has_both_consents(consents: tuple[bool, bool], what: str) -> None:
    clinic = prospect()

    with pytest.raises(ConsentNotGiven, match=what):
        clinic.sign_agreement(
            act_on(), "1", SignerAuthority.medical_director, consents, signed(SignatureMeaning.agreed)
        )


def test_an_agreement_is_signed_as_one_in_the_past_and_by_somebody_who_may() -> None:
    clinic = prospect()
    both = (True, True)
    right = signed(SignatureMeaning.agreed)

    with pytest.raises(InvalidInput, match="meaning"):
        clinic.sign_agreement(act_on(), "1", SignerAuthority.other, both, signed(SignatureMeaning.attested))
    with pytest.raises(ImpossibleDate):
        clinic.sign_agreement(
            act_on(), "1", SignerAuthority.other, both, signed(SignatureMeaning.agreed, TODAY + timedelta(1))
        )
    with pytest.raises(InvalidInput, match="agreement"):
        clinic.sign_agreement(act_on(), " ", SignerAuthority.other, both, right)
    with pytest.raises(InvalidInput, match="agreement"):
        clinic.sign_agreement(act_on(), "1", SignerAuthority.unrecognised, both, right)


@pytest.mark.parametrize("state", [ParticipationState.closed, ParticipationState.out_of_scope])
def test_a_clinic_that_is_gone_signs_nothing(state: ParticipationState) -> None:
    with pytest.raises(ParticipationForbids):
        sign(IN_STATE[state]())


def test_only_registries_asked_for_are_joined() -> None:
    clinic = applied()

    with pytest.raises(RegistryNotRequested):
        clinic.enrol(act_on(), (KNEE, HIP))
    for registries in ((), (KNEE, KNEE)):
        with pytest.raises(InvalidInput, match="registries"):
            clinic.enrol(act_on(), registries)
        with pytest.raises(InvalidInput, match="registries"):
            prospect().request_enrolment(act_on(), registries)


def test_decisions_follow_the_request_and_the_signature() -> None:
    clinic = applied()
    before = act_on(TODAY - timedelta(1), recorded=TODAY)

    with pytest.raises(ImpossibleDate, match="request"):
        clinic.enrol(before, (KNEE,))
    with pytest.raises(ImpossibleDate, match="request"):
        clinic.refuse_enrolment(before, ("reason",), "Board", day(TODAY))
    late = prospect(TODAY - timedelta(5))
    late.request_enrolment(act_on(TODAY - timedelta(5)), (KNEE,))
    sign(late)
    with pytest.raises(ImpossibleDate, match="agreement"):
        late.enrol(act_on(TODAY - timedelta(1), recorded=TODAY), (KNEE,))


def test_a_refusal_has_reasons_and_an_appeal() -> None:
    clinic = applied()

    for reasons, appeal_to in (((), "Board"), ((" ",), "Board"), (("reason",), " ")):
        with pytest.raises(InvalidInput):
            clinic.refuse_enrolment(act_on(), reasons, appeal_to, day(TODAY))
    with pytest.raises(ImpossibleDate):
        clinic.refuse_enrolment(act_on(), ("reason",), "Board", day(TODAY - timedelta(1)))


def test_pl_90_runs_from_accepting_to_the_end_of_its_last_day() -> None:
    clinic = invited(date(2026, 3, 3))
    clinic.accept_invitation(act_on(date(2026, 3, 3)))

    with pytest.raises(LimitNotReached):
        clinic.lapse_participation(act_on(date(2026, 6, 1)), POLICY, date(2026, 6, 1))
    clinic.lapse_participation(act_on(date(2026, 6, 2)), POLICY, date(2026, 6, 2))

    lapsed = last(clinic)
    assert (lapsed.rule, lapsed.due_on, lapsed.quarters) == ("PL-90", "2026-06-01", ())
    assert lapsed.context.occurred_on == "2026-06-01"
    assert lapsed.evidence_ids == (f"{clinic.id}/3",)


def test_accepting_again_starts_pl_90_again() -> None:
    clinic = invited(date(2026, 3, 3))
    clinic.accept_invitation(act_on(date(2026, 3, 3)))
    clinic.accept_invitation(act_on(date(2026, 5, 3)))

    with pytest.raises(LimitNotReached):
        clinic.lapse_participation(act_on(date(2026, 6, 2)), POLICY, date(2026, 6, 2))


def test_pl_2q_needs_two_full_silent_quarters() -> None:
    clinic = enrolled(date(2026, 3, 3))

    with pytest.raises(LimitNotReached):
        clinic.lapse_participation(act_on(date(2026, 9, 30)), POLICY, date(2026, 9, 30))
    clinic.lapse_participation(act_on(date(2026, 10, 1)), POLICY, date(2026, 10, 1))

    lapsed = last(clinic)
    assert (lapsed.rule, lapsed.due_on) == ("PL-2Q", "2026-09-30")
    assert lapsed.quarters == ("2026-Q2", "2026-Q3")
    assert lapsed.last_data_on is None


def test_data_and_nil_declarations_keep_a_clinic_taking_part() -> None:
    clinic = enrolled(date(2026, 3, 3))
    october = date(2026, 10, 1)

    with pytest.raises(LimitNotReached):
        clinic.lapse_participation(act_on(october), POLICY, october, date(2026, 4, 1), f"{OTHER}/1")
    nil = (DeclaredCount(registry_id=KNEE, treatments=0),)
    clinic.declare_count(act_on(date(2026, 7, 2)), "2026-Q2", nil)
    with pytest.raises(LimitNotReached):
        clinic.lapse_participation(act_on(october), POLICY, october)
    january = date(2027, 1, 1)
    clinic.lapse_participation(act_on(january), POLICY, january)

    assert last(clinic).quarters == ("2026-Q3", "2026-Q4")


def test_a_declaration_of_treatments_that_never_came_is_no_nil_declaration() -> None:
    clinic = enrolled(date(2026, 3, 3))
    clinic.declare_count(act_on(date(2026, 7, 2)), "2026-Q2", (DeclaredCount(registry_id=KNEE, treatments=4),))

    clinic.lapse_participation(act_on(date(2026, 10, 1)), POLICY, date(2026, 10, 1))

    assert clinic.participation is ParticipationState.not_participating


def test_the_day_and_event_of_the_last_data_stand_in_the_lapse() -> None:
    clinic = enrolled(date(2025, 3, 3))
    today = date(2026, 1, 1)

    clinic.lapse_participation(act_on(today), POLICY, today, date(2025, 6, 30), f"{OTHER}/1")

    lapsed = last(clinic)
    assert lapsed.last_data_on == "2025-06-30"
    assert lapsed.evidence_ids[-1] == f"{OTHER}/1"


def test_first_data_resume_participation_once_and_start_the_quarters_again() -> None:
    clinic = IN_STATE[ParticipationState.not_participating]()

    assert clinic.data_received(act_on(), f"{OTHER}/1")
    assert not clinic.data_received(act_on(), f"{OTHER}/2")

    assert clinic.participation is ParticipationState.enrolled
    assert last(clinic).first_data == f"{OTHER}/1"
    with pytest.raises(LimitNotReached):
        clinic.lapse_participation(act_on(), POLICY, TODAY)


def test_participation_resumes_on_the_clinics_day_on_which_the_data_came() -> None:
    clinic = IN_STATE[ParticipationState.not_participating]()
    about_an_old_treatment = act_on(TODAY - timedelta(90), recorded=TODAY)
    late_evening = dataclasses.replace(about_an_old_treatment, recorded_at=datetime.combine(TODAY, time(23, 30), UTC))

    clinic.data_received(late_evening, f"{OTHER}/1")

    assert last(clinic).context.occurred_on == (TODAY + timedelta(1)).isoformat()


def test_data_do_not_enrol_who_never_was() -> None:
    clinic = invited(TODAY - timedelta(200))
    clinic.accept_invitation(act_on(TODAY - timedelta(200)))
    clinic.lapse_participation(act_on(), POLICY, TODAY)

    with pytest.raises(ClinicNeverEnrolled):
        clinic.data_received(act_on(), f"{OTHER}/1")


def test_data_do_not_resume_what_was_withdrawn() -> None:
    past = TODAY - timedelta(300)
    clinic = enrolled(past)
    clinic.withdraw(act_on(past))
    clinic.invite(act_on(past), LETTER, (POST,))
    clinic.accept_invitation(act_on(past))
    clinic.lapse_participation(act_on(), POLICY, TODAY)

    with pytest.raises(AgreementNotSigned):
        clinic.data_received(act_on(), f"{OTHER}/1")


def test_data_of_a_clinic_that_takes_part_change_nothing() -> None:
    clinic = enrolled()
    before = len(clinic.pending_events)

    assert not clinic.data_received(act_on(), f"{OTHER}/1")

    assert len(clinic.pending_events) == before


def test_every_event_names_its_clinic() -> None:
    clinic = IN_STATE[ParticipationState.not_participating]()

    assert {event.context.clinic_id for event in history(clinic)} == {clinic.id}
    assert UUID(str(clinic.id)) == clinic.concerns
    assert clinic.enrolled_on == PartialDate((TODAY - timedelta(400)).isoformat())
