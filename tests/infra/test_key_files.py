"""A key is whole, private and the store's own, or nothing starts with it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from infra.key_files import (
    ID_FILE,
    MASTER_FILE,
    KeyExposed,
    KeyMalformed,
    KeyMissing,
    Keys,
    KeysAlreadyExist,
    KeysNotRegistered,
    WrongKey,
    awaits_keys,
    create_keys,
    read_key,
    read_keys,
    register_keys,
    verify_keys,
)
from infra.postgres import migrate, open_store, role_dsn
from interfaces.bootstrap import Bootstrap

KEYS = Keys(bytes(range(32)), bytes(range(32, 64)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "with a space" / "keys"


def test_created_keys_are_private_and_read_again(folder: Path) -> None:
    made = create_keys(folder)

    assert read_keys(folder) == made
    assert made.master_key != made.id_key
    assert (len(made.master_key), len(made.id_key)) == (32, 32)
    assert [path.stat().st_mode & 0o777 for path in sorted(folder.iterdir())] == [0o600, 0o600]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_keys_are_never_overwritten(folder: Path) -> None:
    made = create_keys(folder)

    with pytest.raises(KeysAlreadyExist):
        create_keys(folder)

    assert read_keys(folder) == made


def test_crash_between_the_two_files_keeps_the_first(folder: Path) -> None:
    master = create_keys(folder).master_key
    (folder / ID_FILE).unlink()

    assert create_keys(folder).master_key == master


def test_creators_at_once_end_with_one_pair(folder: Path) -> None:
    def create(_: int) -> Keys:
        try:
            return create_keys(folder)
        except KeysAlreadyExist:
            return read_keys(folder)

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(create, range(8)))

    assert set(made) == {read_keys(folder)}
    assert {path.name for path in folder.iterdir()} == {MASTER_FILE, ID_FILE}


@pytest.mark.parametrize("name", [MASTER_FILE, ID_FILE])
def test_missing_key_is_named_and_not_made_anew(folder: Path, name: str) -> None:
    create_keys(folder)
    (folder / name).unlink()

    with pytest.raises(KeyMissing, match=name):
        read_keys(folder)

    assert not (folder / name).exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_key_that_others_can_touch_is_refused(folder: Path, mode: int) -> None:
    create_keys(folder)
    (folder / ID_FILE).chmod(mode)

    with pytest.raises(KeyExposed, match=f"{mode:03o}"):
        read_keys(folder)


@pytest.mark.parametrize("content", [b"", b"ab" * 31, b"ab" * 33, b"zz" * 32, b"\xff" * 64, b"ab" * 5000])
def test_malformed_key_is_refused_without_showing_it(folder: Path, content: bytes) -> None:
    create_keys(folder)
    (folder / MASTER_FILE).write_bytes(content)

    with pytest.raises(KeyMalformed) as refusal:
        read_keys(folder)

    assert "abab" not in str(refusal.value)


def test_keys_come_from_settings_too(tmp_path: Path) -> None:
    given = {"ICMS_MASTER_KEY": KEYS.master_key.hex(), "ICMS_ID_KEY": f" {KEYS.id_key.hex()}\n"}
    bootstrap = Bootstrap.from_environment({**given, "ICMS_STATE_DIR": str(tmp_path / "state")})

    assert bootstrap.keys(may_create=True) == KEYS
    assert not (tmp_path / "state").exists()
    with pytest.raises(KeyMalformed, match="ICMS_ID_KEY"):
        read_key(SecretStr("short"), "id key")


def test_folder_of_keys_is_closed_to_others(tmp_path: Path) -> None:
    bootstrap = Bootstrap.from_environment({"ICMS_STATE_DIR": str(tmp_path / "state")})
    made = bootstrap.keys(may_create=True)
    folder = tmp_path / "state" / "keys"
    mode = folder.stat().st_mode & 0o777
    folder.chmod(0o755)

    assert bootstrap.keys() == made
    assert (mode, folder.stat().st_mode & 0o777) == (0o700, 0o700)


def test_store_awaits_keys_until_it_has_them(fresh_database: str) -> None:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as owner:
        before = awaits_keys(owner)
        open_store(fresh_database, simulated=False)
        opened = awaits_keys(owner)
        register_keys(owner, KEYS)

        assert (before, opened, awaits_keys(owner)) == (False, True, False)


def test_keys_are_never_shown() -> None:
    assert KEYS.master_key.hex() not in repr(KEYS)
    assert repr(KEYS.master_key) not in repr(KEYS)


def test_store_knows_its_keys_again(fresh_database: str) -> None:
    migrate(fresh_database, {"icms_app": "app-password"})
    open_store(fresh_database, simulated=False)
    other = os.urandom(32)

    with psycopg.connect(fresh_database, autocommit=True) as owner:
        with pytest.raises(KeysNotRegistered):
            verify_keys(owner, KEYS)
        register_keys(owner, KEYS)
        register_keys(owner, KEYS)
        with pytest.raises(WrongKey, match="id key"):
            register_keys(owner, Keys(KEYS.master_key, other))

    with psycopg.connect(role_dsn(fresh_database, "icms_app", "app-password")) as app:
        verify_keys(app, KEYS)
        with pytest.raises(WrongKey, match="id key"):
            verify_keys(app, Keys(KEYS.master_key, other))
        with pytest.raises(WrongKey, match="master key"):
            verify_keys(app, Keys(other, KEYS.id_key))
        with pytest.raises(WrongKey, match="master key"):
            verify_keys(app, Keys(KEYS.id_key, KEYS.master_key))
