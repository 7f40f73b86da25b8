"""Ids that follow from what people enter, so that a repeat is recognised: HMAC under the id key, never guessable.

An importer derives the same ids before it gives its commands.
"""

from __future__ import annotations

from uuid import UUID

from application.ports import Sealer


def treatment_id(sealer: Sealer, clinic_id: UUID, own_reference: str) -> UUID:
    """Return the id of the treatment that a clinic knows by this reference."""
    return uuid8(sealer.digest("treatment", str(clinic_id), own_reference.strip()))


def follow_up_id(sealer: Sealer, treatment: UUID, rule: str, reference: str) -> UUID:
    """Return the id of an imported follow-up, from its treatment, the mapping rule's name and the reference."""
    return uuid8(sealer.digest("follow-up", str(treatment), rule, reference))


def adverse_event_id(sealer: Sealer, treatment: UUID, rule: str, reference: str) -> UUID:
    """Return the id of an imported adverse event, from its treatment, the mapping rule's name and the reference."""
    return uuid8(sealer.digest("adverse-event", str(treatment), rule, reference))


def determination_id(sealer: Sealer, determination: str, evidence: str) -> UUID:
    """Return the id of the question whether a determination still stands after a change of an evidence event."""
    return uuid8(sealer.digest("determination", determination, evidence))


def signal_id(sealer: Sealer, key: tuple[str, ...]) -> UUID:
    """Return the id of the signal of a rule about something in a period."""
    return uuid8(sealer.digest("signal", *key))


def listing_id(sealer: Sealer, clinic_id: UUID, category: str, condition: str, number: int = 1) -> UUID:
    """Return the id of the public entry about a clinic in a category that an event gave, the first or a later one.

    Not guessable, because an entry that was never public ends with a public event: its id must not tell whose it was.
    """
    again = () if number == 1 else (str(number),)
    return uuid8(sealer.digest("listing", str(clinic_id), category, condition, *again))


def uuid8(digest: bytes) -> UUID:
    """Return the first 16 bytes of a digest as a UUID of version 8 (RFC 9562, 5.8)."""
    raw = bytearray(digest[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(raw))
