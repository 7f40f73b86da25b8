"""Reading never fails because PostgreSQL restarted: a question is asked again until it is answered or patience ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.pq.abc import PGresult
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from domain.recording import StoreUnavailable
from infra.libpq import Prepared
from infra.postgres import lost

T = TypeVar("T")


class Reader:
    """Asks the store, on connections of a pool that many threads share."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]], patience: float) -> None:
        self._pool = pool
        self._patience = patience

    def rows(self, query: LiteralString, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return all rows of a reading query; raise StoreUnavailable."""
        return self._asked(lambda connection: connection.cursor(binary=True).execute(query, parameters).fetchall())

    def answer(self, prepared: Prepared, parameters: Sequence[bytes | None]) -> PGresult:
        """Return what a reading statement answers; raise StoreUnavailable."""
        return self._asked(lambda connection: prepared.ask(connection, parameters))

    def _asked(self, ask: Callable[[psycopg.Connection[Any]], T]) -> T:
        deadline = time.monotonic() + self._patience
        pause = 0.02
        while True:
            try:
                with self._pool.connection(timeout=max(0.1, deadline - time.monotonic())) as connection:
                    return ask(connection)
            except PoolClosed as error:
                raise StoreUnavailable(problem="this process is closing it") from error
            except (psycopg.Error, PoolTimeout) as error:
                if not lost(error) or time.monotonic() + pause > deadline:
                    raise StoreUnavailable(problem=_told(error)) from error
            time.sleep(pause)
            pause = min(pause * 2, 1.0)


def _told(error: Exception) -> str:
    message = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return message or "no connection in time"
