"""What anybody may check: that an event they were given is the one at its place in the log.

A commitment covers topic, aggregate, version and bytes of an event; the 16 random bytes of salt inside the bytes keep
it from being guessed. Leaf hashes follow RFC 6962, 2.1.
"""

from __future__ import annotations

from hashlib import sha256
from struct import pack
from uuid import UUID


def commitment(topic: str, aggregate_id: UUID, version: int, state: bytes) -> bytes:
    """Return SHA-256 over u16 length of topic, topic (UTF-8), aggregate id, u64 version and state, big-endian."""
    name = topic.encode()
    return sha256(pack(">H", len(name)) + name + aggregate_id.bytes + pack(">Q", version) + state).digest()


def leaf_hash(commitment: bytes) -> bytes:
    """Return the RFC 6962 leaf hash of a commitment: SHA-256 over one zero byte and the commitment."""
    return sha256(b"\x00" + commitment).digest()
