"""Rows O1 and O2: how fast the clock appends the events of obligations, and how long a tick takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from application.command import Actor, CommandHandler, Request
from application.obligation_keeping import KeepObligations
from bench.commanding import submission
from bench.crew import rate
from bench.ground import Ground
from bench.row import Contest, RowFailed
from bench.workers import at_work
from consumers.clock import Clock
from domain.codes import Role, Sha256, Via
from domain.dates import PartialDate
from domain.first_policy import FIRST_POLICY
from domain.obligation_terms import ObligationTerms
from domain.owed import Owed
from domain.policy import Approval, Policy
from infra.clinic_index import StoreClinicIndex
from infra.event_store import EventStore
from infra.kafka_log import Topics
from infra.postgres import connect
from infra.sealing import KeyRing
from interfaces.bootstrap import RealSurroundings
from projections.live import reading
from tests.infra.scratch_store import act, record
from tests.interfaces.importing.registries import CLINICS, ID_KEY, MASTER, PHYSICIAN, founded, stored

_COMMANDS = 1_500
_EVENTS_EACH = 3
_THREADS = 8
_OPEN, _OVER = 100_000, 1_000
CLOCK = Actor(person=UUID(int=7), role=Role.system)
"""Who acts when time does."""


def treatment_owed(number: int) -> tuple[Owed, ...]:
    """Return what is owed for a new treatment: its submission, met at once, and its next follow-up."""
    treatment = UUID(int=number)
    by = f"{treatment}/1"

    def owed(rule_id: str, item: str, start: str, due: str, met_on: str | None) -> Owed:
        terms = ObligationTerms(
            rule_id=rule_id,
            policy_version=1,
            about=treatment,
            item=item,
            clock_start=PartialDate(start),
            due_on=PartialDate(due),
            time_zone="UTC",
            opened_by=by,
        )
        met = PartialDate(met_on) if met_on else None
        return Owed(
            terms=terms, clinic_id=CLINICS[0], changed_by=by, fulfilled_on=met, fulfilled_by=by if met else None
        )

    return (
        owed("TX-30", "", "2026-02-03", "2026-03-05", "2026-02-10"),
        owed("FU-30", "3 months", "2026-06-02", "2026-07-02", None),
    )


@contextmanager
def obligations(ground: Ground) -> Iterator[Contest]:
    """Keep the obligations of new treatments from eight threads, in events, against submitting as many treatments."""
    kept, submitted = count(1), count(1)
    with ground.database() as clock_dsn, stored(clock_dsn) as clock, ground.database() as dsn, stored(dsn) as to:

        def keep(number: int) -> None:
            request = Request(actor=CLOCK, key=f"keep-{number}", via=Via.clock)
            clock.handler.execute(KeepObligations(owed=treatment_owed(number)), request)

        def submit(number: int) -> None:
            request = Request(actor=PHYSICIAN, key=f"k-{number}", via=Via.api, on_behalf_of=CLINICS[0])
            to.handler.execute(submission(number), request)

        yield Contest(
            lambda: _EVENTS_EACH * rate(keep, [next(kept) for _ in range(_COMMANDS)], _THREADS),
            lambda: rate(submit, [next(submitted) for _ in range(_COMMANDS)], _THREADS),
        )


@contextmanager
def due(ground: Ground) -> Iterator[Contest]:
    """Tick once over many open obligations of which some are over, with relay and projector at work; in seconds."""
    with ground.scratch() as scratch, ground.event_store(scratch) as store, ExitStack() as stack:
        for aggregate in (policy_adopted(), *founded(datetime.now(UTC))):
            store.save([aggregate], record(aggregate.id))
        stack.enter_context(at_work(ground, scratch, Topics(f"b-{uuid4().hex[:12]}.")))
        sealer = KeyRing(store.pool, MASTER, ID_KEY, ground.codec)
        handler = CommandHandler(store, sealer, RealSurroundings(), "icms bench", StoreClinicIndex(store.pool))
        reader = stack.enter_context(connect(scratch.dsn("icms_reader"), "icms bench"))
        writer = stack.enter_context(connect(scratch.dsn("icms_app"), "icms bench"))
        clock = Clock(handler, reader, writer, patience=600.0)
        _open(handler, range(_OPEN - _OVER), "2036-01-01")
        clock.tick(datetime.now(UTC))
        _open(handler, range(_OPEN - _OVER, _OPEN), "2026-03-05")
        clock_waits(reader, store)
        figures: dict[str, float] = {}

        def seconds() -> float:
            began = time.perf_counter()
            ticked = clock.tick(datetime.now(UTC))
            figures["missed"] = ticked.missed
            if ticked.missed != _OVER:
                raise RowFailed(f"{ticked.missed} of {_OVER} were missed")
            return time.perf_counter() - began

        yield Contest(seconds, lambda: 1.0, figures)


def policy_adopted() -> Policy:
    """Return the society's first policy."""
    adopting = act().replace(actor_person=None)
    approvals = tuple(
        Approval(role=role, approved_at=adopting.recorded_at, meaning="approved", shown_hash=Sha256("ab" * 32))
        for role in (Role.policy_officer, Role.registrar)
    )
    return Policy.adopt_first(adopting, FIRST_POLICY, approvals)


def _open(handler: CommandHandler, numbers: range, due_on: str) -> None:
    """Open obligations in commands of fifty, as a long catching-up would."""

    def keep(first: int) -> None:
        owed = tuple(_waiting(number, due_on) for number in range(first, min(first + 50, numbers.stop)))
        handler.execute(KeepObligations(owed=owed), Request(actor=CLOCK, key=f"open-{first}", via=Via.clock))

    rate(keep, list(range(numbers.start, numbers.stop, 50)), _THREADS)


def _waiting(number: int, due_on: str) -> Owed:
    about = UUID(int=number)
    terms = ObligationTerms(
        rule_id="TX-30",
        policy_version=1,
        about=about,
        clock_start=PartialDate("2026-02-03"),
        due_on=PartialDate(due_on),
        time_zone="UTC",
        opened_by=f"{about}/1",
    )
    return Owed(terms=terms, clinic_id=CLINICS[0], changed_by=f"{about}/1")


def clock_waits(reader: Connection[Any], store: EventStore) -> None:
    """Wait until the read models have everything; who ticks does so with nothing left to catch up but its own."""
    with store.pool.connection() as connection:
        head = connection.execute("SELECT max(position) FROM registry.events").fetchone()
    with reading(reader, "obligations", head[0] if head else 0, 600.0):
        pass
