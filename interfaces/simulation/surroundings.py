"""Time, ids and randomness of a simulated store: all of it follows from the plot and the agenda.

Each command draws from a source of its own, and a subject's id follows from whose it is. So a simulation that goes on
where it was interrupted makes the ids that it would have made without the interruption.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from application.ports import Sealer, SubjectKind


class SimulatedSurroundings:
    """Implements `application.ports.Surroundings` without a clock and without chance."""

    def __init__(self, plot: str, clock: Callable[[], datetime]) -> None:
        self._plot = plot
        self._clock = clock
        self._random = Random(f"ids {plot} 0")

    def turn_to(self, command: int | str) -> None:
        """Begin the command with this number, or this key of the clock; it draws nothing of the commands before."""
        self._random = Random(f"ids {self._plot} {command}")

    def now(self) -> datetime:
        """Return the simulated time."""
        return self._clock()

    def new_id(self) -> UUID:
        """Return the next id of this command."""
        return UUID(int=self._random.getrandbits(128), version=4)

    def salt(self) -> bytes:
        """Return the next 16 bytes of this command."""
        return self._random.randbytes(16)


class SimulatedSubjects:
    """Implements `application.ports.Sealer` around the real one: a new subject's id follows from its identity."""

    def __init__(self, plot: str) -> None:
        self._plot = plot
        self._asked = ""
        self._real: Sealer | None = None

    def around(self, real: Sealer) -> SimulatedSubjects:
        """Pass everything on to this sealer, which makes new ids with `propose`."""
        self._real = real
        return self

    def propose(self) -> UUID:
        """Return the id for the subject that is asked for now, if it is new."""
        return UUID(int=Random(f"subject {self._plot} {self._asked}").getrandbits(128), version=4)

    @property
    def real(self) -> Sealer:
        """Return the sealer behind this one."""
        assert self._real is not None, "subjects of a simulation have a sealer behind them"
        return self._real

    def subject(self, kind: SubjectKind, *identity: str) -> UUID:
        """Return the subject of an identity."""
        self._asked = " ".join((kind.value, *identity))
        return self.real.subject(kind, *identity)

    def seal(self, subject: UUID, part: Any, *, topic: str, aggregate_id: UUID, salt: bytes) -> Any:
        """Seal as the real one does."""
        return self.real.seal(subject, part, topic=topic, aggregate_id=aggregate_id, salt=salt)

    def open(self, sealed: Any, *, topic: str, aggregate_id: UUID, salt: bytes) -> Any:
        """Open as the real one does."""
        return self.real.open(sealed, topic=topic, aggregate_id=aggregate_id, salt=salt)

    def digest(self, *parts: str) -> bytes:
        """Return the HMAC that the real one makes."""
        return self.real.digest(*parts)
