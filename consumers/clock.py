"""Time as an input: a tick records what the rules make of the log so far, and what fell due up to its moment.

A tick reads the store's head, waits until the read models it decides on have reached it, and only then decides: a
report that is committed but not yet relayed never becomes a miss. Killed anywhere, or beside a second clock, the next
tick finds by the store itself what is left to record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog

from application.command import Command, CommandHandler
from application.obligations import MissObligation
from consumers.clock_accounts import clinics_after
from consumers.clock_changes import Changes, changes_between
from consumers.clock_determinations import Grounds, Questioner
from consumers.clock_due import due
from consumers.clock_keeper import Keeper, Recorder
from consumers.clock_listings import answered_entries, follow, let_pass, measures_over
from consumers.clock_misses import missed_duties, with_endings
from consumers.clock_moments import Moments
from consumers.clock_place import Place
from consumers.clock_questioned_entries import question_entries
from consumers.clock_standings import Assessor
from domain.dates import quarter_of
from domain.errors import Refused
from infra.crash_points import crash_point
from projections.live import reading

STRETCH = 2_000
"""Positions looked at in one go; the cursor moves behind each."""

_ROUNDS = 50
_CLINICS_AT_ONCE = 500
_LOCK = 0x1C35C10C
_DAYS_END = 15 * 60

log = structlog.get_logger(__name__)


class MomentAhead(Refused):
    """The clock cannot tick for {moment}: the database's clock shows {now}."""

    remedy = "Only a simulated store may be told what time it is; nothing was recorded."


class Ticked(NamedTuple):
    """What a tick recorded."""

    moment: datetime
    head: int
    """Position of the last event that was decided on in the first round."""
    events: int
    missed: int
    lapsed: int
    refused: int
    """Lapses whose time seemed over and that the rules refused all the same."""


@dataclass(frozen=True, slots=True)
class _Step:
    due_on: date
    order: str
    command: Command
    key: str
    lapse: bool


class Clock:
    """One clock on one store: `reader` sees read models, `writer` keeps the clock's own place."""

    def __init__(
        self,
        handler: CommandHandler,
        reader: psycopg.Connection[Any],
        writer: psycopg.Connection[Any],
        *,
        patience: float = 30.0,
        tell: Callable[[int, int], object] | None = None,
        repeatable: bool = False,
    ) -> None:
        """Use autocommit connections; `patience` is for how many seconds read models are waited for.

        A repeatable clock is the only one who records while it ticks, and its time is what it is told: equal logs get
        equal events, also where it was killed and is told the same moment again.
        """
        self._handler, self._reader, self._writer = handler, reader, writer
        self._place, self._repeatable = Place(writer), repeatable
        self._moments = Moments(handler, writer)
        self._grounds = Grounds()
        self._patience = patience
        self._tell = tell or (lambda _done, _total: None)

    def tick(self, moment: datetime | None = None) -> Ticked:
        """Record what is so by `moment`, by the database's clock if none is given; two clocks take turns.

        Raises: MomentAhead, ReadModelBehind, ReadModelMissing, StoreUnavailable
        """
        with self._alone():
            moment = self._checked(moment)
            recorder = Recorder(self._handler, in_order=self._repeatable)
            ticked = Ticked(moment, self._place.head(), 0, 0, 0, 0)
            if not (self._repeatable and self._place.assessing(moment)):
                ticked = self._rounds(recorder, moment, ticked)
            self._assess(recorder, moment)
            self._place.ticked(moment)
            return ticked._replace(events=recorder.events)

    def _rounds(self, recorder: Recorder, moment: datetime, ticked: Ticked) -> Ticked:
        """Record what follows from the log until nothing is left to follow from what was recorded."""
        for number in range(_ROUNDS):
            before = recorder.events
            head = self._place.round_head(moment) if self._repeatable else self._place.head()
            missed, lapsed, refused = self._round(recorder, moment, head, first=number == 0)
            ticked = ticked._replace(missed=ticked.missed + missed, lapsed=ticked.lapsed + lapsed, refused=refused)
            # What a round recorded before it was cut short counts as well.
            nothing_new = self._place.head() == head if self._repeatable else recorder.events == before
            if nothing_new:
                break
            if self._repeatable:
                self._place.round_over()
        if self._repeatable:
            self._place.rounds_over()
        return ticked

    def _round(self, recorder: Recorder, moment: datetime, head: int, *, first: bool) -> tuple[int, int, int]:
        """Catch up with the log, then record what is over, in the order of due days."""
        self._catch_up(recorder, moment, head, first=first)
        with self._read("obligations", max(head, recorder.position)) as cursor:
            over = due(cursor, moment)
        followed = {each.about: f"{each.obligation_id}/1" for each in over if each.rule_id == "FU-30"}
        if followed:
            # The next follow-up is opened before its predecessor is missed: after a long outage it may be over, too.
            with self._read("duty_accounts", head) as cursor:
                Keeper(recorder, moment, head).treatments(cursor, followed)
            with self._read("obligations", recorder.position) as cursor:
                over = due(cursor, moment)
        misses = [
            _Step(each.due_on, str(each.obligation_id), MissObligation(obligation_id=each.obligation_id),
                  f"miss/{each.obligation_id}", lapse=False)
            for each in over
        ]  # fmt: skip
        recorded = self._record(recorder, [*misses, *self._lapses(moment)])
        with self._read("obligations", max(head, recorder.position)) as cursor:
            ended = measures_over(cursor, moment, self._place.read()[1])
        with self._read("listings", max(head, recorder.position)) as cursor:
            let_pass(recorder, cursor, moment, f"{head}")
            # With a measure that ended by itself, nothing else may keep the clinic from what it was before.
            follow(recorder, cursor, (), ended, f"{head}/over")
        return recorded

    def _catch_up(self, recorder: Recorder, moment: datetime, head: int, *, first: bool) -> None:
        after, ticked_at = self._place.read()
        keeper = Keeper(recorder, moment, head)
        with self._read("duty_accounts", head) as cursor:
            if first and quarter_ended(ticked_at, moment):
                self._all_clinics(keeper, cursor, f"{head}")
        while after < head:
            upto = min(after + STRETCH, head)
            with self._read("duty_accounts", head) as cursor:
                changes = changes_between(cursor, after, upto)
                cases = self._keep(keeper, cursor, changes)
                listed = [each for some in _all(cursor) for each in some] if changes.rules else changes.listed
            questioner = Questioner(recorder, partial(self._read, position=head), self._grounds)
            questioner.determinations(changes.changing, changes.decided)
            with self._read("listings", head) as cursor:
                # Before the entry follows the answer: what is corrected at once was owed all the same.
                keeper.processes(answered_entries(cursor, listed), self._moments.note_case)
                follow(recorder, cursor, listed, cases.items(), f"{head}")
            # After the entries followed: what was withdrawn with its ground needs no question.
            question_entries(recorder, changes.doubtful)
            crash_point("clock.before_cursor")
            self._place.move(upto)
            after = upto
            self._tell(upto, head)

    def _keep(self, keeper: Keeper, cursor: psycopg.Cursor[Any], changes: Changes) -> dict[UUID, UUID]:
        """Keep every obligation that changes; return the safety cases among them with the clinic of each."""
        keeper.treatments(cursor, changes.treatments)
        keeper.adverse_events(cursor, changes.adverse_events)
        keeper.clinics(cursor, changes.clinics, self._moments.note)
        if changes.rules:
            self._all_clinics(keeper, cursor, changes.rules)
        return keeper.processes(changes.processes, self._moments.note_case)

    def _all_clinics(self, keeper: Keeper, cursor: psycopg.Cursor[Any], changed_by: str) -> None:
        for some in _all(cursor):
            keeper.clinics(cursor, dict.fromkeys(some, changed_by), self._moments.note)
            self._tell(0, 0)

    def _assess(self, recorder: Recorder, moment: datetime) -> None:
        """Assess every clinic's standing when a quarter is over everywhere, after what was missed in it is recorded."""
        assessor = Assessor(recorder, moment)
        assessed = self._place.assessed()
        if assessed is not None and assessed >= assessor.last_quarter:
            return
        # What is recorded from here on is no obligation: one wait for the read model is enough.
        recorded = max(recorder.position, self._place.head() if self._repeatable else 0)
        with self._read("duty_accounts", 0) as cursor:
            clinics = [each for some in _all(cursor) for each in some]
        for number, clinic_id in enumerate(clinics):
            with self._read("obligations", recorded) as cursor:
                missed = missed_duties(cursor, clinic_id)
            if missed:
                with self._read("duty_accounts", 0) as cursor:
                    missed = with_endings(cursor, clinic_id, missed)
            assessor.assess(clinic_id, missed)
            self._tell(number, len(clinics))
        self._place.assess(assessor.last_quarter)

    def _lapses(self, moment: datetime) -> list[_Step]:
        return [_Step(due_on, key, command, key, lapse=True) for due_on, key, command in self._moments.over(moment)]

    def _record(self, recorder: Recorder, steps: Sequence[_Step]) -> tuple[int, int, int]:
        missed = lapsed = refused = 0
        for number, step in enumerate(sorted(steps, key=lambda each: (each.due_on, each.order))):
            self._tell(number, len(steps))
            try:
                receipt = recorder.carry_out(step.command, step.key)
            except Refused as refusal:
                # Settled in this moment by somebody else, or its time was moved: the next round knows.
                refused += 1
                log.info("clock_refused", command=step.command.VERB, situation=refusal.name, problem=str(refusal))
                continue
            crash_point("clock.between_steps")
            if not receipt.repeat:
                missed, lapsed = missed + (not step.lapse), lapsed + step.lapse
        return missed, lapsed, refused

    @contextmanager
    def _read(self, name: str, position: int) -> Iterator[psycopg.Cursor[Any]]:
        with reading(self._reader, name, position, self._patience) as (cursor, _):
            yield cursor

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._writer.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            self._place.make()
            yield
        finally:
            if not self._writer.closed:
                self._writer.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))

    def _checked(self, moment: datetime | None) -> datetime:
        """Return the moment, or the database's present; refuse what lies after it, unless the store is simulated."""
        row = self._writer.execute("SELECT clock_timestamp(), simulated FROM registry.store").fetchone()
        assert row is not None, "who has a command handler has an opened store"
        now: datetime = row[0]
        if moment is not None and moment > now and not row[1]:
            raise MomentAhead(moment=moment.isoformat(), now=now.isoformat())
        return moment or now


def _all(cursor: psycopg.Cursor[Any]) -> Iterator[list[UUID]]:
    """Yield every clinic that has accounts, some at a time."""
    after: UUID | None = None
    while some := clinics_after(cursor, after, _CLINICS_AT_ONCE):
        yield some
        after = some[-1]


def quarter_ended(ticked_at: datetime | None, moment: datetime) -> bool:
    """Say whether a quarter may have ended at some clinic since the last tick; days differ by zone, so ask widely.

    Wherever a clinic is, its day ends on a quarter of an hour: between two of them nothing ends.
    """
    if ticked_at is None or ticked_at.timestamp() // _DAYS_END == moment.timestamp() // _DAYS_END:
        return False
    days = [(each.date().toordinal() + shift) for each, shift in ((ticked_at, -1), (moment, 1))]
    return quarter_of(date.fromordinal(days[0])) != quarter_of(date.fromordinal(days[1]))
