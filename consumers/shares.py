"""A long log is folded by several processes, each of its share of the clinics, into the tables of one build.

Each has its own cursor and moves it in the transaction of its rows, so a build is gone on with after a kill as ever. If
one share needs what another makes, the shares are given up and the build is begun anew, whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import psycopg

from consumers import replay, share_cursors
from consumers.builds import BuildRow
from consumers.fold import MakeReadModel
from consumers.other_process import SPAWN, OtherProcess, Unanswered, working_for_another
from consumers.replay import Progress, Replay, ReplayFailed, no_progress
from infra import crash_points
from infra.avro_codec import Codec
from infra.postgres import connect
from projections.read_model import ReadModel
from projections.share import Share, ShareCrossed, shareable
from schemas.catalogue import Catalogue

_LOOK = 0.2


class Task(NamedTuple):
    """What is to be made of what, up to where."""

    dsn: str
    make: MakeReadModel
    catalogue: Catalogue
    build: BuildRow
    share: Share
    upto: int
    batch: int = replay.BATCH
    """Events that are applied at once, at most."""


class ShareProcess(OtherProcess):
    """A process that makes one share of a build, and is ready when it has arrived, failed or ended."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._done: Any = SPAWN.Value("q", task.build.position, lock=False)
        super().__init__(_work, self._done, task)

    @property
    def position(self) -> int:
        """Return how far it is."""
        return int(self._done.value)

    def arrived(self) -> bool:
        """Say whether it has arrived, once it is ready; not, where it ended without a word.

        Raises: ShareCrossed, ReplayFailed
        """
        try:
            problem: Exception | None = self.received()
        except Unanswered:
            return False
        if problem is not None:
            raise problem
        return True

    def make_here(self, look: Callable[[], None]) -> None:
        """Make what it left, so that whatever ended it is raised as if there were no other process.

        Raises: ShareCrossed, ReplayFailed, StoreRewritten, AnotherRunner
        """

        def progress(position: int, _: int) -> None:
            self._done.value = position
            look()

        make_share(self._task, progress)


def make_in_shares(
    dsn: str,
    connection: psycopg.Connection[Any],
    make: MakeReadModel,
    codec: Codec,
    build: BuildRow,
    upto: int,
    of: int,
    progress: Progress,
) -> BuildRow:
    """Make a build up to a position in so many shares, or in those in which it was begun, and return it there.

    Raises: ShareCrossed, with the build to be thrown away; ReplayFailed, StoreRewritten, AnotherRunner
    """
    shares = share_cursors.begun(connection, build) or share_cursors.begin(connection, build, of)
    with ExitStack() as stack:
        tasks = [Task(dsn, make, codec.catalogue, build, share, upto, replay.BATCH) for share in shares]
        beside = [stack.enter_context(ShareProcess(task)) for task in tasks]
        await_all(beside, lambda: progress(min(each.position for each in beside), upto))
    return share_cursors.arrive(connection, build, shares, upto)


def await_all(beside: Sequence[ShareProcess], look: Callable[[], None]) -> None:
    """Wait until all have arrived: which fails first is heard first. What a process left that ended is made here.

    Raises: ShareCrossed, ReplayFailed, StoreRewritten, AnotherRunner
    """
    waiting, left = list(beside), []
    while waiting:
        ready = wait([each.answer for each in waiting], _LOOK)
        left += [each for each in waiting if each.answer in ready and not each.arrived()]
        waiting = [each for each in waiting if each.answer not in ready]
        look()
    for each in left:
        each.make_here(look)


def make_share(task: Task, progress: Progress = no_progress) -> None:
    """Make what a share of a build still lacks.

    Raises: ShareCrossed, ReplayFailed, AnotherRunner
    """
    with connect(task.dsn, "icms rebuild, share") as connection, connect(task.dsn, "icms replay") as reading:
        # Who made this share before may not have noticed yet that nobody waits for it.
        key = {"key": f"icms share {task.share.number} of {task.build.schema}"}
        connection.execute("SELECT pg_advisory_lock(hashtext(%(key)s))", key)
        there = share_cursors.at(connection, task.build, task.share)
        codec = Codec(task.catalogue)
        Replay(connection, reading, _maker(task), codec, there, task.share, task.batch).advance(task.upto, progress)


def _maker(task: Task) -> MakeReadModel:
    def make() -> ReadModel:
        model = shareable(task.make())
        assert model is not None, "only what can be made in shares is"
        return model.in_share(task.share)

    return make


def _work(answering: Connection, done: Any, task: Task) -> None:
    require_awaited = working_for_another()
    crash_points.arm(os.environ)

    def progress(position: int, _: int) -> None:
        done.value = position
        require_awaited()

    try:
        make_share(task, progress)
    except (ShareCrossed, ReplayFailed) as problem:
        answering.send(problem)
    else:
        answering.send(None)
