"""One row of an extract, whatever file it came from: cells by column, and where it stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROW_NUMBER = "#row"
"""The name under which a mapping asks for the row's number, 1 for the first row below the header."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as read; one with a `fault` has no cells."""

    number: int
    """1 for the first row below the header; empty lines do not count."""
    first_line: int
    """Line of the file where it begins; the header stands in line 1."""
    last_line: int
    """Line where it ends: the same, unless a quoted cell has several lines."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """Texts by column, without space around them; empty where there is no value."""
    fault: tuple[str | None, str] | None = None
    """Column, if it is one, and problem of a row that cannot be read."""

    def text(self, column: str) -> str:
        """Return the text of a cell, or the row's number."""
        return str(self.number) if column == ROW_NUMBER else self.cells[column]

    @property
    def lines(self) -> str:
        """Return where it stands, in words."""
        if self.first_line == self.last_line:
            return f"line {self.first_line}"
        return f"lines {self.first_line} to {self.last_line}"
