"""Who acts in a safety case, on which day, and under which key their words are sealed: what its commands share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from application.acting import NotForThisClinic, person_subject, require_speaking_for
from application.clinic_acts import policy
from application.command import Command, Desk
from application.permission import NotAnOfficer
from application.ports import SubjectKind
from domain.aggregate import Act
from domain.chronology import require_past
from domain.clinic import Clinic
from domain.codes import SOCIETY_ROLES, Role, Sha256
from domain.dates import PartialDate, day, last_day, partial_date
from domain.officer import Officer
from domain.personal import CaseWords, ClinicContact, SignerName
from domain.policy import PolicyVersion
from domain.safety_case import SafetyCase
from domain.signature import Signature, SignatureMeaning

BY_SAFETY = frozenset({Role.safety_officer})
"""Who leads safety cases."""

BY_MEMBER = SOCIETY_ROLES
"""Who may sit on a panel: any officer, in whatever role."""

BY_CLINIC = frozenset({Role.clinic, Role.safety_officer})
"""Who speaks for the clinic: itself, or a safety officer who has it on paper or by telephone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCommand(Command):
    """A command about one safety case."""

    case_id: UUID
    """The safety case."""
    occurred_on: PartialDate | None = None
    """When it happened: YYYY-MM-DD; today at the clinic if left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCaseCommand(CaseCommand):
    """A command about a safety case that carries a signature."""

    signer: str
    """Printed name of who signs; sealed."""
    signer_function: str | None = None
    """The signer's function as stated; sealed."""
    shown_hash: Sha256
    """SHA-256 of exactly what the signer was shown."""
    signed_at: datetime | None = None
    """When it was signed, with its time zone; now if left out."""

    def signature(self, desk: Desk) -> Signature:
        """Return the signature; it approves."""
        return Signature(
            signed_at=self.signed_at or desk.now, meaning=SignatureMeaning.approved, shown_hash=self.shown_hash
        )

    def signer_part(self, desk: Desk) -> tuple[UUID, SignerName]:
        """Return the signer's subject and sealed name; who signs belongs to the society."""
        return person_subject(desk, None, self.signer), SignerName(name=self.signer, function=self.signer_function)


def act(
    desk: Desk,
    case: SafetyCase,
    event: type[Any],
    command: CaseCommand,
    *,
    parts: Iterable[tuple[UUID, Any]] = (),
) -> Act:
    """Return the act for one event of a case, on the day given or today at the clinic, never one to come."""
    clinic = clinic_of(desk, case)
    occurred_on = partial_date(command.occurred_on or day(desk.today(clinic.time_zone)), "occurred_on")
    made = desk.act(event, case.id, occurred_on=occurred_on, clinic_id=clinic.id, parts=parts)
    require_past(made, clinic.time_zone)
    return made


def judging(
    desk: Desk,
    case: SafetyCase,
    event: type[Any],
    command: CaseCommand,
    *,
    parts: Iterable[tuple[UUID, Any]] = (),
) -> Act:
    """Return the act of an officer who judges; refuse who ever spoke for the clinic. Interests the handler refuses."""
    clinic_of(desk, case).require_independent([desk.request.actor.person])
    return act(desk, case, event, command, parts=parts)


def statement(
    desk: Desk,
    case: SafetyCase,
    event: type[Any],
    command: CaseCommand,
    *,
    parts: Iterable[tuple[UUID, Any]] = (),
) -> Act:
    """Return the act for the clinic's own statement, made for that clinic by whoever may."""
    require_speaking_for(desk, case.clinic_id)
    if desk.request.on_behalf_of not in (None, case.clinic_id):
        raise NotForThisClinic(clinic=case.clinic_id, on_behalf_of=desk.request.on_behalf_of)
    return act(desk, case, event, command, parts=parts).replace(on_behalf_of=case.clinic_id)


def clinic_of(desk: Desk, case: SafetyCase) -> Clinic:
    """Return the clinic that a case is about."""
    assert case.clinic_id is not None
    return desk.load(Clinic, case.clinic_id)


def today(desk: Desk, case: SafetyCase) -> date:
    """Return the present day at the clinic."""
    return desk.today(clinic_of(desk, case).time_zone)


def version_on(desk: Desk, began: PartialDate) -> PolicyVersion:
    """Return the policy version in force on the day on which a clock starts."""
    return policy(desk).version_on(last_day(began))


def words(desk: Desk, case_id: UUID, said: str | None) -> list[tuple[UUID, Any]]:
    """Return what somebody tells in a case, for sealing under the key of the case."""
    if said is None:
        return []
    return [(desk.subject(SubjectKind.case, str(case_id)), CaseWords(words=said))]


def contact_part(desk: Desk, case: SafetyCase, contact: ClinicContact | None) -> list[tuple[UUID, Any]]:
    """Return who spoke for the clinic, for sealing under that person's key."""
    return [(person_subject(desk, case.clinic_id, contact.name), contact)] if contact else []


def interested(desk: Desk, case: SafetyCase, persons: Iterable[UUID]) -> frozenset[UUID]:
    """Return who of these persons has an interest in the clinic, or ever spoke for it."""
    clinic, found = clinic_of(desk, case), set()
    for person in persons:
        officer = desk.find(Officer, person)
        if person in clinic.own_people or (officer is not None and clinic.id in officer.interests):
            found.add(person)
    return frozenset(found)


def require_officers(desk: Desk, persons: Iterable[UUID]) -> None:
    """Refuse who is no officer of the society, or has no role any more, and so judges nothing."""
    for person in persons:
        officer = desk.find(Officer, person)
        if officer is None or not officer.roles:
            raise NotAnOfficer(person=person, role="of an officer who judges")
