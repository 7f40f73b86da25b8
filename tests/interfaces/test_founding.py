"""A store is opened with its keys or not at all, and an opening that was cut short by a kill can be finished."""

from __future__ import annotations

import psycopg
import pytest

from infra import postgres
from infra.key_files import WrongKey
from interfaces import founding
from tests.interfaces.cli.conftest import FOUNDERS, empty_store
from tests.interfaces.cli.shell import Shell

__all__ = ["empty_store"]


class Killed(BaseException):
    """Stands for the moment of a kill."""


def killed(*_: object) -> None:
    raise Killed


def test_an_opening_that_is_killed_before_the_keys_are_noted_opens_nothing(
    empty_store: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(founding, "register_keys", killed)
        with pytest.raises(Killed):
            founding.open_store(empty_store.bootstrap, simulated=True)

    assert not founding.is_open(empty_store.bootstrap)
    founding.open_store(empty_store.bootstrap, simulated=True)
    assert founding.is_open(empty_store.bootstrap)


@pytest.mark.parametrize(
    "command",
    [("init", *FOUNDERS, "--simulated"), ("simulate", "--clinics", 1, "--years", 0.1, "--no-clock")],
    ids=["init", "simulate"],
)
def test_a_store_that_was_left_without_keys_gets_them(empty_store: Shell, command: tuple[object, ...]) -> None:
    postgres.open_store(empty_store.bootstrap.owner_dsn, simulated=True)

    empty_store.done(*command)

    assert empty_store.done("events", "count")


def test_a_store_that_has_keys_gets_no_others(empty_store: Shell) -> None:
    founding.open_store(empty_store.bootstrap, simulated=True)
    key = empty_store.bootstrap.settings.state_dir / "keys" / "id.key"
    key.write_text("ab" * 32)

    with pytest.raises(WrongKey):
        founding.open_store(empty_store.bootstrap, simulated=True)

    with psycopg.connect(empty_store.bootstrap.owner_dsn) as connection:
        assert postgres.store_facts(connection).simulated
