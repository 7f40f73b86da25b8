"""What is verified of the database alone: each row against its own bytes, each read model against a fresh replay."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from consumers import builds
from consumers.digest import digest
from consumers.findings import Findings, ProblemKind
from consumers.fold import MakeReadModel
from consumers.halting import Halted
from consumers.replay import Replay, moment
from consumers.store_check import check_store
from consumers.store_rows import StoreRows
from infra.avro_codec import Codec
from infra.postgres import connect
from schemas.catalogue import Catalogue

_PATIENCE = 60.0
"""Seconds after which PostgreSQL has noticed that a process is gone: at the end of the statement it last gave."""


@dataclass(frozen=True, slots=True)
class ModelVerified:
    """A read model, compared with a fresh replay at its own position."""

    name: str
    build: int
    position: int
    equal: bool
    digest: str


@dataclass(frozen=True, slots=True)
class StorePiece:
    """The rows of the store up to a position."""

    dsn: str
    catalogue: Catalogue
    upto: int
    name: str = "store"

    def done(self, progress: Callable[[int, int], None]) -> tuple[int, Findings]:
        """Return how many rows there are, and what is wrong with them; raise DatabaseRefused."""
        with connect(self.dsn, "icms verify") as connection:
            rows = StoreRows(connection)
            return check_store(rows, Codec(self.catalogue), self.upto, lambda done: progress(done, self.upto))

    def again(self) -> StorePiece:
        """Return the same: whoever reads the store stands in nobody's way."""
        return self


@dataclass(frozen=True, slots=True)
class ModelPiece:
    """A read model's live build, at the position which it has when this begins."""

    dsn: str
    catalogue: Catalogue
    make: MakeReadModel
    patience: float = 0.0
    """Seconds to wait for whoever has the right to make builds of it."""

    @property
    def name(self) -> str:
        """Return the read model's name."""
        return self.make().name

    def done(self, progress: Callable[[int, int], None]) -> tuple[ModelVerified | None, Findings]:
        """Return what its build was found to be, None where there is none; raise DatabaseRefused, BuildBusy."""
        findings = Findings()
        name, tables = self.name, self.make().tables
        with (
            connect(self.dsn, "icms verify") as connection,
            connect(self.dsn, "icms replay") as reading,
            builds.alone(connection, name, self.patience),
            moment(self.dsn) as then,
        ):
            live = builds.current(then.connection, name)
            if live is None:
                return None, findings
            builds.drop_unfinished(connection, name)
            replay = Replay(connection, reading, self.make, Codec(self.catalogue))
            try:
                replay.advance(live.position, progress)
                with connection.cursor() as now:
                    fresh = digest(now, replay.build.schema, tables)
                found = digest(then, live.schema, tables)
            except Halted as error:
                findings.add(ProblemKind.not_replayable, f"{name}, build {live.build}", error.name)
                return None, findings
            finally:
                replay.drop()
        if found != fresh:
            findings.add(
                ProblemKind.read_model_differs, f"{name}, position {live.position}", "see icms rebuild --switch"
            )
        if live.state == "quarantined":
            findings.add(ProblemKind.read_model_quarantined, f"{name}, position {live.position}", "see icms status")
        return ModelVerified(name, live.build, live.position, found == fresh, found), findings

    def again(self) -> ModelPiece:
        """Return it waiting for the session of the process that was ended."""
        return dataclasses.replace(self, patience=_PATIENCE)
