"""A campaign on a machine without room says so before it starts."""

from __future__ import annotations

import shutil
import socket
from contextlib import ExitStack
from pathlib import Path

import psutil

DISK = 6 * 1024**3
MEMORY = 3 * 1024**3
PORTS = 40


class NoRoom(Exception):
    """The machine lacks something that a campaign needs."""


def require_room(folder: Path, disk: int = DISK, memory: int = MEMORY, ports: int = PORTS) -> None:
    """Refuse to begin without space for the logs of two clusters, memory for four brokers, and ports for all.

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
    with ExitStack() as taken:
        for number in range(ports):
            try:
                taken.enter_context(socket.create_server(("127.0.0.1", 0)))
            except OSError as error:
                raise NoRoom(f"Only {number} of {ports} ports could be taken on 127.0.0.1 ({error.strerror}). End "
                             "other programs first.") from None  # fmt: skip


def _gib(size: int) -> str:
    return f"{size / 1024**3:.1f}"
