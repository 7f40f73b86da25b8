"""The pieces of a long verification are done by two processes, since each is bound by one core.

Both take the next piece that nobody has taken. What the other process did not answer, for whatever reason, is done
here: so whatever prevents a piece is raised as if there were no other process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Protocol, Self

from consumers.answers import Unanswered, received
from consumers.garbage import collect_seldom

Tell = Callable[[str, int, int], None]
"""Called with what is being verified, how far it is and how far it is to go."""

_LOOK = 0.2
_PATIENCE = 5.0
# Spawned, not forked: the connections and threads of this process are not the other one's.
_SPAWN = get_context("spawn")


class Piece(Protocol):
    """Something that can be done in any process: it can be pickled, and opens its own connections."""

    @property
    def name(self) -> str:
        """Return what is told while it is being done."""
        ...

    def done(self, progress: Callable[[int, int], None]) -> Any:
        """Do it, tell how far of how far it is, and return what was found; that can be pickled, too."""
        ...

    def again(self) -> Piece:
        """Return it as it is to be done after a process that did it was ended, which the database may notice late."""
        ...


class Beside:
    """Another process that does pieces from when the block begins; it ends with the block at the latest."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._answers: dict[int, Any] = {}
        self._taken: Any = _SPAWN.Value("i", 0)
        self._place: Any = _SPAWN.Array("q", 3, lock=False)
        self._answer, answering = _SPAWN.Pipe(duplex=False)
        given = (answering, self._taken, self._place, tuple(pieces))
        self.process = _SPAWN.Process(target=_work, args=given, daemon=True)
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
        self._answer.close()

    def results(self, tell: Tell) -> list[Any]:
        """Do what nobody has taken, wait for the rest, and return what was found, in the order of the pieces."""
        while (number := _next(self._taken, len(self._pieces))) is not None:
            self._do(number, tell, self._pieces[number])
            self._listen(0)
        while self._listen(_LOOK):
            number, done, total = self._place
            tell(self._pieces[number].name, done, total)
        for number in range(len(self._pieces)):
            if number not in self._answers:
                self._do(number, tell, self._pieces[number].again())
        return [self._answers[number] for number in range(len(self._pieces))]

    def _do(self, number: int, tell: Tell, piece: Piece) -> None:
        self._answers[number] = piece.done(lambda done, total: tell(piece.name, done, total))

    def _listen(self, seconds: float) -> bool:
        """Take in what the other process found, for so long at most; say whether more may come."""
        try:
            while self._answer.poll(seconds):
                number, found = received(self._answer)
                self._answers[number] = found
        except Unanswered:
            return False
        return len(self._answers) < len(self._pieces)


def _next(taken: Any, pieces: int) -> int | None:
    """Take the next piece, if there is one; none, too, where the other process was killed as it took one."""
    lock = taken.get_lock()
    if not lock.acquire(timeout=_PATIENCE):
        return None
    try:
        number: int = taken.value
        taken.value = min(number + 1, pieces)
    finally:
        lock.release()
    return number if number < pieces else None


def _work(answering: Connection, taken: Any, place: Any, pieces: Sequence[Piece]) -> None:
    # Who interrupts a verification interrupts the process that was given the command, and that ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    parent = os.getppid()
    while (number := _next(taken, len(pieces))) is not None:

        def progress(done: int, total: int, number: int = number) -> None:
            place[:] = number, done, total
            if os.getppid() != parent:
                raise SystemExit  # nobody waits any more

        try:
            answering.send((number, pieces[number].done(progress)))
        except Exception:  # noqa: BLE001 - the other process finds the piece unanswered, does it, and raises it
            return
