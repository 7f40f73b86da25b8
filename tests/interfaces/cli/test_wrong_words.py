"""What somebody types wrongly, and what is wrong around them: each is answered with what to do about it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from interfaces.cli.exit_codes import ExitCode
from tests.infra.scratch_store import PASSWORDS
from tests.interfaces.cli.command_tree import (
    NOBODY,
    WORDS,
    explained,
    plausible,
)
from tests.interfaces.cli.conftest import INSPECTOR
from tests.interfaces.cli.shell import Shell


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
