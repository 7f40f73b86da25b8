"""Time, ids and randomness of a simulated store: all of it follows from the seed and the agenda."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from uuid import UUID


class SimulatedSurroundings:
    """Implements `application.ports.Surroundings` without a clock and without chance."""

    def __init__(self, seed: int, clock: Callable[[], datetime]) -> None:
        self._random = Random(f"ids {seed}")
        self._clock = clock

    def now(self) -> datetime:
        """Return the simulated time."""
        return self._clock()

    def new_id(self) -> UUID:
        """Return the next id of this seed."""
        return UUID(int=self._random.getrandbits(128), version=4)

    def salt(self) -> bytes:
        """Return the next 16 bytes of this seed."""
        return self._random.randbytes(16)
