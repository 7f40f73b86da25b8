"""Rows A1 to A3 and A5: saving through the application's store against what PostgreSQL and the library can do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate as LibraryAggregate
from psycopg.conninfo import conninfo_to_dict

from bench.crew import rate
from bench.ground import Ground
from bench.materials import officers
from bench.row import Contest, Sample
from domain.aggregate import RegistryEvent
from domain.codes import Role
from domain.officer import Officer
from infra.avro_codec import Codec
from infra.event_store import EventStore
from tests.infra.scratch_store import act, officer, record

_RAW: LiteralString = """
    CREATE TABLE raw_events (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        originator_id uuid NOT NULL,
        originator_version integer NOT NULL,
        topic text NOT NULL,
        state bytea NOT NULL,
        UNIQUE (originator_id, originator_version)
    )
"""
_INSERT: LiteralString = """
    INSERT INTO raw_events (originator_id, originator_version, topic, state)
    VALUES (%(id)s, %(version)s, %(topic)s, %(state)s)
"""
PIECES = {1: 1_000, 8: 5_000, 32: 9_600}


def saving(store: EventStore, threads: int, share: float = 1.0) -> Sample:
    """Return what saves new aggregates of one event."""

    def sample() -> float:
        pieces = officers(int(PIECES[threads] * share))
        return rate(lambda piece: store.save([piece[0]], piece[1]), pieces, threads)

    return sample


def against_raw(threads: int) -> Callable[[Ground], Any]:
    """Return the contest with psycopg's BEGIN, INSERT and COMMIT, a connection for each thread."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        with ground.scratch() as scratch, ground.event_store(scratch) as store, ground.database() as dsn:
            with psycopg.connect(dsn) as connection:
                connection.execute(_RAW)
            with _raw(dsn, threads, stored_bytes(ground.codec)) as raw:
                yield Contest(saving(store, threads), raw)

    return prepare


@contextmanager
def _raw(dsn: str, threads: int, state: bytes) -> Iterator[Sample]:
    own = threading.local()
    with ExitStack() as opened:
        connections = [opened.enter_context(psycopg.connect(dsn, prepare_threshold=1)) for _ in range(threads)]

        def insert(_: object) -> None:
            if not hasattr(own, "connection"):
                own.connection = free.pop()
            own.connection.execute(_INSERT, {"id": uuid4(), "version": 1, "topic": "Event.v1", "state": state})
            own.connection.commit()

        free: list[psycopg.Connection[Any]] = []

        def sample() -> float:
            free[:] = connections
            return rate(insert, range(int(PIECES[threads] * 0.6)), threads)

        yield sample


def stored_bytes(codec: Codec) -> bytes:
    """Return the bytes of one of the saved events, for the peers to write as much."""
    (event,) = officer().pending_events
    assert isinstance(event, RegistryEvent)
    return codec.encode(event)


class Note(LibraryAggregate):
    """An aggregate as the library's user writes it, with as much in its event as ours has."""

    def __init__(self, text: str) -> None:
        self.text = text


def against_library(threads: int) -> Callable[[Ground], Any]:
    """Return the contest with the library's own recorder and transcoder."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        with ground.scratch() as scratch, ground.event_store(scratch) as store, ground.database() as dsn:
            application: Application[Any] = Application(library_settings(dsn, threads))
            text = "x" * len(stored_bytes(ground.codec))

            def library() -> float:
                pieces = [Note(text) for _ in range(max(PIECES[threads] // 8, 400))]
                return rate(application.save, pieces, threads)

            try:
                yield Contest(saving(store, threads), library)
            finally:
                application.close()

    return prepare


def library_settings(dsn: str, threads: int) -> dict[str, str]:
    """Return the settings by which the library opens its own store there."""
    parts = conninfo_to_dict(dsn)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts["dbname"]),
        "POSTGRES_HOST": str(parts["host"]),
        "POSTGRES_PORT": str(parts["port"]),
        "POSTGRES_USER": str(parts["user"]),
        "POSTGRES_PASSWORD": str(parts["password"]),
        "POSTGRES_POOL_SIZE": str(threads),
        "POSTGRES_MAX_OVERFLOW": str(threads),
    }


@contextmanager
def existing(ground: Ground) -> Iterator[Contest]:
    """Let a command load an aggregate that is there, decide and save, against saving a new one."""
    threads = 8
    with ground.scratch() as scratch, ground.event_store(scratch) as store:

        def change(officer_id: Any) -> None:
            found = store.load(Officer, officer_id)
            assert found is not None
            found.grant(act(), Role.registrar, founding=True)
            store.save([found], record(officer_id))

        def sample() -> float:
            made = officers(3_000)
            rate(lambda piece: store.save([piece[0]], piece[1]), made, threads)
            return rate(change, [officer.id for officer, _ in made], threads)

        yield Contest(sample, saving(store, threads, 0.6))
