"""A campaign on a machine without room says so before it starts."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

DISK = 6 * 1024**3
MEMORY = 3 * 1024**3


class NoRoom(Exception):
    """The machine lacks something that a campaign needs."""


def require_room(folder: Path, disk: int = DISK, memory: int = MEMORY) -> None:
    """Refuse to begin without space for the logs of two clusters and memory for four brokers.

    Raises: NoRoom
    """
    free = shutil.disk_usage(folder).free
    if free < disk:
        raise NoRoom(f"{folder} has {_gib(free)} GiB free and {_gib(disk)} GiB are needed. Make room, or set "
                     "ICMS_CAMPAIGN_STATE_DIR to a folder elsewhere.")  # fmt: skip
    available = psutil.virtual_memory().available
    if available < memory:
        raise NoRoom(f"{_gib(available)} GiB of memory are available and {_gib(memory)} GiB are needed. End other "
                     "programs first.")  # fmt: skip


def _gib(size: int) -> str:
    return f"{size / 1024**3:.1f}"
