"""What is owed by whom, until when, and what became of it: a work queue by due day, and the past as it was known.

Disclosure is *party*: the society sees all of it, a clinic what concerns it, but for what `restricted_process` keeps
back. "Overdue" is never stored: an obligation waits until its due day, and the clock records what it missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.dates import PartialDate, last_day
from domain.obligation import Obligation, ObligationStatus
from domain.obligation_terms import Holder
from domain.reader import Reader
from projections.page_cursor import cursor_text, read_cursor
from projections.read_model import Recorded
from projections.restricted_process import OPENING_TOLD
from projections.script import script_of
from projections.shown_events import as_told, seen_by


class ListedObligation(NamedTuple):
    """One obligation as it stands, or stood."""

    obligation_id: UUID
    clinic_id: UUID | None
    rule_id: str
    kind: str
    holder: str
    policy_version: int
    about: UUID
    item: str
    clock_start: date
    due_on: date
    time_zone: str
    opened_by: str | None
    """None, as in `fulfilled_by`, for a reader who is not shown the event."""
    status: str
    fulfilled_on: date | None
    late_days: int | None
    fulfilled_by: str | None
    known_from: int
    """Position of the event that made it stand so."""


class ObligationPage(NamedTuple):
    """Obligations by due day, and the cursor of the next page; None at the end."""

    obligations: tuple[ListedObligation, ...]
    next: str | None


class _Step(NamedTuple):
    position: int
    obligation_id: UUID
    happened_on: date
    step: str
    due_on: date | None = None
    fulfilled_on: date | None = None
    late_days: int | None = None
    fulfilled_by: str | None = None


class Obligations:
    """The read model behind the work queue."""

    name = "obligations"
    tables: tuple[str, ...] = ("obligations", "steps")
    looks_at: tuple[type[RegistryEvent], ...] = (Obligation.Event,)

    def __init__(self) -> None:
        self.script = script_of(self.name)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold the events of obligations; what becomes of the queue is written once for each of them."""
        ours = [each for each in batch if issubclass(each.kind, Obligation.Event)]
        opened = [row for each in ours if (row := _opened(each)) is not None]
        steps = [step for each in ours if (step := _step(each)) is not None]
        if opened:
            with cursor.copy(_COPY_OPENED) as copy:
                for row in opened:
                    copy.write_row(row)
        if steps:
            with cursor.copy(_COPY_STEPS) as copy:
                for step in steps:
                    copy.write_row(step)
            _move_queue(cursor, steps)


def _opened(recorded: Recorded) -> tuple[Any, ...] | None:
    event = recorded.event
    if not isinstance(event, Obligation.ObligationOpened):
        return None
    terms, due_on = event.terms, last_day(event.terms.due_on)
    return (
        recorded.aggregate_id, recorded.position, last_day(PartialDate(recorded.occurred_on)), recorded.clinic_id,
        terms.rule_id, event.kind.value, event.holder.value, terms.policy_version, terms.about, terms.item,
        last_day(terms.clock_start), due_on, terms.time_zone, terms.opened_by, due_on,
    )  # fmt: skip


def _step(recorded: Recorded) -> _Step | None:
    place = recorded.position, recorded.aggregate_id, last_day(PartialDate(recorded.occurred_on))
    match recorded.event:
        case Obligation.ObligationFulfilled(fulfilled_on=on, late_days=late, fulfilled_by=by):
            return _Step(*place, "fulfilled", fulfilled_on=last_day(on), late_days=late, fulfilled_by=by)
        case Obligation.ObligationMissed():
            return _Step(*place, "missed")
        case Obligation.ObligationExtended(due_on=due_on):
            return _Step(*place, "extended", due_on=last_day(due_on))
        case Obligation.ObligationWaived(ended_by=by):
            return _Step(*place, "ended" if by else "waived", fulfilled_by=by)
        case _:
            return None


def _move_queue(cursor: psycopg.Cursor[Any], steps: Sequence[_Step]) -> None:
    """Take what is settled out of the queue, and let what was extended wait longer."""
    moved: dict[UUID, date | None] = {}
    for step in steps:
        if step.step in ("fulfilled", "waived", "ended"):
            moved[step.obligation_id] = None
        elif step.step == "extended":
            moved[step.obligation_id] = step.due_on
    missed = [step.obligation_id for step in steps if step.step == "missed"]
    if missed:
        cursor.execute(_MISSED, {"obligations": missed})
    if moved:
        cursor.execute(_MOVE, {"obligations": list(moved), "until": list(moved.values())})


_COPY_OPENED: LiteralString = """
    COPY obligations (obligation_id, position, happened_on, clinic_id, rule_id, kind, holder, policy_version, about,
                      item, clock_start, due_on, time_zone, opened_by, waits_until) FROM STDIN
"""

_COPY_STEPS: LiteralString = """
    COPY steps (position, obligation_id, happened_on, step, due_on, fulfilled_on, late_days, fulfilled_by) FROM STDIN
"""

_MISSED: LiteralString = """
    UPDATE obligations SET missed = true WHERE obligation_id = ANY (%(obligations)s)
"""

_MOVE: LiteralString = """
    UPDATE obligations
       SET waits_until = moved.until
      FROM unnest(%(obligations)s::uuid[], %(until)s::date[]) AS moved (obligation_id, until)
     WHERE obligations.obligation_id = moved.obligation_id
"""

# What waits now is found by its index; nothing that was settled long ago is looked at.
_WAITING: LiteralString = f"""
    SELECT obligation_id, clinic_id, rule_id, kind, holder, policy_version, about, item, clock_start, due_on, time_zone,
           opened_by, status, fulfilled_on, late_days, fulfilled_by, known_from
      FROM known_obligations(NULL, NULL)
     WHERE obligation_id IN (
               SELECT waiting.obligation_id
                 FROM obligations AS waiting
                WHERE waiting.waits_until IS NOT NULL
                  AND (%(due_by)s::date IS NULL OR waiting.waits_until <= %(due_by)s::date)
           )
       AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s::uuid)
       AND (%(about)s::uuid IS NULL OR about = %(about)s::uuid)
       AND (%(rule_id)s::text IS NULL OR rule_id = %(rule_id)s::text)
       AND (%(holder)s::text IS NULL OR holder = %(holder)s::text)
       AND {OPENING_TOLD}
       AND (%(due_by)s::date IS NULL OR due_on <= %(due_by)s::date)
       AND (%(after_due)s::date IS NULL
            OR (due_on, obligation_id) > (%(after_due)s::date, %(after_id)s::uuid))
     ORDER BY due_on, obligation_id
     LIMIT %(limit)s
"""  # noqa: S608 - put together from literals

_ALL: LiteralString = f"""
    SELECT obligation_id, clinic_id, rule_id, kind, holder, policy_version, about, item, clock_start, due_on, time_zone,
           opened_by, status, fulfilled_on, late_days, fulfilled_by, known_from
      FROM known_obligations(%(as_of)s::bigint, %(happened_by)s::date)
     WHERE (%(status)s::text IS NULL AND status IN ('open', 'missed') OR status = %(status)s::text)
       AND (%(clinic_id)s::uuid IS NULL OR clinic_id = %(clinic_id)s::uuid)
       AND (%(about)s::uuid IS NULL OR about = %(about)s::uuid)
       AND (%(rule_id)s::text IS NULL OR rule_id = %(rule_id)s::text)
       AND (%(holder)s::text IS NULL OR holder = %(holder)s::text)
       AND {OPENING_TOLD}
       AND (%(due_by)s::date IS NULL OR due_on <= %(due_by)s::date)
       AND (%(after_due)s::date IS NULL
            OR (due_on, obligation_id) > (%(after_due)s::date, %(after_id)s::uuid))
     ORDER BY due_on, obligation_id
     LIMIT %(limit)s
"""  # noqa: S608 - put together from literals


def queue(
    cursor: psycopg.Cursor[Any],
    *,
    reader: Reader,
    clinic_id: UUID | None = None,
    about: UUID | None = None,
    rule_id: str | None = None,
    holder: Holder | None = None,
    status: ObligationStatus | None = None,
    due_by: date | None = None,
    as_of: int | None = None,
    happened_by: date | None = None,
    limit: int = 1000,
    after: str | None = None,
) -> ObligationPage:
    """Return obligations by due day, page by page; without a status those that are not settled.

    `as_of` is a position; `happened_by` leaves out what happened later on its own date. A clinic is given its own only,
    and nothing of a case that it had not been told of by then.
    """
    after_due, after_id = read_cursor(after, tuple[date, UUID]) if after else (None, None)
    params = {
        **seen_by(reader), "clinic_id": reader.party_to(clinic_id), "about": about, "rule_id": rule_id,
        "holder": holder.value if holder else None,
        "status": status.value if status else None, "due_by": due_by, "as_of": as_of, "happened_by": happened_by,
        "after_due": after_due, "after_id": after_id, "limit": limit + 1,
    }  # fmt: skip
    now = status is None and as_of is None and happened_by is None
    found = [ListedObligation(*row) for row in cursor.execute(_WAITING if now else _ALL, params).fetchall()]
    shown = tuple(as_told(cursor, found[:limit], ("opened_by", "fulfilled_by"), reader=reader))
    more = len(found) > limit and shown
    return ObligationPage(shown, cursor_text((shown[-1].due_on, shown[-1].obligation_id)) if more else None)
