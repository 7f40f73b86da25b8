"""What every read model is: a name, a table script, a fold over batches, and a digest that shows it is right.

A build of a read model lives in a PostgreSQL schema of its own. The runner opens the transaction, sets `search_path`
to that schema, applies a batch and moves the cursor; a read model never commits and never reads another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, Protocol
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log: its place, its columns and its decoded content."""

    position: int
    topic: str
    aggregate_id: UUID
    version: int
    clinic_id: UUID | None
    recorded_at: datetime
    occurred_on: str
    disclosure: str
    event: RegistryEvent


class ReadModel(Protocol):
    """One disposable fold; what an instance keeps in memory is dropped after a failure, with the instance."""

    name: str
    """The question it answers: `compliance_status`."""
    script: LiteralString
    """SQL that creates its tables in the first schema of `search_path`."""
    tables: tuple[str, ...]
    """Its tables, for the digest: every row, ordered by all columns."""

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold consecutive events into the tables; the result does not depend on how the log was cut into batches."""
        ...
