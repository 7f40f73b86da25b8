from __future__ import annotations

import shutil
import signal
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.postgres import migrate
from interfaces.cli.exit_codes import ExitCode
from interfaces.demonstration import Demonstration
from interfaces.simulation.history import Plot
from tests.infra.scratch_store import PASSWORDS
from tests.interfaces.cli.conftest import store_shell
from tests.interfaces.cli.shell import Shell
from tests.shared_stack import SharedStack, drop_database

PLOT = ("--clinics", "5", "--years", "1", "--seed", "7", "--start", "2024-01-01", "--no-clock")
LONGER_PLOT = ("--clinics", "10", "--years", "1.2", "--seed", "7", "--start", "2024-01-01", "--no-clock")


@pytest.fixture
def another_store(stack: SharedStack, tmp_path: Path) -> Iterator[Shell]:
    """Yield a shell for a second prepared database."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(stack.owner_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        migrate(stack.postgres.dsn(name), PASSWORDS)
        yield store_shell(tmp_path / "another", stack.postgres.dsn(name))
    finally:
        drop_database(stack.owner_dsn, name)


def events(shell: Shell) -> list[tuple[Any, ...]]:
    """Return what equal seeds make equal: everything but sealed bytes, hashes, HMACs, keys and the store's epoch."""
    bootstrap = shell.bootstrap
    found = []
    with bootstrap.log() as log:
        for row in log.read(0, 1_000_000):
            event = bootstrap.codec.decode(row.topic, row.state, row.originator_id, row.originator_version)
            content = {
                name: value
                for name, value in vars(event).items()
                if name != "context" and "hmac" not in name and "hash" not in name
            }
            context = event.context
            subjects = [part.subject for part in context.sealed]
            found.append((row.position, row.recorded_at, row.occurred_on, context.actor_person, subjects, str(content)))
    return found


def head(shell: Shell) -> int:
    with shell.bootstrap.log() as log:
        return log.head()


def test_simulation_killed_in_the_middle_and_told_again_comes_to_the_same_events(
    empty_store: Shell, another_store: Shell
) -> None:
    whole = empty_store.done("simulate", *LONGER_PLOT)
    # Ids are derived under the id key, so stores that are to be equal have equal keys.
    shutil.copytree(_state_dir(empty_store) / "keys", _state_dir(another_store) / "keys")

    runs = [_interrupted(another_store, number) for number in (signal.SIGKILL, signal.SIGINT)]
    rest = another_store.done("simulate", *LONGER_PLOT)

    assert 0 < runs[0] < runs[1] < whole["new_events"]
    assert runs[1] + rest["new_events"] == whole["new_events"] == head(empty_store)
    assert events(another_store) == events(empty_store)


def _state_dir(shell: Shell) -> Path:
    return shell.bootstrap.settings.state_dir


def _interrupted(shell: Shell, number: signal.Signals) -> int:
    """Tell the plot, end it after some events, and return how many are recorded."""
    with shell.process("simulate", *LONGER_PLOT) as process:
        with psycopg.connect(shell.environment["ICMS_DATABASE_URL"], autocommit=True) as connection:
            before = _count(connection)
            while process.poll() is None and _count(connection) < before + 60:
                time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == {signal.SIGKILL: -9, signal.SIGINT: ExitCode.interrupted}[number]
    assert b"Traceback" not in err
    return head(shell)


def _count(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM registry.events").fetchone()
    return row[0] if row else 0


def test_finished_simulation_told_again_adds_nothing(empty_store: Shell) -> None:
    whole = empty_store.done("simulate", *PLOT)

    again = empty_store.done("simulate", *PLOT)

    assert again["new_events"] == 0
    assert head(empty_store) == whole["new_events"]


def test_simulation_is_known_again_without_its_start(empty_store: Shell) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    start = yesterday - timedelta(days=200)
    plot = ("--clinics", "2", "--years", "0.5", "--seed", "3", "--no-clock")
    empty_store.done("simulate", *plot, "--start", start)

    again = empty_store.done("simulate", *plot)

    assert (again["new_events"], again["start"]) == (0, start.isoformat())


def test_another_simulation_of_the_same_time_is_refused_and_says_which_one_is_there(empty_store: Shell) -> None:
    empty_store.done("simulate", *PLOT)
    before = head(empty_store)

    other = ("--clinics", 6, "--years", 1, "--seed", 7, "--start", "2024-01-01", "--no-clock")
    answer = empty_store.icms("simulate", *other)

    assert answer.code == ExitCode.refused
    assert "AlreadySimulated" in answer.err
    assert " ".join(PLOT) in answer.err
    assert head(empty_store) == before


def test_later_simulation_with_the_same_seed_goes_on_after_the_first(empty_store: Shell) -> None:
    first = empty_store.done("simulate", *PLOT)

    later = ("--clinics", 2, "--years", 0.5, "--seed", 7, "--start", "2025-02-01", "--no-clock")
    second = empty_store.done("simulate", *later)

    assert second["new_events"] > 0
    assert head(empty_store) == first["new_events"] + second["new_events"]


def test_real_store_is_never_filled_with_inventions(empty_store: Shell) -> None:
    empty_store.done("init", "--officer", "Founding officer A", "--officer", "Founding officer B")
    before = head(empty_store)

    answer = empty_store.icms("simulate", *PLOT)

    assert (answer.code, head(empty_store)) == (ExitCode.refused, before)
    assert "StoreNotSimulated" in answer.err


def test_demonstration_tells_a_new_plot_finishes_an_interrupted_one_and_leaves_others_alone(
    empty_store: Shell, another_store: Shell
) -> None:
    new = planned(empty_store)
    _interrupted(empty_store, signal.SIGKILL)
    rest = planned(empty_store)
    empty_store.done("simulate", *LONGER_PLOT)
    finished = planned(empty_store)
    another_store.done("init", "--officer", "Founding officer A", "--officer", "Founding officer B")

    assert new is not None
    assert (new.clinics, new.years, new.seed) == (200, 3.0, 1)
    assert new.ends.date() <= datetime.now(UTC).date()
    assert rest is not None
    assert rest.options == " ".join(LONGER_PLOT)
    assert finished is None
    assert planned(another_store) is None


def planned(shell: Shell) -> Plot | None:
    """Return what `icms demo` would tell."""
    return Demonstration(shell.bootstrap, lambda _: None).plot(200, 3.0, 1)
