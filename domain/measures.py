"""Numbers and short labels that stand in the clear are checked where a value is made; a wrong one cannot be held."""

from __future__ import annotations

import math

from domain.errors import InvalidInput

LONGEST_LABEL = 80


def between(value: float | None, low: float, high: float, field: str) -> None:
    """Refuse a number outside its range, or one that is not finite; an absent one passes."""
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise InvalidInput(field=field, problem=f"{value} is not between {low:g} and {high:g}")


def label(text: str | None, field: str, longest: int = LONGEST_LABEL) -> None:
    """Refuse a label that is blank, too long or not printable; an absent one passes."""
    if text is None:
        return
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise InvalidInput(field=field, problem=f"write 1 to {longest} printable characters")
