"""Rows E1 and M1: from append to visible in every read model, through the real relay and projector.

Both run as the processes that they are in service. Treatments are appended at a steady pace, whether or not the ones
before are done; an event counts as visible when the cursors of all read models have passed it.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from application.treatment_form import given
from bench.commanding import submission
from bench.ground import Ground, Scratch
from bench.row import Contest, RowFailed
from bench.workers import VISIBLE, Watch, Workers, at_work
from domain.codes import Missing
from domain.dates import PartialDate
from domain.registry import DEFAULT_REGISTRIES
from domain.treatment import Treatment
from domain.treatment_content import TreatmentContent
from infra.event_store import EventStore
from infra.kafka_log import Topics
from infra.relay_wake import RelayWake
from tests.infra.scratch_store import act, record
from tests.interfaces.importing.registries import CLINICS, founded, joined

SLOWEST = 0.5
"""Seconds within which 99 of 100 events must be visible."""
PACES = (2_050, 1_500, 1_200, 1_000, 820, 600, 400, 200)
"""Events a second that are tried; a little above gate and goal, for what is held is told and not what was asked."""
HALF = 400
"""Half of E1's gate."""
_TRIAL, _SUSTAINED, _FLAT = 8, 60, 60
_THREADS = 8
_GIVE_UP = 30.0


@dataclass(slots=True)
class Run:
    """What one steady stretch came to."""

    delays: list[float] = field(default_factory=list)
    """Seconds from when each event was due to when it was visible."""
    first_seen: float = 0.0
    last_seen: float = 0.0
    waiting: dict[int, float] = field(default_factory=dict)
    """Position of what is acknowledged and not yet visible, and when it was due."""
    failures: list[BaseException] = field(default_factory=list)
    memory: Watch | None = None

    def delay(self, share: float) -> float:
        """Return the delay within which this share of the events was visible."""
        return sorted(self.delays)[min(int(len(self.delays) * share), len(self.delays) - 1)]

    @property
    def rate(self) -> float:
        """Return events per second, from the first that became visible to the last."""
        return (len(self.delays) - 1) / (self.last_seen - self.first_seen)

    def require_whole(self, events: int) -> None:
        """Raise RowFailed unless every event was acknowledged and seen."""
        if self.failures:
            raise RowFailed(f"a writer gave up: {self.failures[0]!r}") from self.failures[0]
        if len(self.delays) != events:
            raise RowFailed(f"{events - len(self.delays)} of {events} events were never seen")


class WholeWay:
    """A store, its relay and its projector, all working."""

    def __init__(self, scratch: Scratch, store: EventStore, wake: RelayWake, workers: Workers) -> None:
        self.scratch = scratch
        self.store = store
        self._wake = wake
        self._pids = {name: worker.pid for name, worker in workers.items()}

    def stretch(self, pace: int, seconds: float) -> Run:
        """Append at this pace for so long and watch until everything is visible.

        Raises: RowFailed where an event is never seen or a writer gives up
        """
        run, done = Run(), threading.Event()
        watcher = threading.Thread(target=self._see, args=(run, done))
        pieces = [treatment(number) for number in range(int(pace * seconds))]
        began = time.perf_counter()
        writers = [
            threading.Thread(target=self._write, args=(run, pieces, number, pace, began)) for number in range(_THREADS)
        ]
        with Watch(self._pids) as run.memory:
            watcher.start()
            for each in writers:
                each.start()
            for each in writers:
                each.join()
            done.set()
            watcher.join()
        run.require_whole(len(pieces))
        return run

    def _write(self, run: Run, pieces: Sequence[Callable[[], Treatment]], number: int, pace: int, began: float) -> None:
        try:
            for index in range(number, len(pieces), _THREADS):
                # The pace is what is measured; who is late begins at once and is not forgiven.
                due = began + index / pace
                time.sleep(max(0.0, due - time.perf_counter()))
                made = pieces[index]()
                run.waiting[self.store.save([made], record(made.id)).last_position] = due
                self._wake.wake()
        except BaseException as failure:  # noqa: BLE001 - it is raised again where the stretch is judged
            run.failures.append(failure)

    def _see(self, run: Run, done: threading.Event) -> None:
        with psycopg.connect(self.scratch.dsn("icms_reader"), autocommit=True) as connection:
            quiet_since = time.perf_counter()
            while (not done.is_set() or run.waiting) and time.perf_counter() - quiet_since < _GIVE_UP:
                position, _ = connection.execute(VISIBLE).fetchone() or (0, 0)
                now = time.perf_counter()
                for each in [each for each in list(run.waiting) if each <= (position or 0)]:
                    run.delays.append(now - run.waiting.pop(each))
                    run.first_seen, run.last_seen = run.first_seen or now, now
                    quiet_since = now
                time.sleep(0.004)


def treatment(
    number: int, clinics: Sequence[uuid.UUID] = CLINICS, identity: uuid.UUID | None = None
) -> Callable[[], Treatment]:
    """Return what makes an ordinary treatment of one of the founded clinics."""
    schedule = dict(DEFAULT_REGISTRIES)["blood"].schedule

    def make() -> Treatment:
        content = TreatmentContent(**given(submission(number)), patient=uuid.uuid4())
        clinic = clinics[number % len(clinics)]
        return Treatment.submit(
            identity or uuid.uuid4(), act().replace(clinic_id=clinic, occurred_on=PartialDate("2026-02-03")), content,
            time_zone="Europe/Berlin", own_reference_hmac="ab" * 32, schedule=schedule, missing=(),
            missing_otherwise=Missing.unknown,
        )  # fmt: skip

    return make


@contextmanager
def whole_way(ground: Ground, clinics: Sequence[uuid.UUID] = ()) -> Iterator[WholeWay]:
    """Yield a whole way at work, with these clinics beside the four; its processes end with it."""
    with ground.scratch() as scratch, ground.event_store(scratch) as store, ExitStack() as stack:
        now = datetime.now(UTC)
        for aggregate in (*founded(now), *(joined(clinic, now) for clinic in clinics)):
            store.save([aggregate], record(aggregate.id))
        wake = RelayWake(scratch.dsn("icms_app"))
        stack.callback(wake.close)
        workers = stack.enter_context(at_work(ground, scratch, Topics(f"b-{uuid.uuid4().hex[:12]}.")))
        yield WholeWay(scratch, store, wake, workers)


@contextmanager
def sustained(ground: Ground) -> Iterator[Contest]:
    """Find the fastest pace that holds in a short stretch, then hold it for a minute; slower where it does not."""
    figures: dict[str, float] = {}
    with whole_way(ground) as way:

        def fastest() -> float:
            way.stretch(100, 3)
            for pace in PACES:
                if way.stretch(pace, _TRIAL).delay(0.99) > SLOWEST:
                    continue
                long = way.stretch(pace, _SUSTAINED)
                figures.update(asked=pace, p50_ms=long.delay(0.5) * 1e3, p99_ms=long.delay(0.99) * 1e3)
                if long.delay(0.99) <= SLOWEST:
                    return long.rate
            return 0.0

        yield Contest(fastest, lambda: 1.0, figures)


@contextmanager
def largest(ground: Ground) -> Iterator[Contest]:
    """Return the most memory that relay or projector took in a minute at half of E1's gate."""
    memory = steady(ground)
    yield Contest(lambda: memory.largest, lambda: 1.0, memory.slopes())


@contextmanager
def growing(ground: Ground) -> Iterator[Contest]:
    """Return by how much a minute the one of them grew that grew more."""
    slopes = steady(ground).slopes()
    yield Contest(lambda: max(slopes.values()), lambda: 1.0, slopes)


def steady(ground: Ground) -> Watch:
    """Return the memory of relay and projector in a minute at half of E1's gate; one run serves both rows."""

    def run(_: ExitStack) -> Watch:
        with whole_way(ground) as way:
            way.stretch(HALF, 10)
            memory = way.stretch(HALF, _FLAT).memory
        assert memory is not None
        return memory

    return ground.once("steady", run)
