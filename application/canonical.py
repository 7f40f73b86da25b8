"""A request as one text: equal for equal requests, whatever software version compares them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from domain.codes import Code


def canonical(command: Any) -> str:
    """Return a command as text that is equal for equal requests; empty fields do not count.

    So a field added to a command later leaves the text of older requests as it was.
    """
    content = json.dumps(_plain(command), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{command.AGGREGATE} {command.VERB} {content}"


def _plain(value: Any) -> Any:
    if isinstance(value, Code):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((each.name, _plain(getattr(value, each.name))) for each in dataclasses.fields(value))
        return {name: plain for name, plain in pairs if plain not in (None, [], {})}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, (frozenset, set)):
        return sorted(_plain(item) for item in value)
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
