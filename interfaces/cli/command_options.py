"""A command of the application becomes a command of `icms`: its fields are options, their docstrings the help.

Nested values are given as JSON, or the whole command with `--input FILE`. Both ways end in the same dataclass, so
what the command line accepts is what the application accepts, with the same messages.
"""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import click
import msgspec

from application.command import Command
from domain.codes import Code
from domain.errors import InvalidInput
from domain.report_form import ReportForm, texts_of
from interfaces.cli.field_help import bare, codes_of, field_docs, hints_of, needed, nested_shape

_SCALARS: dict[Any, click.ParamType[Any]] = {
    str: click.STRING,
    int: click.INT,
    float: click.FLOAT,
    UUID: click.UUID,
}
_RESERVED = frozenset({"--as", "--key", "--input", "--json", "--example", "--help", "--on-behalf-of"})


def flag_of(field: str) -> str:
    """Return the option that gives a field."""
    return "--" + field.rstrip("_").replace("_", "-")


def options(command: type[Any]) -> list[click.Option]:
    """Return an option for every field of a command."""
    documented = field_docs(command)
    return [_option(name, hint, documented.get(name, "")) for name, hint in hints_of(command).items()]


def _option(name: str, hint: Any, documented: str) -> click.Option:
    flag, (kind, many) = flag_of(name), bare(hint)
    assert flag not in _RESERVED, f"the field {name} would hide an option of every command"
    text = " ".join(documented.split())
    if kind is bool:
        return click.Option([f"{flag}/--no-{flag[2:]}", name], default=None, help=text)
    if many and (kind in _SCALARS or _is_code(kind)):
        text = f"{text} May be repeated."
    if _is_code(kind):
        return click.Option([flag, name], type=click.Choice(codes_of(kind)), multiple=many, help=text)
    if kind in _SCALARS:
        return click.Option([flag, name], type=_SCALARS[kind], multiple=many, help=text)
    shape = nested_shape(kind) if dataclasses.is_dataclass(kind) and isinstance(kind, type) else ""
    shape = f"[{shape}, …]" if many and shape else shape
    return click.Option([flag, name], metavar="JSON", help=f"{text} {shape}".strip())


def _is_code(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Code)


def build(command: type[Any], given: dict[str, Any], document: str | None) -> Command:
    """Return the command from options and the text of a JSON document; options win.

    Raises InvalidInput naming the field that is missing, unknown or of the wrong kind.
    """
    content = _document(document)
    if issubclass(command, ReportForm):
        content = _as_report(command, content)
    hints = hints_of(command)
    unknown = sorted(set(content) - set(hints))
    if unknown:
        raise InvalidInput(field=unknown[0], problem=f"is no field of this command; it has {', '.join(sorted(hints))}")
    for name, value in given.items():
        if value is not None and value != ():
            content[name] = _as_json(value) if _is_plain(hints[name]) else _nested(name, value)
    _require_whole(command, content)
    try:
        built: Command = msgspec.convert(content, command, builtin_types=(), strict=True)
    except msgspec.ValidationError as error:
        raise invalid(error) from error
    return built


def _as_report(command: type[Any], content: dict[str, Any]) -> dict[str, Any]:
    """Return a report's content as its form has it: anything in any shape is kept, never refused."""
    own = set(hints_of(command)) - set(hints_of(ReportForm))
    told = {name: value for name, value in content.items() if name not in own}
    return {**texts_of(told), **{name: content[name] for name in own & content.keys()}}


def _require_whole(command: type[Any], content: dict[str, Any]) -> None:
    missing = [name for name in needed(command) if content.get(name) is None]
    if missing:
        flags = ", ".join(flag_of(name) for name in missing)
        example = f"icms {command.AGGREGATE} {command.VERB} --example"
        problem = f"needed and missing; give {flags}, or the fields in --input ({example} shows a whole document)"
        raise InvalidInput(field=", ".join(missing), problem=problem)


def _as_json(value: Any) -> Any:
    """Return an option's value as JSON would have it, so that both ways are read by the same rules."""
    if isinstance(value, tuple):
        return [_as_json(each) for each in value]
    return str(value) if isinstance(value, UUID) else value


def _is_plain(hint: Any) -> bool:
    kind, _ = bare(hint)
    return kind in _SCALARS or kind is bool or _is_code(kind)


def _document(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    content = _decoded("--input", text)
    if not isinstance(content, dict):
        raise InvalidInput(field="--input", problem="it must be one JSON object with the command's fields")
    return content


def _nested(name: str, text: Any) -> Any:
    return _decoded(flag_of(name), text)


def _decoded(flag: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidInput(field=flag, problem=f"it is no JSON ({_brief(error)})") from error


def _brief(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def invalid(error: msgspec.ValidationError) -> InvalidInput:
    """Return what msgspec found wrong as an error that names the field."""
    problem, _, path = str(error).partition(" - at `$")
    where = path.rstrip("`").lstrip(".")
    if "missing required field" in problem:
        missing = problem.rpartition("field `")[2].rstrip("`")
        return InvalidInput(field=f"{where}.{missing}".lstrip("."), problem="it is needed and missing")
    return InvalidInput(field=where or "input", problem=problem)
