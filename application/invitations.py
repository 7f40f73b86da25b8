"""Commands about an invitation: sent, proved, reminded of, returned, answered, lapsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from application.acting import person_subject
from application.clinic_acts import BY_CLINIC, BY_CLOCK, BY_SOCIETY, ClinicCommand, LapseCommand, act, policy, statement
from application.clinics import compare
from application.command import Desk
from domain.clinic import Clinic
from domain.codes import Role, Sha256
from domain.dates import last_day
from domain.letters import DecliningReason, InvitationChannel, Letter, Proof, Sending
from domain.personal import ClinicContact
from domain.policy import PolicyVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteClinic(ClinicCommand):
    """Call on a clinic to join, by one or more ways at once."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "invite"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    letter: Letter
    """What was sent: version, text_hash, language, sender."""
    sendings: tuple[Sending, ...]
    """By which ways: channel, address, address_source."""

    def run(self, desk: Desk) -> Clinic:
        """Record the invitation."""
        clinic = desk.load(Clinic, self.clinic_id)
        clinic.invite(act(desk, clinic, Clinic.ClinicInvited, self), self.letter, self.sendings)
        compare(desk, clinic)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveInvitationDelivery(ClinicCommand):
    """Record what proves that an invitation arrived."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "prove-delivery"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    channel: InvitationChannel
    """By which of its ways it arrived."""
    proof: Proof
    """What proves it: kind, document_hash."""

    def run(self, desk: Desk) -> Clinic:
        """Record the proof; the first one starts IN-90."""
        clinic = desk.load(Clinic, self.clinic_id)
        clinic.prove_delivery(act(desk, clinic, Clinic.InvitationDelivered, self), self.channel, self.proof)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindClinic(ClinicCommand):
    """Record a reminder of an invitation, or its proof when that came later."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "remind"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    reminder: int
    """1 for the first, 2 for the second."""
    letter: Letter
    """What was sent: version, text_hash, language, sender."""
    sending: Sending
    """By which way: channel, address, address_source."""
    proof: Proof | None = None
    """What proves that it arrived: kind, document_hash."""

    def run(self, desk: Desk) -> Clinic:
        """Record the reminder, on or after its day."""
        clinic = desk.load(Clinic, self.clinic_id)
        reminding = act(desk, clinic, Clinic.InvitationReminded, self)
        clinic.remind(reminding, _waiting_under(desk, clinic), self.reminder, self.letter, self.sending, self.proof)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInvitation(ClinicCommand):
    """Record that an invitation came back."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "return-invitation"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    channel: InvitationChannel
    """By which way it came back."""
    note: str | None = None
    """What the carrier noted."""
    document_hash: Sha256 | None = None
    """SHA-256 of the returned envelope or message."""

    def run(self, desk: Desk) -> Clinic:
        """Record the return, unless a delivery is proved."""
        clinic = desk.load(Clinic, self.clinic_id)
        returning = act(desk, clinic, Clinic.InvitationReturned, self)
        clinic.return_invitation(returning, self.channel, self.note, self.document_hash)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseInvitation(LapseCommand):
    """Record that a clinic gave no reply in the time it had; it happened at the end of that time."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "lapse-invitation"
    ROLES: ClassVar[frozenset[Role]] = BY_CLOCK

    def run(self, desk: Desk) -> Clinic:
        """Record the lapse under the policy of the day of delivery."""
        clinic = desk.load(Clinic, self.clinic_id)
        lapsing = act(desk, clinic, Clinic.InvitationLapsed, self)
        clinic.lapse_invitation(lapsing, _waiting_under(desk, clinic), desk.today(clinic.time_zone))
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptInvitation(ClinicCommand):
    """Say for a clinic that it will join."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "accept-invitation"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    contact: ClinicContact | None = None
    """Who said so: name, email, telephone; sealed."""

    def run(self, desk: Desk) -> Clinic:
        """Record the acceptance, however late."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = contact_parts(desk, clinic, self.contact)
        clinic.accept_invitation(statement(desk, clinic, Clinic.InvitationAccepted, self, parts=parts))
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineInvitation(ClinicCommand):
    """Say for a clinic that it will not join."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "decline-invitation"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    decline_reason: DecliningReason
    """Why."""
    own_words: str | None = None
    """The clinic's own words, at most 500 characters; shown to the public as they are."""
    contact: ClinicContact | None = None
    """Who said so: name, email, telephone; sealed."""

    def run(self, desk: Desk) -> Clinic:
        """Record the refusal to join, however late."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = contact_parts(desk, clinic, self.contact)
        declining = statement(desk, clinic, Clinic.InvitationDeclined, self, parts=parts)
        clinic.decline_invitation(declining, self.decline_reason, self.own_words)
        return clinic


def contact_parts(desk: Desk, clinic: Clinic, contact: ClinicContact | None) -> list[tuple[UUID, Any]]:
    """Return who spoke for a clinic, for sealing under that person's key."""
    return [(person_subject(desk, clinic.id, contact.name), contact)] if contact else []


def _waiting_under(desk: Desk, clinic: Clinic) -> PolicyVersion:
    """Return the policy version under which the wait for a reply began: in force on the day of delivery."""
    delivered_on = clinic.invitation.delivered_on if clinic.invitation else None
    began: date = last_day(delivered_on) if delivered_on else desk.today(clinic.time_zone)
    return policy(desk).version_on(began)
