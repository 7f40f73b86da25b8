"""Every query of the product, found by looking at the projections."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import projections

NOT_ASKED = {
    "duty_rulebook.read_lines": "the public rules that folds apply",
    "duty_rulebook.read_rulebook": "the public rules that folds apply",
    "duty_rulebook.write_lines": "a fold writes",
    "listing_apply.apply_batch": "a fold writes",
    "duty_shares.of_share": "a fold asks which events are its share's",
    "live.live": "enters a build, reads no row of it",
}
"""What takes a cursor and is no query, and why; the interfaces use none of it."""


def found_queries() -> dict[str, Callable[..., Any]]:
    """Return every public function of the projections that takes a cursor, found by looking."""
    found: dict[str, Callable[..., Any]] = {}
    for each in pkgutil.iter_modules(projections.__path__):
        module = import_module(f"projections.{each.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and "Cursor" in str(next(iter(function.__annotations__.values()), "")):
                found[f"{each.name}.{name}"] = function
    return found
