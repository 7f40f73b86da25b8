from __future__ import annotations

import importlib
import pkgutil
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Context

from domain.errors import RegistryError
from infra.settings import options
from interfaces.cli.aggregate_commands import AggregateGroup, RecordingCommand
from interfaces.cli.exit_codes import ERRORS, ExitCode, known_exit_code, meanings
from interfaces.cli.main import AGGREGATES, PARTS, icms
from tests.interfaces.cli.command_tree import COMMANDS
from tests.interfaces.cli.shell import ICMS, Shell

OURS = ("application", "consumers", "domain", "infra", "interfaces", "projections", "schemas")


def every_error() -> Iterator[type[BaseException]]:
    """Yield every error of the registry, each module of which is imported for it."""
    for package in OURS:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting: list[type[BaseException]] = [RegistryError]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        yield from (each for each in below if each.__module__.partition(".")[0] in OURS)


def test_every_error_ends_with_a_code_of_the_table() -> None:
    unknown = {error.__name__ for error in every_error() if known_exit_code(error) is None}

    assert not unknown, f"say in interfaces/cli/exit_codes.py with which code icms ends after {unknown}"


def test_table_names_only_errors_that_there_are() -> None:
    names = {error.__name__ for error in every_error()} | {"CatalogueDamaged"}

    assert {name for named in ERRORS.values() for name in named} <= names


def test_help_shows_every_command_and_the_exit_codes() -> None:
    answer = Shell({"ICMS_NO_SUCH_OPTION": "1"}).icms("--help")

    assert answer.code == ExitCode.done
    for path in COMMANDS:
        assert re.search(rf"^  {path[0]}\s", answer.out, re.MULTILINE), path
    for code in ExitCode:
        assert re.search(rf"^  {code.value}\s", answer.out, re.MULTILINE), code


def test_sentences_of_the_first_help_stand_at_the_commands_too() -> None:
    for section in PARTS.values():
        for name, part in section.items():
            command = icms.get_command(Context(icms), name)

            assert command is not None
            assert (command.help or "").partition("\n")[0] == part.sentence, name


def test_groups_of_the_first_help_are_the_aggregates_that_have_commands() -> None:
    recording = {path[0] for path, command in COMMANDS.items() if isinstance(command, RecordingCommand)}

    assert recording == set(AGGREGATES)
    for name in AGGREGATES:
        assert AggregateGroup(name, "").list_commands(Context(icms))


def test_tables_show_every_exit_code_and_every_setting() -> None:
    shell = Shell({"ICMS_NO_SUCH_OPTION": "1"})

    codes, settings = shell.done("exit-codes"), shell.done("settings")

    assert [row["code"] for row in codes] == [each.value for each in ExitCode]
    assert all(row["meaning"].endswith(".") for row in codes)
    assert [row["meaning"] for row in codes] == [each.sentence for each in meanings()]
    assert [row["variable"] for row in settings] == [each.variable for each in options()]


@pytest.mark.parametrize("words", ["--help", "status"])
def test_little_is_imported_for_what_is_asked_often(words: str) -> None:
    heavy = ("kafka", "jgo", "fastavro", "eventsourcing", "starlette", "structlog", "infra.event_store")
    code = (
        "import sys; from interfaces.cli.main import run; run(sys.argv[1:]); "
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, words],
        env={**Shell().variables, "ICMS_STATE_DIR": "/nonexistent/state"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.splitlines()[-1] == "[]"


def test_reader_that_leaves_early_is_no_error(registry: Shell) -> None:
    with registry.process("events", "tail", "--limit", 100_000) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()

    assert process.returncode == ExitCode.done
    assert err == b""


@pytest.mark.parametrize("arguments", [("events", "tail"), ("events", "tail", "--json"), ("listing",), ("--help",)])
def test_full_disk_is_named(registry: Shell, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        answer = registry.executed(*arguments, stdout=full)

    assert answer.code == ExitCode.unavailable
    assert "No space left" in answer.err
    assert "Traceback" not in answer.err
    assert "Exception ignored" not in answer.err


def test_closed_streams_are_no_defect(registry: Shell, officer: str) -> None:
    words = f"{ICMS} clinic close --as {officer}:registrar --input -"

    without_input = subprocess.run(f"{words} <&-", shell=True, env=registry.variables, capture_output=True, check=False)
    without_any = subprocess.run(f"{ICMS} events count <&- >&- 2>&-", shell=True, env=registry.variables, check=False)

    assert without_input.returncode == ExitCode.invalid_input
    assert b"standard input" in without_input.stderr
    assert without_any.returncode == ExitCode.done


@pytest.mark.parametrize("arguments", [("events", "tail", "--follow"), ("events", "tail", "-f", "--json")])
def test_one_ctrl_c_ends_what_follows_the_log(registry: Shell, arguments: tuple[str, ...]) -> None:
    with registry.process(*arguments) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert process.returncode == ExitCode.interrupted
    assert b"Traceback" not in err


@pytest.mark.parametrize("moment", [0.3, 0.6, 0.9])
def test_ctrl_c_at_any_moment_of_a_start_shows_no_traceback(registry: Shell, moment: float) -> None:
    with registry.process("verify") as process:
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert process.returncode in (ExitCode.interrupted, ExitCode.done, -signal.SIGINT), err
    if process.returncode != -signal.SIGINT:
        assert b"Traceback" not in out + err


def test_defect_is_explained_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("interfaces.health.Health.status", broken)

    answer = Shell({"ICMS_STATE_DIR": str(tmp_path)}).icms("status", "--json")

    assert answer.code == ExitCode.defect
    assert '"Defect"' in answer.err
    assert "Traceback" not in answer.err
    assert "ZeroDivisionError" in (tmp_path / "logs" / "icms-defects.log").read_text()


def test_state_folder_of_somebody_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    answer = Shell({"ICMS_STATE_DIR": str(tmp_path / "file" / "state")}).icms("up")

    assert answer.code == ExitCode.unavailable
    assert "ICMS_STATE_DIR" in answer.err
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
