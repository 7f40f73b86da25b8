"""One store of a million events is filled once and kept, with its topics and its read models.

It is filled the real way: saved by many threads through the application's store, published by the real relay, followed
by the real projector. Killed at any moment, the next filling goes on: every command has a key of its own, so what was
saved is answered and not saved twice. Runs append to it; it never shrinks.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

import psycopg

from bench.crew import rate
from bench.ground import PASSWORDS, REPOSITORY, Busy, Ground, NoRoom, Scratch
from bench.whole_way import treatment
from bench.workers import VISIBLE, Watch, at_work
from infra.event_store import EventStore
from infra.kafka_log import Topics
from infra.postgres import migrate, open_store
from infra.relay_wake import RelayWake
from tests.infra.scratch_store import record
from tests.interfaces.importing.registries import founded, joined
from tests.shared_stack import drop_database

EVENTS, FEW = 1_000_000, 10_000
DATABASE, TOPICS = "kept_million", Topics("kept-million.")
CLINICS = tuple(uuid5(UUID(int=0), f"kept clinic {number}") for number in range(200))
LONG, QUIET, _BUSY = CLINICS[0], CLINICS[1:20], CLINICS[20:]
"""The first has a hundredth of all events; the next ones have as many at the end as in the beginning."""
_QUIET_FROM = 8_000
_CHUNK = 10_000
_THREADS = 32
_AHEAD = 50_000
"""Events that may wait for the projector before the filling waits, too."""
_HEAD = "SELECT coalesce(max(position), 0) FROM registry.events"


def lacks_kept(folder: Path) -> str | None:
    """Say what is missing where the store is not filled, or was filled by software that stores otherwise."""
    try:
        filled = json.loads((folder / "kept.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return f"the store of {EVENTS:,} events is not filled; fill it once: make bench-fill"
    if filled["shape"] != _shape():
        return "the kept store is of another version of the software; fill it again: make bench-fill"
    return None


def filling_figures(folder: Path) -> dict[str, float]:
    """Return what was seen while the store was filled."""
    found: dict[str, float] = json.loads((folder / "kept.json").read_text())["figures"]
    return found


def _shape() -> str:
    """Return a digest of what decides how events and read models are stored."""
    files = [*REPOSITORY.glob("infra/migrations/*.sql"), *REPOSITORY.glob("projections/*.sql")]
    digest = hashlib.sha256()
    for file in sorted([*files, *REPOSITORY.glob("schemas/*.avsc")]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def clinic_of(number: int) -> UUID:
    """Return whose treatment this is."""
    if number % 100 == 0:
        return LONG
    clinics = CLINICS[1:] if number < _QUIET_FROM else _BUSY
    return clinics[number % len(clinics)]


def begin(store: EventStore) -> None:
    """Save the registry and its clinics, unless they are there."""
    now = datetime.now(UTC)
    for aggregate in (founded(now)[0], *(joined(clinic, now) for clinic in CLINICS)):
        store.save([aggregate], record(aggregate.id, key=_key(str(aggregate.id))))


def add(store: EventStore, numbers: Sequence[int], threads: int) -> float:
    """Save these treatments, those that are there excepted, and return how many a second."""

    def save(number: int) -> None:
        made = treatment(number, (clinic_of(number),), uuid5(UUID(int=0), f"kept treatment {number}"))()
        store.save([made], record(made.id, key=_key(str(number))))

    return rate(save, numbers, threads)


def _key(text: str) -> bytes:
    return hashlib.sha256(f"kept {text}".encode()).digest()


def kept(ground: Ground) -> Scratch:
    """Return the kept store, its server started."""
    assert ground.owner_dsn
    return Scratch(ground.dsn(DATABASE))


def fill(ground: Ground) -> dict[str, float]:
    """Fill what is missing, wait until everything is visible, and return what was seen."""
    scratch = _made(ground)
    with ground.event_store(scratch) as store, ExitStack() as stack:
        begin(store)
        wake = RelayWake(scratch.dsn("icms_app"))
        stack.callback(wake.close)
        workers = stack.enter_context(at_work(ground, scratch, TOPICS))
        watch = Watch({"writer": os.getpid(), **{name: worker.pid for name, worker in workers.items()}})
        began = time.monotonic()
        with watch, psycopg.connect(scratch.owner_dsn, autocommit=True) as connection:
            first = _one(connection, _HEAD)
            for number in _chunks(first):
                add(store, range(number, number + _CHUNK), _THREADS)
                wake.wake()
                _await(connection, _one(connection, _HEAD) - _AHEAD)
            _await(connection, _one(connection, _HEAD))
            connection.execute("VACUUM ANALYZE registry.events")
            added = _one(connection, _HEAD) - first
    seconds = time.monotonic() - began
    growth = {f"{name}_mib_per_min": each for name, each in watch.slopes().items()}
    return {"added": added, "per_s": added / seconds, "most_mib": watch.largest, **growth}


def _made(ground: Ground) -> Scratch:
    owner_dsn, shape = ground.owner_dsn, ground.folder / "kept.shape"
    if not shape.exists() or shape.read_text() != _shape():
        drop_database(owner_dsn, DATABASE)
        with ground.kafka_admin() as admin:
            left = [topic for topic in TOPICS.both if topic in admin.list_topics()]
            if left:
                admin.delete_topics(left)
        with psycopg.connect(owner_dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    scratch = kept(ground)
    migrate(scratch.owner_dsn, PASSWORDS)
    open_store(scratch.owner_dsn, simulated=False)
    shape.write_text(_shape())
    return scratch


def _chunks(head: int) -> Iterator[int]:
    """Yield where each chunk begins; the one in which an earlier filling was killed is done again."""
    saved = head - (1 + 4 * len(CLINICS))
    for number in range(max(0, saved) // _CHUNK * _CHUNK, EVENTS, _CHUNK):
        sys.stderr.write(f"{number:,} of {EVENTS:,}\n")
        yield number


def _await(connection: psycopg.Connection[tuple[int, ...]], position: int) -> None:
    moved, last = time.monotonic(), -1
    while (visible := _one(connection, VISIBLE)) < position:
        if visible != last:
            moved, last = time.monotonic(), visible
        assert time.monotonic() - moved < 120, f"the read models stay at {visible}"
        time.sleep(0.1)


def _one(connection: psycopg.Connection[tuple[int, ...]], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@contextmanager
def fresh(ground: Ground, events: int) -> Iterator[tuple[Scratch, EventStore]]:
    """Yield a store with the same beginning that ends after so many events; nothing is published yet."""
    with ground.scratch() as scratch, ground.event_store(scratch) as store:
        begin(store)
        add(store, range(events - 1 - 4 * len(CLINICS)), _THREADS)
        yield scratch, store


def main() -> None:
    """Fill the store, or what of it is missing."""
    try:
        with Ground() as ground:
            if lacks_kept(ground.folder) is None:
                sys.stderr.write("It is filled.\n")
                return
            figures = fill(ground)
            (ground.folder / "kept.json").write_text(json.dumps({"shape": _shape(), "figures": figures}))
            sys.stderr.write(f"{figures}\n")
    except (NoRoom, Busy) as error:
        sys.stderr.write(f"Nothing was filled: {error}.\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
