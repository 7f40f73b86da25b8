"""Wait for a position of the log itself, as every read may ask."""

from __future__ import annotations

import time

from domain.errors import Unavailable
from infra.event_log import EventLog

_PATIENCE = 2.0
_LOOK = 0.02


class LogBehind(Unavailable):
    """The log ends at position {head}, but {asked} was asked for."""

    remedy = "Nothing beyond it is recorded yet. Check the position, or ask again."


def await_head(log: EventLog, position: int | None) -> None:
    """Wait up to two seconds until a position is recorded; raise LogBehind."""
    deadline = time.monotonic() + _PATIENCE
    while position is not None and (head := log.head()) < position:
        if time.monotonic() > deadline:
            raise LogBehind(head=head, asked=position)
        time.sleep(_LOOK)
