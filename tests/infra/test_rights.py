"""Row 24 in the database: nobody but the owner changes what was recorded, and the owner not by accident."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from infra.append import append
from infra.postgres import connect, role_dsn
from tests.infra.scratch_store import PASSWORDS, appending, make_store, one

TRIED = 200
TABLES = ("events", "commands", "store", "subjects", "subject_links", "match_keys", "relay_lease", "builds")
CHANGES = ("UPDATE registry.{} SET {} = {}", "DELETE FROM registry.{}", "TRUNCATE registry.{}")
SHAPES = (
    "ALTER TABLE registry.{} ADD COLUMN planted integer",
    "ALTER TABLE registry.{} DISABLE TRIGGER ALL",
    "ALTER TABLE registry.{} RENAME TO planted",
    "DROP TABLE registry.{} CASCADE",
    "CREATE INDEX ON registry.{} ((1))",
    "CREATE TRIGGER planted BEFORE INSERT ON registry.{} FOR EACH ROW EXECUTE FUNCTION registry.refuse_change()",
)
ELSEWHERE = (
    "CREATE TABLE registry.planted (id integer)",
    "CREATE TABLE public.planted (id integer)",
    "CREATE FUNCTION registry.planted() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "DROP SCHEMA registry CASCADE",
    "DROP FUNCTION registry.append",
    "CREATE ROLE planted",
    "SET session_replication_role = replica",
)
COLUMN = {
    "events": "topic", "commands": "version", "store": "simulated", "subjects": "kind", "subject_links": "subject",
    "match_keys": "kind", "relay_lease": "epoch", "builds": "state",
}  # fmt: skip
# What a role's work is; everything else must be refused.
MAY_INSERT = {
    "icms_app": {"events", "commands", "subjects", "subject_links", "match_keys"},
    "icms_relay": {"relay_lease"},
    "icms_projector": {"builds"},
    "icms_reader": set[str](),
}
MAY_CHANGE = {
    "icms_app": set[str](),
    "icms_relay": {"relay_lease"},
    "icms_projector": {"builds"},
    "icms_reader": set[str](),
}


def accepted(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> bool:
    """Say whether the database did not refuse for want of rights; nothing stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement.encode())
    except errors.InsufficientPrivilege:
        return False
    except psycopg.Error:
        return True
    return True


@pytest.mark.parametrize("role", sorted(PASSWORDS))
def test_no_role_can_change_what_was_recorded(fresh_database: str, role: str) -> None:
    with appending(make_store(fresh_database)) as application:
        append(application, [one()])

    with connect(role_dsn(fresh_database, role, PASSWORDS[role])) as connection:
        taken = [
            statement
            for table in TABLES
            for template in (*CHANGES, *SHAPES)
            if accepted(connection, statement := template.format(table, COLUMN[table], COLUMN[table]))
            and not (table in MAY_CHANGE[role] and template in CHANGES[:2])
        ]
        taken += [statement for statement in ELSEWHERE if accepted(connection, statement)]
        inserts = {table for table in TABLES if accepted(connection, f"INSERT INTO registry.{table} DEFAULT VALUES")}

    assert taken == []
    assert inserts == MAY_INSERT[role]


WRITES = (
    "UPDATE {table} SET {column} = {column}",
    "UPDATE {table} SET {column} = NULL WHERE {other} IS NULL",
    "UPDATE {table} AS t SET {column} = s.{column} FROM {table} AS s WHERE false",
    "WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) FROM gone",
    "DELETE FROM {table} WHERE {column} IS NULL",
    "WITH changed AS (UPDATE {table} SET {column} = DEFAULT RETURNING 1) SELECT 1",
    "MERGE INTO {table} AS t USING {table} AS s ON false WHEN MATCHED THEN UPDATE SET {column} = s.{column}",
    "MERGE INTO {table} AS t USING {table} AS s ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE {table}",
    "ALTER TABLE {table} DROP COLUMN {column}",
    "ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL",
    "ALTER TABLE {table} RENAME COLUMN {column} TO planted",
    "CREATE RULE planted AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    "COMMENT ON COLUMN {table}.{column} IS 'planted'",
)
KEPT_BY_ALL = ("events", "commands", "store", "subjects", "subject_links")


def random_writes(owner_dsn: str, chance: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Yield roles with a statement each that changes what was recorded, of any form, at any table and column of it."""
    with psycopg.connect(owner_dsn) as owner:
        rows = owner.execute(
            """
            SELECT table_name, array_agg(column_name::text) FROM information_schema.columns
             WHERE table_schema = 'registry' AND table_name = ANY (%s) GROUP BY table_name ORDER BY table_name
            """,
            (list(KEPT_BY_ALL),),
        ).fetchall()
    for _ in range(count):
        table, columns = chance.choice(rows)
        column, other = chance.choices(columns, k=2)
        statement = chance.choice(WRITES).format(table=f"registry.{table}", column=column, other=other)
        yield chance.choice(sorted(PASSWORDS)), statement


def test_none_of_many_random_writes_is_accepted(fresh_database: str, seed: int) -> None:
    with appending(make_store(fresh_database)) as application:
        append(application, [one() for _ in range(5)])

    asked = list(random_writes(fresh_database, random.Random(seed), TRIED))
    taken = []
    for role in sorted(PASSWORDS):
        with connect(role_dsn(fresh_database, role, PASSWORDS[role])) as connection:
            taken += [(by, statement) for by, statement in asked if by == role and accepted(connection, statement)]

    assert taken == []


def test_rights_on_the_log_and_the_keys_are_these(fresh_database: str) -> None:
    make_store(fresh_database)
    query = """
        SELECT grantee::regrole::text, relname::text, privilege_type
        FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'registry'::regnamespace AND relname = ANY (%(tables)s) AND grantee <> relowner
    """

    with connect(fresh_database) as owner:
        rights = set(owner.execute(query, {"tables": list(TABLES[:6])}).fetchall())

    assert rights == {
        *((role, table, "SELECT") for role in PASSWORDS for table in ("events", "store")),
        *(("icms_app", table, "INSERT") for table in MAY_INSERT["icms_app"]),
        *(("icms_app", table, "SELECT") for table in MAY_INSERT["icms_app"]),
    }


@pytest.mark.parametrize("role", sorted(PASSWORDS))
def test_no_role_can_give_rights_away_or_make_the_server_forgetful(fresh_database: str, role: str) -> None:
    make_store(fresh_database)

    with connect(role_dsn(fresh_database, role, PASSWORDS[role])) as connection:
        for table in TABLES:
            # Granting what one may not grant is a warning where one has any right at all: look at what came of it.
            with contextlib.suppress(errors.InsufficientPrivilege):
                connection.execute(f"GRANT ALL ON registry.{table} TO PUBLIC".encode())
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("ALTER SYSTEM SET fsync = off")

    rights = """
        SELECT relname FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'registry'::regnamespace AND grantee = 0
    """
    with connect(fresh_database) as owner:
        assert owner.execute(rights).fetchall() == []


@pytest.mark.parametrize("role", sorted(set(PASSWORDS) - {"icms_app"}))
def test_only_the_application_appends(fresh_database: str, role: str) -> None:
    make_store(fresh_database)

    with (
        appending(role_dsn(fresh_database, role, PASSWORDS[role])) as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        append(connection, [one()])


@pytest.mark.parametrize("table", ["events", "commands"])
def test_owner_does_not_change_the_log_by_accident(fresh_database: str, table: str) -> None:
    with appending(make_store(fresh_database)) as application:
        append(application, [one()])

    with connect(fresh_database) as owner:
        statements = [template.format(table, COLUMN[table], COLUMN[table]) for template in CHANGES]
        assert [statement for statement in statements if accepted(owner, statement)] == []
        with owner.transaction(force_rollback=True):
            owner.execute(f"ALTER TABLE registry.{table} DISABLE TRIGGER never_changed".encode())
            assert owner.execute(f"DELETE FROM registry.{table}".encode()).rowcount == 1


def test_reader_sees_the_read_models_that_projectors_make(fresh_database: str) -> None:
    make_store(fresh_database)
    with connect(role_dsn(fresh_database, "icms_projector", PASSWORDS["icms_projector"])) as projector:
        projector.execute("CREATE SCHEMA listing_1")
        projector.execute("CREATE TABLE listing_1.entries (name text)")
        projector.execute("CREATE TEMPORARY TABLE batch (name text)")

    with connect(role_dsn(fresh_database, "icms_reader", PASSWORDS["icms_reader"])) as reader:
        assert reader.execute("SELECT * FROM listing_1.entries").fetchall() == []
        assert not accepted(reader, "INSERT INTO listing_1.entries VALUES ('planted')")


def test_the_check_notices_a_right_too_many(fresh_database: str) -> None:
    make_store(fresh_database)
    with connect(fresh_database) as owner:
        owner.execute("GRANT DELETE ON registry.subjects TO icms_app")

    with connect(role_dsn(fresh_database, "icms_app", PASSWORDS["icms_app"])) as connection:
        assert accepted(connection, "DELETE FROM registry.subjects")
