"""Every command there is, found by looking, so that a new one needs no list."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import application
from application.command import Command


@cache
def commands() -> tuple[type[Command], ...]:
    """Return all commands, ordered by aggregate and verb."""
    for module in pkgutil.iter_modules(application.__path__):
        importlib.import_module(f"application.{module.name}")
    found = {(each.AGGREGATE, each.VERB): each for each in _concrete(Command)}
    return tuple(found[name] for name in sorted(found))


def _concrete(kind: type[Command]) -> list[type[Command]]:
    # A slotted dataclass exists twice, the plain class and its slotted copy; only the copy has the fields' slots.
    below = [each for sub in kind.__subclasses__() for each in (sub, *_concrete(sub))]
    return [each for each in below if "VERB" in vars(each) and "__dataclass_fields__" in vars(each)]
