"""What every other test builds on: the shared servers answer, and each test has its own corner of them."""

from __future__ import annotations

import psycopg
import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from tests.shared_stack import LocalKafka, SharedStack


def test_a_fresh_database_is_empty_and_survives_as_long_as_the_test(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert tables == (0,)


def test_the_durability_settings_are_on(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute("SELECT current_setting(%s)", (name,)).fetchone() == ("on",)


def test_a_wrong_database_password_is_refused(stack: SharedStack) -> None:
    wrong = stack.owner_dsn.replace(stack.owner_dsn.split(":")[2].split("@")[0], "wrong")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_administrator_makes_a_topic(kafka: LocalKafka, topic_prefix: str) -> None:
    admin = KafkaAdminClient(**kafka.credentials())

    admin.create_topics([NewTopic(f"{topic_prefix}made", num_partitions=1, replication_factor=1)])

    assert f"{topic_prefix}made" in admin.list_topics()
    admin.delete_topics([f"{topic_prefix}made"])
    admin.close()
