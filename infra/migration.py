"""The database has the shape this software was written for, or nobody works on it.

All pending migrations are one transaction: a start that is killed leaves the database as it was. Starts at the same
time wait for each other. Rights are granted anew at every start, because roles belong to the server.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
from psycopg import sql
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend

FOLDER = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 7164290430


class UnknownMigrations(Exception):
    """The database has migrations that this software does not know; the argument lists them."""


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """Yoyo on a connection of ours, within our lock and with its own tables in our schema."""

    log_table = "migration_log"
    version_table = "migration_version"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._given = connection
        super().__init__(SimpleNamespace(database=connection.info.dbname), "migrations")
        self._is_locked = True

    def connect(self, dburi: object) -> psycopg.Connection[Any]:  # noqa: ARG002 - yoyo hands over a URI
        return self._given


def migrate(connection: psycopg.Connection[Any], folder: Path = FOLDER) -> None:
    """Bring the database of an owner's connection (autocommit) to the newest shape; do nothing where it has it.

    Raises UnknownMigrations when a newer version was here, psycopg.Error when the database refuses a statement;
    then nothing was changed.
    """
    connection.execute("SELECT pg_advisory_lock(%(key)s)", {"key": _ONE_AT_A_TIME})
    try:
        connection.execute("CREATE SCHEMA IF NOT EXISTS registry")
        connection.execute("SET search_path TO registry")
        _apply(_Backend(connection), folder)
    finally:
        if not connection.broken:
            connection.execute("RESET search_path")
            connection.execute("SELECT pg_advisory_unlock(%(key)s)", {"key": _ONE_AT_A_TIME})


def give_password(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    """Let a role log in with this password; what is sent, and may be logged, is only its SCRAM verifier."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("ALTER ROLE {role} PASSWORD {verifier}")
    connection.execute(statement.format(role=sql.Identifier(role), verifier=sql.Literal(verifier)))


def _apply(backend: _Backend, folder: Path) -> None:
    shipped = read_migrations(str(folder))
    known = {migration.hash: migration.id for migration in shipped}
    backend.ensure_internal_schema_updated()
    rows = backend.execute("SELECT migration_hash, migration_id FROM registry.migrations ORDER BY migration_id")
    if newer := [name for migration_hash, name in rows if migration_hash not in known]:
        raise UnknownMigrations(", ".join(newer))
    with backend.transaction():
        for migration in backend.to_apply(shipped):
            migration.process_steps(backend, "apply")
            backend.mark_one(migration)
        for migration in shipped.post_apply:
            migration.process_steps(backend, "apply")
