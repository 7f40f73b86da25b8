"""Personal data are readable only with their subject's key, and nobody's after that key was destroyed.

Keys stay in memory after use; every use is preceded, within the second before it, by a look at the number of
erasures, which empties the memory when it grew. So for at most NOTICE seconds after an erasure another process may
still seal under the destroyed key; what it sealed then nobody can open. An erasure is complete NOTICE seconds after
its commit.
"""

from __future__ import annotations

import hmac
import secrets
import time
import unicodedata
from collections.abc import Callable
from struct import Struct, pack
from typing import Any
from uuid import UUID, uuid4

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import ConnectionPool

from domain.errors import InvalidInput, RegistryError
from domain.recording import Erased, SubjectErased, SubjectKind
from domain.sealed import SealedPart
from infra.avro_codec import Codec
from infra.erasure_watch import ErasureWatch, Memory
from infra.key_files import KEY_LENGTH
from infra.subject_keys import Candidate, KeptSubject, SubjectKeys

_NONCE_LENGTH = 12
_LENGTH = Struct(">I").pack
_WRAPPED_ONCE = b"\x01"
"""First byte of a wrapped key: AES-256-GCM under the master key, nonce, key and tag follow."""


class SealBroken(RegistryError):
    """A sealed part of subject {subject} was changed, or belongs to another event."""

    remedy = "It was not opened. Compare the log with the store by `icms verify`."


class SubjectKeyLost(RegistryError):
    """There is neither a key nor a tombstone of subject {subject}."""

    remedy = "Nothing was opened or recorded. Bring the keys' tables back from their backup."


class SubjectKeyUnreadable(RegistryError):
    """The key of subject {subject} was not wrapped by this master key, or was changed."""

    remedy = "Nothing was opened or recorded. Check the master key, or bring the keys' tables back from their backup."


class KeyRing:
    """Keeps one key per subject and seals with it; implements the application's `Sealer`."""

    def __init__(
        self,
        pool: ConnectionPool[psycopg.Connection[Any]],
        master_key: bytes,
        id_key: bytes,
        codec: Codec,
        *,
        clock: Callable[[], float] = time.monotonic,
        new_subject: Callable[[], UUID] = uuid4,
    ) -> None:
        if len(master_key) != KEY_LENGTH or len(id_key) != KEY_LENGTH:
            msg = f"both keys have {KEY_LENGTH} bytes"
            raise ValueError(msg)
        self._kept = SubjectKeys(pool)
        self._master = AESGCM(master_key)
        self._id_key = id_key
        self._codec = codec
        self._new_subject = new_subject
        self._keys: Memory[UUID, AESGCM] = Memory()
        self._links: Memory[bytes, UUID] = Memory()
        self._watch = ErasureWatch(self._kept.erased, self._forget, clock)

    def subject(self, kind: SubjectKind, *identity: str) -> UUID:
        """Return the subject known by this identity; a new one is committed with its key before this returns.

        Raises SubjectErased, StoreUnavailable.
        """
        link = self.digest("subject", kind.value, *(unicodedata.normalize("NFC", part) for part in identity))
        generation = self._watch.look()
        known = self._links.get(link)
        if known is not None:
            return known
        key, candidate = AESGCM.generate_key(256), self._new_subject()
        kept = self._kept.keep(Candidate(link, kind.value, candidate, self._wrap(candidate, key)))
        if kept.subject is None or kept.wrapped_key is None:
            raise SubjectErased(subject=kept.subject or "known by this identity")
        self._remember(generation, kept.subject, kept, link)
        return kept.subject

    def seal(self, subject: UUID, part: Any, *, topic: str, aggregate_id: UUID, salt: bytes) -> SealedPart:
        """Encrypt a personal part for one event; raise SubjectErased, SubjectKeyLost, StoreUnavailable."""
        key = self._key(subject)
        if key is None:
            raise SubjectErased(subject=subject)
        schema_id, content = self._codec.encode_part(part)
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        sealed = key.encrypt(nonce, content, bound_to(topic, aggregate_id, salt, subject))
        return SealedPart(subject=subject, schema_id=schema_id, nonce=nonce, content=sealed)

    def open(self, sealed: SealedPart, *, topic: str, aggregate_id: UUID, salt: bytes) -> Any | Erased:
        """Decrypt a sealed part of an event; raise SealBroken, SubjectKeyLost, UnreadablePart, StoreUnavailable."""
        key = self._key(sealed.subject)
        if key is None:
            return Erased(sealed.subject)
        try:
            content = key.decrypt(sealed.nonce, sealed.content, bound_to(topic, aggregate_id, salt, sealed.subject))
        except (InvalidTag, ValueError) as error:
            raise SealBroken(subject=sealed.subject) from error
        return self._codec.decode_part(sealed.schema_id, content)

    def digest(self, *parts: str) -> bytes:
        """Return the HMAC-SHA-256 of these texts under the id key; each goes in behind its u32 length in bytes."""
        try:
            texts = [part.encode() for part in parts]
        except UnicodeEncodeError:
            # Without its cause, which quotes the text.
            raise InvalidInput(field="text", problem="it holds half a character (a lone surrogate)") from None
        return hmac.digest(self._id_key, b"".join([_LENGTH(len(text)) + text for text in texts]), "sha256")

    def _key(self, subject: UUID) -> AESGCM | None:
        """Return the key of a subject, None when it was erased."""
        generation = self._watch.look()
        found = self._keys.get(subject)
        if found is not None:
            return found
        kept = self._kept.find(subject)
        if kept is None:
            raise SubjectKeyLost(subject=subject)
        return self._remember(generation, subject, kept)

    def _remember(self, generation: int, subject: UUID, kept: KeptSubject, link: bytes | None = None) -> AESGCM | None:
        if kept.wrapped_key is None:
            return None
        key = AESGCM(self._unwrap(subject, kept.wrapped_key))
        with self._watch.unless_erased_since(generation) as unchanged:
            if unchanged:
                self._keys.put(subject, key)
                if link is not None:
                    self._links.put(link, subject)
        return key

    def _forget(self) -> None:
        self._keys.clear()
        self._links.clear()

    def _wrap(self, subject: UUID, key: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return _WRAPPED_ONCE + nonce + self._master.encrypt(nonce, key, _wrapped_for(subject))

    def _unwrap(self, subject: UUID, wrapped: bytes) -> bytes:
        nonce, content = wrapped[1 : 1 + _NONCE_LENGTH], wrapped[1 + _NONCE_LENGTH :]
        try:
            if wrapped[:1] == _WRAPPED_ONCE:
                return self._master.decrypt(nonce, content, _wrapped_for(subject))
        except (InvalidTag, ValueError) as error:
            raise SubjectKeyUnreadable(subject=subject) from error
        raise SubjectKeyUnreadable(subject=subject)


def bound_to(topic: str, aggregate_id: UUID, salt: bytes, subject: UUID) -> bytes:
    """Return the associated data of a sealed part: u16 length, topic, aggregate id, salt, subject.

    So a part cannot be moved to another event, aggregate or subject and still be opened.
    """
    name = topic.encode()
    return pack(">H", len(name)) + name + aggregate_id.bytes + salt + subject.bytes


def _wrapped_for(subject: UUID) -> bytes:
    return b"icms-registry subject key" + subject.bytes
