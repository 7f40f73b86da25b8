"""Whatever is changed anywhere is found and named; what may differ is not held against anybody."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
import pytest
from kafka import TopicPartition

from consumers import builds
from consumers.beside import Beside
from consumers.findings import ProblemKind
from consumers.rebuild import rebuild
from consumers.store_rows import StoreRows
from consumers.topic_check import TopicCheck
from consumers.verifier import Verified, VerifyPlan, verify
from consumers.verify_pieces import ModelPiece
from infra.event_log import EventLog
from infra.kafka_clients import open_consumer, read_between
from infra.kafka_log import Envelope, Message
from infra.kafka_refusals import KafkaAway
from infra.postgres import connect
from projections.read_model import Recorded
from tests.consumers.conftest import ADDRESS, TestedRegistry
from tests.consumers.counting_model import Counting
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.worker_process import until


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for what is not published yet no longer than a test needs."""
    monkeypatch.setattr("consumers.topic_check._PATIENCE", 0.5)


def verified(registry: TestedRegistry) -> Verified:
    plan = VerifyPlan(
        dsn=registry.dsn("icms_projector"),
        servers=registry.servers("auditor"),
        topics=registry.topics,
        envelope=registry.envelope,
        codec=registry.log.codec,
        models=[Counting],
    )
    return verify(plan)


@pytest.fixture
def published(registry: TestedRegistry, topic: TopicWriter) -> TestedRegistry:
    """Return a registry whose topics and read model hold all of its 120 events."""
    registry.log.write(120)
    topic.publish_all(120)
    rebuild(registry.dsn("icms_projector"), Counting, registry.log.codec)
    return registry


@pytest.mark.parametrize("processes", [1, 2])
def test_what_was_published_passes(
    published: TestedRegistry, topic: TopicWriter, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.verifier.WORTH_A_PROCESS", 1_000 if processes == 1 else 1)
    topic.publish(30, 60)

    result = verified(published)

    assert result.passed, result.problems
    assert result.events == 120
    counts = result.topics[published.topics.events]
    assert (counts.records, counts.events, counts.repeats, counts.other_address) == (151, 120, 31, 0)
    assert [(model.name, model.position, model.equal) for model in result.models] == [("counting", 120, True)]
    left = published.log.connection.execute("SELECT count(*) FROM registry.builds WHERE state = 'building'").fetchone()
    assert left == (0,)


def repaired(registry: TestedRegistry, statement: bytes) -> None:
    """Change rows as only the owner could, by hand."""
    with registry.log.connection.transaction():
        registry.log.connection.execute("ALTER TABLE registry.events DISABLE TRIGGER never_changed")
        registry.log.connection.execute(statement)
        registry.log.connection.execute("ALTER TABLE registry.events ENABLE TRIGGER never_changed")


IN_STORE: dict[str, tuple[bytes, ProblemKind, int]] = {
    "bytes": (
        b"UPDATE registry.events SET state = state || '\\x00' WHERE position = 50",
        ProblemKind.hash_wrong,
        1,
    ),
    "clinic": (
        b"UPDATE registry.events SET clinic_id = gen_random_uuid() WHERE position IN (51, 56)",
        ProblemKind.column_wrong,
        2,
    ),
    "day": (b"UPDATE registry.events SET occurred_on = '1999' WHERE position = 52", ProblemKind.column_wrong, 1),
    "time": (
        b"UPDATE registry.events SET recorded_at = recorded_at + interval '1 s' WHERE position = 52",
        ProblemKind.column_wrong,
        1,
    ),
    "disclosure": (
        b"UPDATE registry.events SET disclosure = 'party' WHERE position = 51",
        ProblemKind.column_wrong,
        1,
    ),
    "predecessor": (
        b"UPDATE registry.events SET prev_public_position = 1 WHERE position = 60",
        ProblemKind.public_chain_wrong,
        1,
    ),
    "hole": (b"DELETE FROM registry.events WHERE position = 66", ProblemKind.position_missing, 1),
    "end": (b"DELETE FROM registry.events WHERE position = 120", ProblemKind.foreign_record, 2),
}


@pytest.mark.parametrize("case", IN_STORE)
def test_what_was_changed_in_the_store_is_found(published: TestedRegistry, case: str) -> None:
    statement, kind, times = IN_STORE[case]
    repaired(published, statement)

    result = verified(published)

    assert not result.passed
    assert result.findings.counts.get(kind) == times, result.findings


def test_a_long_store_is_checked_beside_its_topics(published: TestedRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.verifier.WORTH_A_PROCESS", 100)
    assert verified(published).events == 120

    repaired(published, b"UPDATE registry.events SET occurred_on = '1999' WHERE position = 52")

    assert verified(published).findings.counts == {ProblemKind.column_wrong: 1}


IN_TOPIC: dict[str, Callable[[Message], Message]] = {
    "value": lambda message: message._replace(value=message.value[:-1] + b"\xff"),
    "key": lambda message: message._replace(key=b"another"),
    "header": lambda message: message._replace(
        headers=[(name, value + b"0" if name == "ce_id" else value) for name, value in message.headers]
    ),
    "no header": lambda message: message._replace(headers=message.headers[:-1]),
}


@pytest.mark.parametrize("case", IN_TOPIC)
def test_what_somebody_wrote_into_the_topic_is_found(
    published: TestedRegistry,
    topic: TopicWriter,
    case: str,
) -> None:
    topic.write(IN_TOPIC[case](topic.message(53)))

    result = verified(published)

    assert result.findings.counts == {ProblemKind.record_differs: 1}
    assert "offset 120" in result.problems[0].where


def test_a_record_of_no_row_is_foreign(published: TestedRegistry, topic: TopicWriter) -> None:
    message = topic.message(5)
    headers = [(name, b"999" if name == "position" else value) for name, value in message.headers]
    topic.write(message._replace(headers=headers), message._replace(headers=[]))

    result = verified(published)

    assert result.findings.counts == {ProblemKind.foreign_record: 2}


def test_a_hole_in_the_topic_is_found(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(40)
    topic.publish(1, 20)
    topic.publish(22, 40)

    result = verified(registry)

    places = [problem.where for problem in result.problems if problem.kind == ProblemKind.not_in_topic]
    assert places == [f"{registry.topics.events}, behind position 20"]
    assert result.findings.counts[ProblemKind.not_in_topic] == 2


def test_a_read_model_that_was_tampered_with_is_found(published: TestedRegistry) -> None:
    published.log.connection.execute("UPDATE counting_1.chains SET events = events - 1 WHERE clinic = 'none'")

    result = verified(published)

    assert result.findings.counts == {ProblemKind.read_model_differs: 1}


def test_a_former_public_address_is_counted_and_no_problem(published: TestedRegistry, topic: TopicWriter) -> None:
    ids = {schema.topic: schema.id for schema in published.log.codec.catalogue.all()}
    before = Envelope("urn:icms:before", ADDRESS.replace("registry", "old"), ids)
    row = EventLog(published.log.connection).row(9)
    assert row is not None
    topic.write(before.event(row))

    result = verified(published)

    assert result.passed, result.problems
    assert result.topics[published.topics.events].other_address == 1


def test_a_kafka_that_falls_silent_is_not_waited_for_for_ever(
    published: TestedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.kafka_clients.SILENCE", 0.3)
    name = published.topics.events
    consumer = open_consumer(published.servers("auditor"), name, "tests")
    # What is fetched no more looks to a reader as a broker that vanished.
    consumer.pause(TopicPartition(name, 0))
    check = TopicCheck(
        consumer, name, StoreRows(published.log.connection), published.envelope.event, lambda row: row.position - 1
    )

    with pytest.raises(KafkaAway):
        check.run(120, lambda _: None)
    with pytest.raises(KafkaAway):
        next(read_between(consumer, name, 0, 120))

    consumer.close()


def test_what_a_killed_verification_left_is_cleared_away(published: TestedRegistry) -> None:
    with connect(published.dsn("icms_projector")) as connection:
        left = builds.create(connection, Counting(), "building")

    assert verified(published).passed

    schemas = published.log.connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^counting'")
    assert left.schema not in {name for (name,) in schemas.fetchall()}
    assert builds.of_state(published.log.connection, "counting", "building") == []


class Lingering(Counting):
    """A read model whose statements take PostgreSQL long in any process but one."""

    name = "lingering"

    def __init__(self, here: int) -> None:
        self.here = here

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        if os.getpid() != self.here:
            cursor.execute("SELECT pg_sleep(3)")
        super().apply(cursor, batch)


def test_the_session_of_a_process_that_was_killed_is_waited_for(registry: TestedRegistry) -> None:
    registry.log.write(20)
    make, execute = partial(Lingering, os.getpid()), registry.log.connection.execute
    rebuild(registry.dsn("icms_projector"), make, registry.log.codec)
    lingering = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"

    with Beside([ModelPiece(registry.dsn("icms_projector"), registry.log.codec.catalogue, make)]) as beside:
        until(lambda: execute(lingering).fetchone() is not None)
        beside.process.kill()
        beside.process.join()
        assert execute(lingering).fetchone() is not None, "PostgreSQL has not noticed yet"
        ((found, problems),) = beside.results(lambda *_: None)

    assert found.equal
    assert problems.counts == {}
    assert builds.of_state(registry.log.connection, "lingering", "building") == []
