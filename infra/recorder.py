"""The library's recorder on our tables: events are written through the group writer alone, and read in their order."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any, LiteralString, NoReturn
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent

from domain.recording import (
    CommandRecord,
    KeyReused,
    Saved,
    TimeAhead,
    TimeBehind,
    VersionConflict,
)
from infra.append import Outcome, pack
from infra.avro_codec import LARGEST_EVENT, EventTooLarge
from infra.group_commit import GroupWriter
from infra.libpq import BIGINT, INTS, UUIDS, Prepared
from infra.mapper import RegistryStoredEvent
from infra.reader import Reader

_EVENTS = Prepared(
    "icms_events",
    b"""
    SELECT originator_version, topic, state
    FROM registry.events
    WHERE originator_id = $1 AND originator_version > $2 AND originator_version <= $3
    ORDER BY originator_version
    LIMIT $4
    """,
    (UUIDS[0], INTS[0], INTS[0], BIGINT),
)
_INTEGER, _BIGINT = Struct(">i"), Struct(">q")
_EVENTS_BACKWARDS: LiteralString = """
    SELECT originator_id, originator_version, topic, state
    FROM registry.events
    WHERE originator_id = %(id)s AND originator_version > %(gt)s AND originator_version <= %(lte)s
    ORDER BY originator_version DESC
    LIMIT %(limit)s
"""
_NOTIFICATIONS: LiteralString = """
    SELECT originator_id, originator_version, topic, state, position
    FROM registry.events
    WHERE position >= %(first)s AND position <= %(last)s
        AND (cardinality(%(topics)s::text[]) = 0 OR topic = ANY(%(topics)s))
    ORDER BY position
    LIMIT %(limit)s
"""
_HEAD: LiteralString = "SELECT max(position) FROM registry.events"
_LAST_VERSION = 2**31 - 1
_LAST_POSITION = 2**63 - 1


class PendingCommand:
    """A command on its way into the store; `saved` is what became of it."""

    __slots__ = ("record", "saved", "version")

    def __init__(self, record: CommandRecord, version: int) -> None:
        self.record = record
        self.version = version
        self.saved: Saved | None = None


class Recorder(ApplicationRecorder):
    """Writes commands with their events, and reads events."""

    def __init__(self, writer: GroupWriter, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, command: PendingCommand | None = None, **_: Any
    ) -> Sequence[int] | None:
        """Record a command with its events and return their positions; None when it was recorded before.

        Raises VersionConflict, KeyReused, TimeBehind, TimeAhead, EventTooLarge, StoreUnavailable.
        """
        assert command is not None, "events are recorded with the command that caused them"
        events = [event for event in stored_events if isinstance(event, RegistryStoredEvent)]
        for event in events:
            if len(event.state) > LARGEST_EVENT:
                raise EventTooLarge(topic=event.topic, size=len(event.state), limit=LARGEST_EVENT)
        outcome = self._writer.submit(pack(command.record, command.version, events))
        command.saved = _saved(outcome, command.record)
        if command.saved.repeat or not events:
            return None
        return range(outcome.first_position, outcome.last_position + 1)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return an aggregate's events in the order of their versions."""
        last = _LAST_VERSION if lte is None else lte
        if not desc:
            return self._forwards(
                originator_id if isinstance(originator_id, UUID) else UUID(originator_id), gt or 0, last, limit
            )
        parameters = {"id": originator_id, "gt": gt or 0, "lte": last, "limit": limit}
        return [StoredEvent(*row) for row in self._reader.rows(_EVENTS_BACKWARDS, parameters)]

    def _forwards(self, originator_id: UUID, gt: int, lte: int, limit: int | None) -> Sequence[StoredEvent]:
        """Return what nearly every command asks for; mostly, that there is nothing yet."""
        bounds = (_INTEGER.pack(gt), _INTEGER.pack(lte), None if limit is None else _BIGINT.pack(limit))
        found = self._reader.answer(_EVENTS, (originator_id.bytes, *bounds))
        rows = ([found.get_value(row, column) or b"" for column in range(3)] for row in range(found.ntuples))
        return [
            StoredEvent(originator_id, _INTEGER.unpack(version)[0], topic.decode(), state)
            for version, topic, state in rows
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return events in the order of their positions."""
        first = (start or 0) if inclusive_of_start else (start or 0) + 1
        last = _LAST_POSITION if stop is None else stop
        rows = self._reader.rows(_NOTIFICATIONS, {"first": first, "last": last, "topics": list(topics), "limit": limit})
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """Return the position of the last event, or None in an empty log."""
        head: int | None = self._reader.rows(_HEAD, {})[0][0]
        return head

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:
        """Refuse: a LISTEN connection that went half open would stall without a word; readers poll the log."""
        msg = "read the log by position (infra.event_log) instead of subscribing"
        raise NotImplementedError(msg)


def _saved(outcome: Outcome, record: CommandRecord) -> Saved:
    match outcome.word:
        case "done" | "repeat":
            return Saved(
                aggregate_id=outcome.aggregate_id,
                version=outcome.version,
                first_position=outcome.first_position,
                last_position=outcome.last_position,
                repeat=outcome.word == "repeat",
            )
        case "conflict":
            raise VersionConflict(aggregate_id=record.aggregate_id)
        case "key_reused":
            raise KeyReused
        case "time_behind":
            raise TimeBehind
        case "time_ahead":
            raise TimeAhead
        case word:
            msg = f"the append function answered {word!r}"
            raise AssertionError(msg)
