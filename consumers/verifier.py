"""Store, topics and read models say the same, or it is said where they first do not.

Every row is compared with its own bytes, every record with its row, byte for byte, and every read model with a fresh
replay. Nothing is changed; what is sealed stays sealed, so that erased subjects make no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from consumers import builds
from consumers.digest import digest
from consumers.findings import Findings, Problem, ProblemKind
from consumers.fold import MakeReadModel
from consumers.halting import Halted
from consumers.replay import Replay, moment
from consumers.store_check import check_store
from consumers.store_process import StoreProcess
from consumers.store_rows import StoreRows
from consumers.topic_check import TopicCheck, TopicCounts
from infra.avro_codec import Codec
from infra.event_log import StoredRow
from infra.kafka_clients import KafkaServers, open_consumer
from infra.kafka_log import Envelope, Message, Topics
from infra.kafka_refusals import naming
from infra.postgres import connect

WORTH_A_PROCESS = 20_000
"""Events from which on a second process saves more than its start costs."""

Tell = Callable[[str, int, int], None]
"""Called with what is being verified, how far it is and how far it is to go."""


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


@dataclass(frozen=True, slots=True)
class ModelVerified:
    """A read model, compared with a fresh replay at its own position."""

    name: str
    build: int
    position: int
    equal: bool
    digest: str


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
        if head < WORTH_A_PROCESS:
            result.events, found = check_store(rows, plan.codec, head, lambda done: tell("store", done, head))
            _check_topics(plan, rows, head, result, tell)
        else:
            with StoreProcess(plan.dsn, plan.codec.catalogue, head) as beside:
                _check_topics(plan, rows, head, result, tell)
                result.events, found = beside.result(lambda done: tell("store", done, head))
        result.findings.merge(found)
        for make in plan.models:
            _check_model(plan, connection, make, result, tell)
    return result


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


def _check_model(
    plan: VerifyPlan, connection: psycopg.Connection[Any], make: MakeReadModel, result: Verified, tell: Tell
) -> None:
    name, tables = make().name, make().tables
    with (
        connect(plan.dsn, "icms replay") as reading,
        builds.alone(connection, name),
        moment(plan.dsn) as then,
    ):
        live = builds.current(then.connection, name)
        if live is None:
            return
        builds.drop_unfinished(connection, name)
        replay = Replay(connection, reading, make, plan.codec)
        try:
            replay.advance(live.position, lambda done, upto: tell(name, done, upto))
            with connection.cursor() as now:
                fresh = digest(now, replay.build.schema, tables)
            found = digest(then, live.schema, tables)
        except Halted as error:
            result.findings.add(ProblemKind.not_replayable, f"{name}, build {live.build}", error.name)
            return
        finally:
            replay.drop()
    result.models.append(ModelVerified(name, live.build, live.position, found == fresh, found))
    if found != fresh:
        result.findings.add(
            ProblemKind.read_model_differs, f"{name}, position {live.position}", "see icms rebuild --switch"
        )
    if live.state == "quarantined":
        result.findings.add(ProblemKind.read_model_quarantined, f"{name}, position {live.position}", "see icms status")


def _public_before(row: StoredRow) -> int:
    return row.prev_public_position or 0
