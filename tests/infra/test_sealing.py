"""What is sealed opens only in its place and with its subject's key; a destroyed key is noticed and never replaced."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import ConnectionPool

from domain.catalogue import personal_parts
from domain.errors import InvalidInput
from domain.patient import PatientIdentity
from domain.recording import Erased, StoreUnavailable, SubjectErased, SubjectKind
from domain.sealed import SealedPart
from infra.avro_codec import Codec
from infra.erasure_watch import NOTICE
from infra.postgres import migrate, open_pool, role_dsn
from infra.sealing import KeyRing, SealBroken, SubjectKeyLost, SubjectKeyUnreadable
from infra.subject_keys import Candidate, _keep
from schemas.catalogue import load
from tests.erasing import erase
from tests.factories import full, minimal

MASTER, ID_KEY = bytes(range(32)), bytes(range(32, 64))
PLACE: dict[str, Any] = {"topic": "TreatmentSubmitted.v1", "aggregate_id": UUID(int=11), "salt": bytes(range(16))}
PART = PatientIdentity(pseudonym="Recognisable-7341", year_of_birth=1961)
Pool = ConnectionPool[psycopg.Connection[Any]]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def database(fresh_database: str) -> str:
    migrate(fresh_database, {"icms_app": "app-password"})
    return fresh_database


@pytest.fixture
def pool(database: str) -> Iterator[Pool]:
    with open_pool(role_dsn(database, "icms_app", "app-password"), size=16) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(pool: Pool, clock: Clock) -> KeyRing:
    return KeyRing(pool, MASTER, ID_KEY, Codec(load()), clock=clock)


def another(pool: Pool, **keys: bytes) -> KeyRing:
    return KeyRing(pool, keys.get("master", MASTER), keys.get("id_key", ID_KEY), Codec(load()))


def count(database: str, table: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute(f"SELECT count(*) FROM registry.{table}").fetchone()
    assert row is not None
    return int(row[0])


def test_every_part_opens_as_what_was_sealed(ring: KeyRing) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")

    for kind in personal_parts().values():
        for part in (full(kind), minimal(kind)):
            assert ring.open(ring.seal(subject, part, **PLACE), **PLACE) == part


def test_sealed_bytes_are_bound_as_the_design_says(ring: KeyRing, pool: Pool, database: str) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")
    sealed = ring.seal(subject, PART, **PLACE)
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT wrapped_key FROM registry.subjects").fetchone()
    assert row is not None
    wrapped = bytes(row[0])

    key = AESGCM(MASTER).decrypt(wrapped[1:13], wrapped[13:], b"icms-registry subject key" + subject.bytes)
    bound = b"\x00\x15TreatmentSubmitted.v1" + UUID(int=11).bytes + bytes(range(16)) + subject.bytes
    clear = AESGCM(key).decrypt(sealed.nonce, sealed.content, bound)

    assert clear == Codec(load()).encode_part(PART)[1]
    assert b"Recognisable-7341" in clear
    assert b"Recognisable-7341" not in sealed.content


def test_part_moved_to_another_event_is_refused(ring: KeyRing) -> None:
    sealed = ring.seal(ring.subject(SubjectKind.patient, "clinic", "p-1"), PART, **PLACE)
    moves: list[dict[str, Any]] = [
        {"topic": "TreatmentSubmitted.v2"},
        {"topic": "TreatmentCorrected.v1"},
        {"aggregate_id": UUID(int=12)},
        {"salt": bytes(16)},
    ]

    for moved in moves:
        with pytest.raises(SealBroken) as refusal:
            ring.open(sealed, **{**PLACE, **moved})
        assert "Recognisable" not in str(refusal.value)


def test_part_given_to_another_subject_or_changed_is_refused(ring: KeyRing) -> None:
    sealed = ring.seal(ring.subject(SubjectKind.patient, "clinic", "p-1"), PART, **PLACE)
    other = ring.subject(SubjectKind.patient, "clinic", "p-2")
    broken = [
        dataclasses.replace(sealed, subject=other),
        dataclasses.replace(sealed, nonce=bytes(12)),
        dataclasses.replace(sealed, nonce=b""),
        dataclasses.replace(sealed, content=b""),
        *(dataclasses.replace(sealed, content=_flipped(sealed.content, at)) for at in range(len(sealed.content))),
    ]

    for part in broken:
        with pytest.raises(SealBroken):
            ring.open(part, **PLACE)


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_same_part_sealed_twice_looks_different(ring: KeyRing) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")

    first, second = (ring.seal(subject, PART, **PLACE) for _ in range(2))

    assert first.nonce != second.nonce
    assert first.content != second.content


def test_identity_is_known_again_by_another_process(ring: KeyRing, pool: Pool) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "Zürich")
    sealed = ring.seal(subject, PART, **PLACE)

    elsewhere = another(pool)

    assert elsewhere.subject(SubjectKind.patient, "clinic", "Zu\u0308rich") == subject
    assert elsewhere.open(sealed, **PLACE) == PART


def test_identities_that_differ_anywhere_are_different_subjects(ring: KeyRing) -> None:
    identities = [
        (SubjectKind.patient, "ab", "c"),
        (SubjectKind.patient, "a", "bc"),
        (SubjectKind.patient, "abc"),
        (SubjectKind.patient, "abc", ""),
        (SubjectKind.person, "ab", "c"),
    ]

    subjects = {ring.subject(kind, *identity) for kind, *identity in identities}

    assert len(subjects) == len(identities)


def test_rival_creators_get_one_subject_with_one_key(pool: Pool, database: str) -> None:
    rivals = [another(pool) for _ in range(4)]
    start = threading.Barrier(16)

    def create(number: int) -> list[UUID]:
        start.wait()
        ring = rivals[number % len(rivals)]
        return [ring.subject(SubjectKind.patient, "clinic", f"p-{each}") for each in range(60)]

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(create, range(16)))

    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0])) == count(database, "subjects") == count(database, "subject_links") == 60
    sealed = [rivals[0].seal(subject, PART, **PLACE) for subject in answers[0]]
    assert all(another(pool).open(part, **PLACE) == PART for part in sealed)


def test_a_group_takes_its_identities_in_an_order_that_all_share(pool: Pool, database: str) -> None:
    candidates = [Candidate(bytes([number]) * 32, "patient", uuid4(), b"key") for number in (5, 1, 9, 3)]

    with pool.connection() as connection:
        _keep(connection, candidates)

    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT link_hmac FROM registry.subject_links ORDER BY ctid").fetchall()
    assert [row[0][0] for row in rows] == [1, 3, 5, 9]


def test_creators_in_opposite_order_do_not_wait_for_each_other(pool: Pool, database: str) -> None:
    rivals = [another(pool), another(pool)]
    identities = [f"p-{number}" for number in range(200)]

    def create(number: int) -> dict[str, UUID]:
        # Many threads per ring, so that groups of several identities meet.
        with ThreadPoolExecutor(8) as threads:
            order = identities if number == 0 else identities[::-1]
            subjects = threads.map(lambda name: rivals[number].subject(SubjectKind.patient, "clinic", name), order)
            return dict(zip(order, subjects, strict=True))

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(create, range(2))

    assert first == second
    assert count(database, "subjects") == 200


def test_key_is_committed_before_the_subject_is_told(ring: KeyRing, database: str) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")

    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT subject, wrapped_key IS NOT NULL FROM registry.subject_links JOIN registry.subjects USING (subject)"
        ).fetchone()

    assert row == (subject, True)


def test_erased_subject_opens_as_erased_and_takes_nothing_new(ring: KeyRing, clock: Clock, database: str) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")
    sealed = ring.seal(subject, PART, **PLACE)
    untouched = ring.subject(SubjectKind.patient, "clinic", "p-2")

    erase(database, subject)
    clock.time += NOTICE

    assert ring.open(sealed, **PLACE) == Erased(subject)
    with pytest.raises(SubjectErased):
        ring.seal(subject, PART, **PLACE)
    with pytest.raises(SubjectErased):
        ring.subject(SubjectKind.patient, "clinic", "p-1")
    assert ring.subject(SubjectKind.patient, "clinic", "p-2") == untouched


def test_erased_identity_leaves_no_way_to_its_subject(ring: KeyRing, database: str) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")

    erase(database, subject)

    with psycopg.connect(database) as connection:
        links = connection.execute("SELECT subject FROM registry.subject_links").fetchall()
        keys = connection.execute("SELECT wrapped_key FROM registry.subjects").fetchall()
    assert (links, keys) == ([(None,)], [(None,)])


def test_erasure_is_noticed_within_the_second_however_often_the_key_is_used(
    ring: KeyRing, clock: Clock, database: str
) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")
    sealed = ring.seal(subject, PART, **PLACE)
    erase(database, subject)

    clock.time += NOTICE / 2
    before = ring.open(sealed, **PLACE)
    clock.time += NOTICE / 2
    after = ring.open(sealed, **PLACE)

    assert (before, after) == (PART, Erased(subject))


def test_key_read_just_before_an_erasure_is_not_remembered(
    ring: KeyRing, clock: Clock, pool: Pool, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = another(pool).subject(SubjectKind.patient, "clinic", "p-1")
    sealed = another(pool).seal(subject, PART, **PLACE)
    find = ring._kept.find

    def find_then_erase(wanted: UUID) -> object:
        kept = find(wanted)
        erase(database, subject)
        clock.time += NOTICE
        ring._watch.look()
        return kept

    with monkeypatch.context() as patch:
        patch.setattr(ring._kept, "find", find_then_erase)
        ring.open(sealed, **PLACE)

    assert ring.open(sealed, **PLACE) == Erased(subject)


def test_lost_key_is_not_taken_for_an_erased_one(ring: KeyRing) -> None:
    sealed = SealedPart(subject=uuid4(), schema_id=1, nonce=bytes(12), content=bytes(32))

    with pytest.raises(SubjectKeyLost):
        ring.open(sealed, **PLACE)
    with pytest.raises(SubjectKeyLost):
        ring.seal(sealed.subject, PART, **PLACE)


def test_other_master_key_opens_nothing(ring: KeyRing, pool: Pool) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")
    sealed = ring.seal(subject, PART, **PLACE)

    with pytest.raises(SubjectKeyUnreadable):
        another(pool, master=bytes(32)).open(sealed, **PLACE)


def test_key_row_exchanged_with_another_subjects_is_refused(ring: KeyRing, pool: Pool, database: str) -> None:
    first = ring.subject(SubjectKind.patient, "clinic", "p-1")
    second = ring.subject(SubjectKind.patient, "clinic", "p-2")
    sealed = ring.seal(first, PART, **PLACE)
    with psycopg.connect(database) as connection:
        connection.execute(
            """
            UPDATE registry.subjects
            SET wrapped_key = (SELECT wrapped_key FROM registry.subjects WHERE subject = %(second)s)
            WHERE subject = %(first)s
            """,
            {"first": first, "second": second},
        )

    with pytest.raises(SubjectKeyUnreadable):
        another(pool).open(sealed, **PLACE)


def test_lost_connection_is_got_over_and_a_lost_database_is_named(ring: KeyRing, pool: Pool, database: str) -> None:
    subject = ring.subject(SubjectKind.patient, "clinic", "p-1")
    terminate = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'icms_app' AND datname = %(name)s"
    )
    with psycopg.connect(database) as connection:
        connection.execute(terminate, {"name": connection.info.dbname})

    assert ring.subject(SubjectKind.patient, "clinic", "p-2") != subject

    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE registry.subject_links RENAME TO away")
    with pytest.raises(StoreUnavailable):
        ring.subject(SubjectKind.patient, "clinic", "p-3")


def test_failure_reaches_every_thread_of_its_group(ring: KeyRing, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE registry.subject_links RENAME TO away")

    def create(number: int) -> bool:
        with pytest.raises(StoreUnavailable):
            ring.subject(SubjectKind.patient, "clinic", f"p-{number}")
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(create, range(24)))

    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE registry.away RENAME TO subject_links")
    assert ring.subject(SubjectKind.patient, "clinic", "p-1")


def test_digest_is_the_hmac_of_lengths_and_texts(ring: KeyRing) -> None:
    framed = b"\x00\x00\x00\x02\xc3\xa9" + b"\x00\x00\x00\x01b" + b"\x00\x00\x00\x00"

    assert ring.digest("é", "b", "") == hmac.new(ID_KEY, framed, hashlib.sha256).digest()
    assert ring.digest("éb", "", "") != ring.digest("é", "b", "")


def test_text_that_is_no_text_is_refused_without_quoting_it(ring: KeyRing) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ring.digest("Recognisable \ud800")

    assert "Recognisable" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_keys_of_a_wrong_length_are_not_taken(pool: Pool) -> None:
    for keys in ({"master": b"short"}, {"id_key": b"short"}):
        with pytest.raises(ValueError, match="32 bytes"):
            another(pool, **keys)


def test_memory_of_keys_is_bounded(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring._keys, "_limit", 10)
    monkeypatch.setattr(ring._links, "_limit", 10)

    with ThreadPoolExecutor(8) as threads:
        subjects = list(threads.map(lambda each: ring.subject(SubjectKind.patient, "clinic", f"p-{each}"), range(50)))

    assert len(ring._keys._values) == len(ring._links._values) == 10
    assert ring.open(ring.seal(subjects[0], PART, **PLACE), **PLACE) == PART


def test_none_of_a_thousand_planted_values_is_found_in_any_table_or_sealed_part(ring: KeyRing, database: str) -> None:
    def plant(number: int) -> SealedPart:
        pseudonym = f"Recognisable-{number:05d}"
        subject = ring.subject(SubjectKind.patient, "clinic", pseudonym)
        return ring.seal(subject, PatientIdentity(pseudonym=pseudonym), **PLACE)

    with ThreadPoolExecutor(8) as threads:
        sealed = list(threads.map(plant, range(1000)))

    kept = b"\n".join(part.content + part.nonce + part.subject.bytes for part in sealed) + _dump(database)
    assert count(database, "subjects") == 1000
    for spelling in (b"Recognisable", b"Recognisable".hex().encode(), "Recognisable".encode("utf-16-le")):
        assert spelling not in kept
    assert all(_plain in kept for _plain in (b"patient",)), "the dump sees what stands in the clear"


def _dump(database: str) -> bytes:
    with psycopg.connect(database) as connection:
        names = connection.execute(
            "SELECT format('%%I.%%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_schema = 'registry' AND table_type = 'BASE TABLE'",
            {},
        ).fetchall()
        rows = (connection.execute(f"SELECT t::text FROM {name} AS t") for (name,) in names)
        return "\n".join(str(row[0]) for cursor in rows for row in cursor).encode()
