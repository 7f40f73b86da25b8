"""An extract goes in row by row: read in order, done by several threads, answered in order, in memory that stays flat.

Stopped at any point (also by kill -9), the same import run again finishes it; run once more it records nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from application.command import Actor, CommandHandler
from application.ports import Store
from domain.aggregate import Source
from domain.clinic import Clinic
from domain.codes import Channel, Sha256
from domain.errors import NotFound
from domain.registry import Registry, registry_id
from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.mapping import ExtractMapping
from interfaces.importing.mapping_rule import RuleKind
from interfaces.importing.refusals import ClinicsUnresolved, RowRefused, shown
from interfaces.importing.row import Row
from interfaces.importing.row_answer import RowAnswer, Summary
from interfaces.importing.row_commands import EVENTS, prepare_types
from interfaces.importing.row_defect import contained
from interfaces.importing.row_import import RowImporter, refused
from interfaces.importing.row_plan import RowPlan, clinic_name, plan_row

THREADS = 8
ROWS_PER_THREAD = 8
"""Rows read ahead for each thread: enough that none waits, few enough that memory stays flat."""
MOST_NAMES = 1000

Clinics = Mapping[str | None, UUID]
"""Clinic of each name; under None the one of a mapping that tells none apart."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first reading of the whole extract found."""

    rows: int
    sha256: Sha256
    clinic_names: frozenset[str]
    """Names of clinics in it; empty where the mapping tells none apart."""


def survey(extract: CsvExtract, mapping: ExtractMapping) -> Survey:
    """Read the whole extract once; raise ExtractRefused and MappingRefused where it cannot be imported at all."""
    mapping.check_header(extract.header())
    names: set[str] = set()

    def look(row: Row) -> None:
        if mapping.clinic is None or row.fault is not None or len(names) > MOST_NAMES:
            return
        try:
            with contained():
                names.add(clinic_name(mapping, row) or "")
        except RowRefused:
            return  # the row's answer will say so

    facts = extract.facts(look)
    return Survey(facts.rows, facts.sha256, frozenset(names))


def require_clinics(mapping: ExtractMapping, found: Survey, clinics: Clinics) -> None:
    """Refuse clinics that are not resolved, or resolved where the mapping tells none apart; raise ClinicsUnresolved."""
    if mapping.clinic is None:
        if set(clinics) != {None}:
            problem = "the mapping has one clinic for all rows"
            raise ClinicsUnresolved(field="--clinic", problem=problem, what_to_do="Give its id once, without a name.")
        return
    if unknown := sorted(found.clinic_names - clinics.keys()):
        names = ", ".join(shown(name) for name in unknown[:20]) + (" …" if len(unknown) > 20 else "")
        what_to_do = f'Give each as --clinic "{unknown[0]}=ID".'
        raise ClinicsUnresolved(field="--clinic", problem=f"no clinic is named for {names}", what_to_do=what_to_do)


def require_known(store: Store, mapping: ExtractMapping, clinics: Clinics) -> None:
    """Refuse clinics and registries that do not exist; raise NotFound."""
    for clinic in clinics.values():
        if store.load(Clinic, clinic) is None:
            raise NotFound(what="clinic", id=clinic)
    for short_code in mapping.registry.constants:
        if store.load(Registry, registry_id(short_code)) is None:
            raise NotFound(what="registry", id=short_code)


def new_summary(mapping: ExtractMapping) -> Summary:
    """Return a summary that counts what this mapping can make."""
    kinds = [RuleKind.treatment]
    kinds += [RuleKind.adverse_event] if mapping.adverse_events else []
    kinds += [RuleKind.follow_up] if mapping.follow_ups else []
    return Summary(tuple(EVENTS[kind] for kind in kinds))


def import_extract(
    extract: CsvExtract,
    mapping: ExtractMapping,
    found: Survey,
    clinics: Clinics,
    handler: CommandHandler,
    actor: Actor,
    *,
    source_reference: str | None = None,
    threads: int = THREADS,
) -> Iterator[RowAnswer]:
    """Import every row and yield the answers in the order of the rows; each answered row is committed.

    Raises: ClinicsUnresolved and NotFound before anything is recorded; StoreUnavailable, NotPermitted, NotAnOfficer
    when going on would be in vain. What was answered before stays, and running it again finishes the rest.
    """
    require_clinics(mapping, found, clinics)
    require_known(handler.store, mapping, clinics)
    importer = RowImporter(
        handler=handler,
        actor=actor,
        mapping_name=mapping.name,
        clinics=clinics,
        source=Source(channel=Channel.file, reference=source_reference, document_hash=found.sha256),
        correlation_id=handler.surroundings.new_id(),
    )
    prepare_types()
    with ThreadPoolExecutor(threads, "import") as pool:
        window = _Window(pool, importer, threads * ROWS_PER_THREAD)
        try:
            for row in extract.rows():
                yield from window.take(_planned(mapping, row))
            yield from window.drain()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _planned(mapping: ExtractMapping, row: Row) -> RowPlan | RowAnswer:
    try:
        return plan_row(mapping, row)
    except RowRefused as error:
        return refused(row, error)


class _Window:
    """Rows on their way, first in, first answered.

    Two rows with the same reference are never on their way together: the first of the file is the one that counts,
    however fast the threads are.
    """

    def __init__(self, pool: ThreadPoolExecutor, importer: RowImporter, size: int) -> None:
        self._pool = pool
        self._importer = importer
        self._size = size
        self._waiting: deque[tuple[tuple[str | None, str] | None, Future[RowAnswer] | RowAnswer]] = deque()

    def take(self, planned: RowPlan | RowAnswer) -> Iterator[RowAnswer]:
        """Take a row in, and yield the answers that have to leave for it."""
        if isinstance(planned, RowAnswer):
            self._waiting.append((None, planned))
        else:
            reference = planned.clinic, planned.reference.strip()
            while any(reference == each for each, _ in self._waiting):
                yield self._next()
            self._waiting.append((reference, self._pool.submit(self._importer.carry_out, planned)))
        while len(self._waiting) >= self._size:
            yield self._next()

    def drain(self) -> Iterator[RowAnswer]:
        """Yield all answers that are left."""
        while self._waiting:
            yield self._next()

    def _next(self) -> RowAnswer:
        _, answer = self._waiting.popleft()
        return answer if isinstance(answer, RowAnswer) else answer.result()
