"""Starts at the same time: of one database and of several on one server."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg.conninfo import make_conninfo

from infra.postgres import migrate, open_store
from tests.infra.scratch_store import PASSWORDS


def test_eight_starts_at_once_make_one_store(fresh_database: str) -> None:
    def start(_: int) -> object:
        migrate(fresh_database, PASSWORDS)
        return open_store(fresh_database, simulated=False)

    with ThreadPoolExecutor(8) as pool:
        facts = set(pool.map(start, range(8)))

    assert len(facts) == 1
    with psycopg.connect(fresh_database) as owner:
        assert owner.execute("SELECT count(*) = count(DISTINCT migration_id) FROM registry.migrations").fetchone() == (
            True,
        )


def test_databases_of_one_server_start_at_once(owner_dsn: str) -> None:
    names = [f"t_{secrets.token_hex(8)}" for _ in range(4)]
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        try:
            for name in names:
                owner.execute(f"CREATE DATABASE {name}".encode())
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda name: migrate(make_conninfo(owner_dsn, dbname=name), PASSWORDS), names))
        finally:
            for name in names:
                owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
