"""The topics have the one shape in which nothing is ever lost or reordered, and only the relay's user may write them.

`ensure_topics` and `ensure_access` are the administrator's and may be repeated at any time; `check_topics` is for
everybody who depends on the shape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kafka import KafkaAdminClient
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
    UserScramCredentialUpsertion,
)
from kafka.errors import TopicAlreadyExistsError, for_code

from infra.kafka_clients import LARGEST_REQUEST, KafkaServers
from infra.kafka_log import Topics
from infra.kafka_refusals import (
    KafkaFailed,
    KafkaNotAllowed,
    TopicMissing,
    TopicOfAnotherShape,
    TopicOpenToOthers,
    naming,
)

TOPIC_SETTINGS: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
}
"""What a topic must be set to, for its whole life."""

_CHANGING = (ACLOperation.WRITE, ACLOperation.ALL, ACLOperation.DELETE, ACLOperation.ALTER, ACLOperation.ALTER_CONFIGS)
_TOPIC_ABSENT, _TOPIC_FORBIDDEN = 3, 29
_LOOK = (ACLOperation.DESCRIBE, ACLOperation.DESCRIBE_CONFIGS)
_READ = (ACLOperation.READ, ACLOperation.DESCRIBE)


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Which cluster answered, and which topics of it carry our names: a topic made anew has another id."""

    cluster_id: str
    topic_ids: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class KafkaUsers:
    """Under which names our processes and subscribers sign in to Kafka."""

    relay: str = "relay"
    auditor: str = "auditor"
    subscriber: str = "subscriber"
    projector: str = "projector"


OUR_USERS = KafkaUsers()
"""The names in a Kafka of our own."""


def ensure_topics(admin: KafkaAdminClient, topics: Topics, servers: KafkaServers) -> ClusterFacts:
    """Make the topics that are missing, then check all of both.

    Copies: as many as there are brokers, at most three; with three, two must have a record before it counts.

    Raises: TopicOfAnotherShape, KafkaRefused
    """
    with naming(servers.bootstrap_servers, servers.user, "make topics"):
        brokers = len(admin.describe_cluster()["brokers"])
        copies, needed = _safety(brokers)
        present = {topic["name"] for topic in admin.describe_topics(list(topics.both)) if not topic["error_code"]}
        configs = {**TOPIC_SETTINGS, "min.insync.replicas": str(needed), "unclean.leader.election.enable": "false"}
        for name in topics.both:
            if name not in present:
                _create(admin, name, copies, configs)
    return check_topics(admin, topics, servers)


def _create(admin: KafkaAdminClient, name: str, copies: int, configs: Mapping[str, str]) -> None:
    new = {name: {"num_partitions": 1, "replication_factor": copies, "configs": dict(configs)}}
    try:
        admin.create_topics(new, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return


def check_topics(
    admin: KafkaAdminClient, topics: Topics, servers: KafkaServers, *, writing: bool = False
) -> ClusterFacts:
    """Look at both topics, as any user that may describe them, and refuse a shape in which records could be lost.

    Who is going to write them is refused without the right to.

    Raises: TopicMissing, TopicOfAnotherShape, KafkaNotAllowed, KafkaRefused
    """
    with naming(servers.bootstrap_servers, servers.user, "look at the topics"):
        cluster = admin.describe_cluster()
        described = {topic["name"]: topic for topic in admin.describe_topics(list(topics.both))}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics.both]
        configs = admin.describe_configs(resources, config_filter="all").get("topic", {})
    for name in topics.both:
        _require_described(described[name], name, servers)
        if writing and ACLOperation.WRITE.name not in described[name]["authorized_operations"]:
            raise KafkaNotAllowed(user=servers.user, action=f"write to the topic {name}")
        for setting, found, wanted in _shape(described[name], configs.get(name) or {}, len(cluster["brokers"])):
            if found != wanted:
                raise TopicOfAnotherShape(topic=name, setting=setting, found=found, wanted=wanted)
    topic_ids = {name: UUID(str(described[name]["topic_id"])) for name in topics.both}
    return ClusterFacts(cluster["cluster_id"], topic_ids)


def _require_described(topic: Mapping[str, Any], name: str, servers: KafkaServers) -> None:
    match topic["error_code"]:
        case 0:
            return
        case code if code == _TOPIC_ABSENT:
            raise TopicMissing(topic=name)
        case code if code == _TOPIC_FORBIDDEN:
            raise KafkaNotAllowed(user=servers.user, action=f"look at the topic {name}")
        case code:
            raise KafkaFailed(problem=f"{for_code(code).__name__} for the topic {name}")


def _shape(topic: Mapping[str, Any], configs: Mapping[str, Any], brokers: int) -> Iterator[tuple[str, str, str]]:
    """Yield each setting that matters as (name, found, wanted); a stricter safety than ours is as wanted."""
    yield "partitions", str(len(topic["partitions"])), "1"
    for setting, wanted in TOPIC_SETTINGS.items():
        yield setting, str(configs.get(setting, {}).get("value", "not readable")), wanted
    copies, needed = _safety(brokers)
    found_copies = min((len(partition["replica_nodes"]) for partition in topic["partitions"]), default=0)
    yield "copies", str(min(found_copies, copies)), str(copies)
    found_needed = int(configs.get("min.insync.replicas", {}).get("value", 0))
    yield "min.insync.replicas", str(min(found_needed, needed)), str(needed)
    # A record that the relay may send must fit; more than that is as good.
    largest = int(configs.get("max.message.bytes", {}).get("value", 0))
    yield "max.message.bytes", str(min(largest, LARGEST_REQUEST)), str(LARGEST_REQUEST)
    unclean = configs.get("unclean.leader.election.enable", {}).get("value", "not readable")
    yield "unclean.leader.election.enable", str(unclean), "false"


def _safety(brokers: int) -> tuple[int, int]:
    """Return how many copies a topic has, and how many must hold a record before it counts."""
    copies = min(brokers, 3)
    return copies, 2 if copies == 3 else 1


def ensure_users(admin: KafkaAdminClient, passwords: Mapping[str, str], servers: KafkaServers) -> None:
    """Make these users, or give them these passwords (SCRAM-SHA-512).

    Raises: KafkaRefused
    """
    users = [UserScramCredentialUpsertion(user, "SCRAM-SHA-512", password) for user, password in passwords.items()]
    with naming(servers.bootstrap_servers, servers.user, "make users"):
        admin.alter_user_scram_credentials(users)


def ensure_access(
    admin: KafkaAdminClient, topics: Topics, servers: KafkaServers, users: KafkaUsers = OUR_USERS
) -> None:
    """Give each user its rights on the topics, and take away every other that anybody was given on them.

    Raises: TopicOpenToOthers, KafkaRefused
    """
    wanted = set(_rights(topics, users))
    with naming(servers.bootstrap_servers, servers.user, "give rights"):
        _require_closed(admin, topics.events, (users.relay, users.auditor, users.projector))
        _require_closed(admin, topics.public, None)
        found = {acl for name in topics.both for acl in _given(admin, name)}
        surplus = [_filter_of(acl) for acl in found - wanted]
        if surplus:
            admin.delete_acls(surplus)
        missing = list(wanted - found)
        outcome = admin.create_acls(missing) if missing else {"failed": []}
    if outcome["failed"]:
        raise KafkaFailed(problem=f"rights were not given ({outcome['failed'][0].__name__})")


def _rights(topics: Topics, users: KafkaUsers) -> Iterator[ACL]:
    for topic in topics.both:
        yield from _on_topic(users.relay, topic, (ACLOperation.WRITE, ACLOperation.READ, *_LOOK))
        yield from _on_topic(users.auditor, topic, (ACLOperation.READ, *_LOOK))
    yield from _on_topic(users.projector, topics.events, _READ)
    yield from _on_topic(users.subscriber, topics.public, _READ)
    for user in (users.auditor, users.subscriber):
        pattern = ResourcePattern(ResourceType.GROUP, f"{user}-", ACLResourcePatternType.PREFIXED)
        yield _allow(user, ACLOperation.READ, pattern)


def _on_topic(user: str, topic: str, operations: tuple[ACLOperation, ...]) -> Iterator[ACL]:
    for operation in operations:
        yield _allow(user, operation, ResourcePattern(ResourceType.TOPIC, topic, ACLResourcePatternType.LITERAL))


def _allow(user: str, operation: ACLOperation, pattern: ResourcePattern) -> ACL:
    return ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, pattern)


def _given(admin: KafkaAdminClient, topic: str) -> list[ACL]:
    """Return the rights given on exactly this topic."""
    return _allowed(admin, topic, ACLResourcePatternType.LITERAL)


def _require_closed(admin: KafkaAdminClient, topic: str, readers: Collection[str] | None) -> None:
    """Refuse where somebody may do what is not theirs by a right on many topics, which is not ours to take away.

    `readers` are those who may read the topic; None where everybody may.
    """
    for acl in _allowed(admin, topic, ACLResourcePatternType.MATCH):
        pattern = acl.resource_pattern
        exact = pattern.pattern_type == ACLResourcePatternType.LITERAL and pattern.resource_name == topic
        user, operation = acl.principal.removeprefix("User:"), acl.operation
        reads = operation == ACLOperation.READ and readers is not None and user not in readers
        if (operation in _CHANGING or reads) and not exact:
            raise TopicOpenToOthers(
                user=user, operation=operation.name.lower(), topic=topic, pattern=pattern.resource_name
            )


def _allowed(admin: KafkaAdminClient, topic: str, pattern_type: ACLResourcePatternType) -> list[ACL]:
    pattern = ResourcePatternFilter(ResourceType.TOPIC, topic, pattern_type)
    acls, _ = admin.describe_acls(ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ALLOW, pattern))
    return list(acls)


def _filter_of(acl: ACL) -> ACLFilter:
    pattern = acl.resource_pattern
    exact = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, exact)
