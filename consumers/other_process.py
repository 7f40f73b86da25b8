"""Work for a second core is done by a process of its own, which never outlives who waits for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Self

from consumers.garbage import collect_seldom

# Spawned, not forked: the connections and threads of this process are not the other one's.
SPAWN = get_context("spawn")


class Unanswered(Exception):
    """The other process ended before its answer, or within it."""


class OtherProcess:
    """A process that works from when it is made; it ends with the block at the latest."""

    def __init__(self, work: Callable[..., None], *given: Any) -> None:
        """Let it call `work` with the end of a pipe, on which it answers, and what is given."""
        self.answer, answering = SPAWN.Pipe(duplex=False)
        """Ready when something was answered, or when the process has ended."""
        self.process = SPAWN.Process(target=work, args=(answering, *given), daemon=True)
        self.process.start()
        # Closed here, so that the answers end when the other process does.
        answering.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.join()
        self.answer.close()

    def received(self) -> Any:
        """Return the next answer, waiting for it.

        Raises: Unanswered
        """
        try:
            return self.answer.recv()
        except (EOFError, OSError) as error:
            # OSError: a large answer is sent piece by piece, and a killed process leaves it in the middle.
            raise Unanswered from error


def working_for_another() -> Callable[[], None]:
    """Make this process one that works for its parent, and return what ends it when nobody waits any more."""
    # Who interrupts a command interrupts the process that was given it, and that ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    parent = os.getppid()

    def require_awaited() -> None:
        if os.getppid() != parent:
            raise SystemExit

    return require_awaited
