"""A standard consumer with our addresses, a user and a password decodes everything it may read, and nothing else."""

from __future__ import annotations

import dataclasses
import secrets
import threading
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

import pytest
from confluent_kafka import KafkaError

from consumers.relay import Publication, relay
from consumers.worker import Life
from domain.aggregate import RegistryEvent
from domain.catalogue import event_classes
from domain.recording import CommandRecord
from infra import postgres
from infra.event_log import StoredRow
from infra.event_store import EventStore
from infra.kafka_log import time_text
from infra.recorder import PendingCommand
from tests.factories import as_foreigners_see_it, full
from tests.way.foreign_client import Read, access_of, read_all, reading_refused, writing_refused
from tests.way.installation import Installation

REFUSED = KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.fixture(scope="module")
def events() -> list[RegistryEvent]:
    """Return one full event of every class there is, each of an aggregate of its own, public ones among the others."""
    kinds = [kind for _, kind in sorted(event_classes().items())]
    return [dataclasses.replace(full(kind, uuid4()), originator_version=1) for kind in kinds]


@pytest.fixture(scope="module")
def every_type(
    way: Installation, events: list[RegistryEvent], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Yield a registry with these events in its own database and topics, published by the real relay."""
    with way.beside(f"w_{secrets.token_hex(6)}", tmp_path_factory.mktemp("every") / "state") as beside:
        beside.services.prepare()
        postgres.open_store(beside.bootstrap.owner_dsn, simulated=True)
        store_all(beside, events)
        publish_all(beside, len(events))
        yield beside


def store_all(registry: Installation, events: Sequence[RegistryEvent]) -> None:
    bootstrap = registry.bootstrap
    catalogue = bootstrap.catalogue
    store = EventStore(
        bootstrap.role_dsn("icms_app"), bootstrap.codec, lambda topic: catalogue.by_topic(topic).disclosure
    )
    try:
        mapper = store.application.mapper
        key, actor = secrets.token_bytes(32), UUID(int=1)
        record = CommandRecord(actor=actor, key_hmac=key, request_hmac=key, aggregate_id=events[0].originator_id)
        stored = [mapper.to_stored_event(event) for event in events]
        store.recorder.insert_events(stored, command=PendingCommand(record, 1))
    finally:
        store.close()


def publish_all(registry: Installation, head: int) -> None:
    bootstrap, life = registry.bootstrap, Life()
    publication = Publication(
        servers=bootstrap.kafka_servers("relay"), topics=bootstrap.topics, envelope=bootstrap.envelope
    )
    thread = threading.Thread(target=relay, args=(bootstrap.role_dsn("icms_relay"), publication, life))
    thread.start()
    try:
        registry.relayed(head)
    finally:
        life.stop()
        thread.join()


def rows_of(registry: Installation) -> list[StoredRow]:
    with registry.bootstrap.log() as log:
        return log.read(0, 100_000)


def expected_headers(registry: Installation, row: StoredRow, previous: int) -> dict[str, str]:
    """Return the headers of a record as interfaces.md has them, by a hand of our own."""
    settings, schema = registry.bootstrap.settings, registry.bootstrap.catalogue.by_topic(row.topic)
    subject = {"ce_subject": str(row.clinic_id)} if row.clinic_id else {}
    return subject | {
        "ce_specversion": "1.0",
        "ce_id": f"{row.originator_id}/{row.originator_version}",
        "ce_source": settings.source_uri,
        "ce_type": row.topic,
        "ce_time": time_text(row.recorded_at).decode(),
        "ce_partitionkey": str(row.clinic_id or row.originator_id),
        "ce_dataschema": f"{registry.bootstrap.public_address}/schemas/ids/{schema.id}",
        "content-type": "application/avro",
        "position": str(row.position),
        "prev_position": str(previous),
        "store_epoch": str(row.store_epoch),
        "leaf_hash": row.leaf_hash.hex(),
        "disclosure": row.disclosure,
    }


def require_whole(registry: Installation, read: list[Read], rows: list[StoredRow]) -> None:
    """Assert that a topic holds these rows, in order, each naming the one before it, with the headers of its row."""
    assert [record.position for record in read] == [row.position for row in rows]
    previous = 0
    for record, row in zip(read, rows, strict=True):
        assert record.headers == expected_headers(registry, row, previous)
        assert record.key == record.headers["ce_partitionkey"]
        previous = row.position


def test_the_auditor_decodes_every_record_of_every_type(
    way: Installation, every_type: Installation, events: list[RegistryEvent]
) -> None:
    endpoint = access_of(way)["schema_endpoint"]

    read = read_all(access_of(every_type, auditor=True), endpoint)

    assert {record.headers["ce_type"].partition(".")[0] for record in read} == set(event_classes())
    assert [record.value for record in read] == [as_foreigners_see_it(event) for event in events]
    require_whole(every_type, read, rows_of(every_type))


def test_a_subscriber_decodes_every_public_record(
    way: Installation, every_type: Installation, events: list[RegistryEvent]
) -> None:
    endpoint, catalogue = access_of(way)["schema_endpoint"], way.bootstrap.catalogue
    public = [event for event in events if catalogue.by_topic(event.TOPIC).disclosure == "public"]

    read = read_all(access_of(every_type), endpoint)

    assert public
    assert [record.value for record in read] == [as_foreigners_see_it(event) for event in public]
    require_whole(every_type, read, [row for row in rows_of(every_type) if row.disclosure == "public"])


@pytest.mark.parametrize("auditor", [True, False])
def test_the_topics_of_a_running_registry_are_whole(way: Installation, auditor: bool) -> None:
    way.caught_up()
    access = access_of(way, auditor=auditor)

    read = read_all(access, access["schema_endpoint"])

    rows = [row for row in rows_of(way) if auditor or row.disclosure == "public"]
    require_whole(way, read, rows)
    named = {record.headers["ce_subject"] for record in read if "ce_subject" in record.headers}
    # In public a clinic is named by the entries that were published about it, and by nothing else.
    listed = {str(row.clinic_id) for row in rows if row.topic.startswith("ListingPublished.")}
    assert auditor or named <= listed


def test_the_subscriber_is_refused_on_the_events_topic(way: Installation) -> None:
    subscriber, auditor = access_of(way), access_of(way, auditor=True)

    assert reading_refused(subscriber, auditor["topic"]) == REFUSED
    assert reading_refused(subscriber, subscriber["topic"]) is None
    assert reading_refused(auditor, auditor["topic"]) is None


@pytest.mark.parametrize("auditor", [True, False])
def test_whoever_reads_may_not_write(way: Installation, auditor: bool) -> None:
    access = access_of(way, auditor=auditor)

    for topic in way.bootstrap.topics.both:
        assert writing_refused(access, topic) == REFUSED
