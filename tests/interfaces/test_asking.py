"""What the interfaces tell comes from the queries of the projections, and from nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import interfaces
from tests.projections.found_queries import NOT_ASKED


def test_the_interfaces_ask_by_no_other_way() -> None:
    folder = Path(interfaces.__path__[0])
    private = [rf"\b{re.escape(name)}\b" for name in NOT_ASKED]
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        asked = " ".join(_imported(text)) + text
        assert not [name for name in private if re.search(name, asked)], path
        if path.is_relative_to(folder / "cli") or path.is_relative_to(folder / "web"):
            # What they ask the log themselves is how long it is and when it was written, never what is in it.
            for statement in _statements(text):
                assert not re.search(r"originator|clinic|topic|state|disclosure|count\(", statement), path


def _imported(text: str) -> Iterator[str]:
    for each in ast.walk(ast.parse(text)):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("projections."):
            yield from (f"{(each.module or '').removeprefix('projections.')}.{name.name}" for name in each.names)


def _statements(text: str) -> list[str]:
    strings = [each.value for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant)]
    return [each for each in strings if isinstance(each, str) and re.search(r"\bFROM\s+\w", each)]
