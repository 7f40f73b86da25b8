"""Which functions do something that outlives a crash: found in their syntax, so that a new one is not forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.infra.statements import Statements

_CALLS = frozenset(
    {
        "commit", "transaction", "send", "exec_prepared", "send_query_prepared", "pipeline_sync", "fsync", "unlink",
        "rmtree", "write_bytes", "write_text", "executemany", "rename",
    }
)  # fmt: skip
_ASKS = frozenset({"execute", "ask", "copy", "stream"})
_READERS = frozenset({"rows", "answer"})
"""How the reader of the store is told what to ask."""
_NOT_SQL = frozenset({"handler", "copy", "rows", "_rows"})
"""What else is told to `execute`, `copy` or `stream`: the command handler, the module `copy`, stored rows."""
_WRITING = re.compile(
    r"\b(INSERT INTO|UPDATE\s|DELETE FROM|CREATE\s|DROP\s|ALTER\s|GRANT\s|REVOKE\s|TRUNCATE\s|MERGE INTO"
    r"|COPY\s[^(]*(\([^)]*\)\s*)?FROM\s)"
)


class Step(NamedTuple):
    """A function with an effect, and whether a crash point stands in it."""

    place: str
    named: bool


def steps_of(source: str, file: str) -> list[Step]:
    """Return the functions of a source with an effect on a database, a broker or a file.

    A statement is followed through the variables that hold it; one that cannot be found counts as one with an effect.
    Where a private function is told what to execute, its callers are looked at in its place.
    """
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    told = frozenset(each.name for each in functions if each.name.startswith("_") and _is_told(each))
    return [
        Step(f"{file}::{each.name}", named=_is_named(each))
        for each in functions
        if each.name not in told and _has_effect(each, Statements(tree, each), _ASKS | told)
    ]


def _is_named(function: ast.FunctionDef) -> bool:
    return any(isinstance(call.func, ast.Name) and call.func.id == "crash_point" for call in _calls(function))


def _calls(function: ast.FunctionDef) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function) if isinstance(node, ast.Call))


def _is_told(function: ast.FunctionDef) -> bool:
    """Say whether a function does nothing that lasts but what its first argument says."""
    arguments = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    executed = [
        call.args[0]
        for call in _calls(function)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "execute" and call.args
    ]
    named = {node.id for each in executed for node in ast.walk(each) if isinstance(node, ast.Name)}
    return bool(named) and named == set(arguments[:1])


def _has_effect(function: ast.FunctionDef, statements: Statements, asks: frozenset[str]) -> bool:
    called = {id(call.func): call for call in _calls(function)}
    return any(
        _outlives(node, called.get(id(node)), statements, asks)
        for node in ast.walk(function)
        if isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Load)
    )


def _outlives(
    method: ast.Attribute | ast.Name, call: ast.Call | None, statements: Statements, asks: frozenset[str]
) -> bool:
    """Say whether a method does something that lasts; one that is handed on counts as called."""
    name = method.attr if isinstance(method, ast.Attribute) else method.id
    of = ast.unparse(method.value) if isinstance(method, ast.Attribute) else ""
    if name == "replace":
        return of == "os"
    asked = name in asks or (name in _READERS and of.endswith("_reader"))
    if not asked:
        return bool(of) and name in _CALLS
    if of.rpartition(".")[2] in _NOT_SQL or (not of and name in _ASKS):
        return False
    if call is None:
        return name not in ("copy", "stream")
    statement = method.value if name == "ask" and isinstance(method, ast.Attribute) else next(iter(call.args), None)
    text = None if statement is None else statements.text(statement)
    return text is None or _WRITING.search(text) is not None
