"""What the campaign has done so far, one line of JSON for each run; it outlives a kill at any moment.

A line counts only for the code it was run with: another version of the product begins at nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_PRODUCT = ("application", "consumers", "domain", "infra", "interfaces", "projections", "schemas", "tests")


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of a row, and what became of it."""

    row: str
    code: str
    seed: int
    units: int
    seconds: float
    verdict: str
    """`held`, `failed`, or `unmeasured` where the machine could not be brought to it."""
    said: str = ""
    """The last words of a run that did not hold."""


class Ledger:
    """The file of entries."""

    def __init__(self, path: Path, code: str) -> None:
        self._path = path
        self.code = code

    def add(self, entry: Entry) -> None:
        """Write one entry so that it is there after a crash of the machine too."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry)) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> list[Entry]:
        """Return what was done with this code; a line that was cut off is left out."""
        if not self._path.exists():
            return []
        return [entry for entry in _read(self._path.read_text("utf-8").splitlines()) if entry.code == self.code]


def code_digest(folder: Path = REPOSITORY) -> str:
    """Return a short digest of everything that a run depends on."""
    total = hashlib.sha256()
    files = (path for name in _PRODUCT for path in (folder / name).rglob("*"))
    for path in sorted(path for path in files if path.suffix in {".py", ".sql", ".avsc", ".json"}):
        total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:12]


def _read(lines: Iterable[str]) -> Iterable[Entry]:
    for line in lines:
        try:
            yield Entry(**json.loads(line))
        except (ValueError, TypeError):
            continue
