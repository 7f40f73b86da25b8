"""A read model with one question and its answer, in two builds: the first is live, the second is being made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from infra.postgres import migrate


@contextmanager
def answering(database: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield the owner's connection; asked 7, each build answers with its number."""
    migrate(database, {})
    with psycopg.connect(database, autocommit=True) as connection:
        for build in (1, 2):
            connection.execute(f"CREATE SCHEMA answers_{build}".encode())
            connection.execute(f"CREATE TABLE answers_{build}.answers (asked int, answer int)".encode())
            connection.execute(f"INSERT INTO answers_{build}.answers VALUES (7, {build})".encode())
        connection.execute(
            "INSERT INTO registry.builds (name, build, schema_name, state, position) VALUES "
            "('answers', 1, 'answers_1', 'live', 10), ('answers', 2, 'answers_2', 'building', 3)"
        )
        yield connection
