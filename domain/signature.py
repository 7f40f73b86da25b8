"""What it means that something was signed: printed name, time, meaning, and a hash of what was shown.

The printed name is sealed beside it; a signature without what was shown cannot be held.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from domain.aggregate import Act
from domain.chronology import require_moment_past
from domain.codes import Code, Sha256
from domain.errors import InvalidInput

_SHA256 = re.compile(r"[0-9a-f]{64}")


class SignatureMeaning(Code):
    """What the signer says by signing."""

    unrecognised = "unrecognised"
    agreed = "agreed"
    attested = "attested"
    verified = "verified"
    approved = "approved"


def sha256_text(text: str, field: str) -> Sha256:
    """Check the text of a SHA-256 digest and return it; raise InvalidInput naming the field."""
    if _SHA256.fullmatch(text) is None:
        raise InvalidInput(field=field, problem="a SHA-256 digest has 64 lower-case hexadecimal digits")
    return Sha256(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One person's signature; who it was is in the event's sealed part."""

    signed_at: datetime
    """Time of signing, with its time zone."""
    meaning: SignatureMeaning
    """What the signer says by it."""
    shown_hash: Sha256
    """SHA-256 of exactly what the signer was shown."""

    def __post_init__(self) -> None:
        if self.signed_at.utcoffset() is None:
            raise InvalidInput(field="signature.signed_at", problem="the time needs a time zone")
        sha256_text(self.shown_hash, "signature.shown_hash")


def require_signed(signature: Signature, meaning: SignatureMeaning, act: Act) -> None:
    """Refuse a signature that means something else, or whose time is still to come."""
    if signature.meaning is not meaning:
        raise InvalidInput(field="signature.meaning", problem=f"is {signature.meaning}, but it should be {meaning}")
    require_moment_past("signature.signed_at", signature.signed_at, act)
