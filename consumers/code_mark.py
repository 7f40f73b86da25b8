"""A build is gone on with only by the code that began it: its mark is a digest of everything rows depend on."""

from __future__ import annotations

import hashlib
import inspect
from functools import cache
from importlib import import_module
from pathlib import Path

from projections.read_model import ReadModel

_ROOMS = ("domain", "schemas", "infra", "projections", "consumers")
_ENDINGS = frozenset({".py", ".sql", ".avsc", ".json"})


def code_of(model: ReadModel) -> str:
    """Return the mark of the code that makes builds of a read model now: 64 hexadecimal digits."""
    mark = hashlib.sha256(_rooms().encode())
    # A read model may stand outside the rooms, as those of tests do.
    source = inspect.getsourcefile(type(model))
    for text in (model.name, model.script, *model.tables, Path(source).read_text("utf-8") if source else ""):
        mark.update(f"{len(text)}:{text}".encode())
    return mark.hexdigest()


@cache
def _rooms() -> str:
    """Return the digest of the source of all rooms, as it was when it was first asked for."""
    mark = hashlib.sha256()
    for room in _ROOMS:
        folder = Path(import_module(room).__path__[0])
        for path in sorted(each for each in folder.rglob("*") if each.suffix in _ENDINGS):
            content = path.read_bytes()
            mark.update(f"{room}/{path.relative_to(folder)} {len(content)}\n".encode() + content)
    return mark.hexdigest()
