"""Row B1: a read model made anew from the kept store, against copying that store's rows out and in with their indexes.

What is compared with the bound is the building alone; the comparison with the live build, which `icms rebuild` makes
before it switches, is told beside, and so is the memory of the process that builds: after a tenth, and the most after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import psycopg

from bench import kept
from bench.ground import Ground
from bench.row import Contest
from consumers.fold import MakeReadModel
from consumers.garbage import collect_seldom
from consumers.rebuild import rebuild

_EARLY = 0.1
_COLUMNS = """
    position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
    disclosure, prev_public_position, store_epoch
"""
_INDEXES = (
    "ALTER TABLE copied ADD PRIMARY KEY (position)",
    "CREATE UNIQUE INDEX ON copied (originator_id, originator_version)",
)


class Memory:
    """The resident memory of the largest process that builds while a share of the work is done, in MiB."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.early = self.most = 0.0

    def note(self, share: float) -> None:
        """Look, after this share of the work; what is done before a tenth of it is how large it has to be."""
        now = max(map(_resident, (self._process, *self._process.children()))) / 1024**2
        if share <= _EARLY or not self.early:
            self.early = max(self.early, now)
        self.most = max(self.most, now)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def rebuilt(make: MakeReadModel) -> Callable[[Ground], Any]:
    """Return the contest for one read model."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        collect_seldom()
        scratch = kept.kept(ground)
        figures: dict[str, float] = {}

        def ours() -> float:
            began, built = time.perf_counter(), 0.0
            memory = Memory()

            def progress(position: int, upto: int) -> None:
                nonlocal built
                memory.note(position / upto if upto else 1.0)
                if position == upto and not built:
                    built = time.perf_counter() - began

            done = rebuild(scratch.dsn("icms_projector"), make, ground.codec, progress, lambda _: False)
            figures.update(
                events=done.position,
                with_comparison_s=time.perf_counter() - began,
                memory_after_a_tenth_mib=memory.early,
                memory_most_mib=memory.most,
            )
            return built

        yield Contest(ours, lambda: copied(scratch.owner_dsn), figures)

    return prepare


def copied(owner_dsn: str) -> float:
    """Copy all rows out and into another table, index it as the log's readers need it, and return the seconds."""
    with psycopg.connect(owner_dsn) as read, psycopg.connect(owner_dsn) as write:
        began = time.perf_counter()
        with read.cursor() as out, write.cursor() as into:
            into.execute("CREATE TABLE copied (LIKE registry.events)")
            with (
                out.copy(f"COPY (SELECT {_COLUMNS} FROM registry.events ORDER BY position) TO STDOUT".encode()) as rows,
                into.copy(f"COPY copied ({_COLUMNS}) FROM STDIN".encode()) as target,
            ):
                for block in rows:
                    target.write(block)
            for index in _INDEXES:
                into.execute(index.encode())
        seconds = time.perf_counter() - began
        write.rollback()
    return seconds
