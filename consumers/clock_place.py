"""The clock's own row: up to where it looked at the log, when it ticked, and in which round it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg


class Place:
    """What one clock remembers in the store beside the log; an autocommit connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def make(self) -> None:
        """Make the row where there is none."""
        self._connection.execute("INSERT INTO registry.clock DEFAULT VALUES ON CONFLICT DO NOTHING")

    def read(self) -> tuple[int, datetime | None]:
        """Return the position that was looked at last, and the moment of the last whole tick."""
        row = self._one("SELECT position, ticked_at FROM registry.clock")
        return (int(row[0]), row[1]) if row else (0, None)

    def head(self) -> int:
        """Return the last position of the log."""
        row = self._one("SELECT coalesce(max(position), 0) FROM registry.events")
        return int(row[0]) if row else 0

    def move(self, position: int) -> None:
        """Note that everything up to a position was looked at."""
        self._connection.execute("UPDATE registry.clock SET position = %s", (position,))

    def tick_began(self) -> datetime | None:
        """Return the moment of the last tick that began, where its rounds were kept."""
        row = self._one("SELECT greatest(round_moment, ticked_at) FROM registry.clock")
        return row[0] if row else None

    def round_head(self, moment: datetime) -> int:
        """Return up to where this round looks: it goes on with the one that was cut short at the same moment."""
        row = self._one("SELECT round_head FROM registry.clock WHERE round_moment = %s", (moment,))
        if row is not None and row[0] is not None:
            return int(row[0])
        head = self.head()
        begun = "UPDATE registry.clock SET round_moment = %s, round_head = %s, assessing = false"
        self._connection.execute(begun, (moment, head))
        return head

    def round_over(self) -> None:
        """Note that nothing of the round is left to do."""
        self._connection.execute("UPDATE registry.clock SET round_head = NULL")

    def assessing(self, moment: datetime) -> bool:
        """Say whether all rounds of the tick at this moment are over."""
        return self._one("SELECT 1 FROM registry.clock WHERE assessing AND round_moment = %s", (moment,)) is not None

    def rounds_over(self) -> None:
        """Note that standings are all that is left to do in this tick."""
        self._connection.execute("UPDATE registry.clock SET round_head = NULL, assessing = true")

    def ticked(self, moment: datetime) -> None:
        """Note a whole tick."""
        self._connection.execute(
            "UPDATE registry.clock SET ticked_at = %s, error = NULL, round_moment = NULL, round_head = NULL, "
            "assessing = false",
            (moment,),
        )

    def assessed(self) -> str | None:
        """Return the last quarter for which every standing was assessed."""
        row = self._one("SELECT assessed FROM registry.clock")
        return str(row[0]) if row else None

    def assess(self, quarter: str) -> None:
        """Note that every standing was assessed for a quarter."""
        self._connection.execute("UPDATE registry.clock SET assessed = %s", (quarter,))

    def _one(self, query: Any, parameters: tuple[object, ...] = ()) -> Any:
        return self._connection.execute(query, parameters).fetchone()
