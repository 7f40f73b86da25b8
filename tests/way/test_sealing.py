"""What must be forgettable is nowhere in the clear: not in a table, not in a segment of Kafka, not in a log."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest
from kafka import KafkaProducer

from domain.catalogue import personal_parts
from domain.recording import Erased
from infra.event_log import StoredRow
from infra.kafka_clients import open_admin
from interfaces.founding import officer_ids
from interfaces.simulation.run import FOUNDERS
from tests.way.installation import Installation
from tests.way.plant import BIRTHS, CLINICS, DETAILED, PEOPLE, Plant, Words, unplanted
from tests.way.search import CHUNK, Needles, files, places, tables

NOT_WORDS = {
    "OfficerName.name",  # planted by the founding of the store, see FOUNDERS
    "PatientIdentity.sex",  # a code
    "PatientIdentity.year_of_birth",  # a number: looked for by its value
}


@pytest.fixture(scope="module")
def planted(way: Installation, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """Return what was planted: 1,000 patients, signers and reporters, and some who were refused."""
    with way.bootstrap.reader() as connection:
        officer = officer_ids(connection)[0]
    with way.bootstrap.writer() as handler:
        plant = Plant(handler, officer)
        plant.grow()
    refused(way, plant, tmp_path_factory.mktemp("refused"))
    way.caught_up()
    return plant


def refused(way: Installation, plant: Plant, folder: Path) -> None:
    """Enter what is not accepted: its words must not be kept in a log either."""
    word = plant.words.word
    documents = {
        "unknown clinic": json.dumps(
            {"clinic_id": str(uuid.uuid4()), "verbatim_term": word(), "own_reference": word()}
        ),
        "wrong type": json.dumps({"clinic_id": word(), "patient_pseudonym": [word()], "performed_on": word()}),
        "broken": f'{{"own_reference": "{word()}", ',
    }
    for name, text in documents.items():
        path = folder / f"{name}.json"
        path.write_text(text)
        answer = way.icms("treatment", "submit", "--as", f"{uuid.uuid4()}:clinic", "--input", path)
        assert answer.code not in (0, 1), answer


def rows_of(way: Installation, plant: Plant) -> Iterator[StoredRow]:
    """Yield the stored rows of the plant."""
    first = min(receipt.first_position for receipt in plant.receipts if receipt.first_position)
    with way.bootstrap.log() as log:
        after = first - 1
        while rows := log.read(after, 1000):
            yield from rows
            after = rows[-1].position


def opened_parts(way: Installation, plant: Plant) -> list[Any]:
    codec = way.bootstrap.codec
    parts = []
    with way.bootstrap.sealer() as sealer:
        for row in rows_of(way, plant):
            event = codec.decode(row.topic, row.state, row.originator_id, row.originator_version)
            for sealed in event.context.sealed:
                salt = event.context.salt
                opened = sealer.open(sealed, topic=row.topic, aggregate_id=row.originator_id, salt=salt)
                assert not isinstance(opened, Erased)
                parts.append(opened)
    return parts


def test_a_thousand_patients_signers_and_reporters_are_sealed_with_every_field(
    way: Installation, planted: Plant
) -> None:
    parts = opened_parts(way, planted)

    kinds = [type(part).__name__ for part in parts]
    assert kinds.count("PatientIdentity") == PEOPLE
    assert kinds.count("SignerName") == PEOPLE + CLINICS
    assert kinds.count("ReporterIdentity") == PEOPLE + 2 * DETAILED
    assert kinds.count("CaseWords") == DETAILED
    assert unplanted(parts, personal_parts().values(), planted.words, NOT_WORDS) == []


def test_nothing_of_it_is_found_anywhere(way: Installation, planted: Plant) -> None:
    needles = Needles(
        [planted.words.begins],
        plainly=[planted.words.ends, *FOUNDERS],
        # Not even a plain digest of what a person entered may be stored: it could be guessed.
        digested=[planted.pseudonyms[0]],
    )

    assert places(way.bootstrap.owner_dsn, way.state_dir, needles) == []


def test_no_record_says_when_somebody_was_born(way: Installation, planted: Plant) -> None:
    catalogue = way.bootstrap.catalogue

    told = [
        row.position
        for row in rows_of(way, planted)
        if any(number in BIRTHS for number in numbers(decoded(catalogue.by_topic(row.topic).parsed, row.state)))
    ]

    assert told == []


def decoded(schema: Any, state: bytes) -> Any:
    return fastavro.schemaless_reader(io.BytesIO(state), schema, None)


def numbers(value: Any) -> Iterator[float]:
    """Yield every number in a decoded record."""
    match value:
        case bool():
            return
        case int() | float():
            yield value
        case dict():
            for inner in value.values():
                yield from numbers(inner)
        case list():
            for inner in value:
                yield from numbers(inner)


LEAKS = {
    "a_name": ("text", "'Clinic of {word}'"),
    "some_bytes": ("bytea", "convert_to('{word}', 'UTF8')"),
    "in_capitals": ("bytea", "convert_to(upper('{word}'), 'UTF8')"),
    "in_json": ("jsonb", "jsonb_build_object('name', jsonb_build_array('{word}'))"),
    "compressed": ("text", "repeat('long ', 40000) || '{word}' || repeat('long ', 40000)"),
    "in_base64": ("text", "encode(convert_to('x{word}', 'UTF8'), 'base64')"),
    "a_digest": ("bytea", "sha256(convert_to('{word}', 'UTF8'))"),
}


def test_the_search_finds_a_value_in_a_table_however_it_is_written(way: Installation) -> None:
    word = Words().word()
    with way.owner() as connection:
        connection.execute("CREATE SCHEMA probe")
        try:
            for name, (column, value) in LEAKS.items():
                connection.execute(f"CREATE TABLE probe.{name} (id int, content {column})".encode())
                connection.execute(f"INSERT INTO probe.{name} SELECT 1, {value.format(word=word)}".encode())

            found = list(tables(way.bootstrap.owner_dsn, Needles([word], digested=[word])))
        finally:
            connection.execute("DROP SCHEMA probe CASCADE")

    assert sorted(found) == sorted(f"table probe.{name}" for name in LEAKS)


def test_the_search_finds_a_value_in_a_segment_in_a_log_and_in_the_write_ahead_log(way: Installation) -> None:
    words = Words()
    said, sent, written = words.word(), words.word(), words.word()
    log = way.state_dir / "logs" / "probe.log"
    # It lies across the border of two reads.
    log.write_bytes(b"x" * (CHUNK - 9) + said.encode())
    topic = publish(way, sent)
    with way.owner() as connection:
        connection.execute("SELECT pg_logical_emit_message(true, 'probe', %s)", (written,))

    found = {word: list(files(way.state_dir, Needles([word]))) for word in (said, sent, written)}

    log.unlink()
    assert found[said] == ["file logs/probe.log"]
    assert [place for place in found[sent] if topic in place and place.endswith(".log")]
    assert [place for place in found[written] if "pg_wal" in place]


def publish(way: Installation, text: str) -> str:
    """Write a record into a topic of its own, and return the topic's name."""
    topic = f"t-{uuid.uuid4().hex[:12]}.probe"
    servers = way.bootstrap.kafka_servers("admin")
    admin = open_admin(servers)
    producer = KafkaProducer(**servers.options(), acks="all")
    try:
        admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
        producer.send(topic, text.encode()).get(30)
    finally:
        producer.close()
        admin.close()
    return topic
