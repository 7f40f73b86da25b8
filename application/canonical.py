"""A request as one text: equal for equal requests, whatever software version compares them."""

from __future__ import annotations

import json
from types import NoneType
from typing import Any

from domain.codes import Code
from domain.content import field_names


def canonical(command: Any) -> str:
    """Return a command as text that is equal for equal requests; empty fields do not count.

    So a field added to a command later leaves the text of older requests as it was.
    """
    return f"{command.AGGREGATE} {command.VERB} {_written(_plain(command))}"


# Made once: `json.dumps` with options makes an encoder each time.
_written = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_AS_IT_IS = frozenset({NoneType, str, int, float, bool})


def _filled(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for name in names:
        given = getattr(value, name)
        # Most fields of a form are empty, and a command has many.
        if given is None or given == ():
            continue
        plain = _plain(given)
        if plain not in (None, [], {}):
            filled[name] = plain
    return filled


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _AS_IT_IS:
        return value
    if isinstance(value, Code):
        return value.value
    if (names := field_names(kind)) is not None:
        return _filled(value, names)
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, (frozenset, set)):
        return sorted(_plain(item) for item in value)
    return value if isinstance(value, (str, int, float, bool)) else str(value)
