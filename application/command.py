"""From a request to a receipt: who may, has it been done before, decide, seal, save; at most three tries.

A command is a frozen dataclass of what a person asks for. Its `run` loads, acts and seals; the desk it is given
knows the time, the ids and the acting person. Saving happens here alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from application.canonical import canonical
from application.permission import permit, require_independent
from application.ports import (
    A,
    ClinicIndex,
    CommandRecord,
    Saved,
    Sealer,
    Store,
    SubjectKind,
    Surroundings,
    TimeBehind,
    VersionConflict,
)
from domain.aggregate import Act, Aggregate, Context, Source
from domain.clinic import Clinic
from domain.codes import SOCIETY_ROLES, Reason, Role, Via
from domain.dates import PartialDate, day, local_day
from domain.errors import InvalidInput, NotFound, Refused
from domain.officer import Officer

TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person and the capacity in which they act."""

    person: UUID
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How a command comes in: who acts, under which idempotency key, by which door."""

    actor: Actor
    key: str
    via: Via
    on_behalf_of: UUID | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that is missing or was not understood in a request that was accepted all the same."""

    field: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to an accepted command; positions are 0 where there was nothing to record."""

    aggregate_id: UUID
    version: int
    first_position: int
    last_position: int
    repeat: bool
    remarks: tuple[Remark, ...] = ()
    events: tuple[str, ...] = ()
    """Names of the events that were recorded now, in their order; none for a repeat."""


class Command:
    """Something a person asks for; subclasses are frozen, slotted, keyword-only dataclasses."""

    __slots__ = ()
    AGGREGATE: ClassVar[str]
    """Name of the aggregate as people write it: `clinic`, `adverse-event`."""
    VERB: ClassVar[str]
    """What is done to it, as people write it: `enrol`, `record-follow-up`."""
    ROLES: ClassVar[frozenset[Role]]
    """Who may."""
    CLI: ClassVar[bool] = True
    """Whether people give it one by one; the founding of the society has a command line of its own."""
    DECIDES: ClassVar[bool] = False
    """Whether it decides about a clinic, which nobody may who has an interest in it."""

    def run(self, desk: Desk) -> Aggregate | Sequence[Aggregate]:
        """Load, act and seal; return what changed, first the aggregate that the receipt names."""
        raise NotImplementedError


@dataclass(slots=True)
class Desk:
    """One try at one command: the moment, the actor and the surroundings, for `run` to use."""

    store: Store
    sealer: Sealer
    surroundings: Surroundings
    request: Request
    software: str
    now: datetime
    key_hmac: bytes
    correlation_id: UUID
    remarks: list[Remark] = field(default_factory=list)
    index: ClinicIndex | None = None
    concerned: dict[UUID, UUID] = field(default_factory=dict)
    """The clinic that each aggregate loaded so far concerns."""

    @property
    def clinic_index(self) -> ClinicIndex:
        """Return what answers questions across clinics."""
        assert self.index is not None, "the command handler was built without an index of clinics"
        return self.index

    def load(self, kind: type[A], aggregate_id: UUID) -> A:
        """Return an aggregate; raise NotFound where there is none."""
        found = self.find(kind, aggregate_id)
        if found is None:
            raise NotFound(what=kind.__name__, id=aggregate_id)
        return found

    def find(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """Return an aggregate, or None."""
        found = self.store.load(kind, aggregate_id)
        if found is not None and found.concerns is not None:
            self.concerned[aggregate_id] = found.concerns
        return found

    def new_id(self) -> UUID:
        """Return a random id."""
        return self.surroundings.new_id()

    def subject(self, kind: SubjectKind, *identity: str) -> UUID:
        """Return the subject of this identity, made and committed with its key when it is new."""
        return self.sealer.subject(kind, *identity)

    def today(self, time_zone: str) -> date:
        """Return the present day at a place."""
        return local_day(self.now, time_zone)

    def clinic_day(self, clinic_id: UUID | None) -> date:
        """Return the present day at a clinic; where none is known, that of UTC."""
        clinic = self.store.load(Clinic, clinic_id) if clinic_id else None
        return self.today(clinic.time_zone) if clinic else self.now.date()

    def remark(self, field_name: str, problem: str) -> None:
        """Tell the sender that something is missing or was not understood, without refusing."""
        self.remarks.append(Remark(field=field_name, problem=problem))

    def act(
        self,
        event: type[Any],
        aggregate_id: UUID,
        *,
        occurred_on: PartialDate | None = None,
        reason: Reason | None = None,
        clinic_id: UUID | None = None,
        parts: Iterable[tuple[UUID, Any]] = (),
    ) -> Act:
        """Return the act for one event of this class; `parts` are (subject, clear part) and leave here sealed.

        Every event needs an act of its own: salt and sealed parts belong to one event. What has no date of its own
        happened today, at the clinic concerned.
        """
        if occurred_on is None:
            occurred_on = day(self.clinic_day(clinic_id or self.concerned.get(aggregate_id)))
        salt = self.surroundings.salt()
        sealed = tuple(
            self.sealer.seal(subject, part, topic=event.TOPIC, aggregate_id=aggregate_id, salt=salt)
            for subject, part in parts
        )
        context = Context(
            salt=salt,
            actor_person=self.request.actor.person,
            actor_role=self.request.actor.role,
            on_behalf_of=self.request.on_behalf_of,
            via=self.request.via,
            software=self.software,
            key_hmac=self.key_hmac,
            correlation_id=self.correlation_id,
            causation_id=self.request.causation_id,
            source=self.request.source,
            reason=reason,
            occurred_on=occurred_on,
            clinic_id=clinic_id,
            sealed=sealed,
        )
        return Act(recorded_at=self.now, context=context)

    def public_act(
        self, event: type[Any], *, occurred_on: PartialDate | None = None, reason: Reason | None = None
    ) -> Act:
        """Return the act for an event that the public sees: the role, no person, nothing sealed."""
        act = self.act(event, UUID(int=0), occurred_on=occurred_on, reason=reason)
        return act.replace(actor_person=None, on_behalf_of=None, source=None)


class CommandHandler:
    """Carry out commands on a store, with a sealer, in given surroundings."""

    def __init__(
        self,
        store: Store,
        sealer: Sealer,
        surroundings: Surroundings,
        software: str,
        index: ClinicIndex | None = None,
    ) -> None:
        self.index = index
        self.store = store
        self.sealer = sealer
        self.surroundings = surroundings
        self.software = software

    def execute(self, command: Command, request: Request) -> Receipt:
        """Carry out one command and return its receipt; a repeated one gets the same receipt and has no new effect.

        Raises NotPermitted, NotAnOfficer, the command's own refusals, KeyReused, VersionConflict (after three
        tries), StoreUnavailable. Whatever is raised, nothing of the command was recorded, except after
        StoreUnavailable: then repeat it with the same key.
        """
        record = self._record(command, request)
        correlation_id = request.correlation_id or self.surroundings.new_id()
        permit(
            request.actor.person,
            request.actor.role,
            command.ROLES,
            f"{command.VERB} {command.AGGREGATE}",
            self._officer_roles(request.actor),
        )
        tries_left = TRIES
        while True:
            tries_left -= 1
            desk = Desk(
                self.store, self.sealer, self.surroundings, request, self.software, self.surroundings.now(),
                record.key_hmac, correlation_id, index=self.index,
            )  # fmt: skip
            try:
                saved, events = self._decide_and_save(command, desk, record)
            except (VersionConflict, TimeBehind):
                if tries_left == 0:
                    raise
                continue
            return Receipt(
                aggregate_id=saved.aggregate_id,
                version=saved.version,
                first_position=saved.first_position,
                last_position=saved.last_position,
                repeat=saved.repeat,
                remarks=tuple(desk.remarks),
                events=events,
            )

    def recall_of_others(self, command: Command, request: Request, aggregate_id: UUID) -> Saved | None:
        """Return what the same request did to an aggregate when another person made it under the same key.

        Returns None where nobody used the key on it. Raises KeyReused when it was used for another request.
        """
        record = self._record(command, request)
        for event in self.store.history(aggregate_id):
            person = event.context.actor_person
            if person is not None and event.context.key_hmac == record.key_hmac:
                return self.store.recall(dataclasses.replace(record, actor=person))
        return None

    def _record(self, command: Command, request: Request) -> CommandRecord:
        return CommandRecord(
            actor=request.actor.person,
            key_hmac=self.sealer.digest("idempotency key", request.key),
            request_hmac=self.sealer.digest("request", canonical(command), str(request.on_behalf_of or "")),
            aggregate_id=UUID(int=0),
        )

    def _decide_and_save(self, command: Command, desk: Desk, record: CommandRecord) -> tuple[Saved, tuple[str, ...]]:
        """Decide and save; a refusal is final only when the same command was not carried out before."""
        try:
            result = command.run(desk)
            if command.DECIDES:
                require_independent(self.store, desk.request.actor.person, result)
        except (Refused, NotFound, InvalidInput):
            # The first time this command changed the state that now refuses it: the truth is its first answer.
            earlier = self.store.recall(record)
            if earlier is None:
                raise
            return earlier, ()
        aggregates = (result,) if isinstance(result, Aggregate) else tuple(result)
        # Saving takes the pending events away.
        names = tuple(type(event).__name__ for each in aggregates for event in each.pending_events)
        saved = self.store.save(aggregates, dataclasses.replace(record, aggregate_id=aggregates[0].id))
        return saved, () if saved.repeat else names

    def _officer_roles(self, actor: Actor) -> frozenset[Role]:
        if actor.role not in SOCIETY_ROLES:
            return frozenset()
        officer = self.store.load(Officer, actor.person)
        return officer.roles if officer else frozenset()
