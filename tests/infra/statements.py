"""The text of an SQL statement wherever a source holds it: in place, in a variable, a constant, an attribute."""

from __future__ import annotations

import ast
from collections.abc import Iterator


class Statements:
    """What the names mean that a function uses."""

    def __init__(self, tree: ast.Module, function: ast.FunctionDef) -> None:
        self._local = _bound(function)
        self._module = _bound_in(tree.body)
        self._attributes = _bound_attributes(tree)
        self._functions = {each.name: each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}

    def text(self, statement: ast.expr) -> str | None:
        """Return every text that a statement may be made of, or None if there is none to be found."""
        found = list(self._texts(statement, frozenset()))
        return " ".join(found) if found else None

    def _texts(self, part: ast.AST, seen: frozenset[str]) -> Iterator[str]:
        for node in ast.walk(part):
            if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
                yield node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
            elif isinstance(node, ast.Name) and node.id not in seen:
                meant = self._local.get(node.id) or self._module.get(node.id) or self._returned(node.id)
                yield from self._all(meant, seen | {node.id})
            elif isinstance(node, ast.Attribute) and f".{node.attr}" not in seen:
                yield from self._all(self._attributes.get(node.attr, []), seen | {f".{node.attr}"})

    def _all(self, meant: list[ast.expr], seen: frozenset[str]) -> Iterator[str]:
        for each in meant:
            yield from self._texts(each, seen)

    def _returned(self, name: str) -> list[ast.expr]:
        function = self._functions.get(name)
        returns = (node for node in ast.walk(function) if isinstance(node, ast.Return)) if function else ()
        return [each.value for each in returns if each.value is not None]


def _bound(function: ast.FunctionDef) -> dict[str, list[ast.expr]]:
    """Return what a function's variables are given: by assignment, loop or `:=`, and by default."""
    found = _bound_in(ast.walk(function))
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(reversed(given), reversed(arguments.defaults), strict=False):
        found.setdefault(argument.arg, []).append(default)
    return found


def _bound_in(nodes: list[ast.stmt] | Iterator[ast.AST]) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        for target, value in _assigned(node):
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(value)
    return found


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.AugAssign(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value


def _bound_attributes(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """Return what the attributes of a source's objects and classes are given."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        for target, value in _assigned(node):
            if isinstance(target, ast.Attribute):
                found.setdefault(target.attr, []).append(value)
        if isinstance(node, ast.ClassDef):
            for name, values in _bound_in(node.body).items():
                found.setdefault(name, []).extend(values)
    return found
