"""A record is its row, column by column, and whoever changes anything in it is found out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from infra.commitment import commitment, leaf_hash
from infra.event_log import StoredRow
from infra.kafka_log import Envelope, ForeignRecord, Message, Topics, UnknownSchema, difference, moved, parse, time_text

AGGREGATE = UUID("00000000-0000-4000-8000-00000000a001")
CLINIC = UUID("00000000-0000-4000-8000-00000000c001")
EPOCH = UUID("00000000-0000-4000-8000-00000000e001")
STATE = b"\x02avro"
HASH = leaf_hash(commitment("ClinicEnrolled.v1", AGGREGATE, 3, STATE))
ENVELOPE = Envelope("urn:icms:tests", "https://registry.example/", {"ClinicEnrolled.v1": 258})


def row(**changes: Any) -> StoredRow:
    columns: dict[str, Any] = {
        "position": 42,
        "originator_id": AGGREGATE,
        "originator_version": 3,
        "topic": "ClinicEnrolled.v1",
        "state": STATE,
        "recorded_at": datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC),
        "occurred_on": "2026-03",
        "clinic_id": CLINIC,
        "leaf_hash": HASH,
        "disclosure": "party",
        "prev_public_position": None,
        "store_epoch": EPOCH,
    }
    return StoredRow(**{**columns, **changes})


def consumed(message: Message, **changes: Any) -> Any:
    return SimpleNamespace(**{**message._asdict(), "offset": 7, **changes})


def test_headers_are_the_columns_of_the_row_in_their_order() -> None:
    message = ENVELOPE.event(row())

    assert message.value == b"\x00\x00\x00\x01\x02" + STATE
    assert message.key == str(CLINIC).encode()
    assert message.headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{AGGREGATE}/3".encode()),
        ("ce_source", b"urn:icms:tests"),
        ("ce_type", b"ClinicEnrolled.v1"),
        ("ce_time", b"2026-03-04T05:06:07.000089Z"),
        ("ce_subject", str(CLINIC).encode()),
        ("ce_partitionkey", str(CLINIC).encode()),
        ("ce_dataschema", b"https://registry.example/schemas/ids/258"),
        ("content-type", b"application/avro"),
        ("position", b"42"),
        ("prev_position", b"41"),
        ("store_epoch", str(EPOCH).encode()),
        ("leaf_hash", HASH.hex().encode()),
        ("disclosure", b"party"),
    ]


def test_without_a_clinic_the_aggregate_is_the_key_and_there_is_no_subject() -> None:
    message = ENVELOPE.event(row(clinic_id=None))

    assert message.key == str(AGGREGATE).encode()
    assert "ce_subject" not in dict(message.headers)
    assert dict(message.headers)["ce_partitionkey"] == message.key


def test_in_the_public_topic_the_predecessor_is_the_public_event_before() -> None:
    message = ENVELOPE.public(row(prev_public_position=17))

    assert dict(message.headers)["prev_position"] == b"17"
    assert ENVELOPE.public(row(prev_public_position=0)).headers[10] == ("prev_position", b"0")


def test_times_are_utc_with_microseconds_whatever_the_zone() -> None:
    moment = datetime(2026, 3, 4, 7, 0, tzinfo=timezone(timedelta(hours=2)))

    assert time_text(moment) == b"2026-03-04T05:00:00.000000Z"


def test_a_type_without_an_id_is_refused() -> None:
    with pytest.raises(UnknownSchema, match="Unheard"):
        ENVELOPE.event(row(topic="Unheard.v1"))


def test_a_record_can_be_read_back() -> None:
    record = parse(consumed(ENVELOPE.event(row())))

    assert (record.position, record.prev_position, record.version, record.schema_id) == (42, 41, 3, 258)
    assert (record.topic, record.aggregate_id, record.store_epoch) == ("ClinicEnrolled.v1", AGGREGATE, EPOCH)
    assert record.state == STATE
    assert record.true_leaf_hash() == record.leaf_hash == HASH


@dataclass(frozen=True)
class Spoiled:
    name: str
    record: Any


def spoiled() -> list[Spoiled]:
    message = ENVELOPE.event(row())
    without = [
        Spoiled(f"without {name}", consumed(message, headers=[pair for pair in message.headers if pair[0] != name]))
        for name in ("ce_id", "ce_type", "position", "prev_position", "store_epoch", "leaf_hash")
    ]
    wrong = {"ce_id": b"x/1", "position": b"four", "leaf_hash": b"zz", "store_epoch": b"\xff", "ce_type": b"\xff"}
    changed = [
        Spoiled(f"wrong {name}", consumed(message, headers=list({**dict(message.headers), name: value}.items())))
        for name, value in wrong.items()
    ]
    values = [
        Spoiled(f"value {value!r}", consumed(message, value=value)) for value in (None, b"", b"\0\0\0", b"\1abcde")
    ]
    return [*without, *changed, *values, Spoiled("twice", consumed(message, headers=[*message.headers] * 2))]


@pytest.mark.parametrize("case", spoiled(), ids=lambda case: case.name)
def test_what_cannot_be_ours_is_called_foreign(case: Spoiled) -> None:
    with pytest.raises(ForeignRecord) as refusal:
        parse(case.record)

    assert "avro" not in str(refusal.value)


def test_every_changed_part_is_a_difference() -> None:
    message = ENVELOPE.event(row())
    headers = dict(message.headers)

    assert difference(message, consumed(message)) is None
    assert difference(message, consumed(message, value=message.value + b"!")) == "other bytes"
    assert difference(message, consumed(message, key=b"k")) == "another key"
    assert difference(message, consumed(message, headers=message.headers[1:])) == "other headers"
    for name in headers.keys() - {"ce_source"}:
        changed = consumed(message, headers=list({**headers, name: b"other"}.items()))
        assert difference(message, changed) == f"another {name}"


def test_a_former_address_is_no_difference_but_is_counted() -> None:
    message = ENVELOPE.event(row())
    before = Envelope("urn:icms:before", "http://old.example", {"ClinicEnrolled.v1": 258}).event(row())

    assert difference(message, consumed(before)) is None
    assert moved(message, consumed(before))
    assert not moved(message, consumed(message))


def test_topics_have_the_names_that_others_expect() -> None:
    assert Topics().both == ("icms.registry.events.v1", "icms.registry.public.v1")
    assert Topics("t-1.").events == "t-1.icms.registry.events.v1"
