"""However a relay ends, whoever writes beside it, whatever becomes of the topic: each event comes once, in order."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import (
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePatternFilter,
    ResourceType,
)

from consumers.relay import relay
from consumers.relay_decisions import accept_new_cluster, resume_past_forged_records
from consumers.worker import Life, live
from infra.crash_points import CRASH_POINTS
from infra.kafka_access import ensure_access, ensure_topics
from infra.kafka_clients import KafkaServers, open_producer
from tests.campaign import oracle
from tests.consumers.conftest import TestedRegistry
from tests.consumers.oracle import Seen, followed, options, read_topic
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.worker_process import WorkerProcess, running, until

RELAY = "consumers.relay"
PUBLIC = {"RegistryOpened.v1", "GuidelineRetired.v1"}


def start(registry: TestedRegistry, folder: Path, crash_at: str | None = None) -> WorkerProcess:
    return WorkerProcess(RELAY, registry.options("icms_relay", "relay"), folder, crash_at=crash_at)


def lease(registry: TestedRegistry) -> tuple[int, int, str | None]:
    """Return how far the relay says it is (both topics), and its error."""
    row = registry.log.connection.execute(
        "SELECT position, public_position, error FROM registry.relay_lease"
    ).fetchone()
    return row or (0, 0, None)


def finish(registry: TestedRegistry, folder: Path) -> None:
    """Let a relay publish everything that is stored."""
    options = registry.options("icms_relay", "relay")
    with running(RELAY, options, folder) as worker:
        until(lambda: lease(registry)[0] == registry.log.head, worker)


def judge(registry: TestedRegistry, unreadable: int = 0) -> list[Seen]:
    """Assert that both topics give a reader every event once and in order, each record the row's own bytes."""
    records = read_topic(registry.kafka, registry.topics.events)
    stored = dict(registry.log.rows())
    assert followed(records) == sorted(stored)
    assert all(record.headers["leaf_hash"] == stored[record.position].hex() for record in records)
    public = read_topic(registry.kafka, registry.topics.public)
    applied = followed(public)
    assert applied == sorted({record.position for record in records if record.headers["disclosure"] == "public"})
    topics = registry.topics
    verdict = oracle.judge(registry.owner_dsn, options(registry.kafka), topics.events, topics.public)
    assert not (verdict.lost or verdict.doubled or verdict.reordered), str(verdict)  # noqa: PT018
    assert verdict.changed.count == unreadable, str(verdict)
    return records


def test_a_relay_publishes_each_event_once_in_order(registry: TestedRegistry, tmp_path: Path) -> None:
    registry.log.write(2_500)

    finish(registry, tmp_path)

    records = judge(registry)
    assert len(records) == 2_500
    assert {record.headers["ce_type"] for record in records if record.headers["disclosure"] == "public"} == PUBLIC


def test_a_running_relay_publishes_what_is_recorded(registry: TestedRegistry, tmp_path: Path) -> None:
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        for _ in range(3):
            registry.log.write(10)
            until(lambda: lease(registry)[0] == registry.log.head, worker)

        assert worker.stop() == 0

    assert len(judge(registry)) == 30


def test_killed_at_every_named_point_nothing_is_lost_doubled_or_reordered(
    registry: TestedRegistry, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    points = [point for point in CRASH_POINTS if point.startswith("relay.")]
    chance.shuffle(points)

    for point in points:
        # Always more than a page, so that every point is come by.
        registry.log.write(chance.randrange(1_001, 1_600))
        assert start(registry, tmp_path, crash_at=point).wait() == -9, point
    finish(registry, tmp_path)

    judge(registry)


def test_killed_at_random_times_nothing_is_lost_doubled_or_reordered(
    registry: TestedRegistry, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)

    for _ in range(3):
        registry.log.write(1_500)
        worker = start(registry, tmp_path)
        until(partial(worker.logged, "relay_started"), worker)
        time.sleep(chance.uniform(0, 0.3))
        worker.kill()
    finish(registry, tmp_path)

    judge(registry)


def test_a_second_relay_waits_and_takes_over_at_once(registry: TestedRegistry, tmp_path: Path) -> None:
    registry.log.write(10)
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as first:
        until(lambda: lease(registry)[0] == 10, first)
        with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as second:
            until(lambda: second.logged("relay_standing_by") or second.logged("relay_started"), second)
            registry.log.write(10)
            until(lambda: lease(registry)[0] == 20, first)
            assert not second.logged("relay_started")

            first.kill()
            registry.log.write(10)
            began = time.monotonic()
            until(lambda: lease(registry)[0] == 30, second)

            assert time.monotonic() - began < 4
    judge(registry)


def test_a_relay_that_slept_through_its_lease_stops_and_hides_nothing(
    registry: TestedRegistry, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as sleeper:
        until(partial(sleeper.logged, "relay_started"), sleeper)
        registry.log.write(chance.randrange(1, 3_000))
        # At rest, or with a part of what there is on its way.
        asleep_at = chance.choice((registry.log.head, chance.randrange(1, registry.log.head + 1)))
        until(lambda: lease(registry)[0] >= asleep_at, sleeper)
        sleeper.freeze()
        with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as successor:
            registry.log.write(chance.randrange(1, 3_000))
            until(lambda: lease(registry)[0] == registry.log.head, successor)
            # The successor is idle, or in the middle of its work.
            registry.log.write(chance.choice((0, chance.randrange(1, 3_000))))

            sleeper.thaw()

            assert sleeper.wait() == 75
            assert "LeaseLost" in sleeper.text() or "taken over" in sleeper.text()
            registry.log.write(300)
            until(lambda: lease(registry)[0] == registry.log.head, successor)
    judge(registry)


def test_a_topic_made_anew_under_a_running_relay_is_filled_again(
    registry: TestedRegistry, tmp_path: Path, kafka_admin: KafkaAdminClient, seed: int
) -> None:
    chance = random.Random(seed)
    wiped = chance.choice((registry.topics.both, registry.topics.both, (registry.topics.events,)))
    registry.log.write(chance.randrange(1, 2_500))
    options = registry.options("icms_relay", "relay")
    with running(RELAY, options, tmp_path) as worker:
        # While it is at rest, or in the middle of its work.
        at = chance.choice((registry.log.head, chance.randrange(1, registry.log.head + 1)))
        until(lambda: lease(registry)[0] >= at, worker)
        kafka_admin.delete_topics(list(wiped))
        ensure_topics(kafka_admin, registry.topics, registry.servers("admin"))
        registry.log.write(chance.randrange(1, 500))
        until(lambda: not worker.alive or lease(registry)[0] == registry.log.head)
        if worker.alive:
            worker.stop()

    finish(registry, tmp_path)

    judge(registry)


def test_a_topic_emptied_while_no_relay_ran_is_filled_again(
    registry: TestedRegistry, tmp_path: Path, kafka_admin: KafkaAdminClient
) -> None:
    registry.log.write(500)
    finish(registry, tmp_path)
    kafka_admin.delete_records({TopicPartition(registry.topics.events, 0): 400})
    registry.log.write(50)

    finish(registry, tmp_path)

    judge(registry)


def test_an_idle_relay_notices_that_a_topic_was_emptied(
    registry: TestedRegistry, kafka_admin: KafkaAdminClient
) -> None:
    publication = dataclasses.replace(registry.publication, look_every=0.2)
    registry.log.write(100)
    life = Life()

    def attempt(given: Life) -> None:
        relay(registry.dsn("icms_relay"), publication, given)

    relaying = threading.Thread(target=live, args=("relay", attempt, life))
    relaying.start()
    try:
        until(lambda: lease(registry)[0] == 100)
        for topic in registry.topics.both:
            kafka_admin.delete_records({TopicPartition(topic, 0): 30})

        until(lambda: len(read_topic(registry.kafka, registry.topics.events)) == 170)
    finally:
        # A relay that went on would keep the test from failing.
        life.stop()
        relaying.join()

    assert followed(read_topic(registry.kafka, registry.topics.events)) == list(range(1, 101))
    assert len(followed(read_topic(registry.kafka, registry.topics.public))) == 40


def test_a_store_older_than_the_topic_is_noticed_before_anything_is_published(
    registry: TestedRegistry, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    published = chance.randrange(100, 6_000)
    registry.log.write(published)
    finish(registry, tmp_path)
    before = read_topic(registry.kafka, registry.topics.events)

    first = chance.randrange(1, min(published, 5_000))
    # Restored, and behind the topic; then written to, up to the topic's end or beyond it, with other events.
    for lost, rewritten in ((first, 0), (0, chance.randrange(1, first + 1)), (0, first + chance.randrange(1, 200))):
        registry.log.cut_back(registry.log.head - lost)
        registry.log.write(rewritten)
        with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
            until(partial(worker.logged, "worker_waits"), worker)
            situation = next(entry["situation"] for entry in worker.events() if entry["event"] == "worker_waits")
            ahead = registry.log.head >= published
            assert situation == ("ForeignRecordAtEnd" if ahead else "StoreBehindTopic")

    assert read_topic(registry.kafka, registry.topics.events) == before


def test_a_store_put_back_under_a_running_relay_halts_it(registry: TestedRegistry, tmp_path: Path) -> None:
    registry.log.write(200)
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: lease(registry)[0] == 200, worker)
        before = read_topic(registry.kafka, registry.topics.events)

        registry.log.cut_back(150)
        registry.log.write(100)

        until(lambda: worker.logged("worker_waits"), worker)
        assert "StoreRewritten" in worker.text()
    assert read_topic(registry.kafka, registry.topics.events) == before


def test_a_forged_record_at_the_end_waits_for_a_person(registry: TestedRegistry, tmp_path: Path) -> None:
    registry.log.write(100)
    finish(registry, tmp_path)
    producer = open_producer(registry.servers("relay"))
    forged = [("position", b"101"), ("prev_position", b"100"), ("ce_id", f"{uuid4()}/1".encode())]
    producer.send(registry.topics.events, b"\0\0\0\0\1forged", b"key", forged, 0).get(10)
    producer.close()
    registry.log.write(100)

    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: worker.logged("worker_waits"), worker)
        assert "icms relay resume" in (lease(registry)[2] or "")
        assert len(read_topic(registry.kafka, registry.topics.events)) == 101
    resume_past_forged_records(registry.dsn("icms_relay"), registry.servers("relay"), registry.topics, "a person")
    finish(registry, tmp_path)

    records = read_topic(registry.kafka, registry.topics.events)
    assert [record.offset for record in records if "leaf_hash" not in record.headers] == [100]
    assert followed([record for record in records if "leaf_hash" in record.headers]) == list(range(1, 201))


def test_a_stored_type_without_a_schema_halts_before_it(registry: TestedRegistry, tmp_path: Path) -> None:
    registry.log.write(20)
    registry.log.write(1, topic="NeverHeardOf.v1")
    registry.log.write(20)

    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: worker.logged("worker_waits"), worker)
        assert "NeverHeardOf.v1" in (lease(registry)[2] or "")

    assert followed(read_topic(registry.kafka, registry.topics.events)) == list(range(1, 21))


def test_a_topic_of_another_shape_is_refused(
    registry: TestedRegistry, tmp_path: Path, kafka_admin: KafkaAdminClient, seed: int
) -> None:
    kept_for = str(random.Random(seed).randrange(1_000_000, 10**12))
    ensure_access(kafka_admin, registry.topics, registry.servers("admin"))
    change = ConfigResource(ConfigResourceType.TOPIC, registry.topics.events, {"retention.ms": kept_for})
    kafka_admin.alter_configs([change])
    registry.log.write(10)

    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: worker.logged("worker_waits"), worker)
        assert f"retention.ms = {kept_for}" in (lease(registry)[2] or "")

        change = ConfigResource(ConfigResourceType.TOPIC, registry.topics.events, {"retention.ms": "-1"})
        kafka_admin.alter_configs([change])
        until(lambda: lease(registry)[0] == 10, worker)


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("retention.ms", ("604800000", "3600000", "31536000000")),
        ("message.timestamp.type", ("CreateTime",)),
        ("partitions", ("2", "3", "5")),
    ],
)
def test_a_running_relay_notices_that_a_topic_was_given_another_shape(
    registry: TestedRegistry,
    tmp_path: Path,
    kafka_admin: KafkaAdminClient,
    setting: str,
    values: tuple[str, ...],
    seed: int,
) -> None:
    chance = random.Random(seed)
    found, before = chance.choice(values), chance.randrange(1, 1_000)
    told = msgspec.structs.replace(registry.options("icms_relay", "relay"), look_every=0.5)
    registry.log.write(before)
    with running(RELAY, told, tmp_path) as worker:
        until(lambda: lease(registry)[0] == before, worker)

        if setting == "partitions":
            kafka_admin.create_partitions({registry.topics.events: int(found)})
        else:
            change = ConfigResource(ConfigResourceType.TOPIC, registry.topics.events, {setting: found})
            kafka_admin.alter_configs([change])

        until(lambda: f"{setting} = {found}" in (lease(registry)[2] or ""), worker)
        # Only who has stopped publishing waits; one that noted the shape and went on would not.
        until(lambda: worker.logged("worker_waits"), worker)
        registry.log.write(10)
        assert worker.stop() == 0
    assert len(read_topic(registry.kafka, registry.topics.events)) == before


def test_in_service_another_shape_is_noticed_within_a_minute(registry: TestedRegistry) -> None:
    assert registry.options("icms_relay", "relay").look_every <= 30


def test_a_hole_that_a_dying_client_left_is_filled(
    registry: TestedRegistry, tmp_path: Path, topic: TopicWriter
) -> None:
    registry.log.write(120)
    topic.publish(1, 50)
    topic.publish(71, 90)

    finish(registry, tmp_path)

    records = judge(registry)
    assert [record.position for record in records[:71]] == [*range(1, 51), *range(71, 91), 51]


def limited(kafka_admin: KafkaAdminClient, topic: str, size: str) -> None:
    """Let the broker refuse larger records, and wait until it says so."""
    limit = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": size})
    kafka_admin.alter_configs([limit])
    asked = ConfigResource(ConfigResourceType.TOPIC, topic)

    def applied() -> bool:
        found = kafka_admin.describe_configs([asked], config_filter="all")["topic"][topic]
        return bool(found["max.message.bytes"]["value"] == size)

    until(applied)


def test_nothing_goes_out_behind_a_record_that_the_broker_refuses(
    registry: TestedRegistry, tmp_path: Path, kafka_admin: KafkaAdminClient
) -> None:
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: worker.logged("relay_started"), worker)
        limited(kafka_admin, registry.topics.events, "20000")
        registry.log.write(30)
        registry.log.write(1, state=bytes(100_000))
        registry.log.write(2_500)

        assert worker.wait() == 75

    assert "MessageSizeTooLargeError" in (lease(registry)[2] or "")
    published = [record.position for record in read_topic(registry.kafka, registry.topics.events)]
    assert published == list(range(1, 31))
    public = {record.position for record in read_topic(registry.kafka, registry.topics.public)}
    assert public <= set(published)
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: "max.message.bytes = 20000" in (lease(registry)[2] or ""), worker)
        limited(kafka_admin, registry.topics.events, "1048588")
        until(lambda: lease(registry)[0] == registry.log.head and lease(registry)[2] is None, worker)
    judge(registry, unreadable=1)


def test_a_right_that_was_taken_away_is_on_show_until_records_arrive_again(
    registry: TestedRegistry, tmp_path: Path, kafka_admin: KafkaAdminClient
) -> None:
    events = ResourcePatternFilter(ResourceType.TOPIC, registry.topics.events, ACLResourcePatternType.LITERAL)
    writing = ACLFilter("User:relay", "*", ACLOperation.WRITE, ACLPermissionType.ALLOW, events)
    registry.log.write(10)
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: lease(registry)[0] == 10, worker)
        kafka_admin.delete_acls([writing])
        until(lambda: not kafka_admin.describe_acls(writing)[0])
        registry.log.write(10)

        assert worker.wait() == 75
    assert "does not allow the user relay" in (lease(registry)[2] or "")

    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: worker.logged("worker_waits"), worker)
        assert "KafkaNotAllowed" in worker.text()
        assert "does not allow the user relay" in (lease(registry)[2] or "")

        ensure_access(kafka_admin, registry.topics, registry.servers("admin"))
        until(lambda: lease(registry)[0] == 20 and lease(registry)[2] is None, worker)
    judge(registry)


class WatchedFuture:
    """What tells of a record's arrival, and whether the relay has looked at it and found it there."""

    def __init__(self, future: Any) -> None:
        self._future = future
        self.seen_done = False

    @property
    def is_done(self) -> bool:
        self.seen_done = self.seen_done or bool(self._future.is_done)
        return self.seen_done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._future, name)


class WatchedProducer:
    """The relay's own producer, which notes what of the events was not acknowledged when it went to subscribers."""

    def __init__(self, producer: KafkaProducer, events: str) -> None:
        self._producer = producer
        self._events = events
        self._arriving: dict[bytes, Any] = {}
        self.too_early: list[int] = []
        self.public = 0

    def send(self, topic: str, value: bytes, key: bytes, headers: list[tuple[str, bytes]], partition: int) -> Any:
        position = dict(headers)["position"]
        if topic != self._events:
            self.public += 1
            arriving = self._arriving.get(position)
            if arriving is None or not arriving.seen_done or arriving.failed():
                self.too_early.append(int(position))
        future = WatchedFuture(self._producer.send(topic, value, key, headers, partition))
        if topic == self._events:
            self._arriving[position] = future
        return future

    def close(self, timeout: float) -> None:
        self._producer.close(timeout=timeout)


def test_nothing_is_public_before_auditors_can_find_it(
    registry: TestedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[WatchedProducer] = []

    def watched(servers: KafkaServers) -> WatchedProducer:
        made.append(WatchedProducer(open_producer(servers), registry.topics.events))
        return made[-1]

    monkeypatch.setattr("consumers.relay.open_producer", watched)
    registry.log.write(3_500)
    life = Life()
    relaying = threading.Thread(target=relay, args=(registry.dsn("icms_relay"), registry.publication, life))
    relaying.start()

    until(lambda: lease(registry)[1] >= 3_495)
    life.stop()
    relaying.join()

    assert made[0].public == 1_400
    assert made[0].too_early == []


def test_another_cluster_is_refused_until_a_person_accepts_it(registry: TestedRegistry, tmp_path: Path) -> None:
    registry.log.write(10)
    finish(registry, tmp_path)
    registry.log.connection.execute("UPDATE registry.relay_topics SET cluster_id = 'the one before'")
    registry.log.write(10)

    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: worker.logged("worker_waits"), worker)
        assert "this store has published to the one before" in (lease(registry)[2] or "")

        accept_new_cluster(registry.dsn("icms_relay"), registry.servers("relay"), registry.topics, "a person")
        until(lambda: lease(registry)[0] == 20, worker)

    judge(registry)


def test_asked_to_stop_it_leaves_nothing_behind(registry: TestedRegistry, tmp_path: Path) -> None:
    registry.log.write(10)
    with running(RELAY, registry.options("icms_relay", "relay"), tmp_path) as worker:
        until(lambda: lease(registry)[0] == 10, worker)

        assert worker.stop() == 0

    free = registry.log.connection.execute(
        "SELECT expires_at <= clock_timestamp() FROM registry.relay_lease"
    ).fetchone()
    assert free == (True,)
