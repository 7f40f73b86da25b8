"""Commitments and leaf hashes are exactly the bytes that the design promises to everybody who checks."""

from __future__ import annotations

import hashlib
from uuid import UUID

from infra.commitment import commitment, leaf_hash

AGGREGATE = UUID("01234567-89ab-8def-8123-456789abcdef")


def test_commitment_covers_the_promised_bytes() -> None:
    written_out = bytes.fromhex(
        "000e"  # length of the topic, 14 bytes
        "526f6c654772616e7465642e7631"  # RoleGranted.v1
        "0123456789ab8def8123456789abcdef"  # aggregate
        "0000000000000102"  # version 258
        "c0ffee"  # state
    )

    made = commitment("RoleGranted.v1", AGGREGATE, 258, b"\xc0\xff\xee")

    assert made == hashlib.sha256(written_out).digest()
    assert made.hex() == "614d28e32bf6ac1a80ccc3de8630a23dc3f3c9d1b19786375eef76a28cd3dbd2"


def test_topic_length_counts_bytes() -> None:
    content = b"\x00\x03\xc3\xa9x" + AGGREGATE.bytes + b"\x00" * 7 + b"\x01"

    assert commitment("éx", AGGREGATE, 1, b"") == hashlib.sha256(content).digest()


def test_leaf_hash_is_that_of_rfc_6962() -> None:
    # The leaf hash of the empty entry, a published test vector of certificate transparency.
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"

    assert leaf_hash(b"").hex() == empty
    assert leaf_hash(b"c" * 32) == hashlib.sha256(b"\x00" + b"c" * 32).digest()
