"""Brings recorded obligations to what the rules say now, for treatments, adverse events and clinics that changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from application.canonical import canonical
from application.command import Actor, Command, CommandHandler, Receipt, Request
from application.enrolments import DATA_EVENTS
from application.obligation_keeping import KeepObligations, NothingToKeep
from consumers.clock_accounts import (
    ClinicGround,
    adverse_event_accounts,
    adverse_event_owed,
    clinic_accounts,
    clinic_duties_owed,
    submitted_counts,
    time_zones,
    treatment_accounts,
    treatment_owed,
)
from domain.adverse_event import AdverseEvent
from domain.adverse_event_waits import assessment_owed
from domain.aggregate import Aggregate
from domain.clinic import Clinic
from domain.clinic_state import ClinicEvent
from domain.clinic_waits import Moment, clinic_owed, moments
from domain.codes import Role, Via
from domain.dates import local_day
from domain.declaration_duties import ClinicFacts
from domain.late_reply import late_reply_owed
from domain.listing import Listing
from domain.listing_state import WithdrawalCause
from domain.owed import Owed
from domain.policy import POLICY_ID, Policy
from domain.process_waits import process_owed
from domain.public_ids import public_id
from domain.safety_case import SafetyCase
from projections.duty_rulebook import read_rulebook

CLOCK_ID = public_id("actor", "clock")
"""Who acts when time itself does."""

AT_ONCE = 8
_CLINICS_AT_ONCE = 50
_OWED_TOGETHER = 100


class Recorder:
    """Carries out the clock's commands and counts what they recorded."""

    def __init__(self, handler: CommandHandler, *, in_order: bool = False) -> None:
        """Tell with `in_order` that equal logs must get equal events: then nothing is recorded side by side."""
        self.handler = handler
        self.in_order = in_order
        self.events = 0
        self.position = 0

    def carry_out(self, command: Command, key: str) -> Receipt:
        """Carry out one command as the clock; raise what refuses it."""
        request = Request(actor=Actor(person=CLOCK_ID, role=Role.system), key=key, via=Via.clock)
        receipt = self.handler.execute(command, request)
        if not receipt.repeat:
            self.events += len(receipt.events)
        self.position = max(self.position, receipt.last_position)
        return receipt


class Keeper:
    """What should be, from accounts and aggregates; several subjects at once, each in one command."""

    def __init__(self, recorder: Recorder, moment: datetime, head: int) -> None:
        self._recorder, self._moment, self._head = recorder, moment, head
        policy = recorder.handler.store.load(Policy, POLICY_ID)
        assert policy is not None, "an opened store has a policy"
        self._policy = policy

    def treatments(self, cursor: psycopg.Cursor[Any], changed: Mapping[UUID, str]) -> None:
        """Keep what is owed for these treatments, each with the event that changed it last."""
        facts = treatment_accounts(cursor, changed)
        zones = time_zones(cursor, {each.clinic_id for each in facts})
        self._keep(
            treatment_owed(
                each,
                local_day(self._moment, zones.get(each.clinic_id, "UTC")),
                zones.get(each.clinic_id, "UTC"),
                changed.get(each.treatment_id, each.submitted_by),
            )
            for each in facts
        )

    def adverse_events(self, cursor: psycopg.Cursor[Any], changed: Mapping[UUID, str]) -> None:
        """Keep what clinics owe for these adverse events, and what the society owes for them."""
        store = self._recorder.handler.store
        known = {each: store.load(AdverseEvent, each) for each in changed}
        # A report of the same event by the clinic itself meets what the other one asks of it.
        counted = {each.duplicate_of: changed[each.id] for each in known.values() if each and each.duplicate_of}
        known |= {each: store.load(AdverseEvent, each) for each in counted if each not in known}
        changed = {**counted, **changed}
        facts = {each.adverse_event_id: each for each in adverse_event_accounts(cursor, changed)}
        concerned = {each.clinic_id for each in known.values() if each is not None and each.clinic_id is not None}
        zones = time_zones(cursor, concerned)
        owed: list[tuple[Owed, ...]] = []
        for adverse_event_id, by in changed.items():
            adverse_event = known[adverse_event_id]
            clinic_id = adverse_event.clinic_id if adverse_event else None
            zone = zones.get(clinic_id, "UTC") if clinic_id else "UTC"
            assessing = assessment_owed(store.history(adverse_event_id), self._policy, zone)
            of_clinic = adverse_event_owed(facts[adverse_event_id], zone, by) if adverse_event_id in facts else ()
            owed.append((*of_clinic, *((assessing,) if assessing else ())))
        self._keep(owed)

    def clinics(
        self,
        cursor: psycopg.Cursor[Any],
        changed: Mapping[UUID, str],
        note: Callable[[Clinic, Sequence[Moment]], None],
    ) -> None:
        """Keep what these clinics owe and wait for beside treatments; `note` is told when something of each lapses."""
        limits_on = read_rulebook(cursor).limits_on
        ordered = sorted(changed)
        for start in range(0, len(ordered), _CLINICS_AT_ONCE):
            some = ordered[start : start + _CLINICS_AT_ONCE]
            accounts, counts = clinic_accounts(cursor, some), submitted_counts(cursor, some)
            owed: list[tuple[Owed, ...]] = []
            for clinic_id in some:
                facts = accounts.get(clinic_id, [])
                own = next((each for each in facts if isinstance(each, ClinicFacts)), None)
                duties: Iterable[Owed] = ()
                if own is not None:
                    ground = ClinicGround(
                        own, tuple(facts), counts.get(clinic_id, {}), limits_on, self._moment, changed[clinic_id]
                    )
                    duties = clinic_duties_owed(ground)
                owed.append((*duties, *self._waits(clinic_id, note)))
            self._keep(owed)

    def processes(
        self, changed: Mapping[UUID, type[Aggregate]], note: Callable[[SafetyCase], None]
    ) -> dict[UUID, UUID]:
        """Keep what runs in these cases, entries and determinations.

        Return the cases whose entries may have to follow, with the clinic of each: those that changed, and those of
        which an entry was withdrawn in error.
        """
        store = self._recorder.handler.store
        cases: dict[UUID, UUID] = {}
        owed: list[tuple[Owed, ...]] = []
        for aggregate_id, kind in changed.items():
            aggregate = store.load(kind, aggregate_id)
            clinic_id = concerned_by(aggregate)
            clinic = store.load(Clinic, clinic_id) if clinic_id else None
            zone = clinic.time_zone if clinic else "UTC"
            owed.append(self._runs(aggregate, aggregate_id, zone, clinic_id))
            if isinstance(aggregate, SafetyCase) and clinic_id is not None:
                cases[aggregate_id] = clinic_id
                note(aggregate)
            elif isinstance(aggregate, Listing) and aggregate.withdrawn_for is WithdrawalCause.in_error:
                cases |= {aggregate.case_id: clinic_id} if aggregate.case_id and clinic_id else {}
        self._keep(owed)
        return cases

    def _runs(
        self, aggregate: Aggregate | None, aggregate_id: UUID, zone: str, clinic_id: UUID | None
    ) -> tuple[Owed, ...]:
        store = self._recorder.handler.store
        events = tuple(store.history(aggregate_id))
        running = process_owed(events, self._policy, zone, clinic_id)
        if not isinstance(aggregate, Listing) or clinic_id is None:
            return running
        return (*running, *late_reply_owed(aggregate, events, store.history(clinic_id), self._policy, zone))

    def _waits(self, clinic_id: UUID, note: Callable[[Clinic, Sequence[Moment]], None]) -> tuple[Owed, ...]:
        handler = self._recorder.handler
        clinic = handler.store.load(Clinic, clinic_id)
        if clinic is None:
            return ()
        assert handler.index is not None, "the clock asks when data last came"
        data = handler.index.last_recorded(clinic_id, DATA_EVENTS)
        last_data, last_data_on = (data[0], local_day(data[1], clinic.time_zone)) if data else ("", None)
        note(clinic, moments(clinic, self._policy, last_data_on))
        events = [event for event in handler.store.history(clinic_id) if isinstance(event, ClinicEvent)]
        return clinic_owed(clinic, events, self._policy, last_data_on, last_data)

    def _keep(self, owed: Iterable[Collection[Owed]]) -> None:
        """Record several subjects at once: they have nothing to do with each other."""
        subjects = [tuple(each) for each in owed if each]
        if self._recorder.in_order:
            for together in _together(subjects):
                self._carry_out(KeepObligations(owed=together))
            return
        commands = [KeepObligations(owed=each) for each in subjects]
        if len(commands) == 1:
            self._carry_out(commands[0])
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(self._carry_out, command) for command in commands]:
                done.result()

    def _carry_out(self, command: KeepObligations) -> None:
        digest = hashlib.sha256(canonical(command).encode()).hexdigest()
        try:
            self._recorder.carry_out(command, f"keep/{self._head}/{digest}")
        except NothingToKeep:
            return


def _together(subjects: Iterable[tuple[Owed, ...]]) -> Iterator[tuple[Owed, ...]]:
    """Yield what is owed for some subjects after the other, each with all of its own."""
    some: list[Owed] = []
    for each in subjects:
        some.extend(each)
        if len(some) >= _OWED_TOGETHER:
            yield tuple(some)
            some = []
    if some:
        yield tuple(some)


def concerned_by(aggregate: Aggregate | None) -> UUID | None:
    """Return the clinic that a case, entry or determination is about."""
    if isinstance(aggregate, Listing):
        return aggregate.content.clinic_id
    return aggregate.concerns if aggregate is not None else None
