"""Write the tables that follow from the software into the documents: `python -m tests.docs.tables`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from infra.settings import options
from interfaces.cli import exit_codes
from interfaces.cli.exit_codes import ExitCode
from tests.docs.documents import REPOSITORY

OPERATING = "docs/operating.md"


def settings_rows() -> list[list[str]]:
    """Return a row for every setting: variable, default, sentence."""
    return [[f"`{each.variable}`", f"`{each.default}`" if each.default else "", each.sentence] for each in options()]


def exit_code_rows() -> list[list[str]]:
    """Return a row for every exit code: number, name, sentence."""
    meanings = _docstrings_below(Path(exit_codes.__file__).read_text("utf-8"), "ExitCode")
    return [[str(code.value), f"`{code.name}`", meanings[code.name]] for code in ExitCode]


def written(text: str, name: str, rows: list[list[str]]) -> str:
    """Return a document in which the table below the mark `<!-- table: name -->` has these rows."""
    head = re.compile(rf"(<!-- table: {name} -->\n(?:\|.*\n){{2}})(?:\|.*\n)*")
    body = "".join(f"| {' | '.join(row)} |\n" for row in rows).replace("|  |", "| |")
    return head.sub(lambda found: found[1] + body, text)


def main() -> None:
    """Write both tables."""
    path = REPOSITORY / OPERATING
    text = written(path.read_text("utf-8"), "settings", settings_rows())
    path.write_text(written(text, "exit codes", exit_code_rows()), "utf-8")


def _docstrings_below(source: str, name: str) -> dict[str, str]:
    found = next(each for each in ast.parse(source).body if isinstance(each, ast.ClassDef) and each.name == name)
    return {
        statement.targets[0].id: text.value.value
        for statement, text in zip(found.body, found.body[1:], strict=False)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


if __name__ == "__main__":
    main()
