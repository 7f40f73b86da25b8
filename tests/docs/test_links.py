"""Whoever follows a document arrives: links resolve, files and tests that are named exist, commands are understood."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import shlex
from collections.abc import Iterator
from types import ModuleType

import click
import pytest

import application
import consumers
import domain
import infra
import interfaces
import projections
from domain.errors import RegistryError
from interfaces.cli.main import icms
from tests.docs.documents import REPOSITORY, Place, anchors, command_lines, documents, links

PACKAGES = (application, consumers, domain, infra, interfaces, projections)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_FUNCTION = re.compile(r"\[`([\w.]+)`\]\(([^)#\s]+\.py)\)")
_SPOKEN = re.compile(r"\bicms((?: --?[a-z][a-z-]*| [a-z][a-z-]*)+)")


def test_links_arrive() -> None:
    broken = [place for place in links() if not _arrives(place)]

    assert broken == []


def test_commands_in_documents_exist() -> None:
    lines = list(command_lines("icms"))

    wrong = [(place, problem) for place in lines if (problem := _problem(shlex.split(place.text)[1:], strict=True))]

    assert len(lines) > 20
    assert wrong == []


def test_commands_in_messages_exist() -> None:
    wrong = [
        (error.__name__, words, problem)
        for error in _errors()
        for words in _SPOKEN.findall(f"{inspect.getdoc(error)} {error.remedy}")
        if (problem := _problem(words.split(), strict=False))
    ]

    assert wrong == []


def test_make_targets_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))

    wrong = [place for place in command_lines("make") if not set(_targets(place.text)) <= targets]

    assert wrong == []


def test_tests_that_are_named_exist() -> None:
    named = [(path.name, *found) for path in documents() for found in _TEST.findall(path.read_text("utf-8"))]

    missing = [each for each in named if each[2] not in _functions(each[1])]

    assert len(named) > 20
    assert missing == []


def test_functions_that_are_linked_exist() -> None:
    named = [(path, *found) for path in documents() for found in _FUNCTION.findall(path.read_text("utf-8"))]

    missing = [
        (path.name, name, target)
        for path, name, target in named
        if not name.endswith(".py") and name.rpartition(".")[2] not in _names((path.parent / target).read_text("utf-8"))
    ]

    assert len(named) > 20
    assert missing == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("verify --json", ""),
        ("events tail --follow --type AdverseEventReported", ""),
        ("verify --jsn", "--jsn"),
        ("nonsense", "nonsense"),
        ("relay", "relay"),
        ("adverse-event report --as PERSON:clinic", ""),
    ],
)
def test_a_wrong_command_is_noticed(line: str, problem: str) -> None:
    assert _problem(line.split(), strict=True) == problem


def _arrives(place: Place) -> bool:
    target, _, anchor = place.text.partition("#")
    if target.startswith(("https:", "http:", "mailto:")):
        return True
    here = REPOSITORY / place.document
    there = (here.parent / target) if target else here
    return there.exists() and (not anchor or (there.suffix == ".md" and anchor in anchors(there)))


def _problem(words: list[str], *, strict: bool) -> str:
    """Return the first word that `icms` would not understand; in prose, words after a whole command are the prose's."""
    command: click.Command = icms
    context = click.Context(icms)
    for number, word in enumerate(words):
        # What follows an option of a group that does something by itself is the option's value.
        value = number > 0 and words[number - 1].startswith("-") and _stands_alone(command)
        if isinstance(command, click.Group) and not word.startswith("-") and not value:
            found = command.get_command(context, word)
            if found is None:
                return word if strict or command is not icms or number else ""
            command = found
        elif word.startswith("-") and word != "-" and word.partition("=")[0] not in _options(command):
            return word
    incomplete = isinstance(command, click.Group) and not _stands_alone(command)
    return words[-1] if strict and incomplete and _bare(words) else ""


def _stands_alone(command: click.Command) -> bool:
    return isinstance(command, click.Group) and command.invoke_without_command


def _bare(words: list[str]) -> bool:
    return bool(words) and not words[-1].startswith("-") and words[-1] not in {"…"}


def _options(command: click.Command) -> set[str]:
    given = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return given | {"--help", "-h"}


def _errors() -> Iterator[type[RegistryError]]:
    for package in PACKAGES:
        _import_all(package)
    waiting = [RegistryError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        yield kind


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _targets(line: str) -> list[str]:
    return [word for word in line.split()[1:] if "=" not in word]


def _functions(path: str) -> set[str]:
    file = REPOSITORY / path
    return _names(file.read_text("utf-8")) if file.exists() else set()


def _names(source: str) -> set[str]:
    """Return every function, class and constant that a module defines, at any depth."""
    tree = ast.parse(source)
    defined = {each.name for each in ast.walk(tree) if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
    assigned = {
        target.id
        for each in ast.walk(tree)
        for target in (each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)])
        if isinstance(target, ast.Name)
    }
    return defined | assigned
