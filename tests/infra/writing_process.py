"""A client in a process of its own: it gives numbered commands and writes down which of them it was told are done.

Killed and started again it gives all of them again, from the first, with the same keys.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from infra import crash_points
from infra.append import Outcome
from infra.group_commit import GroupWriter
from infra.postgres import connect, open_pool
from infra.subject_keys import Candidate, SubjectKeys
from tests.infra.scratch_store import command, event

ACTOR = UUID(int=1)
THREADS = 8


class Client:
    """Gives commands on one store, from several threads."""

    def __init__(self, dsn: str, file: Path) -> None:
        self._pool = open_pool(dsn, "writing process", THREADS)
        self._keys = SubjectKeys(self._pool)
        self._writer = GroupWriter(lambda: connect(dsn))
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._lock = threading.Lock()

    def give(self, number: int) -> None:
        """Keep a subject's key, record an event about it, and write down that it was done."""
        link = hashlib.sha256(b"link %d" % number).digest()
        kept = self._keys.keep(Candidate(link, "patient", UUID(bytes=link[:16]), b"wrapped"))
        assert kept.subject is not None
        key = hashlib.sha256(b"key %d" % number).digest()
        # Sealed under the subject: the event's aggregate stands for it here.
        outcome = self._writer.submit(command(event(kept.subject), actor=ACTOR, key=key))
        self._write_down(key, outcome)

    def _write_down(self, key: bytes, outcome: Outcome) -> None:
        assert outcome.word in ("done", "repeat"), outcome
        line = {
            "actor": str(ACTOR),
            "key_hmac": key.hex(),
            "aggregate_id": str(outcome.aggregate_id),
            "version": outcome.version,
            "first_position": outcome.first_position,
            "last_position": outcome.last_position,
        }
        with self._lock:
            os.write(self._file, json.dumps(line).encode() + b"\n")
            os.fsync(self._file)

    def close(self) -> None:
        """Give everything back."""
        self._writer.close()
        self._pool.close()
        os.close(self._file)


def main(dsn: str, file: str, count: str) -> None:
    """Give so many commands."""
    crash_points.arm(os.environ)
    client = Client(dsn, Path(file))
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(client.give, range(int(count))):
            pass
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
