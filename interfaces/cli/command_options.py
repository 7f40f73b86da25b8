"""A command of the application becomes a command of `icms`: its fields are options, their docstrings the help.

Nested values are given as JSON, or the whole command with `--input FILE`. Both ways end in the same dataclass, so
what the command line accepts is what the application accepts, with the same messages.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import textwrap
import types
import typing
from typing import Any
from uuid import UUID

import click
import msgspec

from application.command import Command
from domain.codes import Code
from domain.errors import InvalidInput
from domain.report_form import ReportForm, texts_of

_SCALARS: dict[Any, click.ParamType[Any]] = {
    str: click.STRING,
    int: click.INT,
    float: click.FLOAT,
    UUID: click.UUID,
}


def options(command: type[Any]) -> list[click.Option]:
    """Return an option for every field of a command."""
    documented = field_docs(command)
    hints = typing.get_type_hints(command)
    return [_option(each, hints[each.name], documented.get(each.name, "")) for each in dataclasses.fields(command)]


def field_docs(kind: type[Any]) -> dict[str, str]:
    """Return the docstring below each field of a class and of the classes it derives from."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.partition(".")[0] not in {"application", "domain"}:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        found.update(_docs_in(body.body if isinstance(body, ast.ClassDef) else []))
    return found


def _docs_in(body: list[ast.stmt]) -> dict[str, str]:
    pairs = itertools.pairwise(body)
    return {
        statement.target.id: inspect.cleandoc(text.value.value)
        for statement, text in pairs
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _option(each: dataclasses.Field[Any], hint: Any, help_text: str) -> click.Option:
    flag = "--" + each.name.rstrip("_").replace("_", "-")
    kind, many = _shape(hint)
    required = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    note = " [needed]" if required else ""
    first_line = " ".join(help_text.split())
    if kind is bool:
        return click.Option([f"{flag}/--no-{flag[2:]}", each.name], default=None, help=first_line + note)
    if isinstance(kind, type) and issubclass(kind, Code):
        choices = [code.value for code in kind if code.value != "unrecognised"]
        return click.Option([flag, each.name], type=click.Choice(choices), multiple=many, help=first_line + note)
    if kind in _SCALARS:
        return click.Option([flag, each.name], type=_SCALARS[kind], multiple=many, help=first_line + note)
    return click.Option([flag, each.name], metavar="JSON", help=f"{first_line} As JSON.{note}")


def _shape(hint: Any) -> tuple[Any, bool]:
    """Return the type of one value, and whether several may be given."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        return _shape(inner[0]) if len(inner) == 1 else (None, False)
    if typing.get_origin(hint) is tuple:
        kind, nested = _shape(typing.get_args(hint)[0])
        scalar = kind in _SCALARS or (isinstance(kind, type) and issubclass(kind, Code))
        return (kind, True) if scalar and not nested else (None, False)
    return getattr(hint, "__supertype__", hint), False


def build(command: type[Any], given: dict[str, Any], document: str | None) -> Command:
    """Return the command from options and the text of a JSON document; options win.

    Raises InvalidInput naming the field that is missing, unknown or of the wrong kind.
    """
    content = _document(document)
    if issubclass(command, ReportForm):
        # A report may hold anything in any shape; what has no field of its own is kept, never refused.
        own = {each.name for each in dataclasses.fields(command)} - {
            each.name for each in dataclasses.fields(ReportForm)
        }
        told = {name: value for name, value in content.items() if name not in own}
        content = {**texts_of(told), **{name: content[name] for name in own & content.keys()}}
    hints = typing.get_type_hints(command)
    known = {each.name for each in dataclasses.fields(command)}
    unknown = sorted(set(content) - known)
    if unknown:
        raise InvalidInput(field=unknown[0], problem=f"is no field of this command; it has {', '.join(sorted(known))}")
    for name, value in given.items():
        if value is None or value == ():
            continue
        content[name] = _nested(name, value) if _shape(hints[name])[0] not in _plain_kinds(hints[name]) else value
    try:
        built: Command = msgspec.convert(content, command, builtin_types=(UUID,), strict=True)
        return built
    except msgspec.ValidationError as error:
        raise invalid(error) from error


def _plain_kinds(hint: Any) -> set[Any]:
    kind = _shape(hint)[0]
    return {kind} if kind in _SCALARS or kind is bool or (isinstance(kind, type) and issubclass(kind, Code)) else set()


def _document(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(field="--input", problem=f"is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise InvalidInput(field="--input", problem="must be one JSON object with the command's fields")
    return content


def _nested(name: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(field="--" + name.replace("_", "-"), problem=f"is no JSON ({error})") from error


def invalid(error: msgspec.ValidationError) -> InvalidInput:
    """Return what msgspec found wrong as an error that names the field."""
    problem, _, path = str(error).partition(" - at `$")
    if not path and "missing required field" in problem:
        return InvalidInput(field=problem.rpartition("field `")[2].rstrip("`"), problem="is needed and missing")
    return InvalidInput(field=path.rstrip("`").lstrip(".") or "input", problem=problem)
