"""The domain decides from what it is given: it can reach no clock, no chance, no file, no network and no other package.

This says for single modules and names what import-linter can only say for whole packages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
OURS = ("application", "consumers", "domain", "infra", "interfaces", "projections", "schemas")
PURE = {
    "__future__", "abc", "base64", "calendar", "collections", "collections.abc", "copy", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "hashlib", "inspect", "itertools", "json", "math", "operator", "re",
    "string", "struct", "types", "typing", "unicodedata", "urllib.parse", "uuid", "zoneinfo", "eventsourcing.domain",
}  # fmt: skip
IMPURE_NAMES = {"now", "today", "utcnow", "uuid1", "uuid4", "open", "print", "input"}


def impurities(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if not allowed(name.name))
            case ast.ImportFrom(module=module, names=names):
                if not allowed(module or "."):
                    yield module or "."
                yield from (name.name for name in names if name.name in IMPURE_NAMES)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in IMPURE_NAMES:
                yield f"{name}()"


def allowed(module: str) -> bool:
    return module in PURE or module.split(".")[0] == "domain"


@pytest.mark.parametrize("path", sorted((REPOSITORY / "domain").rglob("*.py")), ids=lambda path: path.name)
def test_the_domain_is_pure(path: Path) -> None:
    assert list(impurities(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import os",
        "import urllib.request",
        "from eventsourcing.application import Application",
        "from infra import settings",
        "from uuid import uuid4",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
        "open('file')",
    ],
)
def test_a_planted_impurity_is_found(planted: str) -> None:
    assert list(impurities(planted))


@pytest.mark.parametrize("package", OURS)
def test_no_other_distribution_owns_our_packages(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {"icms-registry"}
