"""The table script of a read model is the `.sql` file beside its module."""

from __future__ import annotations

from importlib.resources import files
from typing import LiteralString


def script_of(name: LiteralString) -> LiteralString:
    """Return the SQL that creates the tables of the read model with this name."""
    # A file of our own distribution is as literal as a string in it.
    return files("projections").joinpath(f"{name}.sql").read_text("utf-8")
