"""Every command of `icms`, found by looking, is given everything that can be wrong; it explains itself each time."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from domain.codes import Role
from interfaces.cli.aggregate_commands import RecordingCommand
from interfaces.cli.exit_codes import ExitCode
from tests.interfaces.cli.command_tree import (
    NEEDS_NOTHING,
    NOBODY,
    STARTS_THINGS,
    WORDS,
    WRONG,
    example_of,
    explained,
    plausible,
    recorded,
    required,
    takes_anything,
    understood,
)
from tests.interfaces.cli.conftest import store_shell
from tests.interfaces.cli.shell import Shell

each_command = pytest.mark.parametrize("words", WORDS)


@each_command
def test_help_explains_every_option(words: str) -> None:
    answer = Shell({"ICMS_NO_SUCH_OPTION": "1"}).icms(*words.split(), "--help")

    assert answer.code == ExitCode.done, answer
    for parameter in WORDS[words].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{words} {parameter.opts[0]} has no help"
            assert parameter.opts[0] in answer.out


@each_command
def test_unknown_option_is_a_usage_error(words: str) -> None:
    explained(Shell().icms(*words.split(), "--no-such-option"), ExitCode.usage)


@each_command
def test_what_is_required_is_asked_for(words: str) -> None:
    if any(parameter.required for parameter in WORDS[words].params):
        explained(Shell().icms(*words.split()), ExitCode.usage)


@each_command
def test_value_of_a_wrong_type_is_a_usage_error(words: str, files: dict[str, str]) -> None:
    anything = (click.STRING.name, "path", "filename", "boolean")
    for parameter in WORDS[words].params:
        if isinstance(parameter, click.Option) and parameter.type.name not in anything:
            answer = Shell().icms(*words.split(), *plausible(WORDS[words], files), parameter.opts[0], "?!")
            explained(answer, ExitCode.usage)
            assert parameter.opts[0] in answer.err


@each_command
def test_half_configured_environment_is_named(words: str, files: dict[str, str]) -> None:
    if words in NEEDS_NOTHING:
        return
    for name, value in {"ICMS_KAFKA_BOOTSTRAP_SERVERS": "localhost:1", "ICMS_NO_SUCH_OPTION": "1"}.items():
        answer = Shell({name: value}).icms(*words.split(), *plausible(WORDS[words], files))
        explained(answer, ExitCode.misconfigured)
        assert name in answer.err


@each_command
def test_database_that_does_not_answer_is_named(words: str, files: dict[str, str], tmp_path: Path) -> None:
    shell = store_shell(tmp_path, "postgresql://icms_owner:x@127.0.0.1:1/none").with_(
        ICMS_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1",
        ICMS_KAFKA_ADMIN_PASSWORD="x",
        ICMS_KAFKA_RELAY_PASSWORD="x",
        ICMS_KAFKA_AUDITOR_PASSWORD="x",
    )

    answer = understood(shell, words, files)

    if words in NEEDS_NOTHING or words == "stop":
        assert answer.code == ExitCode.done
    elif words == "status":
        assert answer.code == ExitCode.unavailable
        assert "127.0.0.1:1" in answer.out
    elif words.startswith("import "):
        explained(answer)
    else:
        explained(answer, ExitCode.unavailable)
        assert "127.0.0.1:1" in answer.err


@each_command
def test_local_stack_that_does_not_run_is_named(words: str, files: dict[str, str], tmp_path: Path) -> None:
    if words in NEEDS_NOTHING | STARTS_THINGS:
        return

    answer = understood(Shell({"ICMS_STATE_DIR": str(tmp_path / "never used")}), words, files)

    if words == "status":
        assert (answer.code, answer.err) == (ExitCode.unavailable, "")
    elif words.startswith("import "):
        explained(answer)
    else:
        explained(answer, ExitCode.unavailable)
        assert "icms up" in answer.err


@pytest.mark.parametrize("words", [words for words in WORDS if isinstance(WORDS[words], RecordingCommand)])
class TestRecording:
    @pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"', '{"a": 1} {"b": 2}', "[" * 10_000, "\\ud800"])
    def test_broken_json_is_named(self, words: str, text: str, registry: Shell) -> None:
        answer = recorded(registry, words, text)

        explained(answer, ExitCode.invalid_input)
        assert "--input" in answer.err

    def test_missing_and_unknown_fields_are_named(self, words: str, registry: Shell) -> None:
        for name in required(words):
            content = {key: value for key, value in example_of(words).items() if key != name}
            answer = recorded(registry, words, content)
            if takes_anything(words, answer):
                continue
            explained(answer)
            if answer.code == ExitCode.invalid_input:
                assert name in answer.err
        if not words.startswith("adverse-event"):
            # A report keeps whatever it does not know.
            explained(recorded(registry, words, {**example_of(words), "no_such_field": 1}), ExitCode.invalid_input)

    def test_values_of_wrong_types_are_named(self, words: str, registry: Shell) -> None:
        for number, name in enumerate(example_of(words)):
            answer = recorded(registry, words, {**example_of(words), name: WRONG[number % len(WRONG)]})
            if not takes_anything(words, answer):
                explained(answer)

    def test_ids_that_do_not_exist_are_refused(self, words: str, registry: Shell, officer: str) -> None:
        if f'_id": "{NOBODY}' in json.dumps(example_of(words)):
            for role in (each for each in Role if each is not Role.unrecognised):
                explained(recorded(registry, words, example_of(words), officer, role))

    def test_store_that_was_not_opened_is_named(self, words: str, unopened: Shell) -> None:
        answer = recorded(unopened, words, example_of(words))

        explained(answer, ExitCode.unavailable, ExitCode.misconfigured)
