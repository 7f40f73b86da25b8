"""Every event of every type answers who, what, when and why from its stored row; nothing sealed is ever opened."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from domain.aggregate import RegistryEvent
from domain.catalogue import event_classes
from domain.clinic import Clinic
from domain.reader import OFFICER, PUBLIC, Reader
from domain.reader import clinic as reader_clinic
from infra.avro_codec import Codec, commitment, leaf_hash
from infra.postgres import migrate
from projections.audit_trail import AuditTrail, of_aggregate, of_clinic, of_log
from projections.read_model import Recorded
from projections.trail_entry import SealedStub, TrailEntry
from schemas.catalogue import load
from tests.factories import full, minimal
from tests.projections.history import History, apply_in_batches, build, digest, society, uid

CATALOGUE = load()
CODEC = Codec(CATALOGUE)


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    migrate(fresh_database, {})
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


def stored(cursor: psycopg.Cursor[Any], log: Sequence[Recorded], *cuts: int, schema: str = "trail_1") -> AuditTrail:
    """Write a log into the store's table and into a build of the read model."""
    epoch, public = uid("epoch"), 0
    columns = (
        "position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,"
        " disclosure, prev_public_position, store_epoch"
    )
    with cursor.copy(f"COPY registry.events ({columns}) FROM STDIN".encode()) as copy:
        for each in log:
            state = CODEC.encode(each.event)
            leaf = leaf_hash(commitment(each.topic, each.aggregate_id, each.version, state))
            before = public if each.disclosure == "public" else None
            public = each.position if each.disclosure == "public" else public
            copy.write_row(
                (
                    each.position, each.aggregate_id, each.version, each.topic, state, each.recorded_at,
                    each.occurred_on, each.clinic_id, leaf, each.disclosure, before, epoch,
                )
            )  # fmt: skip
    model = AuditTrail()
    build(cursor, model, schema)
    apply_in_batches(cursor, model, log, cuts)
    return model


def recorded(position: int, event: RegistryEvent) -> Recorded:
    topic = type(event).TOPIC
    return Recorded(
        position=position,
        topic=topic,
        aggregate_id=event.originator_id,
        version=event.originator_version,
        clinic_id=event.context.clinic_id,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=position),
        occurred_on=event.context.occurred_on,
        disclosure=CATALOGUE.by_topic(topic).disclosure,
        state=b"",
        read=lambda *_: event,
    )


def one_of_each() -> list[Recorded]:
    names = list(event_classes())
    events = [full(event_classes()[name], uid(name)) for name in names]
    events += [minimal(event_classes()[name], uid(f"{name} again")) for name in names]
    return [recorded(position, event) for position, event in enumerate(events, start=1)]


def test_every_event_of_every_type_is_shown_whole(cursor: psycopg.Cursor[Any]) -> None:
    log = one_of_each()
    stored(cursor, log)

    entries = of_log(cursor, reader=OFFICER, part_class=CODEC.part_class, decode=CODEC.decode, limit=10_000).entries

    assert [entry.position for entry in entries] == [each.position for each in log]
    for entry, each in zip(entries, log, strict=True):
        _shows(entry, each)


def _shows(entry: TrailEntry, each: Recorded) -> None:
    context = each.event.context
    assert entry.event_id == f"{each.aggregate_id}/{each.version}"
    assert entry.type == type(each.event).__name__
    assert (entry.who.person, entry.who.role) == (context.actor_person, context.actor_role.value)
    assert (entry.who.on_behalf_of, entry.who.via) == (context.on_behalf_of, context.via.value)
    assert (entry.happened, entry.recorded_at) == (each.occurred_on, each.recorded_at)
    assert entry.reason == (context.reason.value if context.reason else None)
    assert (entry.correlation_id, entry.causation_id) == (context.correlation_id, context.causation_id)
    assert all(type(stub) is SealedStub for stub in entry.sealed)
    assert [tuple(stub) for stub in entry.sealed] == [(part.subject, part.schema_id) for part in context.sealed]
    own = set(vars(each.event)) - {"originator_id", "originator_version", "originator_topic", "timestamp", "context"}
    assert set(entry.what) == own


def test_an_entry_is_ready_for_json_and_opens_nothing(cursor: psycopg.Cursor[Any]) -> None:
    log = one_of_each()
    stored(cursor, log)

    text = b"".join(
        msgspec.json.encode(entry._asdict())
        for entry in of_log(
            cursor, reader=OFFICER, part_class=CODEC.part_class, decode=CODEC.decode, limit=10_000
        ).entries
    ).decode()

    sealed = [part.content for each in log for part in each.event.context.sealed]
    assert sealed
    assert not any(form in text for content in sealed for form in (content.hex(), b64encode(content).decode()))
    assert '"salt"' not in text
    assert '"key_hmac"' not in text


def test_a_clinics_history_is_its_own(cursor: psycopg.Cursor[Any]) -> None:
    history = society(4)
    stored(cursor, history.log, 30, 70)
    clinic = uid("clinic 2")

    entries = of_clinic(cursor, clinic, reader=OFFICER, part_class=CODEC.part_class, decode=CODEC.decode).entries

    assert [entry.position for entry in entries] == [each.position for each in history.log if each.clinic_id == clinic]


def test_pages_follow_each_other(cursor: psycopg.Cursor[Any]) -> None:
    history = society(4)
    stored(cursor, history.log)
    seen: list[int] = []
    after: int | None = 0

    while after is not None:
        page = of_log(cursor, reader=OFFICER, part_class=CODEC.part_class, decode=CODEC.decode, after=after, limit=25)
        seen += [entry.position for entry in page.entries]
        after = page.after

    assert seen == list(range(1, len(history.log) + 1))


def test_both_clocks_the_type_and_the_class_narrow_a_history(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic = history.clinic("Clinic", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-10", occurred_on="2025-03")
    history.of_clinic(Clinic.InvitationDeclined, clinic, "2025-05-01", occurred_on="2025-03-20")
    stored(cursor, history.log)

    def types(reader: Reader = OFFICER, **filters: Any) -> list[str]:
        return [
            entry.type
            for entry in of_clinic(
                cursor, clinic, reader=reader, part_class=CODEC.part_class, decode=CODEC.decode, **filters
            ).entries
        ]

    assert types() == ["ClinicIdentified", "ClinicInvited", "InvitationDeclined"]
    assert types(as_of=2) == ["ClinicIdentified", "ClinicInvited"]
    assert types(happened_by=date(2025, 3, 30)) == ["ClinicIdentified", "InvitationDeclined"]
    assert types(happened_by=date(2025, 3, 31)) == ["ClinicIdentified", "ClinicInvited", "InvitationDeclined"]
    assert types(topics=["ClinicInvited.v1"]) == ["ClinicInvited"]
    assert types(PUBLIC) == types(reader_clinic(uid("another"))) == []
    assert types(reader_clinic(clinic)) == types(OFFICER)
    assert types(reader_clinic(clinic), after=1, limit=1) == ["ClinicInvited"]


def test_an_aggregates_history_is_read_by_its_id(cursor: psycopg.Cursor[Any]) -> None:
    history = History()
    clinic: UUID = history.clinic("Clinic", "2025-01-01")
    history.registry("knee", "2025-01-01")
    history.of_clinic(Clinic.ClinicInvited, clinic, "2025-03-10")
    stored(cursor, history.log)

    assert [
        each.version
        for each in of_aggregate(
            cursor, clinic, reader=OFFICER, part_class=CODEC.part_class, decode=CODEC.decode
        ).entries
    ] == [1, 2]
    assert [
        each.type
        for each in of_aggregate(
            cursor, uid("knee"), reader=OFFICER, part_class=CODEC.part_class, decode=CODEC.decode
        ).entries
    ] == ["RegistryOpened"]


def test_what_the_model_has_not_applied_is_not_shown(cursor: psycopg.Cursor[Any]) -> None:
    history = society(2, events=20)
    model = stored(cursor, history.log)
    build(cursor, model, "behind")
    model.apply(cursor, history.log[:12])

    assert len(of_log(cursor, reader=OFFICER, part_class=CODEC.part_class, decode=CODEC.decode).entries) == 12


def test_rows_do_not_depend_on_how_the_log_was_cut(cursor: psycopg.Cursor[Any]) -> None:
    history = society(6)
    model = stored(cursor, history.log)
    whole = digest(cursor, model)
    build(cursor, model, "cut")

    apply_in_batches(cursor, model, history.log, [1, 2, 3, 50, 119])

    assert digest(cursor, model) == whole
