"""Rows R1, Q1 and H1: reading the log in order, one row of a read model, and the whole history of a clinic."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent

from bench.appending import library_settings, stored_bytes
from bench.ground import Ground
from bench.materials import fill
from bench.row import Contest
from consumers import builds
from consumers.store_rows import StoreRows
from domain.reader import PUBLIC
from infra.event_log import EventLog
from infra.postgres import connect
from projections.catalogue import READ_MODELS
from projections.live import live
from projections.public_listing import PublicListing, entries_now
from tests.consumers.written_log import CLINICS
from tests.projections.published import listed_society

_EVENTS = 40_000
_HISTORY = 10_000
_CLINIC = CLINICS[0]
_GETS = 3_000
_DAY = date(2025, 6, 1)
_FEWEST = "SELECT clinic_id, count(*) FROM shown(%s, NULL) JOIN clinics USING (clinic_id) GROUP BY 1 ORDER BY 2, 1"


@contextmanager
def ordered_read(ground: Ground) -> Iterator[Contest]:
    """Read the log as `icms verify` does, against the library's own recorder on its own table."""
    with ground.scratch() as scratch, ground.database() as dsn:
        fill(scratch.owner_dsn, _EVENTS)
        application: Application[UUID] = Application(library_settings(dsn, 2))
        state = stored_bytes(ground.codec)
        for first in range(0, _EVENTS, 1_000):
            page = [StoredEvent(uuid4(), 1, "Event.v1", state) for _ in range(first, first + 1_000)]
            application.recorder.insert_events(page)
        with connect(scratch.dsn("icms_relay")) as connection:
            rows = StoreRows(connection)

            def ours() -> float:
                began = time.perf_counter()
                count = sum(map(len, rows.stream(0, _EVENTS)))
                return count / (time.perf_counter() - began)

            def library() -> float:
                began, after, count = time.perf_counter(), 0, 0
                while page := application.recorder.select_notifications(after, 1_000, inclusive_of_start=False):
                    after, count = page[-1].id, count + len(page)
                return count / (time.perf_counter() - began)

            try:
                yield Contest(ours, library)
            finally:
                application.close()


@contextmanager
def history(ground: Ground) -> Iterator[Contest]:
    """Read and decode a clinic's history, against decoding the same rows when they are already there."""
    with ground.scratch() as scratch:
        # Three rows in five are a clinic's.
        fill(scratch.owner_dsn, _HISTORY * 5 // 3, clinics=(_CLINIC,))
        with connect(scratch.dsn("icms_reader")) as connection:
            log = EventLog(connection)
            kept = list(log.read_clinic(_CLINIC))
            assert len(kept) == _HISTORY
            decode = ground.codec.decode

            def ours() -> float:
                began = time.perf_counter()
                for row in log.read_clinic(_CLINIC):
                    decode(row.topic, row.state, row.originator_id, row.originator_version)
                return time.perf_counter() - began

            def fold() -> float:
                began = time.perf_counter()
                for row in kept:
                    decode(row.topic, row.state, row.originator_id, row.originator_version)
                return time.perf_counter() - began

            yield Contest(ours, fold)


@contextmanager
def get_by_id(ground: Ground) -> Iterator[Contest]:
    """Get one clinic's entry of the live public listing, against `SELECT 1` on the same connection."""
    history = listed_society(seed=1, events=1_500, clinics=300)
    with ground.scratch() as scratch:
        with connect(scratch.dsn("icms_projector")) as connection:
            for make in READ_MODELS:
                builds.create(connection, make(), "live")
        with connect(scratch.owner_dsn) as connection, connection.transaction(), connection.cursor() as cursor:
            live(cursor, "public_listing")
            PublicListing().apply(cursor, history.log)
            (clinic, _), *_ = cursor.execute(_FEWEST, (_DAY,)).fetchall()
        with connect(scratch.dsn("icms_reader")) as connection:

            def get() -> None:
                entries, _ = entries_now(connection, clinic, reader=PUBLIC, day=_DAY)
                assert entries

            yield Contest(lambda: _timed(get), lambda: _timed(lambda: connection.execute("SELECT 1").fetchone()))


def _timed(get: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(_GETS):
        get()
    return _GETS / (time.perf_counter() - began)
