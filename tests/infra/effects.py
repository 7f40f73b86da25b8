"""Which functions do something that outlives a crash: found in their syntax, so that a new one is not forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

_CALLS = frozenset(
    {
        "commit", "transaction", "send", "exec_prepared", "send_query_prepared", "pipeline_sync", "fsync", "unlink",
        "rmtree", "write_bytes", "write_text", "executemany", "rename",
    }
)  # fmt: skip
_WRITING = re.compile(r"\b(INSERT INTO|UPDATE\s|DELETE FROM|CREATE\s|DROP\s|ALTER\s|GRANT\s|REVOKE\s|TRUNCATE\s)")


class Step(NamedTuple):
    """A function with an effect, and whether a crash point stands in it."""

    place: str
    named: bool


def steps_of(source: str, file: str) -> list[Step]:
    """Return the functions of a source with an effect on a database, a broker or a file."""
    tree = ast.parse(source)
    constants = dict(_constants(tree))
    return [
        Step(f"{file}::{function.name}", named=_is_named(function))
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and any(_has_effect(call, constants) for call in _calls(function))
    ]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield target.id, ast.unparse(node.value)


def _calls(function: ast.FunctionDef) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function) if isinstance(node, ast.Call))


def _is_named(function: ast.FunctionDef) -> bool:
    return any(isinstance(call.func, ast.Name) and call.func.id == "crash_point" for call in _calls(function))


def _has_effect(call: ast.Call, constants: dict[str, str]) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "replace":
        return ast.unparse(call.func.value) == "os"
    if call.func.attr not in {"execute", "ask"}:
        return call.func.attr in _CALLS
    names = (node.id for node in ast.walk(call) if isinstance(node, ast.Name))
    text = " ".join([ast.unparse(call), *(constants.get(name, "") for name in names)])
    return _WRITING.search(text) is not None
