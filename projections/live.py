"""A query reads the live build of its read model, whole and of one moment, and knows as of which position it is true.

One row names the live build; it is read in the transaction of the query. So a switch to another build is seen before
or after, never in between.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg

from domain.errors import Unavailable

WAIT = 2.0
"""Seconds a question waits for a position."""
LOOK = 0.01
"""Seconds between two looks while something is waited for."""


@dataclass(frozen=True, slots=True)
class Build:
    """The build that is read."""

    name: str
    build: int
    schema: str
    state: str
    """`live`, or `quarantined` when it met an event it could not apply and stays where it was."""
    position: int
    """Everything up to this position is in it."""
    updated_at: datetime
    error: str | None

    @property
    def quarantined(self) -> bool:
        """Say whether it has stopped following the log."""
        return self.state == "quarantined"


class ReadModelMissing(Unavailable):
    """The read model {model} has not been built yet."""

    remedy = "Nothing is lost: it is made from the log. Start the projector (icms up) and ask again."


class ReadModelBehind(Unavailable):
    """The read model {model} has applied everything up to position {position}, but {asked} was asked for."""

    remedy = "If it is recorded, it will be seen. Ask again in a moment, or look at icms status."


_ENTER: LiteralString = """
    SELECT name, build, schema_name, state, position, updated_at, error,
           set_config('search_path', quote_ident(schema_name), true)
      FROM registry.builds
     WHERE name = %(name)s
       AND state IN ('live', 'quarantined')
"""


def live(cursor: psycopg.Cursor[Any], name: str, min_position: int | None = None, wait: float = WAIT) -> Build:
    """Make the live build what this transaction's queries read, and return what is known of it.

    Where a position is asked for, wait for it. The transaction must be read committed then, or waiting sees nothing
    new; `reading` takes care of that.

    Raises: ReadModelMissing, ReadModelBehind
    """
    deadline = time.monotonic() + wait
    while True:
        build = reached(_enter(cursor, name), name, min_position, deadline)
        if build is not None:
            return build
        time.sleep(LOOK)


@contextmanager
def reading(
    connection: psycopg.Connection[Any], name: str, min_position: int | None = None, wait: float = WAIT
) -> Iterator[tuple[psycopg.Cursor[Any], Build]]:
    """Open a transaction that sees the live build as it is at one moment: rows and position belong together.

    The connection must be in autocommit mode and idle; it is so again afterwards.

    Raises: ReadModelMissing, ReadModelBehind
    """
    deadline = time.monotonic() + wait
    with connection.cursor() as cursor:
        while True:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            try:
                build = reached(_enter(cursor, name), name, min_position, deadline)
                if build is not None:
                    yield cursor, build
                    return
            finally:
                if not connection.closed:
                    cursor.execute("ROLLBACK")
            time.sleep(LOOK)


def reached(build: Build | None, name: str, min_position: int | None, deadline: float) -> Build | None:
    """Return the live build once it has what was asked for; None asks to look again.

    Who asks for a position may ask before a projector made the first build: that is waited for like the position.

    Raises: ReadModelMissing, ReadModelBehind
    """
    if build is not None and (min_position is None or build.position >= min_position):
        return build
    if min_position is not None and time.monotonic() < deadline and not (build and build.quarantined):
        return None
    if build is None:
        raise ReadModelMissing(model=name)
    raise ReadModelBehind(model=name, position=build.position, asked=min_position)


def _enter(cursor: psycopg.Cursor[Any], name: str) -> Build | None:
    row = cursor.execute(_ENTER, {"name": name}).fetchone()
    return Build(*row[:7]) if row is not None else None
