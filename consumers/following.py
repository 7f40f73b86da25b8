"""Which records of the topic may be applied: those that follow the cursor and are the store's, and no other ever.

A record is judged by the store before anything in it is understood. Repeats are dropped, records that somebody else
wrote are dropped with an alarm, and where one is missing the reader goes on reading until it comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from consumers.fold import Checked
from consumers.halting import SchemaMissing, StoreRewritten
from consumers.store_rows import StoredColumns, StoreRows
from infra.avro_codec import Codec, UnknownSchema
from infra.avro_excerpt import ExcerptReader, NeededOf
from infra.kafka_log import ForeignRecord, KafkaRecord, parse
from projections.read_model import Recorded
from schemas.catalogue import NoSuchSchema

log = structlog.get_logger(__name__)


class Follower:
    """A reader's place in the log."""

    def __init__(self, rows: StoreRows, codec: Codec, position: int, leaf_hash: bytes | None, needed: NeededOf) -> None:
        """Go on after a position, reading of events what is needed."""
        self.position = position
        self.waiting_for: int | None = None
        """The position that is missing, while records after it were seen."""
        self._leaf_hash = leaf_hash
        self._rows = rows
        self._codec = codec
        self._read = ExcerptReader(codec, needed).read
        self._left: list[KafkaRecord] = []

    def sift(self, records: Sequence[Any]) -> list[Checked]:
        """Return the events to apply, in order; the cursor moves behind them.

        Raises: StoreRewritten; SchemaMissing, after an earlier call returned all that comes before
        """
        claims, dropped = _claims(records)
        fresh = [claim for claim in (*self._left, *claims) if claim.position > self.position]
        self._left = []
        stored = self._stored(fresh)
        checked: list[Checked] = []
        for number, claim in enumerate(fresh):
            row = stored.get(claim.position)
            reason = self._foreign(claim, row)
            if reason is not None:
                dropped[reason, claim.offset, claim.position] += 1
            elif row is not None and claim.position == self.position + 1:
                event = self._recorded(claim, row, after=bool(checked))
                if event is None:
                    self._left = fresh[number:]
                    break
                checked.append(Checked(event, claim.leaf_hash, claim.offset))
                self.position, self._leaf_hash, self.waiting_for = claim.position, claim.leaf_hash, None
            elif claim.position > self.position:
                self._miss(claim)
        _alarm(dropped)
        return checked

    def require_unchanged(self) -> None:
        """Make sure that the store still holds what was applied last.

        Raises: StoreRewritten
        """
        self._stored([])

    def _stored(self, claims: Sequence[KafkaRecord]) -> Mapping[int, StoredColumns]:
        stored = self._rows.columns({self.position, *(claim.position for claim in claims)})
        if self.position and (self.position not in stored or stored[self.position].leaf_hash != self._leaf_hash):
            raise StoreRewritten(position=self.position)
        return stored

    def _foreign(self, claim: KafkaRecord, row: StoredColumns | None) -> str | None:
        """Say why a record is not the store's, or None; only its topic, id and bytes are hashed, nothing is decoded."""
        if row is None:
            return "no such position is stored"
        if claim.leaf_hash != row.leaf_hash:
            return "another leaf hash"
        if claim.true_leaf_hash() != row.leaf_hash:
            return "other bytes than its leaf hash says"
        try:
            schema = self._codec.catalogue.by_topic(claim.topic)
        except NoSuchSchema:
            return None
        return None if claim.schema_id == schema.id else "another schema id than its type has"

    def _recorded(self, claim: KafkaRecord, row: StoredColumns, *, after: bool) -> Recorded | None:
        """Return an event that is the store's; None where its type is not known and others are to be applied before.

        Its columns are the store's, since nobody vouches for the headers. Its bytes are read by whoever needs them.
        """
        try:
            self._codec.require(claim.topic)
        except UnknownSchema as error:
            if after:
                return None
            raise SchemaMissing(position=claim.position, topic=claim.topic) from error
        return Recorded(
            claim.position,
            claim.topic,
            claim.aggregate_id,
            claim.version,
            row.clinic_id,
            row.recorded_at,
            row.occurred_on,
            row.disclosure,
            claim.state,
            self._read,
        )

    def _miss(self, claim: KafkaRecord) -> None:
        if self.waiting_for is None:
            self.waiting_for = self.position + 1
            log.error("position_missing_in_topic", missing=self.waiting_for, found=claim.position, offset=claim.offset)


Dropped = Counter[tuple[str, int, int | None]]


def _claims(records: Sequence[Any]) -> tuple[list[KafkaRecord], Dropped]:
    claims: list[KafkaRecord] = []
    dropped: Dropped = Counter()
    for record in records:
        try:
            claims.append(parse(record))
        except ForeignRecord as error:
            dropped[str(error), record.offset, None] += 1
    return claims, dropped


def _alarm(dropped: Dropped) -> None:
    """Tell of foreign records once per batch and reason, with the first of each."""
    reasons: dict[str, list[tuple[int, int | None]]] = {}
    for reason, offset, position in dropped:
        reasons.setdefault(reason, []).append((offset, position))
    for reason, places in reasons.items():
        log.error(
            "foreign_records_dropped", reason=reason, records=len(places), offset=places[0][0], position=places[0][1]
        )
