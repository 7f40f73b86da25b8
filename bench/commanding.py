"""Rows A6 and I1: a whole command with a new patient, and a whole import, against saving alone."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from application.command import Request
from application.treatments import SubmitTreatment
from bench.appending import saving
from bench.crew import rate
from bench.ground import Ground
from bench.row import Contest
from domain.codes import Via
from domain.dates import PartialDate
from domain.product import Donor, Origin
from domain.treatment_codes import CellOrigin, DonorKind, IndicationCategory, ProductKind, Route, Sex
from domain.treatment_content import Delivery, Indication
from tests.interfaces.importing.registries import (
    BLOOD,
    CLINICS,
    DATA,
    MAPPINGS,
    ONE_CLINIC,
    PHYSICIAN,
    run_import,
    stored,
)

_EXTRACT = DATA / "ebmt4.csv"
_COMMANDS = 2_500
_THREADS = 8


def submission(number: int) -> SubmitTreatment:
    """Return an ordinary treatment of a patient of its own."""
    return SubmitTreatment(
        clinic_id=CLINICS[0],
        own_reference=f"T-{number}",
        registry_id=BLOOD,
        performed_on=PartialDate("2026-02-03"),
        patient_pseudonym=f"P-{number}",
        year_of_birth=1951,
        sex=Sex.female,
        indication=Indication(category=IndicationCategory.haematologic),
        donor=Donor(kind=DonorKind.autologous),
        origin=Origin(tissue=CellOrigin.bone_marrow),
        product_kind=ProductKind.cells,
        delivery=Delivery(route=Route.intravenous),
    )


@contextmanager
def whole_command(ground: Ground) -> Iterator[Contest]:
    """Submit treatments of new patients from eight threads, against saving as many new aggregates."""
    numbers = count(1)
    with ground.scratch() as scratch, ground.event_store(scratch) as store, ground.database() as dsn, stored(dsn) as to:

        def submit(number: int) -> None:
            request = Request(actor=PHYSICIAN, key=f"k-{number}", via=Via.api, on_behalf_of=CLINICS[0])
            to.handler.execute(submission(number), request)

        def sample() -> float:
            return rate(submit, [next(numbers) for _ in range(_COMMANDS)], _THREADS)

        yield Contest(sample, saving(store, _THREADS))


def lacks_extract(_: Path) -> str | None:
    """Say what is missing where the extract is not there."""
    return None if _EXTRACT.exists() else f"{_EXTRACT} is not there; ICMS_TEST_TRANSPLANTS says where the extracts are"


@contextmanager
def import_rate(ground: Ground) -> Iterator[Contest]:
    """Import the real extract under new references with eight threads, against saving new aggregates."""
    turns = count(1)
    with ground.scratch() as scratch, ground.event_store(scratch) as store, ground.database() as dsn, stored(dsn) as to:

        def sample() -> float:
            extract = repeated(_EXTRACT, ground.folder / "import.csv", next(turns))
            began = time.perf_counter()
            summary = run_import(to, extract, MAPPINGS / "ebmt4.toml", ONE_CLINIC, threads=_THREADS).summary
            return sum(summary.counts.values()) / (time.perf_counter() - began)

        yield Contest(sample, saving(store, _THREADS))


def repeated(source: Path, target: Path, turn: int) -> Path:
    """Write the extract with references that no other turn has."""
    with source.open(newline="") as read, target.open("w", newline="") as written:
        reader = csv.DictReader(read)
        writer = csv.DictWriter(written, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows({**row, "id": f"{turn}-{row['id']}"} for row in reader)
    return target
