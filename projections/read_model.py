"""What every read model is: a name, a table script, a fold over batches, and a digest that shows it is right.

A build of a read model lives in a PostgreSQL schema of its own. The runner opens the transaction, sets `search_path`
to that schema, applies a batch and moves the cursor; a read model never commits and never reads another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, LiteralString, Protocol
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.catalogue import event_classes

Read = Callable[[str, bytes, UUID, int], RegistryEvent]
"""Turn a stored row (topic, state, aggregate id, version) into its event; the codec of `infra` gives one."""


Fields = frozenset[str]
"""Names of an event's fields, those of a record within with a dot: `content.registry_id`."""


class Recorded:
    """An event as it stands in the log: its place and columns at once, its content when somebody asks for it.

    Most read models look at few kinds of events, and reading the bytes costs more than all the rest of a batch.
    """

    __slots__ = (
        "_event",
        "_read",
        "_state",
        "aggregate_id",
        "clinic_id",
        "disclosure",
        "occurred_on",
        "position",
        "recorded_at",
        "topic",
        "version",
    )

    def __init__(
        self,
        position: int,
        topic: str,
        aggregate_id: UUID,
        version: int,
        clinic_id: UUID | None,
        recorded_at: datetime,
        occurred_on: str,
        disclosure: str,
        state: bytes,
        read: Read,
    ) -> None:
        self.position = position
        self.topic = topic
        self.aggregate_id = aggregate_id
        self.version = version
        self.clinic_id = clinic_id
        self.recorded_at = recorded_at
        self.occurred_on = occurred_on
        self.disclosure = disclosure
        self._state = state
        self._read = read
        self._event: RegistryEvent | None = None

    @property
    def kind(self) -> type[RegistryEvent]:
        """Return the event's class, without reading its bytes; raise LookupError for a type that is not known."""
        return kind_of(self.topic)

    @property
    def event(self) -> RegistryEvent:
        """Return the event, read once for all who ask; raise what `read` raises for bytes that do not fit."""
        if self._event is None:
            self._event = self._read(self.topic, self._state, self.aggregate_id, self.version)
        return self._event


@lru_cache(maxsize=4096)
def kind_of(topic: str) -> type[RegistryEvent]:
    """Return the class of events stored under a topic; raise LookupError for a type that is not known."""
    return event_classes()[topic.partition(".")[0]]


class ReadModel(Protocol):
    """One disposable fold; what an instance keeps in memory is dropped after a failure, with the instance.

    One that says something of clinics may have `stances`, too: what `consumers.stance` compares two builds by. One that
    reads little of many events may have `needs`: the fields that it reads of kinds, which `needed_of` looks up.
    """

    name: str
    """The question it answers: `standings`."""
    script: LiteralString
    """SQL that creates its tables in the first schema of `search_path`."""
    tables: tuple[str, ...]
    """Its tables, for the digest: every row, ordered by all columns."""
    looks_at: tuple[type[RegistryEvent], ...]
    """The kinds of events that change its tables; a batch without any of them only moves its cursor."""

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold consecutive events into the tables; the result does not depend on how the log was cut into batches.

        Ask for the content only of kinds that matter: an event whose bytes cannot be read stops who asks for it.
        """
        ...


def needed_of(models: Sequence[ReadModel]) -> Callable[[type[RegistryEvent]], Fields | None]:
    """Return what says which fields of a kind these read models read together; None: all, or nobody said."""

    def needed(kind: type[RegistryEvent]) -> Fields | None:
        asked = [_needs(model, kind) for model in models if issubclass(kind, model.looks_at)]
        named = [fields for fields in asked if fields is not None]
        return Fields().union(*named) if asked and len(named) == len(asked) else None

    return needed


def _needs(model: ReadModel, kind: type[RegistryEvent]) -> Fields | None:
    """Return the fields that a read model reads of a kind; None where it did not say."""
    needs: Mapping[type[RegistryEvent], Fields] = getattr(model, "needs", {})
    return next((needs[each] for each in kind.__mro__ if each in needs), None)
