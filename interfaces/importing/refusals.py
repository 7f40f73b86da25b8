"""What can be wrong with an import before it begins, each said with its remedy; then nothing was recorded.

What is wrong with one row is no error of the import: it is that row's answer.
"""

from __future__ import annotations

from domain.errors import InvalidInput


class MappingRefused(InvalidInput):
    """The mapping {file} cannot be used. {field}: {problem}."""

    remedy = "Correct the mapping (docs/importing.md says how); nothing was imported."


class ExtractRefused(InvalidInput):
    """The file {file} cannot be read. {field}: {problem}."""

    remedy = "{what_to_do} Nothing was imported."


class ClinicsUnresolved(InvalidInput):
    """{field}: {problem}."""

    remedy = "{what_to_do} Nothing was imported."


class MappingFault(Exception):
    """Something is wrong at one place of a mapping; `load` turns it into MappingRefused with the file's name."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem


class CellRefused(Exception):
    """A cell says what the mapping does not cover; `column` is None where the row as a whole is meant."""

    def __init__(self, column: str | None, value: str, problem: str) -> None:
        super().__init__(column, value, problem)
        self.column = column
        self.value = value
        self.problem = problem

    @property
    def reason(self) -> str:
        """Return the problem, after the value if there is one."""
        return f"{shown(self.value)} {self.problem}" if self.value else self.problem


class RowRefused(Exception):
    """A row of which nothing can be done; `cells` says what is wrong with each."""

    def __init__(self, cells: tuple[CellRefused, ...]) -> None:
        super().__init__(cells)
        self.cells = cells


def shown(value: str) -> str:
    """Return a value as it is quoted in a message: never longer than a line."""
    return repr(value if len(value) <= 60 else value[:59] + "…")
