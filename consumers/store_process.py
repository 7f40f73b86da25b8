"""A long store is checked in a process of its own while this one reads the topics: either is bound by one core."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from consumers.findings import Findings
from consumers.garbage import collect_seldom
from consumers.store_check import check_store
from consumers.store_rows import StoreRows
from infra.avro_codec import Codec
from infra.postgres import connect
from schemas.catalogue import Catalogue

_LOOK = 0.2
# Spawned, not forked: the connections and threads of this process are not the other one's.
_SPAWN = get_context("spawn")


class StoreProcess:
    """The check of the store up to a position, begun when the block begins and ended with it at the latest."""

    def __init__(self, dsn: str, catalogue: Catalogue, upto: int) -> None:
        self._upto = upto
        self._given = dsn, catalogue
        self._done: Any = _SPAWN.Value("q", 0, lock=False)
        self._answer, answering = _SPAWN.Pipe(duplex=False)
        self.process = _SPAWN.Process(target=_check, args=(answering, self._done, dsn, catalogue, upto), daemon=True)
        self.process.start()
        # Closed here, so that the answer ends when the other process does.
        answering.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.join()
        self._answer.close()

    def result(self, progress: Callable[[int], None]) -> tuple[int, Findings]:
        """Wait, and return what `check_store` returns; done here when the other process ended without an answer.

        So whatever prevents it is raised as if there were no other process.
        """
        while not self._answer.poll(_LOOK):
            progress(self._done.value)
        try:
            found: tuple[int, Findings] = self._answer.recv()
        except EOFError:
            dsn, catalogue = self._given
            with connect(dsn, "icms verify") as connection:
                return check_store(StoreRows(connection), Codec(catalogue), self._upto, progress)
        return found


def _check(answering: Connection, done: Any, dsn: str, catalogue: Catalogue, upto: int) -> None:
    # Who interrupts a verification interrupts the process that was given the command, and that ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    parent = os.getppid()

    def progress(position: int) -> None:
        done.value = position
        if os.getppid() != parent:
            raise SystemExit  # nobody waits any more

    with connect(dsn, "icms verify") as connection:
        answering.send(check_store(StoreRows(connection), Codec(catalogue), upto, progress))
