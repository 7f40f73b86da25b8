"""The application's store: what `load` returns is what the events say, what `save` returns is committed.

Loaded aggregates come from a cache. How old its knowledge may be is bounded by `freshness`: before that time has
passed the store relies on what it knows, after it it asks which aggregates others have changed. A decision on an older
state cannot be saved: its version is taken, the save is refused as a conflict, and the next load is fresh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, LiteralString, TypeVar, cast
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, Mapper, Recording
from eventsourcing.utils import Environment, EnvType
from psycopg_pool import ConnectionPool

from domain.aggregate import Aggregate, RegistryEvent
from domain.recording import CommandRecord, KeyReused, Saved, VersionConflict
from infra import postgres
from infra.aggregate_cache import AggregateCache
from infra.freshness import Freshness
from infra.group_commit import GroupWriter
from infra.mapper import EventCodec, EventMapper
from infra.reader import Reader
from infra.recorder import PendingCommand, Recorder

A = TypeVar("A", bound=Aggregate)

PAGE = 1000
_RECALL: LiteralString = """
    SELECT request_hmac, aggregate_id, version, first_position, last_position
    FROM registry.commands
    WHERE actor = %(actor)s AND key_hmac = %(key_hmac)s
"""


class RegistryApplication(Application[UUID]):
    """The library's application with our mapper and recorder; it reads no environment."""

    def __init__(self, mapper: EventMapper, recorder: Recorder) -> None:
        self._given = mapper, recorder
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:  # noqa: ARG002
        """Return an empty environment: a stray variable must not change how events are stored."""
        return Environment(name, {})

    def construct_mapper(self) -> Mapper[UUID]:
        """Return our mapper."""
        return self._given[0]

    def construct_recorder(self) -> ApplicationRecorder:
        """Return our recorder."""
        return self._given[1]

    def save(self, *objs: Any, **kwargs: Any) -> list[Recording[UUID]]:
        """Put the pending events of aggregates; `command` goes with them to the recorder.

        Does what the library's method does without its runtime checks of protocols, which cost more than encoding.
        """
        return self.events.put([event for each in objs for event in each.collect_events()], **kwargs)


class EventStore:
    """Implements `application.ports.Store` on PostgreSQL; one per process, for all its threads."""

    def __init__(
        self,
        dsn: str,
        codec: EventCodec,
        disclosure: Callable[[str], str],
        *,
        patience: float = 30.0,
        freshness: float = 0.02,
        readers: int = 8,
    ) -> None:
        """Open the store by the DSN of the role `icms_app`.

        `disclosure` returns the class of a stored topic; `patience` is how long a command or a load waits for a
        PostgreSQL that went away; `freshness` is the longest time for which changes of other processes may be missed.

        Raises: DatabaseRefused, StoreNotOpened
        """
        self._dsn = dsn
        self.cache = AggregateCache()
        self.pool: ConnectionPool[psycopg.Connection[Any]] = postgres.open_pool(dsn, "icms store reader", readers)
        self._reader = Reader(self.pool, patience)
        self._freshness = Freshness(self._reader, self.cache, freshness)
        try:
            self._freshness.ensure()
            self._writer = GroupWriter(self._connect, patience=patience, appended=self._freshness.appended)
        except BaseException:
            self.pool.close()
            raise
        self.recorder = Recorder(self._writer, self._reader)
        self.application = RegistryApplication(EventMapper(codec, disclosure), self.recorder)

    def load(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """Return a private copy of an aggregate as its events make it, or None; raise StoreUnavailable."""
        self._freshness.ensure()
        found, complete = self.cache.borrow(aggregate_id)
        if not complete:
            for event in self.history(aggregate_id, found.version if found is not None else 0):
                found = event.mutate(found)
            if found is not None:
                self.cache.keep(found)
        return found if isinstance(found, kind) else None

    def save(self, aggregates: Sequence[Aggregate], record: CommandRecord) -> Saved:
        """Append the pending events of all of them, and the record, in one transaction; return after the commit.

        Raises VersionConflict, KeyReused, TimeBehind, TimeAhead, EventTooLarge, StoreUnavailable. The aggregates are
        spent then: load them again. After StoreUnavailable the command may have taken effect all the same.
        """
        events = [cast("RegistryEvent", event) for each in aggregates for event in each.pending_events]
        answering = next((each for each in aggregates if each.id == record.aggregate_id), None)
        command = PendingCommand(record, answering.version if answering is not None else 0)
        try:
            self.application.save(*aggregates, command=command)
        except VersionConflict:
            # Somebody else was first: what is known of these aggregates is old, and so may be everything else.
            self.cache.forget(each.id for each in aggregates)
            self._freshness.doubt()
            raise
        assert command.saved is not None
        if not command.saved.repeat:
            self.cache.advance(events)
        return command.saved

    def recall(self, record: CommandRecord) -> Saved | None:
        """Return what an earlier command with this actor and key did; raise KeyReused when it was another request."""
        rows = self._reader.rows(_RECALL, {"actor": record.actor, "key_hmac": record.key_hmac})
        if not rows:
            return None
        request_hmac, aggregate_id, version, first_position, last_position = rows[0]
        if request_hmac != record.request_hmac:
            raise KeyReused
        return Saved(
            aggregate_id=aggregate_id,
            version=version,
            first_position=first_position,
            last_position=last_position,
            repeat=True,
        )

    def history(self, aggregate_id: UUID, after: int = 0) -> Iterator[RegistryEvent]:
        """Yield an aggregate's events page by page, so that a long history is never in memory as a whole."""
        while True:
            page = self.recorder.select_events(aggregate_id, gt=after, limit=PAGE)
            for stored in page:
                yield self.application.mapper.to_domain_event(stored)  # type: ignore[misc]
            if len(page) < PAGE:
                return
            after = page[-1].originator_version

    def close(self) -> None:
        """Commit what waits, then end; whoever comes later is refused."""
        self._writer.close()
        self.application.close()
        self.pool.close()

    def _connect(self) -> psycopg.Connection[Any]:
        connection = postgres.connect(self._dsn, "icms store writer")
        try:
            postgres.check_server(connection, self._dsn)
            postgres.store_facts(connection)
        except BaseException:
            connection.close()
            raise
        return connection
