"""Connections and databases: what is wrong is named, and only a durable database of our shape is used."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from infra import migration, postgres
from infra.postgres import check_server, connect, migrate, open_pool, open_store, role_dsn, store_facts
from infra.postgres_refusals import (
    DatabaseMissing,
    DatabaseNewer,
    DatabaseNotDurable,
    DatabaseNotUtf8,
    DatabaseRefused,
    DatabaseTooOld,
    DatabaseUnreachable,
    MigrationFailed,
    PasswordRefused,
    StoreMarkedOtherwise,
    StoreNotOpened,
    TooManyConnections,
    connection_refused,
)
from infra.stack.ports import free_port
from tests.infra.scratch_store import PASSWORDS


def test_missing_database_is_named(owner_dsn: str) -> None:
    with pytest.raises(DatabaseMissing, match="has no database nowhere"):
        connect(make_conninfo(owner_dsn, dbname="nowhere"))


def test_wrong_password_and_unknown_role_are_named_without_the_password(owner_dsn: str) -> None:
    for user in ("icms_owner", "nobody_at_all"):
        with pytest.raises(PasswordRefused) as caught:
            connect(role_dsn(owner_dsn, user, "wrong-secret"))
        assert user in str(caught.value)
        assert "wrong-secret" not in str(caught.value)


def test_server_that_is_not_there_is_named(owner_dsn: str) -> None:
    for where in ({"port": free_port()}, {"host": "no-such-host.invalid"}):
        with pytest.raises(DatabaseUnreachable):
            connect(make_conninfo(owner_dsn, **where))
        with pytest.raises(DatabaseUnreachable):
            open_pool(make_conninfo(owner_dsn, **where))


def test_times_are_read_in_utc_whatever_the_server_prefers(fresh_database: str) -> None:
    with connect(fresh_database) as owner:
        name = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Tokyo'").format(name))

    with connect(fresh_database) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_full_server_is_named() -> None:
    error = psycopg.OperationalError("connection failed: FATAL:  sorry, too many clients already")

    assert isinstance(connection_refused(error, "host=h dbname=d user=u"), TooManyConnections)


def test_what_is_no_dsn_is_named() -> None:
    with pytest.raises(DatabaseRefused, match="not a PostgreSQL DSN"):
        connect("this is no dsn")


def test_migration_is_idempotent_and_opens_one_store(fresh_database: str) -> None:
    for _ in range(2):
        migrate(fresh_database, PASSWORDS)
    first = open_store(fresh_database, simulated=False)

    assert open_store(fresh_database, simulated=False) == first
    with pytest.raises(StoreMarkedOtherwise, match="opened as real; simulated was asked for"):
        open_store(fresh_database, simulated=True)
    for role, password in PASSWORDS.items():
        with connect(role_dsn(fresh_database, role, password)) as connection:
            assert store_facts(connection) == first


def test_database_without_a_store_is_named(fresh_database: str) -> None:
    with connect(fresh_database) as connection, pytest.raises(StoreNotOpened):
        store_facts(connection)
    migrate(fresh_database, {})
    with connect(fresh_database) as connection, pytest.raises(StoreNotOpened):
        store_facts(connection)


def test_newer_database_is_refused(fresh_database: str) -> None:
    migrate(fresh_database, {})
    with connect(fresh_database) as connection:
        connection.execute("INSERT INTO registry.migrations VALUES ('f00', '9999.from-the-future', now())")

    with pytest.raises(DatabaseNewer, match=r"9999\.from-the-future"):
        migrate(fresh_database, {})


def test_failed_migration_changes_nothing(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "0001.good.sql").write_text("CREATE TABLE registry.good (id integer);")
    (tmp_path / "0002.bad.sql").write_text("-- depends: 0001.good\nCREATE TABLE registry.bad (id nonsense);")
    monkeypatch.setattr(migration, "migrate", lambda connection, real=migration.migrate: real(connection, tmp_path))

    with pytest.raises(MigrationFailed, match="nonsense"):
        migrate(fresh_database, {})

    with connect(fresh_database) as connection:
        assert connection.execute("SELECT to_regclass('registry.good')").fetchone() == (None,)
        assert connection.execute("SELECT count(*) FROM registry.migrations").fetchone() == (0,)


def test_password_is_changed_and_never_sent_in_clear(fresh_database: str) -> None:
    role = f"t_role_{secrets.token_hex(4)}"
    with connect(fresh_database) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        try:
            for password in ('it\'s "first"', "second ü"):
                migration.give_password(connection, role, password)
                connect(role_dsn(fresh_database, role, password)).close()
            stored = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %(role)s", {"role": role})
            assert str((stored.fetchone() or [""])[0]).startswith("SCRAM-SHA-256$")
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync", "full_page_writes"])
def test_server_that_may_forget_is_refused(fresh_database: str, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(fresh_database) as connection:
        check_server(connection, fresh_database)
        if setting == "synchronous_commit":
            connection.execute("SET synchronous_commit = off")
        else:
            planted = "SELECT name, 'off' FROM pg_settings WHERE name = '" + setting + "'"
            monkeypatch.setattr(postgres, "_DURABLE", planted)

        with pytest.raises(DatabaseNotDurable, match=f"{setting} = off"):
            check_server(connection, fresh_database)


def test_old_server_and_other_encoding_are_refused(
    fresh_database: str, owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"t_{secrets.token_hex(8)}"
    with connect(owner_dsn) as owner:
        owner.execute(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'".encode()
        )
        try:
            with pytest.raises(DatabaseNotUtf8, match="SQL_ASCII"):
                migrate(make_conninfo(owner_dsn, dbname=name), {})
        finally:
            owner.execute(f"DROP DATABASE {name}".encode())
    monkeypatch.setattr(postgres, "OLDEST_VERSION", 990000)
    with pytest.raises(DatabaseTooOld):
        migrate(fresh_database, {})


def test_connections_that_a_restart_cut_are_given_to_nobody(fresh_database: str) -> None:
    with open_pool(fresh_database, size=8) as pool, connect(fresh_database) as owner:
        lent = [pool.getconn() for _ in range(8)]
        pids = [each.info.backend_pid for each in lent]
        for each in lent:
            pool.putconn(each)
        owner.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s::int[]) AS pid", (pids,))

        began = time.monotonic()
        for _ in range(10):
            with pool.connection(timeout=5) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)

        assert time.monotonic() - began < 2


def test_a_name_without_a_schema_is_postgresql_s_own(fresh_database: str) -> None:
    with connect(fresh_database) as owner:
        owner.execute("CREATE FUNCTION public.now() RETURNS text LANGUAGE sql AS $$ SELECT 'planted' $$")
        owner.execute("CREATE TABLE public.shadow (id integer)")

        assert owner.execute("SELECT current_schemas(false)").fetchone() == (["pg_catalog"],)
        with pytest.raises(psycopg.errors.UndefinedTable):
            owner.execute("SELECT FROM shadow")
