"""One read model applies checked events: rows and cursor move in one transaction, or neither does.

An event it cannot apply stops this read model exactly before it, for good, and no other one.
"""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import structlog

from consumers import builds
from consumers.builds import BuildRow, BuildsChanged
from consumers.halting import AnotherRunner
from infra.crash_points import crash_point
from projections.read_model import ReadModel, Recorded
from projections.share import ShareCrossed

log = structlog.get_logger(__name__)

MakeReadModel = Callable[[], ReadModel]

Move = Callable[[psycopg.Cursor[Any], BuildRow, int, bytes, int | None], None]
"""Move a build's cursor to a position, leaf hash and offset in the open transaction, as `builds.move` does."""


class Checked(NamedTuple):
    """An event that is the store's, with what its cursor needs."""

    recorded: Recorded
    leaf_hash: bytes
    offset: int | None


class CannotApply(Exception):
    """A read model failed at one event; the message names both and shows nothing of the event."""


class Fold:
    """A build of one read model, and the instance that fills it."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        make: MakeReadModel,
        build: BuildRow,
        move: Move = builds.move,
    ) -> None:
        """Use this autocommit connection; nobody else may use it while events are applied."""
        self.build = build
        self._move = move
        self._connection = connection
        self._make = make
        self._model = make()

    @property
    def following(self) -> bool:
        """Say whether it still applies events."""
        return self.build.state != "quarantined"

    def idle(self, batch: Sequence[Checked]) -> bool:
        """Say whether a batch follows the cursor and holds nothing that this read model looks at."""
        follows = bool(batch) and batch[0].recorded.position == self.build.position + 1
        return follows and not any(issubclass(each.recorded.kind, self._model.looks_at) for each in batch)

    def pass_over(self, cursor: psycopg.Cursor[Any], last: Checked) -> None:
        """Move the cursor alone, in the caller's transaction; `passed` tells of its commit."""
        builds.move(cursor, self.build, last.recorded.position, last.leaf_hash, last.offset)

    def passed(self, last: Checked) -> None:
        """Take note that the cursor was moved."""
        self.build = dataclasses.replace(
            self.build, position=last.recorded.position, leaf_hash=last.leaf_hash, kafka_offset=last.offset
        )

    def pass_to(self, position: int, leaf_hash: bytes) -> None:
        """Move the cursor over events that are not for this fold.

        Raises: AnotherRunner
        """
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._move(cursor, self.build, position, leaf_hash, None)
        self.build = dataclasses.replace(self.build, position=position, leaf_hash=leaf_hash)

    def apply(self, batch: Sequence[Checked]) -> None:
        """Apply what follows the cursor; go into quarantine before an event that cannot be applied.

        Raises: AnotherRunner, BuildsChanged, psycopg.OperationalError when the database is the reason
        """
        try:
            self.advance(batch)
        except CannotApply as error:
            log.error("read_model_quarantined", read_model=self.build.name, build=self.build.build, problem=str(error))
            builds.quarantine(self._connection, self.build, str(error))
            self.build = dataclasses.replace(self.build, state="quarantined")

    def advance(self, batch: Sequence[Checked]) -> None:
        """Apply what follows the cursor.

        Raises: CannotApply, with everything before that event applied; AnotherRunner, BuildsChanged,
            psycopg.OperationalError; ShareCrossed from a read model that is made in shares
        """
        pending = [each for each in batch if each.recorded.position > self.build.position]
        if not pending:
            return
        try:
            self._transact(pending)
        except (
            AnotherRunner,
            BuildsChanged,
            ShareCrossed,
            psycopg.OperationalError,
            psycopg.InterfaceError,
            MemoryError,
        ):
            raise
        except Exception as error:
            # What the instance learnt in the transaction that was rolled back is not true.
            self._model = self._make()
            if len(pending) == 1:
                raise CannotApply(_described(pending[0].recorded, error)) from error
            half = len(pending) // 2
            self.advance(pending[:half])
            self.advance(pending[half:])

    def _transact(self, pending: Sequence[Checked]) -> None:
        last = pending[-1]
        position = last.recorded.position
        with self._connection.transaction(), self._connection.cursor() as cursor:
            # The cursor first: a second runner waits here for the first one's commit, and then finds it moved.
            self._move(cursor, self.build, position, last.leaf_hash, last.offset)
            crash_point("projector.after_cursor")
            self._model.apply(cursor, [each.recorded for each in pending])
            crash_point("projector.before_commit")
        self.passed(last)
        crash_point("projector.after_commit")


def _described(recorded: Recorded, error: Exception) -> str:
    """Say what failed where in the code; the error's own words may quote an event."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return f"position {recorded.position} ({recorded.topic}) could not be applied: {type(error).__name__} at {where}"
