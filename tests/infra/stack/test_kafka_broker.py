"""The local Kafka keeps its records through every kind of end, and lets in only who has a password."""

from __future__ import annotations

import gc
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from infra.stack.kafka_admin import TidyAdminClient
from infra.stack.kafka_broker import KafkaCluster
from infra.stack.ports import LOOPBACK, free_port
from infra.stack.refusals import PortTaken, StateOfAnotherShape
from infra.stack.state_files import make_folder, write_json
from tests.shared_stack import LocalKafka

TOPIC = "t-kept"


@pytest.fixture(scope="module")
def cluster(module_scratch: Path, kafka_jars: Path) -> Iterator[KafkaCluster]:
    made = KafkaCluster(module_scratch / "one", brokers=1, jars=kafka_jars)
    yield made
    made.stop()


def client(cluster: KafkaCluster, user: str = "admin", password: str | None = None) -> dict[str, str]:
    users = cluster.users() if password is None else {user: password}
    return LocalKafka(cluster.bootstrap_servers(), users).credentials(user)


def send(cluster: KafkaCluster, word: bytes, user: str = "admin") -> None:
    producer = KafkaProducer(**client(cluster, user), acks="all", enable_idempotence=True, max_block_ms=20_000)
    try:
        producer.send(TOPIC, word).get(timeout=20)
    finally:
        producer.close()


def make_topic(cluster: KafkaCluster, copies: int = 1) -> None:
    admin = TidyAdminClient(**client(cluster))
    if TOPIC not in admin.list_topics():
        admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=copies)])
    admin.close()


def words(cluster: KafkaCluster) -> list[bytes]:
    consumer = KafkaConsumer(**client(cluster), enable_auto_commit=False, auto_offset_reset="earliest")
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    found: list[bytes] = []
    deadline = time.monotonic() + 30
    while len(found) < end and time.monotonic() < deadline:
        found += [record.value for records in consumer.poll(timeout_ms=500).values() for record in records]
    consumer.close()
    return found


def test_starting_twice_gives_the_same_broker(cluster: KafkaCluster) -> None:
    first = cluster.start()
    nodes = cluster.nodes()

    assert cluster.start() == first
    assert cluster.nodes() == nodes
    assert [node.running for node in nodes] == [True]


def test_records_survive_a_stop_and_kill_9_twice_in_a_row(cluster: KafkaCluster) -> None:
    cluster.start()
    make_topic(cluster)
    send(cluster, b"before the stop")
    cluster.stop()

    for word in (b"before a kill", b"before another"):
        cluster.start()
        send(cluster, word)
        cluster.kill_node(1)

    cluster.start()
    assert words(cluster) == [b"before the stop", b"before a kill", b"before another"]


def test_a_copied_folder_does_not_take_the_originals_broker_for_its_own(
    cluster: KafkaCluster, kafka_jars: Path, scratch: Path
) -> None:
    cluster.start()
    shutil.copytree(cluster.state_dir, scratch / "copy")
    copy = KafkaCluster(scratch / "copy", brokers=1, jars=kafka_jars)

    before = copy.nodes()
    copy.start()

    assert [node.running for node in before] == [False]
    assert copy.nodes()[0].pid != cluster.nodes()[0].pid
    assert copy.bootstrap_servers() != cluster.bootstrap_servers()
    copy.stop()
    assert cluster.nodes()[0].running


def test_a_wrong_password_is_refused_and_leaves_no_thread_behind(cluster: KafkaCluster) -> None:
    cluster.start()
    before = threading.active_count()

    with pytest.raises(KafkaError):
        TidyAdminClient(**client(cluster, password="wrong"), bootstrap_timeout_ms=2000)

    gc.collect()
    assert threading.active_count() <= before


@pytest.mark.parametrize("user", ["relay", "auditor", "subscriber"])
def test_nobody_but_the_administrator_may_do_anything_before_rights_are_given(cluster: KafkaCluster, user: str) -> None:
    cluster.start()
    make_topic(cluster)

    with pytest.raises(KafkaError):
        send_at_once(cluster, user)
    send_at_once(cluster, "admin")


def send_at_once(cluster: KafkaCluster, user: str) -> None:
    producer = KafkaProducer(
        **client(cluster, user), acks="all", enable_idempotence=False, max_block_ms=3000, delivery_timeout_ms=4000,
        request_timeout_ms=3000,
    )  # fmt: skip
    try:
        producer.send(TOPIC, b"forbidden").get(timeout=10)
    finally:
        producer.close(timeout=1)


def test_other_ports_are_chosen_when_ours_are_taken_while_all_sleep(cluster: KafkaCluster) -> None:
    before = cluster.start()
    cluster.stop()
    with socket.create_server((LOOPBACK, int(before.rpartition(":")[2]))):
        after = cluster.start()

        assert after != before
        make_topic(cluster)


def test_passwords_are_for_the_owner_of_the_files_only(cluster: KafkaCluster) -> None:
    cluster.start()
    secrets = [password.encode() for password in cluster.users().values()]

    for path in cluster.state_dir.rglob("*"):
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets):
            assert path.stat().st_mode & 0o077 == 0, path
    for argument in psutil.Process(cluster.nodes()[0].pid).cmdline():
        assert not any(secret in argument.encode() for secret in secrets)


def test_the_log_is_closed_to_other_accounts_also_where_it_was_open(cluster: KafkaCluster) -> None:
    cluster.folder.mkdir(parents=True, exist_ok=True)
    cluster.folder.chmod(0o755)

    cluster.start()

    assert cluster.folder.stat().st_mode & 0o777 == 0o700


def test_a_cluster_of_another_size_is_refused(cluster: KafkaCluster, kafka_jars: Path) -> None:
    cluster.start()
    cluster.stop()

    with pytest.raises(StateOfAnotherShape, match="made with 1"):
        KafkaCluster(cluster.state_dir, brokers=3, jars=kafka_jars).start()


def test_a_start_that_was_killed_while_formatting_begins_anew(scratch: Path, kafka_jars: Path) -> None:
    cluster = KafkaCluster(scratch / "half", brokers=1, jars=kafka_jars)
    cluster.start()
    cluster.stop()
    (cluster.folder / "node-1" / "formatted.json").unlink()

    cluster.start()

    cluster.stop()


def test_three_brokers_go_on_when_one_dies(scratch: Path, kafka_jars: Path) -> None:
    cluster = KafkaCluster(scratch / "three", brokers=3, jars=kafka_jars)
    try:
        cluster.start()
        make_topic(cluster, copies=3)
        send(cluster, b"with three")
        cluster.kill_node(2)
        send(cluster, b"with two")
        port = int(cluster.bootstrap_servers().split(",")[1].rpartition(":")[2])
        with socket.create_server((LOOPBACK, port)), pytest.raises(PortTaken, match="kafka-2"):
            cluster.start_node(2)
        cluster.start_node(2)
        cluster.start()

        assert [node.running for node in cluster.nodes()] == [True, True, True]
        assert words(cluster) == [b"with three", b"with two"]
    finally:
        cluster.stop()


def test_free_ports_are_not_those_to_avoid() -> None:
    port = free_port()

    assert free_port(avoid=[port]) != port


def test_a_cluster_id_that_begins_with_a_dash_is_no_option(scratch: Path, kafka_jars: Path) -> None:
    cluster = KafkaCluster(scratch / "dash", brokers=1, jars=kafka_jars)
    ports = {"1": [free_port(), free_port()]}
    make_folder(cluster.folder)
    write_json(cluster.folder / "cluster.json", {"cluster_id": "-AAAAAAAAAAAAAAAAAAAAA", "ports": ports})

    cluster.start()

    cluster.stop()
