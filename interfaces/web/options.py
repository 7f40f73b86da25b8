"""The web process is told everything by one private file, whose name is its only argument."""

from __future__ import annotations

from pathlib import Path

import msgspec

from infra.stack.state_files import write_whole


class WebOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the web process needs to know; written as JSON, readable by its user alone."""

    dsn: str
    """Of the role icms_reader."""
    host: str
    port: int
    events_topic: str
    public_topic: str

    def write(self, path: Path) -> None:
        """Write the file whole or not at all, for the user's eyes only."""
        write_whole(path, msgspec.json.encode(self).decode(), 0o600)

    @classmethod
    def read(cls, path: Path) -> WebOptions:
        """Read such a file."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
