"""Whatever Kafka answers reaches a person as a named situation: what happened, what is still safe, what to do next."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from domain.errors import Unavailable


class KafkaRefused(Unavailable):
    """Kafka cannot be used."""


class KafkaAway(KafkaRefused):
    """No Kafka answers at {servers}."""

    remedy = (
        "Commands are still recorded in the event store, and everything recorded will be published when Kafka is back. "
        "Start it (icms up), or correct ICMS_KAFKA_BOOTSTRAP_SERVERS."
    )


class KafkaSignInFailed(KafkaRefused):
    """Kafka answers at {servers} but does not let the user {user} in."""

    remedy = (
        "Nothing was written. Check this user's name and password, the CA file, and whether the servers expect TLS; "
        "a broker that has just been started may need some seconds."
    )


class KafkaNotAllowed(KafkaRefused):
    """Kafka does not allow the user {user} to {action}."""

    remedy = "Nothing was written. Let the administrator give the rights again (icms up does), or use the right user."


class TopicMissing(KafkaRefused):
    """The topic {topic} does not exist."""

    remedy = (
        "The event store holds every event, nothing is lost. Let the administrator make the topics (icms up does); "
        "they are then filled again from the store."
    )


class TopicOfAnotherShape(KafkaRefused):
    """The topic {topic} has {setting} = {found}; it must be {wanted}."""

    remedy = (
        "Nothing is published while it is so, and every event is safe in the event store. Set it right with Kafka's "
        "own tools (kafka-configs --alter), or delete the topic and run icms up, which makes and fills it again."
    )


class TopicOpenToOthers(KafkaRefused):
    """The user {user} may {operation} on the topic {topic}, by a right given on {pattern}."""

    remedy = (
        "Nothing was changed there, because that right covers more than this topic. Only the relay may write, and only "
        "our own users may read what is not public: take it back with Kafka's own tools (kafka-acls --remove), then "
        "run icms up again."
    )


class ForeignKafka(KafkaRefused):
    """At {servers} answers the Kafka cluster {found}; this store has published to {known}."""

    remedy = (
        "Nothing was sent to it, and every event is safe in the event store. Connect to the right cluster, or accept "
        "the new one (icms relay accept-cluster), which is then filled from the store."
    )


class KafkaFailed(KafkaRefused):
    """Kafka refused: {problem}."""

    remedy = "Nothing that was confirmed before is lost. Look at Kafka's own log; trying again is safe."


def knock(servers: str) -> None:
    """Make sure that somebody listens at one of the addresses; the client would try for long, and leave sockets open.

    Raises: KafkaAway
    """
    if not _listens(servers):
        raise KafkaAway(servers=servers)


def translated(error: KafkaError, servers: str, user: str, action: str = "do this") -> KafkaRefused:
    """Return the situation that an error of the client stands for.

    The client reports a wrong password as a time-out, just as an absent broker: only a connection tells them apart.
    """
    if isinstance(error, (KafkaTimeoutError, KafkaConnectionError)):
        if _listens(servers):
            return KafkaSignInFailed(servers=servers, user=user)
        return KafkaAway(servers=servers)
    if isinstance(error, UnknownTopicOrPartitionError):
        return TopicMissing(topic=", ".join(sorted(map(str, _topics_of(error)))) or "asked for")
    if isinstance(error, TopicAuthorizationFailedError) or "uthoriz" in f"{type(error).__name__} {error}":
        return KafkaNotAllowed(user=user, action=action)
    return KafkaFailed(problem=f"{type(error).__name__} {error}".strip())


@contextmanager
def naming(servers: str, user: str, action: str = "do this") -> Iterator[None]:
    """Translate the client's errors in this block.

    Raises: KafkaRefused
    """
    try:
        yield
    except KafkaError as error:
        raise translated(error, servers, user, action) from error


def _topics_of(error: KafkaError) -> set[Any]:
    first = error.args[0] if error.args else ()
    return set(first) if isinstance(first, (set, frozenset, list, tuple)) else {first} if first else set()


def _listens(servers: str) -> bool:
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
        except (OSError, ValueError):
            continue
        return True
    return False
