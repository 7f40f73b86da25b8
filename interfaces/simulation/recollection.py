"""What of a plot is recorded already, so that telling it again goes on where it was interrupted.

The commands of a plot are numbered, and each number's idempotency key follows from the plot. Up to the last number
that the store knows nothing is carried out again: a recorded command is answered as it was then, and one that is not
recorded was refused then. (Carried out now, on a later state, it might not be.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from application.command import Receipt

_LONGEST_SERIES_OF_REFUSALS = 20_000


@dataclass(frozen=True, slots=True)
class Recollection:
    """The receipts of a plot's recorded commands by their numbers."""

    receipts: dict[int, Receipt] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """Return the number of the last command that is recorded, 0 for none."""
        return max(self.receipts, default=0)


def recollect(connection: psycopg.Connection[Any], key_hmac: Callable[[int], bytes]) -> Recollection:
    """Read what the store knows of a plot, as icms_app; `key_hmac` is the stored form of a number's key."""
    rows = connection.execute(
        "SELECT key_hmac, aggregate_id, version, first_position, last_position FROM registry.commands"
    ).fetchall()
    known: dict[bytes, tuple[UUID, int, int, int]] = {bytes(key): (*rest,) for key, *rest in rows}
    receipts: dict[int, Receipt] = {}
    number, last = 1, 0
    while len(receipts) < len(known) and number - last <= _LONGEST_SERIES_OF_REFUSALS:
        if (found := known.get(key_hmac(number))) is not None:
            aggregate_id, version, first, final = found
            receipts[number] = Receipt(
                aggregate_id=aggregate_id, version=version, first_position=first, last_position=final, repeat=True
            )
            last = number
        number += 1
    return Recollection(receipts)
