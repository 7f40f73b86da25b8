"""The two secrets everything sealed rests on: the master key that wraps subjects' keys, and the id key.

They come from files only their owner can read, or from settings. Neither is ever replaced here: with another id key
the same patient would get a second identity, with another master key nothing could be opened, so the store keeps a
check value of both and a key that is not the store's is refused at start.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

from domain.errors import RegistryError

KEY_LENGTH = 32
MASTER_FILE = "master.key"
ID_FILE = "id.key"
MASTER = "master key"
ID = "id key"


class KeyMissing(RegistryError):
    """There is no {which} at {where}."""

    remedy = "Bring the file back from the keys' backup. A new key cannot open what the old one sealed."


class KeyMalformed(RegistryError):
    """The {which} at {where} is not 64 hexadecimal digits (32 bytes)."""

    remedy = "Bring it back from the keys' backup; nothing was started."


class KeyExposed(RegistryError):
    """The {which} at {where} can be read by others than its owner (mode {mode})."""

    remedy = "Find out who read it, then: chmod 600 {where}. Nothing was started."


class KeysAlreadyExist(RegistryError):
    """There are keys in {where} already; keys are never overwritten."""

    remedy = "Use them, or name another folder for the keys of a new store."


class WrongKey(RegistryError):
    """This {which} is not the one that this store was made with."""

    remedy = "Nothing was read or recorded. Check the setting, or bring the right file back from the keys' backup."


class KeysNotRegistered(RegistryError):
    """The store does not know the check values of its keys."""

    remedy = "Nothing was read or recorded. Open the store with `icms init`."


@dataclass(frozen=True, slots=True)
class Keys:
    """Both keys; never shown, not even by `repr`."""

    master_key: bytes = field(repr=False)
    id_key: bytes = field(repr=False)


def read_keys(folder: Path) -> Keys:
    """Return the keys in a folder; raise KeyMissing, KeyMalformed, KeyExposed."""
    return Keys(read_key(folder / MASTER_FILE, MASTER), read_key(folder / ID_FILE, ID))


def read_key(source: Path | SecretStr, which: str) -> bytes:
    """Return the key in a file, or given as 64 hexadecimal digits; raise KeyMissing, KeyMalformed, KeyExposed.

    No refusal quotes the key.
    """
    if isinstance(source, SecretStr):
        return _parse(source.get_secret_value(), which, f"ICMS_{which.upper().replace(' ', '_')}")
    return _read(source, which)


def create_keys(folder: Path) -> Keys:
    """Make both keys for a new store and return them once they are on disk; raise KeysAlreadyExist.

    If we crash between the two files, the folder holds one key that nothing was sealed with yet; it is kept.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / MASTER_FILE).exists() and (folder / ID_FILE).exists():
        raise KeysAlreadyExist(where=folder)
    for name in (MASTER_FILE, ID_FILE):
        if not (folder / name).exists():
            _create(folder / name)
    return read_keys(folder)


def register_keys(connection: psycopg.Connection[Any], keys: Keys) -> None:
    """Note the check values of both keys in a store that has none yet, as its owner; raise WrongKey."""
    connection.execute(
        """
        UPDATE registry.store SET master_key_check = %(master_key)s, id_key_check = %(id_key)s
        WHERE master_key_check IS NULL AND id_key_check IS NULL
        """,
        {"master_key": _check(keys.master_key, MASTER), "id_key": _check(keys.id_key, ID)},
    )
    verify_keys(connection, keys)


def verify_keys(connection: psycopg.Connection[Any], keys: Keys) -> None:
    """Raise WrongKey when a key is not the store's, KeysNotRegistered when the store knows of none."""
    row = connection.execute("SELECT master_key_check, id_key_check FROM registry.store").fetchone()
    if row is None or None in row:
        raise KeysNotRegistered
    for stored, key, which in zip(row, (keys.master_key, keys.id_key), (MASTER, ID), strict=True):
        if not hmac.compare_digest(bytes(stored), _check(key, which)):
            raise WrongKey(which=which)


def awaits_keys(connection: psycopg.Connection[Any]) -> bool:
    """Say whether the store was opened without its keys, by a process that was killed, and holds nothing yet."""
    row = connection.execute(
        """
        SELECT master_key_check IS NULL AND id_key_check IS NULL AND NOT EXISTS (SELECT FROM registry.events)
        FROM registry.store
        """
    ).fetchone()
    return row is not None and row[0] is True


def _check(key: bytes, which: str) -> bytes:
    return hmac.digest(key, f"icms-registry check of the {which}".encode(), "sha256")


def _read(path: Path, which: str) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            text = file.read(1024).decode("ascii", "replace")
    except FileNotFoundError as error:
        raise KeyMissing(which=which, where=path) from error
    if mode & 0o077:
        raise KeyExposed(which=which, where=path, mode=f"{mode:03o}")
    return _parse(text, which, path)


def _parse(text: str, which: str, where: Path | str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_LENGTH:
        raise KeyMalformed(which=which, where=where)
    return key


def _create(path: Path) -> None:
    """Write a random key so that the file is whole or absent, whenever we crash."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secrets.token_hex(KEY_LENGTH)}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass  # somebody else made it meanwhile: theirs is the key
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
