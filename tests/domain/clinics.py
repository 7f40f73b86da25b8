"""Clinics for tests of the domain: acts without surroundings, and a clinic brought into each state by its events."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from domain.aggregate import Act, Aggregate, Context
from domain.attestation import Answer, ItemAnswer
from domain.clinic import Clinic
from domain.clinic_details import ClinicDetails, FoundIn
from domain.codes import Reason, Role, Sha256, Via
from domain.dates import PartialDate, day
from domain.enrolment import SignerAuthority
from domain.first_policy import FIRST_POLICY
from domain.guideline import GuidelineItem, GuidelineVersion
from domain.identification import OutOfScopeGround
from domain.letters import DecliningReason, DeliveryProof, InvitationChannel, Letter, Proof, Sending
from domain.participation import ParticipationState
from domain.policy import PolicyVersion
from domain.registry import registry_id
from domain.signature import Signature, SignatureMeaning

SOME_HASH = Sha256("ab" * 32)
KNEE = registry_id("knee")
GUIDELINE = uuid5(UUID(int=0), "a guideline")
CLINIC = uuid5(UUID(int=0), "a clinic")
CASE = uuid5(UUID(int=0), "a safety case")
OTHER = uuid5(UUID(int=0), "another clinic")
POLICY = PolicyVersion(1, PartialDate("2020-01-01"), FIRST_POLICY)
DETAILS = ClinicDetails(legal_name="Klinik am Fluss GmbH", country="DE", time_zone="Europe/Berlin")
LETTER = Letter(version="2026-1", text_hash=SOME_HASH, language="de", sender="Registry office")
POST = Sending(channel=InvitationChannel.post, address="Am Fluss 1", address_source="licence register")
COURIER = Sending(channel=InvitationChannel.courier, address="Am Fluss 1", address_source="licence register")
PROOF = Proof(kind=DeliveryProof.post_signature, document_hash=SOME_HASH)
VERSION = GuidelineVersion(
    title="Processing",
    version="1",
    language="en",
    document_hash=SOME_HASH,
    effective_on=PartialDate("2026-01-01"),
    items=(
        GuidelineItem(item_id="P1", text="Sterility is tested", critical=True, evidence_required=True),
        GuidelineItem(item_id="P2", text="Staff is trained", critical=False, evidence_required=False),
    ),
)
ANSWERS = (ItemAnswer(item_id="P1", answer=Answer.met), ItemAnswer(item_id="P2", answer=Answer.not_met, comment="soon"))
TODAY = date(2026, 3, 3)

_RANDOM = random.Random(3)


def act_on(on: date | str = TODAY, recorded: date | None = None, reason: Reason | None = None) -> Act:
    """Return an act that happened on a day and was recorded at noon UTC of that or another day."""
    text = on if isinstance(on, str) else on.isoformat()
    noon = recorded or (on if isinstance(on, date) else TODAY)
    moment = datetime.combine(noon, time(12), UTC)
    context = Context(
        salt=_RANDOM.randbytes(16),
        actor_person=UUID(int=9),
        actor_role=Role.registrar,
        via=Via.cli,
        software="tests",
        key_hmac=bytes(32),
        correlation_id=UUID(int=10),
        reason=reason,
        occurred_on=PartialDate(text),
    )
    return Act(recorded_at=moment, context=context)


def signed(meaning: SignatureMeaning, on: date = TODAY) -> Signature:
    """Return a signature of that day's morning."""
    return Signature(signed_at=datetime.combine(on, time(8), UTC), meaning=meaning, shown_hash=SOME_HASH)


def last(aggregate: Aggregate) -> Any:
    """Return the event recorded last."""
    return aggregate.pending_events[-1]


def history(aggregate: Aggregate) -> list[Any]:
    """Return every event recorded, oldest first."""
    return list(aggregate.pending_events)


def prospect(on: date = TODAY) -> Clinic:
    """Return a clinic just identified."""
    return Clinic.identify(act_on(on), CLINIC, DETAILS, FoundIn.website)


def invited(on: date = TODAY) -> Clinic:
    """Return a clinic just invited, by post and courier."""
    clinic = prospect(on)
    clinic.invite(act_on(on), LETTER, (POST, COURIER))
    return clinic


def reminded(on: date = TODAY) -> Clinic:
    """Return a clinic invited on a day, delivered that day, and reminded twice with proof."""
    clinic = invited(on)
    clinic.prove_delivery(act_on(on), InvitationChannel.post, PROOF)
    for number, days in ((1, 30), (2, 60)):
        clinic.remind(act_on(on + timedelta(days)), POLICY, number, LETTER, POST, PROOF)
    return clinic


def applied(on: date = TODAY) -> Clinic:
    """Return an uninvited clinic that asked to join the knee registry, its agreement signed."""
    clinic = prospect(on)
    sign(clinic, on)
    clinic.request_enrolment(act_on(on), (KNEE,))
    return clinic


def enrolled(on: date = TODAY) -> Clinic:
    """Return a clinic enrolled on a day."""
    clinic = applied(on)
    clinic.enrol(act_on(on), (KNEE,))
    return clinic


def sign(clinic: Clinic, on: date = TODAY) -> None:
    """Sign the participation agreement."""
    signature = signed(SignatureMeaning.agreed, on)
    clinic.sign_agreement(act_on(on), "1", SignerAuthority.medical_director, (True, True), signature)


def attest(clinic: Clinic, on: date = TODAY, valid_until: str | None = None) -> None:
    """Attest to the guideline."""
    until = PartialDate(valid_until) if valid_until else None
    signature = signed(SignatureMeaning.attested, on)
    clinic.attest(act_on(on), GUIDELINE, VERSION, POLICY, ANSWERS, signature, SOME_HASH, until)


def expel(clinic: Clinic, on: date = TODAY) -> None:
    """Expel the clinic for the finding of a case."""
    signature = signed(SignatureMeaning.approved, on)
    clinic.expel(act_on(on), CASE, f"{CASE}/7", ("data were falsified",), signature)


def readmit(clinic: Clinic, on: date = TODAY) -> None:
    """Take an expelled clinic back."""
    clinic.readmit(act_on(on), (KNEE,), ("all remedies carried out",), signed(SignatureMeaning.approved, on))


def _accepted() -> Clinic:
    clinic = invited()
    clinic.accept_invitation(act_on())
    return clinic


def _declined() -> Clinic:
    clinic = invited()
    clinic.decline_invitation(act_on(), DecliningReason.not_interested)
    return clinic


def _undeliverable() -> Clinic:
    clinic = invited()
    clinic.return_invitation(act_on(), InvitationChannel.post)
    return clinic


def _no_response() -> Clinic:
    clinic = reminded(TODAY - timedelta(100))
    clinic.lapse_invitation(act_on(), POLICY, TODAY)
    return clinic


def _refused() -> Clinic:
    clinic = applied()
    clinic.refuse_enrolment(act_on(), ("no licence",), "Board", day(TODAY))
    return clinic


def _not_participating() -> Clinic:
    clinic = enrolled(TODAY - timedelta(400))
    clinic.lapse_participation(act_on(), POLICY, TODAY)
    return clinic


def _withdrawn() -> Clinic:
    clinic = enrolled()
    clinic.withdraw(act_on())
    return clinic


def _out_of_scope() -> Clinic:
    clinic = prospect()
    clinic.find_out_of_scope(act_on(), OutOfScopeGround.not_a_clinic)
    return clinic


def _expelled() -> Clinic:
    clinic = enrolled()
    expel(clinic)
    return clinic


def _closed() -> Clinic:
    clinic = prospect()
    clinic.close(act_on())
    return clinic


IN_STATE = {
    ParticipationState.prospect: prospect,
    ParticipationState.out_of_scope: _out_of_scope,
    ParticipationState.invited: invited,
    ParticipationState.undeliverable: _undeliverable,
    ParticipationState.no_response: _no_response,
    ParticipationState.accepted: _accepted,
    ParticipationState.declined: _declined,
    ParticipationState.applied: applied,
    ParticipationState.refused: _refused,
    ParticipationState.enrolled: enrolled,
    ParticipationState.not_participating: _not_participating,
    ParticipationState.withdrawn: _withdrawn,
    ParticipationState.expelled: _expelled,
    ParticipationState.closed: _closed,
}
"""A clinic in each state."""
