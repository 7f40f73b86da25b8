"""What a document lists is what the software has: settings, exit codes, crash points, refusals, libraries."""

from __future__ import annotations

import re
import tomllib

import pytest

import infra.stack.refusals
from consumers import halting, replay
from domain.errors import RegistryError
from infra import kafka_refusals, key_files, postgres_refusals
from infra.crash_points import CRASH_POINTS
from tests.docs.documents import REPOSITORY, table
from tests.docs.tables import OPERATING, exit_code_rows, settings_rows

RELIABILITY = "docs/reliability.md"
_HOW = "write it anew: python -m tests.docs.tables"
_NAMED_THEMSELVES = {halting.InDoubt}
_FAMILIES: tuple[type[RegistryError], ...] = (
    halting.Halted,
    halting.InDoubt,
    halting.AnotherRunner,
    kafka_refusals.KafkaRefused,
    infra.stack.refusals.StackRefused,
    postgres_refusals.DatabaseRefused,
)


def test_settings_are_those_of_the_software() -> None:
    assert table(OPERATING, "settings") == settings_rows(), _HOW


def test_exit_codes_are_those_of_the_software() -> None:
    assert table(OPERATING, "exit codes") == exit_code_rows(), _HOW


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
    return [kind] if not below else [*(_named(kind)), *(each for sub in below for each in _below(sub))]


def _named(kind: type[RegistryError]) -> list[type[RegistryError]]:
    return [kind] if kind in _NAMED_THEMSELVES else []
