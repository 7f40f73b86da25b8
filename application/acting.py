"""For whom somebody may speak: a clinic for itself, the society for anyone when it says where it has it from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from application.command import Desk
from application.ports import SubjectKind
from domain.codes import Role, Sha256
from domain.errors import RegistryError
from domain.patient import ReasonWords
from domain.personal import SignerName
from domain.signature import Signature, SignatureMeaning

SOURCE_ROLES = frozenset({Role.registrar, Role.safety_officer})


class NotForThisClinic(RegistryError):
    """Acting for a clinic needs `on_behalf_of` that clinic, {clinic}; it is {on_behalf_of}."""

    remedy = "Name the clinic you act for; nothing was recorded."


class SourceNeeded(RegistryError):
    """What an officer enters for a clinic or a reporter needs its source."""

    remedy = "Say how it arrived (paper, telephone, file, …) and where it is filed; nothing was recorded."


def require_speaking_for(desk: Desk, clinic_id: UUID | None) -> None:
    """Refuse a clinic that speaks for another one, and an officer without a source."""
    role = desk.request.actor.role
    if role is Role.clinic and (clinic_id is None or desk.request.on_behalf_of != clinic_id):
        raise NotForThisClinic(clinic=clinic_id, on_behalf_of=desk.request.on_behalf_of)
    if role in SOURCE_ROLES:
        require_source(desk)


def require_source(desk: Desk) -> None:
    """Refuse an officer's entry without a source."""
    if desk.request.source is None:
        raise SourceNeeded


def reason_parts(subject: UUID | None, explanation: str | None) -> Sequence[tuple[UUID, Any]]:
    """Return the words beside a reason's code, for sealing under this subject."""
    if subject is None or explanation is None or not explanation.strip():
        return ()
    return ((subject, ReasonWords(explanation=explanation)),)


def person_subject(desk: Desk, clinic_id: UUID | None, name: str) -> UUID:
    """Return the subject of a person known by name at a clinic or to the society."""
    return desk.subject(
        SubjectKind.person, str(clinic_id) if clinic_id else "society", " ".join(name.split()).casefold()
    )


def signed(
    desk: Desk, printed_name: str | None, shown_hash: Sha256 | None, signed_at: datetime | None
) -> tuple[Signature | None, list[tuple[UUID, SignerName]]]:
    """Return an officer's signature under a correction and the sealed name; None where name or hash is missing."""
    if printed_name is None or shown_hash is None:
        return None, []
    signature = Signature(signed_at=signed_at or desk.now, meaning=SignatureMeaning.approved, shown_hash=shown_hash)
    return signature, [(person_subject(desk, None, printed_name), SignerName(name=printed_name))]
