"""The command that says which clinic goes on with what another one did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.clinic_acts import BY_SOCIETY, ClinicCommand, act
from application.command import Desk
from domain.clinic import Clinic
from domain.codes import Reason, Role, Sha256
from domain.identification import SuccessionGround, SuccessionInACircle


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareSuccessor(ClinicCommand):
    """Record that another clinic goes on with what this one did, maybe under another name."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "declare-successor"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    successor: UUID
    """The clinic that goes on."""
    grounds: tuple[SuccessionGround, ...]
    """By what that is known."""
    evidence_hash: Sha256 | None = None
    """SHA-256 of the document that shows it."""
    reason: Reason | None = None
    """Why another successor is named than before; only then."""

    def run(self, desk: Desk) -> Clinic:
        """Record the successor, unless that leads back to this clinic."""
        clinic = desk.load(Clinic, self.clinic_id)
        _require_no_circle(desk, clinic, self.successor)
        declaring = act(desk, clinic, Clinic.SuccessorDeclared, self, reason=self.reason)
        clinic.declare_successor(declaring, self.successor, self.grounds, self.evidence_hash)
        return clinic


def _require_no_circle(desk: Desk, clinic: Clinic, successor: UUID) -> None:
    following: UUID | None = desk.load(Clinic, successor).successor
    while following is not None:
        if following == clinic.id:
            raise SuccessionInACircle(successor=successor, clinic=clinic.id)
        following = desk.load(Clinic, following).successor
