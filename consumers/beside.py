"""The pieces of a long verification are done by two processes, since each is bound by one core.

Both take the next piece that nobody has taken. What the other process did not answer, for whatever reason, is done
here: so whatever prevents a piece is raised as if there were no other process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Protocol

from consumers.other_process import SPAWN, OtherProcess, Unanswered, working_for_another

Tell = Callable[[str, int, int], None]
"""Called with what is being verified, how far it is and how far it is to go."""

_LOOK = 0.2
_PATIENCE = 5.0


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


class Beside(OtherProcess):
    """Another process that does pieces from when the block begins."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._answers: dict[int, Any] = {}
        self._taken: Any = SPAWN.Value("i", 0)
        self._place: Any = SPAWN.Array("q", 3, lock=False)
        super().__init__(_work, self._taken, self._place, tuple(pieces))

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
            while self.answer.poll(seconds):
                number, found = self.received()
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
    require_awaited = working_for_another()
    while (number := _next(taken, len(pieces))) is not None:

        def progress(done: int, total: int, number: int = number) -> None:
            place[:] = number, done, total
            require_awaited()

        try:
            answering.send((number, pieces[number].done(progress)))
        except Exception:  # noqa: BLE001 - the other process finds the piece unanswered, does it, and raises it
            return
