"""The judge of the campaign is independent of what it judges, and names each fault that is planted."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from tests.campaign import oracle
from tests.campaign.oracle import Acknowledged, Verdict, judge
from tests.consumers import written_log
from tests.consumers.conftest import TestedRegistry
from tests.consumers.topic_writer import TopicWriter

EVENTS = 40
ALLOWED = {"avro", "confluent_kafka", "psycopg"} | set(sys.stdlib_module_names)


@pytest.fixture(autouse=True)
def _whole_aggregates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write events that each begin an aggregate: the judge would rightly miss the first of the others."""
    monkeypatch.setattr(written_log, "KINDS", ("RegistryOpened", *["OfficerAppointed"] * 4))


def verdict_of(registry: TestedRegistry, *acknowledged: Acknowledged) -> Verdict:
    options = {
        "bootstrap.servers": registry.kafka.bootstrap_servers,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "admin",
        "sasl.password": registry.kafka.users["admin"],
    }
    return judge(registry.owner_dsn, options, registry.topics.events, registry.topics.public, acknowledged)


def rewritten(registry: TestedRegistry, statement: str) -> None:
    with registry.log.connection.transaction():
        registry.log.connection.execute("ALTER TABLE registry.events DISABLE TRIGGER never_changed")
        registry.log.connection.execute(statement.encode())
        registry.log.connection.execute("ALTER TABLE registry.events ENABLE TRIGGER never_changed")


def test_the_judge_shares_no_code_with_what_it_judges() -> None:
    tree = ast.parse(Path(str(oracle.__file__)).read_text("utf-8"))
    imported = {alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import)
                for alias in node.names}  # fmt: skip
    imported |= {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert imported <= ALLOWED


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

    assert verdict.lost[0] == "position 11 in the topic"
    assert "position 12 came after 10" in verdict.reordered[0]


def test_a_record_of_somebody_else_is_foreign_and_no_fault(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(EVENTS)
    topic.publish_all(EVENTS)
    message = topic.message(7)
    topic.write(message._replace(value=message.value[:-1] + bytes([message.value[-1] ^ 1])))

    verdict = verdict_of(registry)

    assert verdict.clean
    assert verdict.foreign == [f"offset {EVENTS}, position 7"]


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
    assert verdict.doubled == ["position 5 was acknowledged for two commands"]


def test_acknowledgements_are_read_as_the_client_wrote_them(tmp_path: Path) -> None:
    line = (
        '{"actor": "00000000-0000-0000-0000-000000000001", "key_hmac": "00ff", "version": 3, "first_position": 8, '
        '"aggregate_id": "00000000-0000-0000-0000-000000000002", "last_position": 9}'
    )
    (tmp_path / "acknowledged").write_text(f'{line}\n{{"actor": "0000')

    assert list(Acknowledged.read(tmp_path / "acknowledged")) == [
        Acknowledged(UUID(int=1), b"\x00\xff", UUID(int=2), 3, 8, 9)
    ]
