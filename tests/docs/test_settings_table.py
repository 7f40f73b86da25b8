"""What a document lists is what the software has: settings, exit codes, crash points, refusals, libraries."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import infra.stack.refusals
from consumers import halting, replay
from consumers.crash_points import CRASH_POINTS
from domain.errors import RegistryError
from infra import kafka_refusals, key_files, postgres_refusals
from infra.settings import options
from interfaces.cli import exit_codes
from interfaces.cli.exit_codes import ExitCode
from tests.docs.documents import REPOSITORY, table

OPERATING = "docs/operating.md"
RELIABILITY = "docs/reliability.md"
_FAMILIES: tuple[type[RegistryError], ...] = (
    halting.Halted,
    halting.InDoubt,
    halting.AnotherRunner,
    kafka_refusals.KafkaRefused,
    infra.stack.refusals.StackRefused,
    postgres_refusals.DatabaseRefused,
)


def test_settings_are_those_of_the_software() -> None:
    wanted = [[f"`{each.variable}`", f"`{each.default}`" if each.default else "", each.sentence] for each in options()]

    assert table(OPERATING, "settings") == wanted


def test_exit_codes_are_those_of_the_software() -> None:
    meanings = _docstrings_below(Path(exit_codes.__file__).read_text("utf-8"), "ExitCode")

    wanted = [[str(code.value), f"`{code.name}`", meanings[code.name]] for code in ExitCode]

    assert table(OPERATING, "exit codes") == wanted


def test_crash_points_are_those_of_the_software() -> None:
    listed = [row[:2] for row in table(RELIABILITY, "crash points")]

    assert listed == [[f"`{name}`", where] for name, where in CRASH_POINTS.items()]


@pytest.mark.parametrize("family", _FAMILIES, ids=lambda family: family.__name__)
def test_every_refusal_is_explained(family: type[RegistryError]) -> None:
    assert replay.ReplayFailed in _below(halting.Halted)
    explained = {row[0].strip("`") for name in ("halts", "refusals") for row in table(OPERATING, name)}

    assert {each.__name__ for each in _below(family)} - explained == set()


def test_every_error_about_keys_is_explained() -> None:
    errors = {
        name
        for name, kind in vars(key_files).items()
        if isinstance(kind, type) and issubclass(kind, RegistryError) and kind.__module__ == key_files.__name__
    }

    assert errors - {row[0].strip("`") for row in table(OPERATING, "refusals")} == set()


def test_every_library_is_accounted_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    text = (REPOSITORY / "docs/dependencies.md").read_text("utf-8")

    missing = [name for each in asked if (name := re.split(r"[\[<>=,]", each)[0]) not in text]

    assert missing == []


def _below(kind: type[RegistryError]) -> list[type[RegistryError]]:
    """Return the named situations of a family: a class with others below it is a family itself."""
    below = kind.__subclasses__()
    return [each for sub in below for each in _below(sub)] + ([kind] if not below or kind.remedy else [])


def _docstrings_below(source: str, name: str) -> dict[str, str]:
    found = next(each for each in ast.parse(source).body if isinstance(each, ast.ClassDef) and each.name == name)
    pairs = zip(found.body, found.body[1:], strict=False)
    return {
        target.id: text.value.value
        for statement, text in pairs
        if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }
