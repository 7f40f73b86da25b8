"""Every connection is somebody's: a role, a password, a purpose. What goes wrong with one is said in plain words.

A database is used only when what it acknowledges is on its disk, and when it has the shape this software knows.
"""

from __future__ import annotations

import select
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from infra import migration
from infra.postgres_refusals import (
    DatabaseNewer,
    DatabaseNotDurable,
    DatabaseNotUtf8,
    DatabaseRefused,
    DatabaseTooOld,
    MigrationFailed,
    PasswordRefused,
    StoreMarkedOtherwise,
    StoreNotOpened,
    address,
    connection_refused,
)

ROLES = ("icms_app", "icms_relay", "icms_projector", "icms_reader")
OLDEST_VERSION = 150000

# A peer that vanished without a word is noticed within half a minute.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30000,
}
_DURABLE: LiteralString = """
    SELECT name, setting FROM pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
    ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Which store this is."""

    epoch: UUID
    """Made when the store was opened, and at every restore."""
    created_at: datetime
    """When it was opened."""
    simulated: bool
    """Whether its clinics are invented; then times may be, too."""


def role_dsn(owner_dsn: str, role: str, password: str) -> str:
    """Return the DSN by which a role reaches the database that the owner's DSN names."""
    return make_conninfo(owner_dsn, user=role, password=password)


def connect(dsn: str, purpose: str = "icms") -> psycopg.Connection[Any]:
    """Return an autocommit connection; raise a DatabaseRefused that says why there is none."""
    try:
        return psycopg.connect(_settings(dsn, purpose), autocommit=True, prepare_threshold=1)
    except psycopg.Error as error:
        raise connection_refused(error, dsn) from error


def open_pool(dsn: str, purpose: str = "icms", size: int = 8) -> ConnectionPool[psycopg.Connection[Any]]:
    """Return a pool of autocommit connections, opened on need; raise a DatabaseRefused when there is no way in."""
    connect(dsn, purpose).close()

    def require_alive(connection: psycopg.Connection[Any]) -> None:
        if _quiet(connection):
            return
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            # A restart ended them all: those that lie idle beside it are not to be met one by one.
            pool.check()
            raise

    pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
        _settings(dsn, purpose),
        kwargs={"autocommit": True, "prepare_threshold": 1},
        check=require_alive,
        min_size=0,
        max_size=size,
        open=True,
        name=purpose,
    )
    return pool


def _quiet(connection: psycopg.Connection[Any]) -> bool:
    """Say whether nothing came on an idle connection: a server that ends says so, and asking each time would cost."""
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return not look.poll(0)


def lost(error: Exception) -> bool:
    """Say whether an error means that the connection is gone, and not that PostgreSQL refused a statement."""
    if isinstance(error, (PoolTimeout, psycopg.InterfaceError)):
        return True
    gone = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.IdleSessionTimeout)
    state = error.sqlstate if isinstance(error, psycopg.OperationalError) else "refused"
    return isinstance(error, gone) or state is None or state.startswith("08")


def check_server(connection: psycopg.Connection[Any], dsn: str) -> None:
    """Refuse a server that is too old, encodes text otherwise, or acknowledges what is not on its disk."""
    facts = address(dsn)
    version = connection.info.server_version
    if version < OLDEST_VERSION:
        raise DatabaseTooOld(version=version // 10000, **facts)
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        raise DatabaseNotUtf8(encoding=encoding, **facts)
    for setting, value in connection.execute(_DURABLE).fetchall():
        raise DatabaseNotDurable(setting=setting, value=value, **facts)


def migrate(owner_dsn: str, passwords: Mapping[str, str]) -> None:
    """Bring the database to the newest shape, make the roles, and let those given log in with their passwords.

    Idempotent, and safe when several processes start at once.

    Raises: DatabaseRefused; nothing was changed then
    """
    facts = address(owner_dsn)
    with connect(owner_dsn, "icms migrate") as connection:
        check_server(connection, owner_dsn)
        try:
            migration.migrate(connection)
            for role, password in passwords.items():
                _ensure_password(connection, owner_dsn, role, password)
        except migration.UnknownMigrations as error:
            raise DatabaseNewer(migrations=str(error), **facts) from error
        except psycopg.Error as error:
            raise MigrationFailed(problem=error.diag.message_primary or type(error).__name__, **facts) from error


def open_store(owner_dsn: str, *, simulated: bool) -> StoreFacts:
    """Mark a migrated database as a store, once; return the facts of the one that is there.

    Raises: StoreMarkedOtherwise when it was opened with the other mark
    """
    with connect(owner_dsn, "icms init") as connection:
        return mark_store(connection, simulated=simulated)


def mark_store(connection: psycopg.Connection[Any], *, simulated: bool) -> StoreFacts:
    """Do what `open_store` does on a connection of the owner, within its transaction if there is one."""
    statement = """
        INSERT INTO registry.store (epoch, simulated) VALUES (%(epoch)s, %(simulated)s)
        ON CONFLICT (single) DO NOTHING
    """
    connection.execute(statement, {"epoch": uuid4(), "simulated": simulated})
    facts = store_facts(connection)
    if facts.simulated != simulated:
        words = {True: "simulated", False: "real"}
        raise StoreMarkedOtherwise(marked=words[facts.simulated], asked=words[simulated])
    return facts


def store_facts(connection: psycopg.Connection[Any]) -> StoreFacts:
    """Return which store the database holds; raise StoreNotOpened where it holds none."""
    try:
        row = connection.execute("SELECT epoch, created_at, simulated FROM registry.store").fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
        raise StoreNotOpened(**address(connection.info.dsn)) from error
    if row is None:
        raise StoreNotOpened(**address(connection.info.dsn))
    return StoreFacts(*row)


def _settings(dsn: str, purpose: str) -> str:
    """Return the DSN with what we add to it; what it says itself goes first. Times are read in UTC; a name
    without a schema is PostgreSQL's own, whatever others put into schemas of theirs.
    """
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise DatabaseRefused(problem="its address is not a PostgreSQL DSN") from error
    options = f"{given.get('options') or ''} -c timezone=UTC -c search_path=pg_catalog,pg_temp".strip()
    return make_conninfo("", **{**_PATIENCE, "application_name": purpose, **given, "options": options})


def _ensure_password(connection: psycopg.Connection[Any], owner_dsn: str, role: str, password: str) -> None:
    """Give the role its password unless it has it; roles are shared by all databases of the server."""
    for tries_left in (4, 3, 2, 1, 0):
        try:
            connect(role_dsn(owner_dsn, role, password), "icms migrate").close()
        except PasswordRefused:
            try:
                migration.give_password(connection, role, password)
            except errors.InternalError:
                # "tuple concurrently updated": the start of another database does the same in this moment.
                if tries_left == 0:
                    raise
            else:
                return
        else:
            return
        time.sleep(0.05)
