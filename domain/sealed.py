"""What must be forgettable travels sealed: the domain carries the box and never looks inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPart:
    """Personal fields of one subject, encrypted (AES-256-GCM) under the key of that subject alone."""

    subject: UUID
    """Random id of the person or case whose key opens this part; deleting the key erases it."""
    schema_id: int
    """Id in `ids.json` of the schema of the clear part."""
    nonce: bytes
    """The 12 random bytes used once with the subject's key."""
    content: bytes
    """The encrypted Avro bytes, followed by the 16-byte tag."""


class PersonalPart:
    """Base of the clear content of sealed parts: frozen keyword-only dataclasses (without slots), one schema each."""

    TOPIC: ClassVar[str]
    """Stored topic of its schema, such as `PatientIdentity.v1`."""
    DISCLOSURE: ClassVar[str]
    """Who may see it once opened: `party` or `restricted`."""
