"""What the relay must know about a topic and cannot see in it: whose it is, and from where on it is complete.

A topic that was made anew has another id; a topic whose first records are gone holds less than the log. In both cases
the log is published again from its first event, behind whatever is there, and begins at a new offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from infra.kafka_access import ClusterFacts
from infra.kafka_refusals import ForeignKafka


@dataclass(frozen=True, slots=True)
class TopicNote:
    """One topic as the store knows it."""

    topic: str
    cluster_id: str
    topic_id: UUID
    begins_at: int
    """Offset from which on the topic holds the whole log."""
    settled_until: int = 0
    """Foreign records before this offset were looked at by a person."""


def read_note(connection: psycopg.Connection[Any], topic: str) -> TopicNote | None:
    """Return what was noted about a topic."""
    row = connection.execute(
        """
        SELECT topic, cluster_id, topic_id, begins_at, settled_until
          FROM registry.relay_topics
         WHERE topic = %(topic)s
        """,
        {"topic": topic},
    ).fetchone()
    return TopicNote(*row) if row else None


def write_note(connection: psycopg.Connection[Any], note: TopicNote) -> None:
    """Note a topic; decisions of a person about another topic of that name no longer count."""
    connection.execute(
        """
        INSERT INTO registry.relay_topics AS known (topic, cluster_id, topic_id, begins_at)
        VALUES (%(topic)s, %(cluster_id)s, %(topic_id)s, %(begins_at)s)
        ON CONFLICT (topic) DO UPDATE
           SET cluster_id = excluded.cluster_id,
               begins_at = excluded.begins_at,
               settled_until = CASE WHEN known.topic_id = excluded.topic_id THEN known.settled_until ELSE 0 END,
               topic_id = excluded.topic_id
        """,
        {
            "topic": note.topic,
            "cluster_id": note.cluster_id,
            "topic_id": note.topic_id,
            "begins_at": note.begins_at,
        },
    )


def settle(connection: psycopg.Connection[Any], topic: str, until: int, person: str) -> None:
    """Note that a person looked at the foreign records of a topic before this offset."""
    connection.execute(
        """
        UPDATE registry.relay_topics
           SET settled_until = greatest(settled_until, %(until)s), settled_by = %(person)s, settled_at = now()
         WHERE topic = %(topic)s
        """,
        {"topic": topic, "until": until, "person": person},
    )


def accept_cluster(connection: psycopg.Connection[Any], facts: ClusterFacts) -> None:
    """Forget the cluster published to before, because a person says that this one takes its place."""
    connection.execute(
        "DELETE FROM registry.relay_topics WHERE topic = ANY (%(topics)s) AND cluster_id <> %(cluster_id)s",
        {"topics": list(facts.topic_ids), "cluster_id": facts.cluster_id},
    )


def require_known_cluster(connection: psycopg.Connection[Any], facts: ClusterFacts, servers: str) -> None:
    """Refuse a cluster other than the one published to before.

    Raises: ForeignKafka
    """
    for topic in facts.topic_ids:
        note = read_note(connection, topic)
        if note is not None and note.cluster_id != facts.cluster_id:
            raise ForeignKafka(servers=servers, found=facts.cluster_id, known=note.cluster_id)
