"""The clock keeps obligations: it compares what the rules say now with what was recorded, and records the difference.

Everything that is compared is read from the store itself, so a repeat, or a second clock, finds nothing left to do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.command import Command, Desk
from domain.aggregate import Act, Aggregate
from domain.codes import Role
from domain.dates import PartialDate, day, last_day
from domain.errors import Refused
from domain.obligation import SETTLED, Obligation, ObligationStatus
from domain.obligation_terms import ObligationEnding
from domain.owed import Owed


class NothingToKeep(Refused):
    """Every obligation is recorded as it should be."""

    remedy = "Nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepObligations(Command):
    """Open, meet and end obligations as the rules have them now."""

    AGGREGATE: ClassVar[str] = "obligation"
    VERB: ClassVar[str] = "keep"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.system})
    CLI: ClassVar[bool] = False

    owed: tuple[Owed, ...]
    """What should be, in the order in which it came to be so."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Record what differs; raise NothingToKeep where nothing does."""
        held = _Held(desk)
        for each in self.owed:
            _keep(desk, held, each)
        changed = held.changed()
        if not changed:
            raise NothingToKeep
        return changed


class _Held:
    """The obligations of one rule, subject and opening event that were recorded, and what becomes of them now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._groups: dict[UUID, list[Obligation]] = {}

    def group(self, owed: Owed) -> list[Obligation]:
        """Return them in the order in which they were opened; a list to add to."""
        first = dataclasses.replace(owed.terms, number=1).id_for(owed.clinic_id)
        if first not in self._groups:
            self._groups[first] = list(self._recorded(owed))
        return self._groups[first]

    def changed(self) -> list[Obligation]:
        """Return those that have something new to be saved."""
        return [each for group in self._groups.values() for each in group if each.pending_events]

    def _recorded(self, owed: Owed) -> Iterator[Obligation]:
        number = 1
        while True:
            known = self._desk.find(Obligation, dataclasses.replace(owed.terms, number=number).id_for(owed.clinic_id))
            if known is None:
                return
            yield known
            number += 1


def _keep(desk: Desk, held: _Held, owed: Owed) -> None:
    group = held.group(owed)
    if owed.settled_by and any(each.settled_by == owed.settled_by for each in group):
        return
    last = group[-1] if group else None
    if last is not None and last.status is ObligationStatus.waived:
        return
    if last is not None and last.status is ObligationStatus.open and _clock_moved(last, owed):
        last.end(_act(desk, Obligation.ObligationWaived, last.id), ObligationEnding.replaced, owed.changed_by)
    if last is None or last.status in SETTLED:
        if not _asks_anew(last, owed):
            return
        last = _open(desk, owed, len(group) + 1)
        group.append(last)
    _settle(desk, last, owed)


def _clock_moved(last: Obligation, owed: Owed) -> bool:
    assert last.terms is not None
    return (last.terms.clock_start, last.terms.due_on) != (owed.terms.clock_start, owed.terms.due_on)


def _asks_anew(last: Obligation | None, owed: Owed) -> bool:
    if owed.if_open or owed.ended_by:
        return False
    # What was met stays met, however its clock is corrected; what it was met by may have been taken back.
    return last is None or not owed.fulfilled_by or last.status is ObligationStatus.ended


def _open(desk: Desk, owed: Owed, number: int) -> Obligation:
    terms = dataclasses.replace(owed.terms, number=number)
    # A clock that starts later is opened ahead of it, today.
    began = min(last_day(terms.clock_start), desk.today(terms.time_zone))
    opening = _act(desk, Obligation.ObligationOpened, terms.id_for(owed.clinic_id), day(began), owed.clinic_id)
    return Obligation.open(opening, terms)


def _settle(desk: Desk, obligation: Obligation, owed: Owed) -> None:
    if owed.fulfilled_by and owed.fulfilled_on:
        if obligation.status is ObligationStatus.open and obligation.overdue_on(last_day(owed.fulfilled_on)):
            miss(desk, obligation)
        meeting = _act(desk, Obligation.ObligationFulfilled, obligation.id, owed.fulfilled_on)
        obligation.fulfil(meeting, last_day(owed.fulfilled_on), owed.fulfilled_by)
    elif owed.ended_by and owed.ending and obligation.status is ObligationStatus.open:
        obligation.end(_act(desk, Obligation.ObligationWaived, obligation.id), owed.ending, owed.ended_by)


def miss(desk: Desk, obligation: Obligation) -> None:
    """Record a miss, on the due day; a duty of the society that was missed is told to the public."""
    obligation.miss(_act(desk, Obligation.ObligationMissed, obligation.id, obligation.due_on))
    if obligation.tells_public:
        obligation.tell_public(desk.public_act(Obligation.SocietyDutyMissed, occurred_on=obligation.due_on))


def _act(
    desk: Desk,
    event: type[Obligation.Event],
    obligation_id: UUID,
    occurred_on: PartialDate | None = None,
    clinic_id: UUID | None = None,
) -> Act:
    return desk.act(event, obligation_id, occurred_on=occurred_on, clinic_id=clinic_id)
