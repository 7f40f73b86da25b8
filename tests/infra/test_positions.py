"""Rows 1 and 2 of the failure table: positions become visible in their order, and have no holes.

Each fault that the append function must not have is planted once, to see that the oracle notices it.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from infra import migration
from infra.append import append
from infra.postgres import connect
from tests.infra.scratch_store import appending, command, count_events, damage, event, make_store, one, words

WRITERS = 8
LOCK = "PERFORM pg_advisory_xact_lock(7164290431);"
SOURCE = (Path(migration.FOLDER) / "0002.append.sql").read_text("utf-8")


@dataclass
class Findings:
    """What the tailing reader and the writers saw."""

    seen: set[int] = field(default_factory=set)
    missed: set[int] = field(default_factory=set)
    failed: int = 0

    @property
    def clean(self) -> bool:
        return not self.missed and not self.failed


def write_and_tail(owner_dsn: str, app_dsn: str, commands: int, seed: int = 0) -> Findings:
    """Let writers commit after random pauses while a reader follows the log; return what went wrong."""
    findings, lock = Findings(), threading.Lock()
    quota = iter(range(commands))
    done = threading.Event()

    def writer(number: int) -> None:
        chance = random.Random(seed + number)
        with appending(app_dsn) as connection:
            while True:
                with lock:
                    if next(quota, None) is None:
                        return
                try:
                    with connection.transaction():
                        append(connection, [one() for _ in range(chance.choice((1, 1, 1, 2, 5)))])
                        # The pause between append and commit is the fault that this test is about.
                        time.sleep(chance.choice((0, 0, 0.001, 0.003)))
                except psycopg.Error:
                    with lock:
                        findings.failed += 1

    def tail() -> None:
        after = 0
        with connect(owner_dsn) as connection:
            finished = False
            while not finished:
                finished = done.is_set()
                query = "SELECT position FROM registry.events WHERE position > %(after)s ORDER BY position"
                for (position,) in connection.execute(query, {"after": after}).fetchall():
                    findings.seen.add(position)
                    after = position
            rows = connection.execute("SELECT position FROM registry.events").fetchall()
            findings.missed = {position for (position,) in rows} - findings.seen

    reader = threading.Thread(target=tail)
    writers = [threading.Thread(target=writer, args=(number,)) for number in range(WRITERS)]
    reader.start()
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    done.set()
    reader.join()
    return findings


def replace_function(owner_dsn: str, *changes: tuple[str, str]) -> None:
    """Put a faulty variant in the place of the append function."""
    start, end = SOURCE.index("CREATE FUNCTION registry.append"), SOURCE.index("$body$;") + len("$body$;")
    source = SOURCE[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE registry.planted")
        connection.execute("GRANT USAGE ON SEQUENCE registry.planted TO icms_app")
        connection.execute(source.encode())


def test_reader_that_follows_eight_writers_misses_nothing(fresh_database: str, seed: int) -> None:
    app_dsn = make_store(fresh_database)

    findings = write_and_tail(fresh_database, app_dsn, commands=1200, seed=seed)

    assert findings.clean
    assert len(findings.seen) == count_events(fresh_database) > 1200
    assert damage(fresh_database) == []


@pytest.mark.parametrize(
    ("planted", "changes"),
    [
        ("the lock is left out", [(LOCK, "")]),
        (
            "lock and maximum are one statement",
            [
                (LOCK, ""),
                (
                    "FROM registry.store\n        ),",
                    "FROM registry.store, (SELECT pg_advisory_xact_lock(7164290431)) AS locked\n        ),",
                ),
                (
                    "FROM registry.store;",
                    "FROM registry.store, (SELECT pg_advisory_xact_lock(7164290431)) AS locked;",
                ),
            ],
        ),
        (
            "positions come from a sequence",
            [
                (LOCK, ""),
                (
                    "coalesce((SELECT max(position) FROM registry.events), 0) + 1 AS next",
                    "nextval('registry.planted') AS next",
                ),
                (
                    "ARRAY(SELECT generate_series(v_head + 1, v_head + cardinality(p_originator_ids)))",
                    "ARRAY(SELECT nextval('registry.planted') FROM unnest(p_originator_ids))",
                ),
            ],
        ),
    ],
)
def test_the_oracle_notices(fresh_database: str, planted: str, changes: list[tuple[str, str]]) -> None:
    app_dsn = make_store(fresh_database)
    replace_function(fresh_database, *changes)

    findings = write_and_tail(fresh_database, app_dsn, commands=250)

    assert not findings.clean, planted
    if "sequence" in planted:
        assert findings.missed


def test_refused_appends_leave_no_hole(fresh_database: str, seed: int) -> None:
    chance = random.Random(seed)
    outcomes: list[str] = []
    with appending(make_store(fresh_database)) as connection:
        taken = uuid4()
        append(connection, [command(event(taken))])

        while len(outcomes) < 1000:
            group = [
                command(event(taken if chance.random() < 0.3 else uuid4())) for _ in range(chance.choice((1, 1, 4, 20)))
            ]
            outcomes += words(connection, *group)

    refused = outcomes.count("conflict")
    assert 0.2 < refused / len(outcomes) < 0.4
    assert count_events(fresh_database) == len(outcomes) - refused + 1
    assert damage(fresh_database) == []


def test_the_oracle_notices_a_hole(fresh_database: str) -> None:
    app_dsn = make_store(fresh_database)
    replace_function(
        fresh_database, ("max(position) FROM registry.events), 0) + 1", "max(position) FROM registry.events), 0) + 2")
    )

    with appending(app_dsn) as connection:
        append(connection, [one()])

    assert "positions have holes" in damage(fresh_database)
