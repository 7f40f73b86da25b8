"""A clinic speaks for itself, a registrar for it only with a source; lapses come from the store's own facts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.acting import NotForThisClinic, SourceNeeded
from application.clinic_acts import BY_CLINIC
from application.command import Command
from application.enrolments import (
    CountEntry,
    DeclareTreatmentCount,
    EnrolClinic,
    LapseParticipation,
    RefuseEnrolment,
    RequestEnrolment,
    WithdrawClinic,
)
from application.invitations import (
    AcceptInvitation,
    DeclineInvitation,
    InviteClinic,
    LapseInvitation,
    ProveInvitationDelivery,
    RemindClinic,
    ReturnInvitation,
)
from application.registries import CloseRegistry
from domain.aggregate import Source
from domain.clinic_state import LimitNotReached
from domain.codes import Channel, Reason, Role
from domain.dates import PartialDate
from domain.errors import NotFound, NotPermitted
from domain.letters import DecliningReason, InvitationChannel
from domain.participation import ParticipationForbids, ParticipationState
from domain.personal import ClinicContact, SignerName
from domain.registry import RegistryIsClosed
from tests.application.society import Society, agreement, attestation
from tests.domain.clinics import LETTER, POST, PROOF

PAPER = Source(channel=Channel.paper, reference="2026/17")
CONTACT = ClinicContact(name="Gustav Anrufer", email="gustav@klinik.example", telephone="+49 30 1234567")


def invited(society: Society) -> UUID:
    clinic_id = society.identified()
    society.registrar(InviteClinic(clinic_id=clinic_id, letter=LETTER, sendings=(POST,)))
    return clinic_id


def statements(clinic_id: UUID, guideline_id: UUID) -> list[Command]:
    """Return every command by which a clinic speaks."""
    return [
        AcceptInvitation(clinic_id=clinic_id),
        DeclineInvitation(clinic_id=clinic_id, decline_reason=DecliningReason.other),
        agreement(clinic_id),
        RequestEnrolment(clinic_id=clinic_id, registries=("knee",)),
        WithdrawClinic(clinic_id=clinic_id),
        DeclareTreatmentCount(clinic_id=clinic_id, quarter="2026-Q1", counts=()),
        attestation(clinic_id, guideline_id),
    ]


@pytest.mark.parametrize("number", range(7))
def test_a_statement_is_the_clinics_own_or_has_a_source(number: int) -> None:
    society = Society()
    clinic_id, guideline_id = society.identified(), society.guideline()
    command = statements(clinic_id, guideline_id)[number]
    assert command.ROLES == BY_CLINIC

    with pytest.raises(NotForThisClinic):
        society.do(command, Role.clinic)
    with pytest.raises(NotForThisClinic):
        society.as_clinic(society.identified(), command)
    with pytest.raises(SourceNeeded):
        society.registrar(command)
    with pytest.raises(NotForThisClinic):
        society.registrar(command, source=PAPER, on_behalf_of=society.identified())
    with pytest.raises(NotPermitted):
        society.by(Role.auditor, command)

    assert society.names_of(clinic_id) == ["ClinicIdentified"]


def test_what_a_registrar_enters_stands_on_behalf_of_the_clinic_with_its_source() -> None:
    society = Society()
    clinic_id = invited(society)

    society.registrar(AcceptInvitation(clinic_id=clinic_id), source=PAPER)

    context = society.store.events_of(clinic_id)[-1].context
    assert (context.on_behalf_of, context.source, context.actor_role) == (clinic_id, PAPER, Role.registrar)
    assert context.actor_person == society.officers[0]


def test_who_spoke_or_signed_is_sealed() -> None:
    society = Society()
    clinic_id = invited(society)

    society.as_clinic(clinic_id, AcceptInvitation(clinic_id=clinic_id, contact=CONTACT))
    society.as_clinic(clinic_id, agreement(clinic_id, "Hedwig Unterschrift"))

    accepted, signed = society.store.events_of(clinic_id)[-2:]
    assert society.opened(accepted) == [CONTACT]
    assert society.opened(signed) == [SignerName(name="Hedwig Unterschrift")]
    shown = repr(society.store.log)
    assert not [word for word in ("Gustav", "Anrufer", "gustav@", "1234567", "Hedwig") if word in shown]


def test_from_invitation_to_enrolment() -> None:
    society = Society()
    clinic_id = invited(society)
    society.as_clinic(clinic_id, AcceptInvitation(clinic_id=clinic_id))
    society.as_clinic(clinic_id, agreement(clinic_id))
    society.as_clinic(clinic_id, RequestEnrolment(clinic_id=clinic_id, registries=("knee", "hip")))
    command = EnrolClinic(clinic_id=clinic_id, registries=("hip",))

    receipt = society.registrar(command, key="enrol")
    again = society.registrar(command, key="enrol")

    assert society.clinic(clinic_id).participation is ParticipationState.enrolled
    assert again.repeat
    assert again.version == receipt.version
    with pytest.raises(ParticipationForbids):
        society.registrar(command)


def test_a_repeat_of_a_statement_that_is_no_longer_possible_gets_its_first_answer() -> None:
    society = Society()
    clinic_id = invited(society)
    society.later(5)
    prove = ProveInvitationDelivery(
        clinic_id=clinic_id, channel=InvitationChannel.post, proof=PROOF, occurred_on=PartialDate("2026-03-04")
    )
    first = society.registrar(prove, key="proof")
    society.as_clinic(
        clinic_id, DeclineInvitation(clinic_id=clinic_id, decline_reason=DecliningReason.other), key="decline"
    )
    society.later(5)
    society.registrar(InviteClinic(clinic_id=clinic_id, letter=LETTER, sendings=(POST,)))

    again = society.registrar(prove, key="proof")

    assert again.repeat
    assert again.first_position == first.first_position


def test_unknown_and_closed_registries_are_not_joined() -> None:
    society = Society()
    clinic_id = society.identified()
    society.registrar(CloseRegistry(short_code="hip", explanation="joined with knee", successor="knee"))

    with pytest.raises(NotFound, match="elbow"):
        society.as_clinic(clinic_id, RequestEnrolment(clinic_id=clinic_id, registries=("elbow",)))
    with pytest.raises(RegistryIsClosed):
        society.as_clinic(clinic_id, RequestEnrolment(clinic_id=clinic_id, registries=("knee", "hip")))


def test_a_refusal_and_a_return_are_recorded() -> None:
    society = Society()
    clinic_id = invited(society)
    returning = ReturnInvitation(clinic_id=clinic_id, channel=InvitationChannel.post, note="moved")
    society.registrar(returning)
    society.as_clinic(clinic_id, RequestEnrolment(clinic_id=clinic_id, registries=("knee",)))
    society.registrar(
        RefuseEnrolment(
            clinic_id=clinic_id, reasons=("no licence",), appeal_to="Board", appeal_until=PartialDate("2026-05-01")
        )
    )

    assert society.names_of(clinic_id)[-3:] == ["InvitationReturned", "EnrolmentRequested", "EnrolmentRefused"]


def test_silence_lapses_by_the_clock_after_its_time() -> None:
    society = Society()
    clinic_id = invited(society)
    prove = ProveInvitationDelivery(clinic_id=clinic_id, channel=InvitationChannel.post, proof=PROOF)
    society.registrar(prove)
    for number in (1, 2):
        society.later(30)
        society.registrar(RemindClinic(clinic_id=clinic_id, reminder=number, letter=LETTER, sending=POST, proof=PROOF))
    society.later(30)
    with pytest.raises(LimitNotReached):
        society.do(LapseInvitation(clinic_id=clinic_id), Role.system)
    society.later(1)

    society.do(LapseInvitation(clinic_id=clinic_id), Role.system)

    assert society.clinic(clinic_id).participation is ParticipationState.no_response
    assert society.store.events_of(clinic_id)[-1].context.occurred_on == "2026-05-31"


def test_data_in_the_store_hold_up_the_lapse_without_anybody_saying_so(monkeypatch: pytest.MonkeyPatch) -> None:
    society = Society()
    clinic_id = society.enrolled()
    asked: list[Any] = []

    def last_recorded(clinic: UUID, names: Any) -> tuple[str, Any]:
        asked.append((clinic, tuple(names)))
        return f"{UUID(int=8)}/1", society.store.log[-1].timestamp.replace(month=5)

    society.to_day(2026, 10, 1)
    with monkeypatch.context() as patched:
        patched.setattr(society.index, "last_recorded", last_recorded)
        with pytest.raises(LimitNotReached):
            society.do(LapseParticipation(clinic_id=clinic_id), Role.system)
        society.to_day(2027, 1, 1)
        society.do(LapseParticipation(clinic_id=clinic_id), Role.system)

    lapsed = society.store.events_of(clinic_id)[-1]
    assert lapsed.quarters == ("2026-Q3", "2026-Q4")
    assert lapsed.evidence_ids[-1] == f"{UUID(int=8)}/1"
    assert asked[0] == (clinic_id, ("TreatmentSubmitted", "TreatmentSupplemented", "FollowUpRecorded"))


def test_two_silent_quarters_lapse() -> None:
    society = Society()
    clinic_id = society.enrolled()
    society.to_day(2026, 9, 30)
    with pytest.raises(LimitNotReached):
        society.do(LapseParticipation(clinic_id=clinic_id), Role.system)
    society.to_day(2026, 10, 1)

    society.do(LapseParticipation(clinic_id=clinic_id), Role.system)

    assert society.clinic(clinic_id).participation is ParticipationState.not_participating


def test_a_count_is_declared_by_short_code_and_corrected_with_a_reason() -> None:
    society = Society()
    clinic_id = society.enrolled()
    society.to_day(2026, 4, 10)
    counted = DeclareTreatmentCount(
        clinic_id=clinic_id, quarter="2026-Q1", counts=(CountEntry(registry="knee", treatments=0),)
    )
    corrected = DeclareTreatmentCount(
        clinic_id=clinic_id,
        quarter="2026-Q1",
        counts=(CountEntry(registry="knee", treatments=2),),
        reason=Reason.data_entry_error,
    )

    society.as_clinic(clinic_id, counted)
    society.as_clinic(clinic_id, corrected)

    event = society.store.events_of(clinic_id)[-1]
    assert event.corrects == f"{clinic_id}/{event.originator_version - 1}"
    assert event.context.reason is Reason.data_entry_error
    unknown = DeclareTreatmentCount(
        clinic_id=clinic_id, quarter="2026-Q1", counts=(CountEntry(registry="elbow", treatments=0),)
    )
    with pytest.raises(NotFound):
        society.as_clinic(clinic_id, unknown)


def test_a_clinic_leaves_by_its_own_words() -> None:
    society = Society()
    clinic_id = society.enrolled()

    society.as_clinic(clinic_id, WithdrawClinic(clinic_id=clinic_id, explanation="too much work", contact=CONTACT))

    assert society.clinic(clinic_id).participation is ParticipationState.withdrawn
