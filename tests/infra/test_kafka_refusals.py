"""What the client says badly reaches a person as a situation with a way out."""

from __future__ import annotations

import socket

import pytest

from infra import kafka_clients, kafka_refusals
from infra.kafka_clients import KafkaServers, open_admin, open_consumer, open_producer
from infra.kafka_refusals import KafkaAway, KafkaRefused, KafkaSignInFailed, TopicMissing
from tests.shared_stack import LocalKafka


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_nobody_there(kafka: LocalKafka) -> None:
    servers = KafkaServers(bootstrap_servers=f"127.0.0.1:{free_port()}", user="relay", password="x")

    for opened in (open_producer, open_admin, lambda given: open_consumer(given, "t", "tests")):
        with pytest.raises(KafkaAway, match="still recorded in the event store"):
            opened(servers)


def test_a_wrong_password(kafka: LocalKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_clients, "BOOTSTRAP_PATIENCE_MS", 1_500)
    servers = KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user="relay", password="wrong")

    with pytest.raises(KafkaSignInFailed) as refusal:
        open_admin(servers)

    assert "relay" in str(refusal.value)
    assert "wrong" not in str(refusal.value).replace("wrong name", "")


def test_a_topic_that_is_not_there(kafka: LocalKafka, topic_prefix: str) -> None:
    servers = KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user="admin", password=kafka.users["admin"])

    with pytest.raises(TopicMissing, match=f"{topic_prefix}none"):
        open_consumer(servers, f"{topic_prefix}none", "tests")


def test_every_refusal_says_what_is_safe_and_what_to_do() -> None:
    refusals = [
        kind
        for kind in vars(kafka_refusals).values()
        if isinstance(kind, type) and issubclass(kind, KafkaRefused) and kind is not KafkaRefused
    ]

    assert len(refusals) >= 7
    for kind in refusals:
        assert len(kind.remedy.split(". ")) >= 2, kind


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(KafkaServers(bootstrap_servers="h:1", user="u", password="secret"))
