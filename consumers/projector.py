"""Read models follow the events topic: each applies every event once, in order, and only what the store vouches for.

The topic is read once for all of them. Where a reader is, is known by its cursor in PostgreSQL alone; the offset
beside it only says where to begin to look.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
import structlog
from kafka import KafkaConsumer, TopicPartition

from consumers import builds
from consumers.builds import BuildsChanged
from consumers.fold import Checked, Fold, MakeReadModel
from consumers.following import Follower
from consumers.halting import StoreRewritten
from consumers.store_rows import StoreRows
from consumers.worker import Life, run_process
from consumers.worker_options import WorkerOptions
from domain.errors import RegistryError
from infra.avro_codec import Codec
from infra.crash_points import crash_point
from infra.kafka_clients import KafkaServers, bounds, open_consumer, records_of
from infra.kafka_refusals import naming
from infra.postgres import connect
from projections.catalogue import READ_MODELS
from projections.read_model import needed_of
from schemas import catalogue

BATCH = 5_000
_POLL_MS = 250
_LOOK_AT_BUILDS = 2.0
_LOOK_AT_CURSOR = 10.0
_REWIND_AFTER = 10.0
_REWIND_AT_MOST = 300.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectorPlan:
    """What is read from where, and what follows it."""

    dsn: str
    """DSN of the role icms_projector."""
    servers: KafkaServers
    topic: str
    codec: Codec
    models: Sequence[MakeReadModel]

    @property
    def names(self) -> list[str]:
        """Return the names of the read models."""
        return [make().name for make in self.models]


def project(plan: ProjectorPlan, life: Life) -> None:
    """Follow the topic until asked to stop, or until another build takes a live one's place.

    Raises: Halted, AnotherRunner, KafkaRefused, DatabaseRefused, psycopg.OperationalError
    """
    with connect(plan.dsn, "icms projector") as connection:
        # A build and its cursor are lost or kept together, and can be made again: no need to wait for the disk.
        connection.execute("SET synchronous_commit = off")
        folds = [Fold(connection, make, builds.create(connection, make(), "live")) for make in plan.models]
        following = [fold for fold in folds if fold.following]
        if not following:
            _await_change(connection, folds, life)
            return
        consumer = open_consumer(plan.servers, plan.topic, "icms-projector", max_poll_records=BATCH)
        try:
            with naming(plan.servers.bootstrap_servers, plan.servers.user, f"read {plan.topic}"):
                Projector(connection, folds, consumer, plan).run(life.stopping)
        except BuildsChanged as change:
            log.info("build_changed", read_model=str(change))
        finally:
            consumer.close()


class Projector:
    """One reader of the topic and the folds it feeds."""

    def __init__(
        self, connection: psycopg.Connection[Any], folds: Sequence[Fold], consumer: KafkaConsumer, plan: ProjectorPlan
    ) -> None:
        self._connection = connection
        self._folds = folds
        self._consumer = consumer
        self._plan = plan
        start = min((fold.build for fold in folds if fold.following), key=lambda build: build.position)
        self._rows = StoreRows(connection)
        needed = needed_of([make() for make in plan.models])
        self._follower = Follower(self._rows, plan.codec, start.position, start.leaf_hash, needed)
        self._from_hint = self._seek(start.kafka_offset)
        self._gap = _Gap()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Follow until asked to stop.

        Raises: BuildsChanged, Halted, AnotherRunner, KafkaRefused, psycopg.OperationalError
        """
        self._require_unchanged()
        looked_at_builds = looked_at_cursor = time.monotonic()
        log.info("projector_started", position=self._follower.position)
        while not stopping():
            self.step()
            now = time.monotonic()
            if now - looked_at_builds > _LOOK_AT_BUILDS:
                looked_at_builds = now
                _require_same(self._connection, self._folds)
            if now - looked_at_cursor > _LOOK_AT_CURSOR:
                looked_at_cursor = now
                self._require_unchanged()

    def step(self) -> int:
        """Read what is there, apply it to every read model, and return how many events there were."""
        records = records_of(self._consumer.poll(timeout_ms=_POLL_MS))
        crash_point("projector.after_read")
        checked = self._follower.sift(records)
        while checked:
            crash_point("projector.after_check")
            self._apply(checked)
            count = len(checked)
            self._from_hint = False
            # What could not be read together with others is looked at again, alone.
            checked = self._follower.sift([])
            if not checked:
                self._gap = _Gap()
                self._notice_gap()
                return count
        self._notice_gap()
        return 0

    def _apply(self, checked: Sequence[Checked]) -> None:
        """Apply a batch to every read model, each for itself; those with nothing in it move together."""
        idle = [fold for fold in self._folds if fold.following and fold.idle(checked)]
        if idle:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for fold in idle:
                    fold.pass_over(cursor, checked[-1])
            for fold in idle:
                fold.passed(checked[-1])
        for fold in self._folds:
            if fold.following and fold not in idle:
                fold.apply(checked)

    def _require_unchanged(self) -> None:
        """Make sure that the store still holds what each read model applied last: they need not stand together.

        Raises: StoreRewritten
        """
        self._follower.require_unchanged()
        stored = self._rows.hashes({fold.build.position for fold in self._folds})
        for fold in self._folds:
            position = fold.build.position
            if fold.following and position and stored.get(position) != fold.build.leaf_hash:
                raise StoreRewritten(position=position)

    def _seek(self, hint: int | None) -> bool:
        """Go where the record of the cursor stood; say whether that was possible."""
        first, end = bounds(self._consumer, self._plan.topic)
        if hint is None or not first <= hint < end:
            return False
        self._consumer.seek(TopicPartition(self._plan.topic, 0), hint)
        return True

    def _notice_gap(self) -> None:
        missing = self._follower.waiting_for
        if missing is None:
            return
        if self._from_hint:
            # The topic is not the one in which the hint was taken.
            self._from_hint = False
            self._rewind()
        elif self._gap.reported is None:
            self._gap.reported = missing
            names = [fold.build.name for fold in self._folds]
            builds.report(self._connection, names, f"the topic lacks position {missing}; it is waited for")
        elif self._gap.due():
            self._rewind()

    def _rewind(self) -> None:
        """Look for the missing record from the topic's beginning: it may have been made anew behind our back."""
        log.warning("topic_read_again", missing=self._follower.waiting_for)
        self._follower.waiting_for = None
        self._consumer.seek_to_beginning(TopicPartition(self._plan.topic, 0))


class _Gap:
    """How long a position has been missing, and when to look for it from the beginning again."""

    def __init__(self) -> None:
        self.reported: int | None = None
        self._pause = _REWIND_AFTER
        self._next = time.monotonic() + self._pause

    def due(self) -> bool:
        if time.monotonic() < self._next:
            return False
        self._pause = min(self._pause * 2, _REWIND_AT_MOST)
        self._next = time.monotonic() + self._pause
        return True


def report(plan: ProjectorPlan, error: RegistryError) -> None:
    """Say beside the live builds why they do not move, if the database can be told."""
    with contextlib.suppress(RegistryError, psycopg.Error), connect(plan.dsn, "icms projector") as connection:
        builds.report(connection, plan.names, str(error))


def main() -> NoReturn:
    """Run as the process that keeps every read model, told by the options file that is the only argument."""
    options = WorkerOptions.of_process()
    plan = ProjectorPlan(
        dsn=options.dsn,
        servers=options.kafka,
        topic=options.topics.events,
        codec=Codec(catalogue.load()),
        models=READ_MODELS,
    )
    run_process("projector", lambda life: project(plan, life), lambda error: report(plan, error))


def _require_same(connection: psycopg.Connection[Any], folds: Sequence[Fold]) -> None:
    """Make sure that the builds we fill are those that are read.

    Raises: BuildsChanged
    """
    for fold in folds:
        there = builds.current(connection, fold.build.name)
        if there is None or there.build != fold.build.build:
            raise BuildsChanged(fold.build.name)


def _await_change(connection: psycopg.Connection[Any], folds: Sequence[Fold], life: Life) -> None:
    log.error("all_read_models_quarantined", read_models=[fold.build.name for fold in folds])
    while not life.stopping():
        life.pause(_LOOK_AT_BUILDS)
        try:
            _require_same(connection, folds)
        except BuildsChanged:
            return


if __name__ == "__main__":
    main()
