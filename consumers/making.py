"""A new build comes as far as it should by what is quickest: in shares where the log is long, else whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg

from consumers import builds, share_cursors
from consumers.builds import BuildRow
from consumers.code_mark import code_of
from consumers.fold import MakeReadModel
from consumers.replay import Progress, Replay, no_progress
from consumers.shares import make_in_shares
from consumers.store_rows import StoreRows
from infra.avro_codec import Codec
from projections.share import ShareCrossed, shareable

WORTH_SHARES = 50_000
"""Events below which starting processes costs more than it saves."""


@dataclass(slots=True, kw_only=True)
class Making:
    """A build that is being made, on autocommit connections as the role icms_projector."""

    dsn: str
    connection: psycopg.Connection[Any]
    reading: psycopg.Connection[Any]
    """Nobody else may use it meanwhile."""
    make: MakeReadModel
    codec: Codec
    shares: int
    begun: BuildRow
    """The build as it was found."""
    _whole: Replay | None = field(default=None, init=False)

    @property
    def build(self) -> BuildRow:
        """Return the build as it is now."""
        return self._whole.build if self._whole else self.begun

    def advance(self, upto: int, progress: Progress = no_progress) -> None:
        """Make it up to a position; in shares where what the log still has is worth them and it can be made so.

        Raises: ReplayFailed, StoreRewritten, AnotherRunner
        """
        if upto > self.build.position and self._worth_shares():
            self._advance_in_shares(upto, progress)
        self.follow(upto, progress)

    def follow(self, upto: int, progress: Progress = no_progress) -> None:
        """Make it up to a position, whole.

        Raises: ReplayFailed, StoreRewritten, AnotherRunner
        """
        if self._whole is None:
            self._whole = Replay(self.connection, self.reading, self.make, self.codec, self.begun)
        self._whole.advance(upto, progress)

    def drop(self) -> None:
        """Remove the build again."""
        builds.drop(self.connection, self.build)

    def _worth_shares(self) -> bool:
        build = self.build
        begun = share_cursors.begun(self.connection, build)
        if any(share_cursors.at(self.connection, build, share).position != build.position for share in begun):
            return True  # nobody else knows how far they are
        if not begun and (build.position > 0 or self.shares < 2 or shareable(self.make()) is None):
            # What was made whole may have joined two shares, and who makes the rest of one would not notice.
            return False
        return StoreRows(self.connection).head() - build.position >= WORTH_SHARES

    def _advance_in_shares(self, upto: int, progress: Progress) -> None:
        build = self.build
        # What a replay carries from batch to batch is not of what others apply.
        self._whole = None
        try:
            self.begun = make_in_shares(
                self.dsn, self.connection, self.make, self.codec, build, upto, self.shares, progress
            )
        except ShareCrossed:
            builds.drop(self.connection, build)
            model = self.make()
            self.begun = builds.create(self.connection, model, "building", code_of(model))
