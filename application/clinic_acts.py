"""Who may say what about a clinic, and on which day: what all commands about clinics share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from application.acting import NotForThisClinic, person_subject, require_speaking_for
from application.command import Command, Desk
from domain.aggregate import Act
from domain.clinic import Clinic
from domain.codes import Reason, Role, Sha256
from domain.dates import PartialDate, day, partial_date
from domain.errors import NotFound
from domain.guideline import Guideline
from domain.personal import SignerName
from domain.policy import POLICY_ID, Policy
from domain.registry import Registry, registry_id
from domain.signature import Signature, SignatureMeaning

BY_SOCIETY = frozenset({Role.registrar})
"""Who does what the society does towards clinics."""

BY_CLINIC = frozenset({Role.clinic, Role.registrar})
"""Who makes a clinic's own statements: the clinic, or a registrar who has it on paper or by telephone."""

BY_CLOCK = frozenset({Role.system})
"""Who records that a limit has passed: time itself, and no person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseCommand(Command):
    """A command by which the clock speaks about one clinic; when it happened follows from the facts."""

    clinic_id: UUID
    """The clinic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicCommand(Command):
    """A command about one clinic."""

    clinic_id: UUID
    """The clinic."""
    occurred_on: PartialDate | None = None
    """When it happened: YYYY-MM-DD, YYYY-MM, YYYY or an interval A/B; today at the clinic if left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCommand(ClinicCommand):
    """A command that carries a signature."""

    signer: str
    """Printed name of who signs; sealed."""
    signer_function: str | None = None
    """The signer's function as stated; sealed."""
    shown_hash: Sha256
    """SHA-256 of exactly what the signer was shown."""
    signed_at: datetime | None = None
    """When it was signed, with its time zone; now if left out."""

    def signature(self, desk: Desk, meaning: SignatureMeaning) -> Signature:
        """Return the signature with this meaning."""
        return Signature(signed_at=self.signed_at or desk.now, meaning=meaning, shown_hash=self.shown_hash)

    def signer_part(self, desk: Desk, clinic_id: UUID | None) -> tuple[UUID, SignerName]:
        """Return the signer's subject and sealed name; without a clinic the signer belongs to the society."""
        part = SignerName(name=self.signer, function=self.signer_function)
        return person_subject(desk, clinic_id, self.signer), part


def act(
    desk: Desk,
    clinic: Clinic,
    event: type[Any],
    command: ClinicCommand | LapseCommand,
    *,
    reason: Reason | None = None,
    parts: Iterable[tuple[UUID, Any]] = (),
) -> Act:
    """Return the act for one event of a clinic, on the day given or today at the clinic."""
    given = command.occurred_on if isinstance(command, ClinicCommand) else None
    occurred_on = given or day(desk.today(clinic.time_zone))
    return desk.act(
        event,
        clinic.id,
        occurred_on=partial_date(occurred_on, "occurred_on"),
        reason=reason,
        clinic_id=clinic.id,
        parts=parts,
    )


def statement(
    desk: Desk,
    clinic: Clinic,
    event: type[Any],
    command: ClinicCommand,
    *,
    reason: Reason | None = None,
    parts: Iterable[tuple[UUID, Any]] = (),
) -> Act:
    """Return the act for a clinic's own statement, made for that clinic by whoever may."""
    require_speaking_for(desk, clinic.id)
    if desk.request.on_behalf_of not in (None, clinic.id):
        raise NotForThisClinic(clinic=clinic.id, on_behalf_of=desk.request.on_behalf_of)
    spoken = act(desk, clinic, event, command, reason=reason, parts=parts)
    return spoken.replace(on_behalf_of=clinic.id)


def policy(desk: Desk) -> Policy:
    """Return the society's policy."""
    return desk.load(Policy, POLICY_ID)


def open_registries(desk: Desk, short_codes: tuple[str, ...]) -> tuple[UUID, ...]:
    """Return the ids of registries that take clinics; refuse unknown and closed ones."""
    registries = [registry_named(desk, short_code) for short_code in short_codes]
    for registry in registries:
        registry.require_open()
    return tuple(registry.id for registry in registries)


def registry_named(desk: Desk, short_code: str) -> Registry:
    """Return the registry with this short code; raise NotFound naming the code."""
    registry = desk.find(Registry, registry_id(short_code))
    if registry is None:
        raise NotFound(what="registry", id=short_code)
    return registry


def guideline(desk: Desk, guideline_id: UUID) -> Guideline:
    """Return a guideline."""
    return desk.load(Guideline, guideline_id)
