"""Row L1: the public pages' queries answer while events flow at half of E1's gate, and say as of when they are true.

An answer that does not name its position and that position's time, or goes back behind an earlier one, fails the row.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from uuid import UUID, uuid5

import psycopg

from bench.ground import Ground
from bench.listed import list_clinics
from bench.row import Contest, RowFailed
from bench.whole_way import HALF, WholeWay, whole_way
from infra.postgres import open_pool
from interfaces.web.database_pages import DatabasePages
from interfaces.web.page_source import ClinicAnswer, ListingAnswer, ListingQuery

_CLINICS = tuple(uuid5(UUID(int=0), f"listed clinic {number}") for number in range(200))
_SECONDS = 30
_PACE = 50
"""Questions a second of each of the two readers."""


@dataclass(slots=True)
class Reader:
    """One who asks at a steady pace, whether or not the answer before has come."""

    seconds: list[float] = field(default_factory=list)
    """From when each question was due to its answer."""
    said: dict[int, datetime] = field(default_factory=dict)
    """Position and time that the answers named."""
    failures: list[BaseException] = field(default_factory=list)

    def note(self, answer: ListingAnswer | ClinicAnswer) -> None:
        """Hold an answer to its promise.

        Raises: RowFailed
        """
        state = answer.state
        if state.recorded_at is None or state.position < max(self.said, default=1):
            raise RowFailed(f"an answer was of position {state.position}, recorded at {state.recorded_at}")
        self.said[state.position] = state.recorded_at

    def slow(self) -> float:
        """Return the 99th percentile in ms."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)] * 1e3


@contextmanager
def under_load(ground: Ground) -> Iterator[Contest]:
    """Ask for the listing and for clinics' pages while treatments are appended."""
    figures: dict[str, float] = {}
    with whole_way(ground, _CLINICS) as way:
        list_clinics(ground, way.store, _CLINICS)
        _await_listed(way)
        yield Contest(lambda: _asked(way, figures), lambda: 1.0, figures)


def _asked(way: WholeWay, figures: dict[str, float]) -> float:
    # The pages are a process of their own in service, too: they do not wait for the writers' turn in Python.
    with ProcessPoolExecutor(1, get_context("spawn")) as pages:
        pages.submit(_ready).result()
        asking = pages.submit(read, way.scratch.dsn("icms_reader"))
        run = way.stretch(HALF, _SECONDS)
        listing, clinic = asking.result()
    _require_true(way, (listing, clinic))
    figures.update(listing_p99_ms=listing.slow(), clinic_p99_ms=clinic.slow(), visible_p99_ms=run.delay(0.99) * 1e3)
    return max(listing.slow(), clinic.slow())


def _ready() -> None:
    """Do nothing: the process is there and has read its modules."""


def read(dsn: str) -> tuple[Reader, Reader]:
    """Ask for the listing and for clinics' pages, side by side, and return what came of it."""
    pool = open_pool(dsn)
    try:
        listing, clinic = Reader(), Reader()
        pages = DatabasePages(pool)
        threads = [threading.Thread(target=_ask, args=(each, pages, each is clinic)) for each in (listing, clinic)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        pool.close()
    return listing, clinic


def _ask(reader: Reader, pages: DatabasePages, one: bool) -> None:
    began = time.perf_counter()
    try:
        for number in range(_PACE * _SECONDS):
            due = began + number / _PACE
            time.sleep(max(0.0, due - time.perf_counter()))
            if one:
                found = pages.clinic(_CLINICS[number % len(_CLINICS)], None)
                assert found.clinic is not None
                reader.note(found)
            else:
                reader.note(pages.search(ListingQuery()))
            reader.seconds.append(time.perf_counter() - due)
    except BaseException as failure:  # noqa: BLE001 - it is raised again where the answers are judged
        reader.failures.append(failure)


def _require_true(way: WholeWay, readers: tuple[Reader, ...]) -> None:
    """Compare what the answers said of themselves with the log."""
    said = {position: moment for reader in readers for position, moment in reader.said.items()}
    for reader in readers:
        if reader.failures:
            raise RowFailed(f"a reader gave up: {reader.failures[0]!r}") from reader.failures[0]
    with psycopg.connect(way.scratch.owner_dsn) as connection:
        query = "SELECT position, recorded_at FROM registry.events WHERE position = ANY (%(positions)s)"
        true: dict[int, datetime] = dict(connection.execute(query, {"positions": list(said)}).fetchall())
    if true != said:
        raise RowFailed("an answer named another time than the log has at its position")
    if len(said) < _SECONDS:
        raise RowFailed(f"the answers were of {len(said)} positions only: the listing did not move")


def _await_listed(way: WholeWay) -> None:
    deadline = time.monotonic() + 60
    with psycopg.connect(way.scratch.owner_dsn, autocommit=True) as connection:
        query = "SELECT min(position) >= (SELECT max(position) FROM registry.events) FROM registry.builds"
        while connection.execute(query).fetchone() != (True,):
            assert time.monotonic() < deadline, "the clinics were not listed within a minute"
            time.sleep(0.05)
