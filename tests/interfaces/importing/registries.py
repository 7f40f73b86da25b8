"""A registry with clinics that joined the blood registry, in memory or in a real store, for imports to go into."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg

from application.command import Actor, CommandHandler
from application.ports import CommandRecord, Sealer, Store
from domain.aggregate import Act, Aggregate
from domain.clinic import Clinic
from domain.clinic_details import FoundIn
from domain.codes import Role
from domain.enrolment import SignerAuthority
from domain.registry import DEFAULT_REGISTRIES, Registry, registry_id
from domain.signature import Signature, SignatureMeaning
from infra.avro_codec import Codec
from infra.event_store import EventStore
from infra.postgres import migrate, open_store, role_dsn
from infra.sealing import KeyRing
from interfaces.bootstrap import RealSurroundings
from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.extract_import import Clinics, import_extract, new_summary, survey
from interfaces.importing.mapping import ExtractMapping, load_mapping
from interfaces.importing.row_answer import RowAnswer, Summary
from schemas.catalogue import load
from tests.application.memory import MemoryRegistry
from tests.domain.clinics import DETAILS, SOME_HASH, act_on

REPOSITORY = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("ICMS_TEST_TRANSPLANTS") or REPOSITORY.parent / "shared" / "data" / "transplants")
"""The published extracts; they are not part of the repository."""
MAPPINGS = REPOSITORY / "examples" / "mappings"
PASSWORD = "app-password"
MASTER, ID_KEY = bytes(range(32)), bytes(range(32, 64))
PHYSICIAN = Actor(person=uuid5(UUID(int=0), "a physician"), role=Role.clinic)
CLINICS = tuple(uuid5(UUID(int=0), f"hospital {number}") for number in (1, 2, 3, 4))
HOSPITALS: Clinics = {f"hospital {number}": clinic for number, clinic in enumerate(CLINICS, 1)}
ONE_CLINIC: Clinics = {None: CLINICS[0]}
BLOOD = registry_id("blood")


def founded(moment: datetime) -> list[Aggregate]:
    """Return the blood registry and four clinics that joined it, all recorded at that moment."""
    terms = dict(DEFAULT_REGISTRIES)["blood"]
    registry = Registry.open(_act(moment).replace(actor_person=None), "blood", terms)
    return [registry, *(joined(clinic, moment) for clinic in CLINICS)]


def joined(clinic_id: UUID, moment: datetime) -> Clinic:
    """Return a clinic that joined the blood registry."""
    clinic = Clinic.identify(_act(moment), clinic_id, DETAILS, FoundIn.website)
    signature = Signature(signed_at=moment, meaning=SignatureMeaning.agreed, shown_hash=SOME_HASH)
    clinic.sign_agreement(_act(moment), "1", SignerAuthority.medical_director, (True, True), signature)
    clinic.request_enrolment(_act(moment), (BLOOD,))
    clinic.enrol(_act(moment), (BLOOD,))
    return clinic


def _act(moment: datetime) -> Act:
    return dataclasses.replace(act_on(moment.date()), recorded_at=moment)


@dataclass
class Target:
    """Where an import goes: a handler, and how to count what it recorded."""

    handler: CommandHandler
    owner_dsn: str | None = None

    def counts(self) -> Counter[str]:
        """Return how many events of each type are stored."""
        if self.owner_dsn is None:
            log: list[Any] = getattr(self.handler.store, "log")  # noqa: B009 - the memory store alone has it
            return Counter(type(event).__name__ for event in log)
        with psycopg.connect(self.owner_dsn) as connection:
            rows = connection.execute("SELECT topic, count(*) FROM registry.events GROUP BY topic").fetchall()
        return Counter({topic.partition(".")[0]: count for topic, count in rows})


def in_memory() -> tuple[Target, MemoryRegistry]:
    """Return a registry in memory with the four clinics; import into it with one thread."""
    registry = MemoryRegistry()
    for aggregate in founded(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        registry.put(aggregate)
    return Target(registry.handler), registry


@contextmanager
def stored(owner_dsn: str, *, found: bool = True) -> Iterator[Target]:
    """Yield a registry in a real store with the four clinics, as a process has it that starts now."""
    if found:
        migrate(owner_dsn, {"icms_app": PASSWORD})
        open_store(owner_dsn, simulated=False)
    catalogue = load()
    codec = Codec(catalogue)
    store = EventStore(
        role_dsn(owner_dsn, "icms_app", PASSWORD), codec, lambda topic: catalogue.by_topic(topic).disclosure
    )
    try:
        sealer = KeyRing(store.pool, MASTER, ID_KEY, codec)
        if found:
            _save(store, sealer)
        yield Target(CommandHandler(store, sealer, RealSurroundings(), "icms tests"), owner_dsn)
    finally:
        store.close()


def _save(store: Store, sealer: Sealer) -> None:
    for aggregate in founded(datetime.now(UTC)):
        key = sealer.digest("founded", str(aggregate.id))
        record = CommandRecord(actor=UUID(int=0), key_hmac=key, request_hmac=key, aggregate_id=aggregate.id)
        store.save([aggregate], record)


@dataclass
class Imported:
    """What an import answered."""

    answers: list[RowAnswer]
    summary: Summary


def run_import(
    target: Target,
    extract: Path,
    mapping: Path | ExtractMapping,
    clinics: Clinics = ONE_CLINIC,
    actor: Actor = PHYSICIAN,
    threads: int = 1,
) -> Imported:
    """Import an extract and return all answers."""
    read = load_mapping(mapping) if isinstance(mapping, Path) else mapping
    summary, answers = new_summary(read), []
    with CsvExtract(extract, read.shape) as opened:
        found = survey(opened, read)
        for answer in import_extract(opened, read, found, clinics, target.handler, actor, threads=threads):
            summary.add(answer)
            answers.append(answer)
    return Imported(answers, summary)
