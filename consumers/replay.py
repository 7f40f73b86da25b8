"""A read model is made again from the store itself, from its first event, without touching what is read meanwhile.

While PostgreSQL takes one batch, the next one is read: rows come streaming on a connection of their own, and what the
read model will ask for is decoded before it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import psycopg

from consumers import builds, share_cursors
from consumers.fold import CannotApply, Checked, Fold, MakeReadModel
from consumers.halting import Halted, StoreRewritten
from consumers.store_rows import StoreRows, recorded_of
from domain.catalogue import event_classes
from infra.avro_codec import Codec, UnknownSchema, UnreadableEvent
from infra.avro_excerpt import ExcerptReader
from infra.crash_points import crash_point
from infra.event_log import StoredRow
from infra.postgres import connect
from projections.read_model import Fields, kind_of, needed_of
from projections.share import Share

Progress = Callable[[int, int], None]
"""Called with the position reached and the one to be reached."""

BATCH = 2_000
"""Events that are applied at once, at most."""
_STRETCH = 20_000
"""Positions after which the cursor moves, whether or not any event among them is looked at."""
_HEAVY = 16 * 1024 * 1024
"""Bytes of events after which a batch is not filled up."""


class ReplayFailed(Halted):
    """The read model {name} cannot be made again: {problem}."""

    remedy = "The build that is read was not touched. Report this as a defect of the software."


def no_progress(position: int, head: int) -> None:
    """Tell nobody."""


class Replay:
    """A build that is being made from the store, beside the one that is read."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        reading: psycopg.Connection[Any],
        make: MakeReadModel,
        codec: Codec,
        build: builds.BuildRow | None = None,
        share: Share | None = None,
        batch: int | None = None,
    ) -> None:
        """Go on with a build or make an empty one, on autocommit connections as the role icms_projector.

        `reading` streams the events; nobody else may use it meanwhile. With a share, only its events are applied, and
        its cursor moves. `batch` events are applied at once, `BATCH` where it is not given.
        """
        self._share = share
        self._batch = batch or BATCH
        connection.execute("SET synchronous_commit = off")
        self._rows = StoreRows(reading)
        self._codec = codec
        self._topics: dict[str, bool] = {}
        model = make()
        self._looks_at = model.looks_at
        # Left in the database. What nobody knows comes all the same, and is refused.
        self._without = [
            schema.topic
            for schema in codec.catalogue.all()
            if schema.name in event_classes() and not issubclass(event_classes()[schema.name], model.looks_at)
        ]
        needed = needed_of((model,))
        self._read = ExcerptReader(codec, needed).read
        # What a read model looks at and reads nothing of is never decoded.
        self._asked_for = cache(lambda kind: issubclass(kind, model.looks_at) and needed(kind) != Fields())
        self._connection = connection
        move = share_cursors.mover(share) if share else builds.move
        self._fold = Fold(connection, make, build or builds.create(connection, make(), "building"), move)

    @property
    def build(self) -> builds.BuildRow:
        """Return the build as it is now."""
        return self._fold.build

    def advance(self, upto: int, progress: Progress = no_progress) -> None:
        """Apply everything up to this position.

        Raises: ReplayFailed, StoreRewritten
        """
        if self._share is None:
            self._follow_beside(upto, progress)
        else:
            # The other shares' processes hold the other cores.
            for batch in self._batches(upto):
                self._apply(batch)
                progress(self.build.position, upto)
            self._arrive(upto)
        progress(self.build.position, upto)
        if self.build.position != upto:
            raise StoreRewritten(position=upto)

    def _follow_beside(self, upto: int, progress: Progress) -> None:
        """Apply one batch while the next one is read."""
        with ThreadPoolExecutor(1, "icms-replay") as applying:
            applied: Future[None] | None = None
            for batch in self._batches(upto):
                if applied is not None:
                    applied.result()
                    progress(self.build.position, upto)
                applied = applying.submit(self._apply, batch)
            if applied is not None:
                applied.result()

    def _arrive(self, upto: int) -> None:
        """Move the cursor of a share over what is not its own."""
        last = self._rows.hashes([upto]).get(upto)
        if last is not None and self.build.position < upto:
            self._fold.pass_to(upto, last)

    def drop(self) -> None:
        """Remove the build again."""
        builds.drop(self._connection, self.build)

    def _apply(self, batch: list[Checked]) -> None:
        try:
            self._fold.advance(batch)
        except CannotApply as error:
            raise ReplayFailed(name=self.build.name, problem=str(error)) from error
        crash_point("rebuild.after_batch")

    def _batches(self, upto: int) -> Iterator[list[Checked]]:
        """Yield what is to be applied, bounded by number and by weight; of the rest the last, for the cursor."""
        batch: list[Checked] = []
        weight, begins = 0, self.build.position
        last: StoredRow | None = None
        for rows in self._rows.stream(self.build.position, upto, self._share, self._without):
            for row in rows:
                if self._looked_at(row):
                    batch.append(self._checked(row))
                    weight += len(row.state)
            last = rows[-1]
            # Positions, not rows: those of topics that nobody looks at do not come.
            if len(batch) >= self._batch or weight > _HEAVY or last.position - begins >= _STRETCH:
                yield self._ending(batch, last)
                batch, weight, begins, last = [], 0, last.position, None
        if last is not None:
            yield self._ending(batch, last)

    def _ending(self, batch: list[Checked], last: StoredRow) -> list[Checked]:
        ends = bool(batch) and batch[-1].recorded.position == last.position
        return batch if ends else [*batch, self._checked(last)]

    def _looked_at(self, row: StoredRow) -> bool:
        found = self._topics.get(row.topic)
        if found is None:
            self._require(row)
            found = self._topics[row.topic] = issubclass(kind_of(row.topic), self._looks_at)
        return found

    def _checked(self, row: StoredRow) -> Checked:
        recorded = recorded_of(row, self._read)
        if self._asked_for(recorded.kind):
            with suppress(UnreadableEvent):
                # Who applies it meets the same bytes, and says what is wrong where.
                _ = recorded.event
        return Checked(recorded, row.leaf_hash, None)

    def _require(self, row: StoredRow) -> None:
        try:
            self._codec.require(row.topic)
        except UnknownSchema as error:
            raise ReplayFailed(name=self.build.name, problem=f"position {row.position}: {error}") from error


@contextmanager
def moment(dsn: str) -> Iterator[psycopg.Cursor[Any]]:
    """Open a transaction that sees the database as it is now, however long it takes."""
    with connect(dsn, "icms compare") as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield cursor
