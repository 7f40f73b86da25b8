"""Every command of `icms`, found by looking, and ways to give each of them something."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any

import click

from application.catalogue import commands
from interfaces.cli.aggregate_commands import RecordingCommand
from interfaces.cli.exit_codes import ExitCode
from interfaces.cli.field_help import needed
from interfaces.cli.main import icms
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
        if not isinstance(found, click.Group) or found.invoke_without_command:
            yield (*path, name), found


COMMANDS = dict(every_command())
WORDS = {" ".join(path): command for path, command in COMMANDS.items()}


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
