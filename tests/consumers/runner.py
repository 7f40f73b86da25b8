"""A projector in a thread, for tests that need no process, and the judgement of what it made."""

from __future__ import annotations

import threading
from typing import Self

from consumers import builds
from consumers.fold import MakeReadModel
from consumers.projector import ProjectorPlan, project
from consumers.replay import Replay
from consumers.worker import Life
from infra.postgres import connect
from tests.campaign.verdict import Verdict
from tests.campaign.view_judge import judge_view
from tests.consumers.conftest import TestedRegistry
from tests.consumers.counting_model import link


class Runner:
    """A projector in a thread, for tests that need no process."""

    def __init__(self, registry: TestedRegistry, *models: MakeReadModel) -> None:
        self.life = Life()
        self.plan = ProjectorPlan(
            dsn=registry.dsn("icms_projector"),
            servers=registry.servers("projector"),
            topic=registry.topics.events,
            codec=registry.log.codec,
            models=models,
        )
        self.ended_by: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.life.stop()
        self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self.life.stopping():
                project(self.plan, self.life)
        except Exception as error:  # noqa: BLE001 - the test asks what it was
            self.ended_by = error


def cursor_of(registry: TestedRegistry, model: str = "counting") -> tuple[int, str, str | None]:
    """Return position, state and error of the build that is read."""
    row = registry.log.connection.execute(
        "SELECT position, state, error FROM registry.builds WHERE name = %s AND state IN ('live', 'quarantined')",
        (model,),
    ).fetchone()
    return row or (0, "", None)


def judge_replayed(registry: TestedRegistry, make: MakeReadModel) -> None:
    """Assert that a read model holds what a fresh replay makes, row by row, as PostgreSQL compares them."""
    verdict = Verdict()
    live = builds.current(registry.log.connection, make().name)
    assert live is not None
    with (
        connect(registry.dsn("icms_projector")) as connection,
        connect(registry.dsn("icms_projector")) as reading,
    ):
        replay = Replay(connection, reading, make, registry.log.codec)
        replay.advance(live.position)
        judge_view(registry.log.connection, live.schema, replay.build.schema, verdict)
        replay.drop()
    assert verdict.clean, str(verdict)


def judge(registry: TestedRegistry, upto: int, model: str = "counting") -> None:
    """Assert that a counting read model holds every event up to a position once and in order, by our own fold."""
    rows = registry.log.connection.execute(
        """
        SELECT position, topic, coalesce(clinic_id::text, 'none')
          FROM registry.events
         WHERE position <= %s
         ORDER BY position
        """,
        (upto,),
    ).fetchall()
    wanted: dict[str, tuple[int, bytes]] = {}
    for position, topic, clinic in rows:
        events, chain = wanted.get(clinic, (0, b""))
        wanted[clinic] = events + 1, link(chain, position, topic)
    build = builds.current(registry.log.connection, model)
    assert build is not None
    assert build.position == upto
    with registry.log.connection.transaction(), registry.log.connection.cursor() as cursor:
        builds.enter(cursor, build)
        chains = cursor.execute("SELECT clinic, events, chain FROM chains").fetchall()
        places = cursor.execute("SELECT position FROM places ORDER BY position").fetchall()
    assert {clinic: (events, chain) for clinic, events, chain in chains} == wanted
    assert [position for (position,) in places] == list(range(1, upto + 1))
