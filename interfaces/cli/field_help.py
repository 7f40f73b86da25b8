"""The docstring below a field is its one description: help, examples and errors take it from the source."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import sys
import types
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

_OURS = frozenset({"application", "domain"})


def field_docs(kind: type[Any]) -> dict[str, str]:
    """Return the docstring below each field of a class and of the classes it derives from."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.partition(".")[0] in _OURS:
            found.update(_docs_of_module(base.__module__).get(base.__qualname__, {}))
    return found


def hints_of(kind: type[Any]) -> Mapping[str, Any]:
    """Return the type of each field of a dataclass."""
    hints = typing.get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}


def needed(kind: type[Any]) -> list[str]:
    """Return the fields of a dataclass that have no default."""
    return [
        each.name
        for each in dataclasses.fields(kind)
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    ]


def bare(hint: Any) -> tuple[Any, bool]:
    """Return the type of one value without `None`, tuple and new name, and whether there may be several values."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        return bare(inner[0]) if len(inner) == 1 else (None, False)
    if typing.get_origin(hint) is tuple:
        return bare(typing.get_args(hint)[0])[0], True
    return getattr(hint, "__supertype__", hint), False


def nested_shape(kind: type[Any]) -> str:
    """Return the fields of a nested value for a line of help: `{kind, [eligibility]}`; brackets: may be left out."""
    must = needed(kind)
    names = [name if name in must else f"[{name}]" for name in hints_of(kind)]
    return "{" + ", ".join(names) + "}"


def codes_of(kind: type[Enum]) -> list[str]:
    """Return the values of a code list that people may give."""
    return [str(code.value) for code in kind if code.value != "unrecognised"]


@cache
def _docs_of_module(name: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[name]))
    return {each.name: _docs_in(each.body) for each in tree.body if isinstance(each, ast.ClassDef)}


def _docs_in(body: list[ast.stmt]) -> dict[str, str]:
    return {
        statement.target.id: inspect.cleandoc(text.value.value)
        for statement, text in itertools.pairwise(body)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
