"""Small files that must survive a crash: a reader finds the old text or the new one, never half of one."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.stack.refusals import DiskTooFull, SecretLost, StateOfAnotherUser

NEEDED_MB = 1024


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace the file by `text` in one step that survives a crash."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames within the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    """Replace the file by the value as JSON."""
    write_whole(path, json.dumps(value, indent=2, sort_keys=True) + "\n", mode)


def read_json(path: Path) -> Any:
    """Return the value in the file, or None when there is no such file or it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None


def make_folder(path: Path) -> Path:
    """Make the folder and missing parents; those made here can be walked through whatever the umask is."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    if not os.access(path, os.W_OK):
        raise StateOfAnotherUser(path=path, owner=path.stat().st_uid)
    return path


def make_private_folder(path: Path) -> Path:
    """Make the folder, with missing parents, and close it to everybody but its owner; one made earlier is closed too.

    Raises: StateOfAnotherUser
    """
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.stat()
    if status.st_uid == os.geteuid() and status.st_mode & 0o777 != 0o700:
        path.chmod(0o700)
    return make_folder(path)


def require_space(path: Path, needed_mb: int = NEEDED_MB) -> None:
    """Refuse to begin on a disk that is nearly full.

    Raises: DiskTooFull
    """
    free_mb = shutil.disk_usage(path).free // (1024 * 1024)
    if free_mb < needed_mb:
        raise DiskTooFull(free_mb=free_mb, path=path, needed_mb=needed_mb)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Let one process at a time into the block; the lock goes with its process, however that ends."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Secrets:
    """Passwords made here, kept in a file that only its owner can read; one that was given out never changes."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / "secrets.json"
        self._lock = state_dir / ".secrets.lock"

    def password(self, name: str, *, may_create: bool = True) -> str:
        """Return the password of that name, made at the first call.

        Raises: SecretLost if it is not there and `may_create` is off, because data exist that were made with it
        """
        with exclusive(self._lock):
            known: dict[str, str] = self._known()
            if name not in known:
                if not may_create:
                    raise SecretLost(path=self.path)
                known[name] = secrets.token_urlsafe(24)
                write_json(self.path, known, 0o600)
            return known[name]

    def _known(self) -> dict[str, str]:
        if not self.path.exists():
            return {}
        if not os.access(self.path, os.R_OK):
            raise StateOfAnotherUser(path=self.path, owner=self.path.stat().st_uid)
        known = read_json(self.path)
        if not isinstance(known, dict):
            raise SecretLost(path=self.path)
        return known
