"""A letter of the society to a clinic: what was sent, by which way, and what proves that it arrived."""

from __future__ import annotations

from dataclasses import dataclass

from domain.codes import Code, Sha256
from domain.errors import InvalidInput
from domain.signature import sha256_text


class InvitationChannel(Code):
    """By which way a letter was sent."""

    unrecognised = "unrecognised"
    post = "post"
    courier = "courier"
    email = "email"
    portal = "portal"
    fax = "fax"
    in_person = "in_person"


class DeliveryProof(Code):
    """What proves a delivery; a mail server's receipt is none."""

    unrecognised = "unrecognised"
    post_signature = "post_signature"
    courier = "courier"
    portal_login = "portal_login"
    recipient_reply = "recipient_reply"


class DecliningReason(Code):
    """Why a clinic declined."""

    unrecognised = "unrecognised"
    reports_elsewhere = "reports_elsewhere"
    legal_obstacle = "legal_obstacle"
    not_interested = "not_interested"
    other = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What was sent, word for word by its hash."""

    version: str
    """Version of the society's letter."""
    text_hash: Sha256
    """SHA-256 of the letter as sent."""
    language: str
    """Language: BCP 47 tag, such as `en`."""
    sender: str
    """Office in whose name it was sent, never a person's name."""

    def __post_init__(self) -> None:
        sha256_text(self.text_hash, "letter.text_hash")
        for field in ("version", "language", "sender"):
            if not getattr(self, field).strip():
                raise InvalidInput(field=f"letter.{field}", problem="is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One way by which a letter went out."""

    channel: InvitationChannel
    """By which way."""
    address: str
    """Where to."""
    address_source: str
    """Where that address was found."""

    def __post_init__(self) -> None:
        if self.channel is InvitationChannel.unrecognised:
            raise InvalidInput(field="channel", problem="is not in the code list")
        for field in ("address", "address_source"):
            if not getattr(self, field).strip():
                raise InvalidInput(field=field, problem="is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What proves that a letter reached the clinic."""

    kind: DeliveryProof
    """Kind of proof."""
    document_hash: Sha256
    """SHA-256 of the proving document."""

    def __post_init__(self) -> None:
        if self.kind is DeliveryProof.unrecognised:
            raise InvalidInput(field="proof", problem="is none that counts; a mail server's receipt is none")
        sha256_text(self.document_hash, "proof.document_hash")
