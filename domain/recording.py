"""What is kept of a command, and every way in which keeping it may be refused.

The application speaks of these with its store and its sealer; `infra` fulfils them without knowing the application.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.errors import RegistryError, Unavailable


class SubjectKind(StrEnum):
    """Whose key it is."""

    patient = "patient"
    person = "person"
    case = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord:
    """What is stored with a command's events, so that its repetition gets the same answer."""

    actor: UUID
    """Person who acted; keys are unique per actor."""
    key_hmac: bytes
    """HMAC-SHA-256 of the idempotency key, 32 bytes."""
    request_hmac: bytes
    """HMAC-SHA-256 of the whole request, 32 bytes: the same key with another request is refused."""
    aggregate_id: UUID
    """The aggregate that the answer names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What the store did: positions are 0 and 0 for a command without events."""

    aggregate_id: UUID
    version: int
    first_position: int
    last_position: int
    repeat: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands for a sealed part whose subject's key was destroyed."""

    subject: UUID


class VersionConflict(RegistryError):
    """Somebody else changed {aggregate_id} meanwhile; nothing of this command was recorded."""

    remedy = "Look at it again and repeat the command."


class TimeBehind(RegistryError):
    """The time of this command lies before what the store holds; nothing of it was recorded."""

    remedy = "Check the clock of this machine and repeat the command."


class TimeAhead(RegistryError):
    """The time of this command lies more than five minutes ahead of the database's clock; nothing was recorded."""

    remedy = "Check the clock of this machine and repeat the command."


class KeyReused(RegistryError):
    """The idempotency key was used before for another request; nothing was recorded."""

    remedy = "Use a new key for a new request."


class SubjectErased(RegistryError):
    """The key of subject {subject} was destroyed; nothing new can be stored about it."""

    remedy = "Nothing was recorded."


class StoreUnavailable(Unavailable):
    """The event store does not answer: {problem}."""

    remedy = "The command may be repeated with the same key; it takes effect once."
