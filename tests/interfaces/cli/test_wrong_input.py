"""Every command of `icms`, found by looking, is given everything that can be wrong; it explains itself each time."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest

from application.catalogue import commands
from domain.codes import Role
from interfaces.cli.aggregate_commands import RecordingCommand
from interfaces.cli.exit_codes import ExitCode
from interfaces.cli.field_help import needed
from interfaces.cli.main import icms
from tests.infra.scratch_store import PASSWORDS
from tests.interfaces.cli.conftest import INSPECTOR, store_shell
from tests.interfaces.cli.shell import Answer, Shell

NOBODY = str(uuid.UUID(int=0))
EXPLAINED = frozenset(ExitCode) - {ExitCode.done, ExitCode.defect}
NEEDS_NOTHING = frozenset({"exit-codes", "settings"})
WRONG: tuple[Any, ...] = ({"no": {"such": "value"}}, "\u0000", [[[]]], -1, "2026-02-30", 10**400, True)
STARTS_THINGS = frozenset({"demo", "up", "stop"})


def every_command(
    group: click.Group = icms, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None, f"icms {' '.join((*path, name))} is listed and not there"
        if isinstance(found, click.Group):
            yield from every_command(found, (*path, name))
        else:
            yield (*path, name), found


COMMANDS = dict(every_command())
WORDS = {" ".join(path): command for path, command in COMMANDS.items()}
each_command = pytest.mark.parametrize("words", WORDS)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return files that some commands need: an extract, and a mapping for it."""
    folder = tmp_path_factory.mktemp("files")
    mappings = Path(__file__).parents[3] / "examples" / "mappings"
    mapping = next(iter(sorted(mappings.glob("*.toml"))), folder / "mapping.toml")
    (folder / "extract.csv").write_text("a,b\n1,2\n")
    return {"file": str(folder / "extract.csv"), "mapping_file": str(mapping)}


def plausible(command: click.Command, files: dict[str, str]) -> list[str]:
    """Return arguments with which a command is understood: every required one, by its type."""
    given: list[str] = []
    for parameter in command.params:
        if parameter.required:
            value = _plausible_value(parameter, files)
            given += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]
            if parameter.multiple:
                given += [parameter.opts[0], f"another {value}"]
    return given


def _plausible_value(parameter: click.Parameter, files: dict[str, str]) -> str:
    if parameter.name in files:
        return files[parameter.name]
    match parameter.type.name:
        case "uuid":
            return NOBODY
        case "PERSON:ROLE":
            return f"{NOBODY}:registrar"
        case "text":
            return "text"
        case other:
            raise AssertionError(f"say what a plausible {other} is, for {parameter.name}")


def explained(answer: Answer, *codes: ExitCode) -> None:
    """Show that somebody who reads this knows what is wrong, and that a script knows the code."""
    assert answer.code in (codes or EXPLAINED), answer
    assert "Traceback" not in answer.out + answer.err
    assert "Defect" not in answer.err
    assert answer.err.strip()


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


def understood(shell: Shell, words: str, files: dict[str, str]) -> Answer:
    """Run a command in a way that is understood, with its example where it records something."""
    command = WORDS[words]
    if isinstance(command, RecordingCommand):
        return recorded(shell, words, example_of(words))
    return shell.icms(*words.split(), *plausible(command, files))


def takes_anything(words: str, answer: Answer) -> bool:
    """Say whether this is a report that was accepted: those with the four elements are, and the answer remarks."""
    return words in {"adverse-event report", "adverse-event supplement"} and answer.code == 0 and bool(answer.err)


def required(words: str) -> list[str]:
    kind = next(each for each in commands() if f"{each.AGGREGATE} {each.VERB}" == words)
    return needed(kind)


@cache
def example_of(words: str) -> dict[str, Any]:
    content: dict[str, Any] = Shell().icms(*words.split(), "--example").json
    return content


def recorded(shell: Shell, words: str, content: Any, person: str = NOBODY, role: str | None = None) -> Answer:
    """Give a recording command a document, in a role that it allows."""
    allowed = re.search(r"May be done by: (\w+)", WORDS[words].help or "")
    assert allowed is not None
    text = content if isinstance(content, str) else json.dumps(content)
    return shell.icms(*words.split(), "--as", f"{person}:{role or allowed[1]}", "--input", "-", stdin=text)


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


@pytest.fixture(scope="module")
def unopened(registry: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Yield a shell for a database in which nothing was prepared."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(registry.environment["ICMS_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        dsn = re.sub(r"/t_\w+$", f"/{name}", registry.environment["ICMS_DATABASE_URL"])
        yield store_shell(tmp_path_factory.mktemp("unopened"), dsn)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize(
    "words", ["history", "compliance", "listing", "events tail", "events count", "verify", "rebuild"]
)
def test_reading_a_store_that_was_not_opened_says_how_to_open_one(
    words: str, unopened: Shell, files: dict[str, str]
) -> None:
    explained(unopened.icms(*words.split(), *plausible(WORDS[words], files)), ExitCode.unavailable)


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        ("history {nobody}", ExitCode.not_found, NOBODY),
        ("compliance {nobody}", ExitCode.not_found, NOBODY),
        ("compliance --figures", ExitCode.usage, "--figures"),
        ("rebuild no_such_model", ExitCode.not_found, "no_such_model"),
        ("events tail --type NoSuchEvent", ExitCode.not_found, "NoSuchEvent"),
        ("history {nobody} --type NoSuchEvent", ExitCode.not_found, "NoSuchEvent"),
        ("events tail --since 2026-02-30", ExitCode.invalid_input, "--since"),
        ("events tail --until 0001-01-01T00:00:00+14:00", ExitCode.invalid_input, "--until"),
        ("events count --as-of yesterday", ExitCode.invalid_input, "--as-of"),
        ("events count --as-of 99999999999999999999", ExitCode.invalid_input, "--as-of"),
        ("events count --as-of ²", ExitCode.invalid_input, "--as-of"),
        ("listing --as-of -1", ExitCode.invalid_input, "--as-of"),
        ("listing --day 2026-02-30", ExitCode.usage, "--day"),
        ("listing --limit 99999999999999999999", ExitCode.usage, "--limit"),
        ("events tail --min-position 99999999999999999999", ExitCode.usage, "--min-position"),
        ("relay accept-cluster --as {nobody}", ExitCode.not_found, NOBODY),
        ("relay resume-past-forgeries --as {nobody}", ExitCode.not_found, NOBODY),
        ("init --officer one", ExitCode.usage, "--officer"),
        ("init --officer one --officer One", ExitCode.refused, "differ"),
        ("init --officer one --officer two", ExitCode.refused, "StoreMarkedOtherwise"),
        ("init --officer one --officer two --simulated", ExitCode.refused, "other officers"),
        ("simulate --years nan", ExitCode.usage, "--years"),
        ("simulate --start 9999-01-01", ExitCode.invalid_input, "--start"),
        ("simulate --start 2024-01-01 --years 1", ExitCode.refused, "AlreadySimulated"),
        ("no-such-command", ExitCode.usage, "no-such-command"),
        ("clinic no-such-verb", ExitCode.usage, "no-such-verb"),
        ("clinic enrol --as {nobody}:no_such_role", ExitCode.usage, "registrar"),
        ("clinic close --as {nobody}:registrar --input no/such/file", ExitCode.invalid_input, "no/such/file"),
        ("clinic close --as {nobody}:registrar --input /", ExitCode.invalid_input, "--input"),
        ("clinic close --as {nobody}:registrar --source-hash 12", ExitCode.invalid_input, "clinic_id"),
        ("clinic close --as {nobody}:registrar --clinic-id {nobody} --source-reference x", ExitCode.usage, "-channel"),
        (
            "clinic close --as {nobody}:registrar --clinic-id {nobody} --source-channel paper --source-hash 12",
            ExitCode.invalid_input,
            "--source-hash",
        ),
    ],
)  # fmt: skip
def test_wrong_words_are_answered_with_what_is_wrong(
    arguments: str, code: ExitCode, named: str, registry: Shell
) -> None:
    answer = registry.icms(*arguments.format(nobody=NOBODY).split())

    explained(answer, code)
    assert named in answer.err


def test_errors_are_objects_for_programs(registry: Shell) -> None:
    wrong_value = registry.icms("history", NOBODY, "--json")
    wrong_words = registry.icms("history", "?!", "--json")

    assert json.loads(wrong_value.err) == {
        "error": "NotFound",
        "message": f"There is no clinic or other aggregate {NOBODY}. Check the id; nothing was changed.",
        "exit_code": ExitCode.not_found,
    }
    assert json.loads(wrong_words.err)["exit_code"] == ExitCode.usage
    assert wrong_value.out == wrong_words.out == ""


@pytest.mark.parametrize("words", ["events tail", "events count", "listing", "compliance"])
def test_position_that_is_not_reached_ends_with_a_code_of_its_own(words: str, registry: Shell) -> None:
    answer = registry.icms(*words.split(), "--min-position", 10**9)

    explained(answer, ExitCode.behind)
    assert str(10**9) in answer.err


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda dsn: dsn.replace("icms_owner:", "icms_owner:wrong"), "password"),
        (lambda dsn: re.sub(r"/t_\w+$", "/no_such_database", dsn), "no_such_database"),
        (lambda dsn: dsn.replace("@127.0.0.1", "@no-such-host.invalid"), "no-such-host"),
    ],
)  # fmt: skip
def test_database_of_wrong_password_name_or_host_is_named(change: Any, named: str, registry: Shell) -> None:
    dsn = change(registry.environment["ICMS_DATABASE_URL"])

    answer = registry.with_(ICMS_DATABASE_URL=dsn).icms("up")

    explained(answer, ExitCode.unavailable)
    assert named in answer.err
    assert PASSWORDS["icms_app"] not in answer.err


@pytest.mark.parametrize("words", ["verify", "up"])
def test_kafka_that_is_away_is_named(words: str, registry: Shell) -> None:
    away = registry.with_(ICMS_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1").icms(words)

    explained(away, ExitCode.unavailable)
    assert "127.0.0.1:1" in away.err


def test_password_that_kafka_refuses_is_named(registry: Shell) -> None:
    wrong = registry.with_(ICMS_KAFKA_AUDITOR_PASSWORD="wrong").icms("verify")

    explained(wrong, ExitCode.unavailable)
    assert INSPECTOR in wrong.err


def test_keys_that_are_missing_or_others_are_refused(registry: Shell, officer: str, tmp_path: Path) -> None:
    here = registry.bootstrap.settings.state_dir
    elsewhere = registry.with_(ICMS_STATE_DIR=str(tmp_path))
    (tmp_path / "secrets.json").write_bytes((here / "secrets.json").read_bytes())
    command = ("clinic", "close", "--as", f"{officer}:registrar", "--clinic-id", NOBODY)

    missing = [elsewhere.icms(*command), elsewhere.icms("up")]
    (tmp_path / "keys").mkdir(mode=0o700)
    for name in ("master.key", "id.key"):
        (tmp_path / "keys" / name).write_text("ab" * 32)
        (tmp_path / "keys" / name).chmod(0o600)
    wrong = [elsewhere.icms(*command), elsewhere.icms("up")]

    for answer in missing:
        explained(answer, ExitCode.misconfigured)
        assert "KeyMissing" in answer.err
    for answer in wrong:
        explained(answer, ExitCode.misconfigured)
        assert "WrongKey" in answer.err
    assert not (tmp_path / "workers").exists()
