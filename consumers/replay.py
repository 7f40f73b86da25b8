"""A read model is made again from the store itself, from its first event, without touching what is read meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from consumers import builds
from consumers.fold import CannotApply, Checked, Fold, MakeReadModel
from consumers.halting import Halted, StoreRewritten
from consumers.store_rows import StoreRows, recorded_of
from infra.avro_codec import Codec, UnknownSchema
from infra.avro_excerpt import ExcerptReader
from infra.crash_points import crash_point
from infra.event_log import StoredRow
from infra.postgres import connect
from projections.read_model import needed_of

Progress = Callable[[int, int], None]
"""Called with the position reached and the one to be reached."""

_BATCH_OF_PAGES = 5


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
        make: MakeReadModel,
        codec: Codec,
        build: builds.BuildRow | None = None,
    ) -> None:
        """Go on with a build or make an empty one, on an autocommit connection as the role icms_projector."""
        connection.execute("SET synchronous_commit = off")
        self._rows = StoreRows(connection)
        self._codec = codec
        self._read = ExcerptReader(codec, needed_of((make(),))).read
        self._connection = connection
        self._fold = Fold(connection, make, build or builds.create(connection, make(), "building"))

    @property
    def build(self) -> builds.BuildRow:
        """Return the build as it is now."""
        return self._fold.build

    def advance(self, upto: int, progress: Progress = no_progress) -> None:
        """Apply everything up to this position.

        Raises: ReplayFailed, StoreRewritten
        """
        batch: list[Checked] = []
        for number, page in enumerate(self._rows.pages(self.build.position, upto), start=1):
            batch.extend(map(self._checked, page))
            if number % _BATCH_OF_PAGES == 0:
                self._apply(batch)
                batch = []
                progress(self.build.position, upto)
        self._apply(batch)
        progress(self.build.position, upto)
        if self.build.position != upto:
            raise StoreRewritten(position=upto)

    def drop(self) -> None:
        """Remove the build again."""
        builds.drop(self._connection, self.build)

    def _apply(self, batch: list[Checked]) -> None:
        try:
            self._fold.advance(batch)
        except CannotApply as error:
            raise ReplayFailed(name=self.build.name, problem=str(error)) from error
        crash_point("rebuild.after_batch")

    def _checked(self, row: StoredRow) -> Checked:
        try:
            self._codec.require(row.topic)
        except UnknownSchema as error:
            raise ReplayFailed(name=self.build.name, problem=f"position {row.position}: {error}") from error
        return Checked(recorded_of(row, self._read), row.leaf_hash, None)


@contextmanager
def moment(dsn: str) -> Iterator[psycopg.Cursor[Any]]:
    """Open a transaction that sees the database as it is now, however long it takes."""
    with connect(dsn, "icms compare") as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield cursor
