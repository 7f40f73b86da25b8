"""Store, topics and read models say the same, or it is said where they first do not.

Every row is compared with its own bytes, every record with its row, byte for byte, and every read model with a fresh
replay. Nothing is changed; what is sealed stays sealed, so that erased subjects make no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.beside import Beside, Piece, Tell
from consumers.findings import Findings, Problem
from consumers.fold import MakeReadModel
from consumers.store_rows import StoreRows
from consumers.topic_check import TopicCheck, TopicCounts
from consumers.verify_pieces import ModelPiece, ModelVerified, StorePiece
from infra.avro_codec import Codec
from infra.event_log import StoredRow
from infra.kafka_clients import KafkaServers, open_consumer
from infra.kafka_log import Envelope, Message, Topics
from infra.kafka_refusals import naming
from infra.postgres import connect

WORTH_A_PROCESS = 20_000
"""Events from which on a second process saves more than its start costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPlan:
    """What is compared with what."""

    dsn: str
    """DSN of the role icms_projector, which may make builds beside the live ones."""
    servers: KafkaServers
    """As the auditor, who may read both topics."""
    topics: Topics
    envelope: Envelope
    codec: Codec
    models: Sequence[MakeReadModel]


@dataclass(slots=True)
class Verified:
    """What was looked at and what is wrong."""

    events: int = 0
    """Rows of the store."""
    topics: dict[str, TopicCounts] = field(default_factory=dict)
    models: list[ModelVerified] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    @property
    def passed(self) -> bool:
        """Say whether everything is as it must be."""
        return not self.findings.counts

    @property
    def problems(self) -> list[Problem]:
        """Return the first problem of each kind."""
        return list(self.findings.first.values())


def tell_nobody(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def verify(plan: VerifyPlan, tell: Tell = tell_nobody) -> Verified:
    """Compare everything; what is recorded meanwhile is not looked at.

    Raises: KafkaRefused, DatabaseRefused, BuildBusy
    """
    result = Verified()
    with connect(plan.dsn, "icms verify") as connection:
        rows = StoreRows(connection)
        head = rows.head()
        pieces: list[Piece] = [StorePiece(plan.dsn, plan.codec.catalogue, head)]
        pieces += [ModelPiece(plan.dsn, plan.codec.catalogue, make) for make in plan.models]
        if head < WORTH_A_PROCESS:
            _check_topics(plan, rows, head, result, tell)
            store, *models = [_done(piece, tell) for piece in pieces]
        else:
            with Beside(pieces) as beside:
                _check_topics(plan, rows, head, result, tell)
                store, *models = beside.results(tell)
        result.events, found = store
        result.findings.merge(found)
        for verified, found in models:
            result.models += [verified] if verified else []
            result.findings.merge(found)
    return result


def _done(piece: Piece, tell: Tell) -> Any:
    return piece.done(lambda done, total: tell(piece.name, done, total))


def _check_topics(plan: VerifyPlan, rows: StoreRows, head: int, result: Verified, tell: Tell) -> None:
    _check_topic(plan, rows, plan.topics.events, plan.envelope.event, lambda row: row.position - 1, head, result, tell)
    public_head = rows.public_head(head)
    _check_topic(plan, rows, plan.topics.public, plan.envelope.public, _public_before, public_head, result, tell)


def _check_topic(
    plan: VerifyPlan,
    rows: StoreRows,
    topic: str,
    wrap: Callable[[StoredRow], Message],
    previous: Callable[[StoredRow], int],
    upto: int,
    result: Verified,
    tell: Tell,
) -> None:
    consumer = open_consumer(plan.servers, topic, "icms-verify")
    try:
        with naming(plan.servers.bootstrap_servers, plan.servers.user, f"read {topic}"):
            check = TopicCheck(consumer, topic, rows, wrap, previous)
            check.run(upto, lambda done: tell(topic, done, upto))
    finally:
        consumer.close()
    result.topics[topic] = check.counts
    result.findings.merge(check.findings)


def _public_before(row: StoredRow) -> int:
    return row.prev_public_position or 0
