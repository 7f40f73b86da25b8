"""The end of a page as opaque text that a caller hands back to get the next page."""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from domain.errors import InvalidInput

T = TypeVar("T")


def cursor_text(position: tuple[Any, ...]) -> str:
    """Return the text for a place in a list."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def read_cursor(text: str, shape: type[T]) -> T:
    """Return the place that a text stands for; raise InvalidInput when it is none."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=shape)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(field="after", problem="this is not the end of a page; start from the beginning") from error
