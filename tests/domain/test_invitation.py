"""Silence counts only after proved delivery, two proved reminders and the whole of the time allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from domain.chronology import ImpossibleDate
from domain.clinic_state import LimitNotReached
from domain.codes import Sha256
from domain.dates import PartialDate, day
from domain.errors import InvalidInput, RegistryError
from domain.invitation import (
    DeliveryAlreadyProved,
    DeliveryNotProved,
    InvitationCameBack,
    InvitationWasDelivered,
    ReminderNotProved,
    ReminderOutOfTurn,
    ReminderTooEarly,
)
from domain.letters import DecliningReason, DeliveryProof, InvitationChannel, Letter, Proof, Sending
from domain.participation import ParticipationForbids, ParticipationState
from tests.domain.clinics import (
    COURIER,
    IN_STATE,
    LETTER,
    POLICY,
    POST,
    PROOF,
    SOME_HASH,
    TODAY,
    act_on,
    invited,
    last,
    prospect,
    reminded,
)  # fmt: skip

POSTAL, BY_COURIER = InvitationChannel.post, InvitationChannel.courier


def test_an_invitation_of_3_march_lapses_after_1_june_and_happened_on_it() -> None:
    clinic = reminded(date(2026, 3, 3))

    with pytest.raises(LimitNotReached):
        clinic.lapse_invitation(act_on(date(2026, 5, 31)), POLICY, date(2026, 5, 31))
    with pytest.raises(LimitNotReached):
        clinic.lapse_invitation(act_on(date(2026, 6, 1)), POLICY, date(2026, 6, 1))
    clinic.lapse_invitation(act_on(date(2026, 6, 2)), POLICY, date(2026, 6, 2))

    lapsed = last(clinic)
    assert lapsed.context.occurred_on == "2026-06-01"
    assert lapsed.due_on == "2026-06-01"
    assert (lapsed.rule, lapsed.policy_version) == ("IN-90", 1)
    assert lapsed.delivered_on == "2026-03-03"
    assert lapsed.reminded_on == ("2026-04-02", "2026-05-02")
    assert lapsed.evidence_ids == tuple(f"{clinic.id}/{version}" for version in (2, 3, 4, 5))


def test_time_runs_from_proved_delivery_and_not_from_sending() -> None:
    clinic = invited(TODAY)
    clinic.prove_delivery(act_on(TODAY + timedelta(20)), POSTAL, PROOF)

    for number, days in ((1, 50), (2, 80)):
        clinic.remind(act_on(TODAY + timedelta(days)), POLICY, number, LETTER, POST, PROOF)

    limit = TODAY + timedelta(110)
    with pytest.raises(LimitNotReached):
        clinic.lapse_invitation(act_on(limit), POLICY, limit)
    clinic.lapse_invitation(act_on(limit + timedelta(1)), POLICY, limit + timedelta(1))
    assert clinic.participation is ParticipationState.no_response


def test_a_delivery_known_by_its_month_counts_from_the_months_last_day() -> None:
    clinic = invited(date(2026, 1, 5))
    clinic.prove_delivery(act_on("2026-01", recorded=date(2026, 2, 3)), POSTAL, PROOF)

    with pytest.raises(ReminderTooEarly):
        clinic.remind(act_on(date(2026, 3, 1)), POLICY, 1, LETTER, POST, PROOF)
    clinic.remind(act_on(date(2026, 3, 2)), POLICY, 1, LETTER, POST, PROOF)


def test_the_first_proof_starts_the_time_and_a_second_channels_does_not_move_it() -> None:
    clinic = invited()
    clinic.prove_delivery(act_on(TODAY + timedelta(2)), POSTAL, PROOF)

    clinic.prove_delivery(act_on(TODAY + timedelta(9)), BY_COURIER, PROOF)

    assert clinic.invitation is not None
    assert clinic.invitation.delivered_on == (TODAY + timedelta(2)).isoformat()


def test_no_lapse_without_a_proved_delivery() -> None:
    clinic = invited()
    later = TODAY + timedelta(500)

    with pytest.raises(DeliveryNotProved):
        clinic.lapse_invitation(act_on(later), POLICY, later)
    with pytest.raises(DeliveryNotProved):
        clinic.remind(act_on(later), POLICY, 1, LETTER, POST, PROOF)


@pytest.mark.parametrize("proved", [1, 2])
def test_no_lapse_before_both_reminders_are_proved(proved: int) -> None:
    clinic = invited()
    clinic.prove_delivery(act_on(), POSTAL, PROOF)
    for number, days in ((1, 30), (2, 60)):
        clinic.remind(
            act_on(TODAY + timedelta(days)), POLICY, number, LETTER, POST, PROOF if number == proved else None
        )
    later = TODAY + timedelta(200)

    with pytest.raises(ReminderNotProved):
        clinic.lapse_invitation(act_on(later), POLICY, later)

    its_day = TODAY + timedelta(30 if proved == 2 else 60)
    clinic.remind(act_on(its_day, recorded=later), POLICY, 3 - proved, LETTER, POST, PROOF)
    clinic.lapse_invitation(act_on(later), POLICY, later)
    assert clinic.participation is ParticipationState.no_response


def test_reminders_come_on_their_days_in_their_order_and_once() -> None:
    clinic = invited()
    clinic.prove_delivery(act_on(), POSTAL, PROOF)

    for number, day_of_it, error in (
        (0, 30, ReminderOutOfTurn),
        (3, 90, ReminderOutOfTurn),
        (2, 60, ReminderOutOfTurn),
        (1, 29, ReminderTooEarly),
    ):
        with pytest.raises(error):
            clinic.remind(act_on(TODAY + timedelta(day_of_it)), POLICY, number, LETTER, POST, PROOF)
    clinic.remind(act_on(TODAY + timedelta(30)), POLICY, 1, LETTER, POST, PROOF)
    with pytest.raises(ReminderOutOfTurn):
        clinic.remind(act_on(TODAY + timedelta(31)), POLICY, 1, LETTER, POST, PROOF)
    with pytest.raises(ReminderTooEarly):
        clinic.remind(act_on(TODAY + timedelta(59)), POLICY, 2, LETTER, POST, PROOF)


def test_a_new_invitation_begins_with_nothing_proved() -> None:
    clinic = IN_STATE[ParticipationState.no_response]()

    clinic.invite(act_on(), LETTER, (POST,))

    later = TODAY + timedelta(300)
    with pytest.raises(DeliveryNotProved):
        clinic.lapse_invitation(act_on(later), POLICY, later)


def test_what_was_delivered_by_another_channel_did_not_come_back() -> None:
    clinic = invited()
    clinic.prove_delivery(act_on(), BY_COURIER, PROOF)

    with pytest.raises(InvitationWasDelivered):
        clinic.return_invitation(act_on(), POSTAL)
    with pytest.raises(DeliveryAlreadyProved):
        clinic.prove_delivery(act_on(), BY_COURIER, PROOF)


@pytest.mark.parametrize("channel", [InvitationChannel.email, InvitationChannel.portal])
def test_only_a_channel_it_was_sent_by_can_deliver_or_return_it(channel: InvitationChannel) -> None:
    clinic = invited()

    with pytest.raises(InvalidInput, match="channel"):
        clinic.prove_delivery(act_on(), channel, PROOF)
    with pytest.raises(InvalidInput, match="channel"):
        clinic.return_invitation(act_on(), channel)


def test_nothing_is_delivered_reminded_or_returned_where_no_invitation_runs() -> None:
    for state in set(IN_STATE) - {ParticipationState.invited}:
        clinic = IN_STATE[state]()

        if state is not ParticipationState.undeliverable:
            with pytest.raises(ParticipationForbids):
                clinic.prove_delivery(act_on(), POSTAL, PROOF)
        with pytest.raises(ParticipationForbids):
            clinic.remind(act_on(), POLICY, 1, LETTER, POST, PROOF)


def test_nothing_about_an_invitation_happens_before_it() -> None:
    clinic = invited()
    before = TODAY - timedelta(1)

    deeds: list[Callable[[], None]] = [
        lambda: clinic.prove_delivery(act_on(before, recorded=TODAY), POSTAL, PROOF),
        lambda: clinic.return_invitation(act_on(before, recorded=TODAY), POSTAL),
        lambda: clinic.accept_invitation(act_on(before, recorded=TODAY)),
        lambda: clinic.decline_invitation(act_on(before, recorded=TODAY), DecliningReason.other),
    ]
    for deed in deeds:
        with pytest.raises(ImpossibleDate):
            deed()


def test_nothing_happens_in_the_future_of_its_recording() -> None:
    clinic = prospect()

    with pytest.raises(ImpossibleDate):
        clinic.invite(act_on(TODAY + timedelta(1), recorded=TODAY), LETTER, (POST,))
    clinic.invite(act_on(f"{TODAY.year}", recorded=TODAY), LETTER, (POST,))


def test_a_clinics_own_words_are_kept_verbatim_up_to_500_characters() -> None:
    clinic = invited()

    for words in ("", "  ", "x" * 501):
        with pytest.raises(InvalidInput, match="own_words"):
            clinic.decline_invitation(act_on(), DecliningReason.other, words)
    clinic.decline_invitation(act_on(), DecliningReason.other, "x" * 500)

    assert last(clinic).own_words == "x" * 500


def test_each_way_of_sending_is_named_once() -> None:
    clinic = prospect()

    for sendings in ((), (POST, POST)):
        with pytest.raises(InvalidInput, match="sendings"):
            clinic.invite(act_on(), LETTER, sendings)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Proof(kind=DeliveryProof.unrecognised, document_hash=SOME_HASH),
        lambda: Proof(kind=DeliveryProof.courier, document_hash=Sha256("AB" * 32)),
        lambda: Sending(channel=InvitationChannel.unrecognised, address="a", address_source="b"),
        lambda: Sending(channel=InvitationChannel.post, address=" ", address_source="b"),
        lambda: Letter(version="", text_hash=SOME_HASH, language="en", sender="office"),
        lambda: Letter(version="1", text_hash=Sha256("x"), language="en", sender="office"),
        lambda: invited().decline_invitation(act_on(), DecliningReason.unrecognised),
    ],
)
def test_what_is_not_in_the_lists_or_empty_cannot_be_held(make: object) -> None:
    with pytest.raises(InvalidInput):
        make()  # type: ignore[operator]


def test_every_refusal_says_what_happened_without_a_persons_name() -> None:
    clinic = reminded()

    with pytest.raises(RegistryError) as refusal:
        clinic.lapse_invitation(act_on(), POLICY, TODAY)

    assert str(refusal.value) == (
        "IN-90 runs until the end of 2026-06-01; on 2026-03-03 nothing has lapsed. "
        "Wait until the day after; nothing was recorded."
    )
    assert PartialDate("2026-06-01") in str(refusal.value)
    assert COURIER.address not in str(refusal.value)


@pytest.mark.parametrize(("first", "second", "due"), [(200, 230, 260), (45, 75, 105), (30, 200, 230), (30, 60, 90)])
def test_a_late_reminder_leaves_the_clinic_the_time_of_a_punctual_one(first: int, second: int, due: int) -> None:
    clinic = invited()
    clinic.prove_delivery(act_on(), POSTAL, PROOF)
    for number, days in ((1, first), (2, second)):
        clinic.remind(act_on(TODAY + timedelta(days)), POLICY, number, LETTER, POST, PROOF)
    due_on = TODAY + timedelta(due)

    with pytest.raises(LimitNotReached):
        clinic.lapse_invitation(act_on(due_on), POLICY, due_on)
    clinic.lapse_invitation(act_on(due_on + timedelta(1)), POLICY, due_on + timedelta(1))

    lapsed = last(clinic)
    assert lapsed.context.occurred_on == lapsed.due_on == day(due_on)
    assert all(reminded_on < lapsed.due_on for reminded_on in lapsed.reminded_on)


def test_the_second_reminder_keeps_its_distance_from_a_late_first() -> None:
    clinic = invited()
    clinic.prove_delivery(act_on(), POSTAL, PROOF)
    clinic.remind(act_on(TODAY + timedelta(200)), POLICY, 1, LETTER, POST, PROOF)

    for days in (60, 200, 229):
        with pytest.raises(ReminderTooEarly, match="30 days after reminder 1"):
            clinic.remind(
                act_on(TODAY + timedelta(days), recorded=TODAY + timedelta(300)), POLICY, 2, LETTER, POST, PROOF
            )


def test_a_second_way_may_deliver_what_the_first_brought_back() -> None:
    clinic = invited()
    clinic.return_invitation(act_on(), POSTAL)

    with pytest.raises(InvitationCameBack):
        clinic.prove_delivery(act_on(), POSTAL, PROOF)
    clinic.prove_delivery(act_on(), BY_COURIER, PROOF)

    assert clinic.participation == "invited"
    for number, days in ((1, 30), (2, 60)):
        clinic.remind(act_on(TODAY + timedelta(days)), POLICY, number, LETTER, COURIER, PROOF)
    later = TODAY + timedelta(91)
    clinic.lapse_invitation(act_on(later), POLICY, later)
    assert clinic.participation == "no_response"
