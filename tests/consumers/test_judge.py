"""The judge of the campaign is independent of what it judges, and names each fault that is planted."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from click.testing import CliRunner
from confluent_kafka import Consumer, Producer, TopicPartition

from consumers import builds
from consumers.replay import Replay
from infra.append import append
from infra.postgres import connect
from tests.campaign import acknowledged, oracle, store_judge, topic_judge, verdict, view_judge
from tests.campaign.acknowledged import Acknowledged, NotAcknowledgements, judge_commands, judge_coverage
from tests.campaign.oracle import CLEAN, FAULTY, NOT_JUDGED, judge, main
from tests.campaign.topic_judge import TopicSilent, records_of
from tests.campaign.verdict import Verdict
from tests.consumers.conftest import TestedRegistry
from tests.consumers.counting_model import Counting
from tests.consumers.oracle import options
from tests.consumers.runner import Runner, cursor_of
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.worker_process import until
from tests.infra.scratch_store import appending, command, event, make_store

EVENTS = 40
JUDGES = (oracle, acknowledged, store_judge, topic_judge, view_judge, verdict)
ALLOWED = {"avro", "click", "confluent_kafka", "psycopg"} | set(sys.stdlib_module_names)
OURS = {module.__name__ for module in JUDGES}


def verdict_of(registry: TestedRegistry, *told: Acknowledged, **asked: Any) -> Verdict:
    topics = registry.topics
    return judge(registry.owner_dsn, options(registry.kafka), topics.events, topics.public, told, **asked)


def rewritten(registry: TestedRegistry, statement: str) -> None:
    with registry.log.connection.transaction():
        registry.log.connection.execute("ALTER TABLE registry.events DISABLE TRIGGER never_changed")
        registry.log.connection.execute(statement.encode())
        registry.log.connection.execute("ALTER TABLE registry.events ENABLE TRIGGER never_changed")


@pytest.mark.parametrize("module", JUDGES)
def test_the_judge_shares_no_code_with_what_it_judges(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name for name in imported if name.partition(".")[0] not in ALLOWED} <= OURS


def test_a_whole_log_is_clean_and_repeats_are_no_fault(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    topic.publish(EVENTS - 5, EVENTS)

    verdict = verdict_of(registry)

    assert verdict.clean
    assert not verdict.foreign
    assert str(verdict) == "nothing lost, doubled, reordered or changed"


def test_what_is_missing_or_early_in_the_topic_is_named(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish(1, 10)
    topic.publish(12, EVENTS)

    verdict = verdict_of(registry)

    assert verdict.lost[0].startswith("position 11 (")
    assert registry.topics.events in verdict.lost[0]
    assert "position 12 came after 10" in verdict.reordered[0]


def test_a_hole_that_was_filled_later_is_no_fault(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(10)
    topic.publish(12, 15)
    topic.publish(11, EVENTS)
    public = [row for row in topic.rows.read(10, EVENTS) if row.disclosure == "public"]
    topic.write(*(registry.envelope.public(row) for row in public), topic=registry.topics.public)

    verdict = verdict_of(registry)

    assert verdict.clean, str(verdict)
    assert verdict.early.count == 4


def test_a_record_of_somebody_else_is_foreign_and_no_fault(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    message = topic.message(7)
    topic.write(message._replace(value=message.value[:-1] + bytes([message.value[-1] ^ 1])))

    verdict = verdict_of(registry)

    assert verdict.clean
    assert list(verdict.foreign) == [f"offset {EVENTS}, position 7"]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM registry.events WHERE position = 9", lambda verdict: verdict.lost[0].startswith("position 9")),
        (
            "UPDATE registry.events SET state = state || '\\x00'::bytea WHERE position = 9",
            lambda verdict: "bytes of position 9" in verdict.changed[0],
        ),
        (
            "UPDATE registry.events SET originator_version = 2 WHERE position = 9",
            lambda verdict: "position 9" in verdict.lost[0],
        ),
        (
            "UPDATE registry.events SET prev_public_position = 1 WHERE position = 20",
            lambda verdict: verdict.reordered[0].startswith("position 20"),
        ),
    ],
)
def test_what_was_done_to_the_store_is_named(
    registry: TestedRegistry, topic: TopicWriter, statement: str, found: Callable[[Verdict], bool]
) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    rewritten(registry, statement)

    verdict = verdict_of(registry)

    assert not verdict.clean
    assert found(verdict), str(verdict)


def test_an_acknowledged_command_that_is_not_recorded_is_lost(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    told = Acknowledged(UUID(int=1), b"k" * 32, UUID(int=2), 1, 5, 5)
    another = Acknowledged(UUID(int=1), b"l" * 32, UUID(int=3), 1, 5, 5)

    verdict = verdict_of(registry, told, another)

    assert verdict.lost[0] == f"the acknowledged command of {UUID(int=2)}/1 at position 5"
    assert list(verdict.doubled) == ["position 5 was acknowledged for two commands"]


def test_what_is_no_record_is_foreign_and_stops_no_judge(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    message = topic.message(7)
    headers = dict(message.headers)
    topic.write(
        message._replace(value=b""),
        message._replace(headers=[]),
        message._replace(headers=list({**headers, "position": b"\xff\xfe"}.items())),
        message._replace(headers=list({**headers, "position": b"9" * 40}.items())),
        message._replace(headers=list({**headers, "ce_id": b"nobody"}.items())),
        message._replace(value=b"\0\0\0\0\x01" + message.value[5:]),
    )

    verdict = verdict_of(registry)

    assert verdict.clean, str(verdict)
    assert verdict.foreign.count == 6


def test_stored_bytes_that_no_schema_reads_are_changed(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(2)
    registry.log.write(1, state=b"\x02")
    registry.log.write(4)
    topic.publish_all(7)

    verdict = verdict_of(registry)

    assert verdict.changed.count == 1
    assert "bytes of position 3" in verdict.changed[0]


def test_every_event_belongs_to_one_command(fresh_database: str) -> None:
    app_dsn = make_store(fresh_database)
    with appending(app_dsn) as connection:
        append(connection, [command(event(uuid4())) for _ in range(5)])
        append(connection, [command(event(uuid4()), event(uuid4()))])
    told = [Acknowledged(UUID(int=1), b"k" * 32, UUID(int=2), 1, 7, 9)]

    with psycopg.connect(fresh_database, autocommit=True) as owner:
        clean, short, twice, beyond = Verdict(), Verdict(), Verdict(), Verdict()
        judge_coverage(owner, clean)
        owner.execute("ALTER TABLE registry.commands DISABLE TRIGGER never_changed")
        owner.execute("UPDATE registry.commands SET last_position = 4 WHERE first_position = 3")
        judge_coverage(owner, twice)
        owner.execute("DELETE FROM registry.commands WHERE first_position < 5")
        judge_coverage(owner, short)
        judge_commands(owner, told, beyond)

    assert clean.clean, str(clean)
    assert twice.doubled[0].startswith("position 4 belongs to two commands")
    assert short.changed.count == 4
    assert short.changed[0].startswith("position 1 belongs to no command")
    assert beyond.lost.count == 2
    assert beyond.lost[1] == "position 8, which was acknowledged"


DAMAGES = (
    ("DELETE FROM {live}.places WHERE position = 9", "lost", "(9,"),
    ("INSERT INTO {live}.places VALUES (400, 'NeverHappened.v1')", "doubled", "NeverHappened"),
    ("UPDATE {live}.chains SET events = events + 1 WHERE clinic = 'none'", "doubled", "none"),
    ("CREATE TABLE {live}.another (number int)", "changed", "another"),
)
"""What is done to a read model, and what the judge says of it."""


def test_a_read_model_that_differs_from_a_replay_is_named(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == EVENTS)
    with (
        connect(registry.dsn("icms_projector")) as connection,
        connect(registry.dsn("icms_projector")) as reading,
    ):
        replay = Replay(connection, reading, Counting, registry.log.codec)
        replay.advance(EVENTS)
        live = builds.current(connection, "counting")
    assert live is not None
    schemas, owner = (live.schema, replay.build.schema), registry.log.connection

    whole = verdict_of(registry, views=[schemas])

    assert whole.clean, str(whole)
    for damage, _, _ in DAMAGES:
        owner.execute(damage.format(live=live.schema).encode())
    damaged = verdict_of(registry, views=[schemas])
    for damage, kind, words in DAMAGES:
        assert any(words in each for each in getattr(damaged, kind)), f"{damage}: {damaged}"


def test_a_topic_that_falls_silent_before_its_end_is_not_waited_for(registry: TestedRegistry) -> None:
    producer = Producer({**_client(registry), "transactional.id": registry.topics.events})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(registry.topics.events, b"never said")
    producer.flush(20)
    producer.abort_transaction(20)
    consumer = Consumer(options(registry.kafka))
    until(lambda: consumer.get_watermark_offsets(TopicPartition(registry.topics.events, 0), timeout=20)[1] > 0)
    consumer.close()

    with pytest.raises(TopicSilent, match="gave nothing"):
        list(records_of(options(registry.kafka), registry.topics.events, patience=1))


def _client(registry: TestedRegistry) -> dict[str, Any]:
    return {name: value for name, value in options(registry.kafka).items() if name != "group.id"}


def test_the_judge_can_be_asked_on_the_command_line(
    registry: TestedRegistry, topic: TopicWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    monkeypatch.setenv("ICMS_ORACLE_KAFKA_PASSWORD", registry.kafka.users["admin"])
    asked = ["--dsn", registry.owner_dsn, "--bootstrap", registry.kafka.bootstrap_servers, "--user", "admin",
             "--events", registry.topics.events, "--public", registry.topics.public, "--json"]  # fmt: skip

    clean = CliRunner().invoke(main, asked)
    rewritten(registry, "DELETE FROM registry.events WHERE position = 9")
    faulty = CliRunner().invoke(main, asked)
    nowhere = CliRunner().invoke(main, [*asked, "--dsn", "host=127.0.0.1 port=1 dbname=none user=none"])

    assert (clean.exit_code, json.loads(clean.stdout)["clean"]) == (CLEAN, True)
    assert (faulty.exit_code, json.loads(faulty.stdout)["lost"]["count"]) == (FAULTY, 1)
    assert nowhere.exit_code == NOT_JUDGED
    assert "Not judged" in nowhere.stderr


def test_acknowledgements_are_read_as_the_client_wrote_them(tmp_path: Path) -> None:
    line = (
        '{"actor": "00000000-0000-0000-0000-000000000001", "key_hmac": "00ff", "version": 3, "first_position": 8, '
        '"aggregate_id": "00000000-0000-0000-0000-000000000002", "last_position": 9}'
    )
    (tmp_path / "acknowledged").write_text(f'{line}\n{{"actor": "0000')

    assert list(Acknowledged.read(tmp_path / "acknowledged")) == [
        Acknowledged(UUID(int=1), b"\x00\xff", UUID(int=2), 3, 8, 9)
    ]


@pytest.mark.parametrize("damaged", [b"not json", b"[1, 2]", b'{"actor": "x"}', b"\xff\xfe"])
def test_a_damaged_line_before_the_last_is_not_passed_over(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "acknowledged").write_bytes(damaged + b"\n")

    with pytest.raises(NotAcknowledgements, match="line 1"):
        list(Acknowledged.read(tmp_path / "acknowledged"))


def test_a_recorded_command_that_was_told_twice_is_one_command(fresh_database: str) -> None:
    verdict = Verdict()
    key, aggregate = b"k" * 32, uuid4()
    with appending(make_store(fresh_database)) as connection:
        (done,) = append(connection, [command(event(aggregate), actor=UUID(int=1), key=key)])
    told = Acknowledged(UUID(int=1), key, aggregate, done.version, done.first_position, done.last_position)

    with psycopg.connect(fresh_database, autocommit=True) as owner:
        judge_commands(owner, [told, told], verdict)

    assert verdict.clean, str(verdict)
