"""Only the relay writes, everybody else reads what is theirs, and a topic of the wrong shape is refused."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import KafkaError

from domain.errors import RegistryError
from infra.kafka_access import check_topics, ensure_access, ensure_topics, ensure_users
from infra.kafka_clients import KafkaServers, open_admin, open_consumer, open_producer, records_of, sending_failed
from infra.kafka_log import Topics
from infra.kafka_refusals import KafkaNotAllowed, TopicMissing, TopicOfAnotherShape, TopicOpenToOthers
from tests.consumers.oracle import read_topic
from tests.consumers.worker_process import until
from tests.shared_stack import LocalKafka

PROJECTOR = "projector-of-the-tests"
WRITES = 12


def as_user(kafka: LocalKafka, user: str) -> KafkaServers:
    password = PROJECTOR if user == "projector" else kafka.users[user]
    return KafkaServers(bootstrap_servers=kafka.bootstrap_servers, user=user, password=password)


@pytest.fixture
def admin(kafka: LocalKafka) -> Iterator[KafkaAdminClient]:
    client = open_admin(as_user(kafka, "admin"))
    ensure_users(client, {"projector": PROJECTOR}, as_user(kafka, "admin"))
    yield client
    client.close()


@pytest.fixture
def topics(kafka: LocalKafka, admin: KafkaAdminClient, topic_prefix: str) -> Iterator[Topics]:
    made = Topics(topic_prefix)
    ensure_topics(admin, made, as_user(kafka, "admin"))
    ensure_access(admin, made, as_user(kafka, "admin"))
    yield made
    admin.delete_topics([topic for topic in made.both if topic in admin.list_topics()])


def may_write(
    kafka: LocalKafka, user: str, topic: str, value: bytes = b"value", headers: Sequence[tuple[str, bytes]] = ()
) -> bool:
    producer = open_producer(as_user(kafka, user))
    try:
        producer.send(topic, value, b"key", list(headers), 0).get(15)
    except KafkaError as error:
        refusal: BaseException = sending_failed(error, as_user(kafka, user))
    else:
        return True
    finally:
        producer.close(timeout=2)
    assert isinstance(refusal, KafkaNotAllowed)
    return False


def may_read(kafka: LocalKafka, user: str, topic: str) -> bool:
    try:
        consumer = open_consumer(as_user(kafka, user), topic, "tests")
    except (TopicMissing, KafkaNotAllowed):
        return False
    try:
        while not (records := records_of(consumer.poll(timeout_ms=1000))):
            pass
        return bool(records)
    finally:
        consumer.close()


def give(admin: KafkaAdminClient, user: str, operation: ACLOperation, pattern: ResourcePattern) -> None:
    """Give a right, and wait until the broker tells of it: it answers before it has applied it."""
    acl = ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, pattern)
    admin.create_acls([acl])
    exact = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
    wanted = ACLFilter(acl.principal, "*", operation, ACLPermissionType.ALLOW, exact)
    while acl not in admin.describe_acls(wanted)[0]:
        pass


def test_every_user_may_do_what_is_theirs_and_nothing_else(kafka: LocalKafka, topics: Topics) -> None:
    writers = {(user, topic) for user in kafka.users for topic in topics.both if may_write(kafka, user, topic)}
    readers = {(user, topic) for user in kafka.users for topic in topics.both if may_read(kafka, user, topic)}

    events, public = topics.both
    # The administrator is above all rights.
    above = {("admin", events), ("admin", public)}
    assert writers - above == {("relay", events), ("relay", public)}
    assert readers - above - {("projector", events)} == {
        ("relay", events),
        ("relay", public),
        ("auditor", events),
        ("auditor", public),
        ("subscriber", public),
    }


OTHERS = ("auditor", "subscriber", "projector")


def try_to_send(kafka: LocalKafka, topics: Topics, user: str, chance: random.Random) -> bool:
    """Let a user write a record of any size to one of the topics; say whether the broker took it."""
    headers = [("position", b"%d" % chance.randrange(1, 10**9))] * chance.randrange(3)
    return may_write(kafka, user, chance.choice(topics.both), chance.randbytes(chance.randrange(1, 5_000)), headers)


def try_to_administer(kafka: LocalKafka, topics: Topics, user: str, chance: random.Random) -> bool:
    """Let a user change a topic, its settings or rights; say whether the broker let them."""
    topic, client = chance.choice(topics.both), open_admin(as_user(kafka, user))
    wish = ACL(f"User:{user}", "*", ACLOperation.WRITE, ACLPermissionType.ALLOW,
               ResourcePattern(ResourceType.TOPIC, topic, ACLResourcePatternType.LITERAL))  # fmt: skip
    kept = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": str(chance.randrange(1, 10**9))})
    tries: tuple[Callable[[], object], ...] = (
        lambda: client.delete_topics([topic]),
        lambda: client.alter_configs([kept], raise_on_unknown=False),
        lambda: client.create_partitions({topic: chance.randint(2, 9)}),
        lambda: client.delete_records({TopicPartition(topic, 0): 1}),
        lambda: client.create_acls([wish]),
    )
    try:
        answer = chance.choice(tries)()
    except KafkaError:
        return False
    finally:
        client.close()
    # Some answers carry their refusal inside.
    return "AuthorizationFailed" not in repr(answer)


def test_none_of_many_random_writes_of_others_is_accepted(
    kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics, seed: int
) -> None:
    chance = random.Random(seed)
    assert may_write(kafka, "relay", topics.events)
    before = _state_of(kafka, admin, topics)

    taken = []
    for number in range(WRITES):
        user, way = chance.choice(OTHERS), chance.choice((try_to_send, try_to_administer))
        if way(kafka, topics, user, chance):
            taken.append((number, user, way.__name__))

    assert taken == []
    assert _state_of(kafka, admin, topics) == before


def _state_of(kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics) -> object:
    """Return what the topics hold, how they are set, and who may do what."""
    settings = admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics.both], config_filter="dynamic"
    )
    anything = ACLFilter(None, "*", ACLOperation.ANY, ACLPermissionType.ANY,
                         ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY))  # fmt: skip
    # Topics of tests that run beside this one come and go.
    others = re.compile(r"name=t-(?!" + re.escape(topics.events.removeprefix("t-").partition(".")[0]) + ")")
    rights = sorted(right for right in map(repr, admin.describe_acls(anything)[0]) if not others.search(right))
    held = [(each.offset, each.value) for topic in topics.both for each in read_topic(kafka, topic)]
    return settings, rights, held


def test_the_projector_reads_events_and_writes_nothing(kafka: LocalKafka, topics: Topics) -> None:
    assert may_write(kafka, "relay", topics.events)

    assert may_read(kafka, "projector", topics.events)
    assert not may_write(kafka, "projector", topics.events)


def test_nobody_but_the_administrator_changes_topics(kafka: LocalKafka, topics: Topics) -> None:
    for user in ("relay", "auditor", "subscriber", "projector"):
        client = open_admin(as_user(kafka, user))
        try:
            refused = client.delete_topics([topics.events], raise_errors=False)
            assert refused["topics"][0]["error_code"] == 29, user
        finally:
            client.close()


def test_repeating_it_changes_nothing(kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics) -> None:
    before = ensure_topics(admin, topics, as_user(kafka, "admin"))
    ensure_access(admin, topics, as_user(kafka, "admin"))

    assert check_topics(admin, topics, as_user(kafka, "relay")) == before


def test_a_right_that_somebody_was_given_is_taken_away(
    kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics
) -> None:
    pattern = ResourcePattern(ResourceType.TOPIC, topics.events)
    give(admin, "subscriber", ACLOperation.WRITE, pattern)
    assert may_write(kafka, "subscriber", topics.events)

    ensure_access(admin, topics, as_user(kafka, "admin"))

    assert not may_write(kafka, "subscriber", topics.events)


def test_a_right_on_many_topics_is_named_and_not_touched(
    kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics, topic_prefix: str
) -> None:
    pattern = ResourcePattern(ResourceType.TOPIC, topic_prefix, ACLResourcePatternType.PREFIXED)
    give(admin, "auditor", ACLOperation.WRITE, pattern)

    with pytest.raises(TopicOpenToOthers) as refusal:
        ensure_access(admin, topics, as_user(kafka, "admin"))

    assert f"The user auditor may write on the topic {topics.events}" in str(refusal.value)
    assert may_write(kafka, "auditor", topics.events)


@pytest.mark.parametrize("user", ["subscriber", "*"])
def test_a_right_to_read_many_topics_may_not_cover_the_events(
    kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics, user: str
) -> None:
    pattern = ResourcePattern(ResourceType.TOPIC, topics.events[:-2], ACLResourcePatternType.PREFIXED)
    give(admin, user, ACLOperation.READ, pattern)

    with pytest.raises(TopicOpenToOthers, match=f"may read on the topic {topics.events}"):
        ensure_access(admin, topics, as_user(kafka, "admin"))


def test_a_right_to_read_many_topics_is_left_to_those_who_may_read_them(
    kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics, topic_prefix: str
) -> None:
    for user, prefix in (("auditor", topic_prefix), ("subscriber", topics.public[:-2])):
        pattern = ResourcePattern(ResourceType.TOPIC, prefix, ACLResourcePatternType.PREFIXED)
        give(admin, user, ACLOperation.READ, pattern)

    ensure_access(admin, topics, as_user(kafka, "admin"))


def test_who_is_to_write_is_told_that_the_right_is_missing(kafka: LocalKafka, topics: Topics) -> None:
    for user, writes in (("relay", True), ("auditor", False)):
        client = open_admin(as_user(kafka, user))
        try:
            check_topics(client, topics, as_user(kafka, user), writing=writes)
            if not writes:
                with pytest.raises(KafkaNotAllowed, match=f"write to the topic {topics.events}"):
                    check_topics(client, topics, as_user(kafka, user), writing=True)
        finally:
            client.close()


def shape_refused(check: Callable[[], object]) -> TopicOfAnotherShape:
    """Return how the topics are refused, once the broker has heard of the change that its controller made."""
    found: list[TopicOfAnotherShape] = []

    def refused() -> bool:
        try:
            check()
        except TopicOfAnotherShape as refusal:
            found.append(refusal)
        return bool(found)

    until(refused)
    return found[0]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("retention.ms", "1000"),
        ("retention.bytes", "100000"),
        ("cleanup.policy", "compact"),
        ("message.timestamp.type", "CreateTime"),
        ("unclean.leader.election.enable", "true"),
        ("max.message.bytes", "20000"),
    ],
)
def test_another_setting_is_refused(
    kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics, setting: str, value: str
) -> None:
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topics.public, {setting: value})])

    refusal = shape_refused(lambda: check_topics(admin, topics, as_user(kafka, "relay")))

    assert f"{topics.public} has {setting} = {value}" in str(refusal)


def test_more_than_one_partition_is_refused(kafka: LocalKafka, admin: KafkaAdminClient, topics: Topics) -> None:
    admin.create_partitions({topics.events: 2})

    refusal = shape_refused(lambda: ensure_topics(admin, topics, as_user(kafka, "admin")))

    assert "partitions = 2; it must be 1" in str(refusal)


def test_a_missing_topic_is_named(kafka: LocalKafka, admin: KafkaAdminClient, topic_prefix: str) -> None:
    for user in ("admin", "relay"):
        client = open_admin(as_user(kafka, user))
        try:
            with pytest.raises(RegistryError) as refusal:
                check_topics(client, Topics(f"{topic_prefix}none."), as_user(kafka, user))
        finally:
            client.close()
        assert isinstance(refusal.value, (TopicMissing, KafkaNotAllowed))
        assert f"{topic_prefix}none." in str(refusal.value)
