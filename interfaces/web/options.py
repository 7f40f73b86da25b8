"""The web process is told everything by one private file, whose name is its only argument."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class WebOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the web process needs to know; written as JSON, readable by its user alone."""

    dsn: str
    """Of the role icms_reader."""
    host: str
    port: int
    events_topic: str
    public_topic: str

    def write(self, path: Path) -> None:
        """Write the file, for the user's eyes only."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(self))

    @classmethod
    def read(cls, path: Path) -> WebOptions:
        """Read such a file."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
