"""How does each clinic stand to its duties, as the record says: folded from events of obligations and standings alone.

What is shown here was decided: each duty was opened, met, missed or let off by an event that can be contested. Between
a record and the clock's next look nothing is decided yet; `decided` says up to where it is. Disclosure is *party*.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.dates import PartialDate, last_day, local_day
from domain.duties import RecordedStatus, Rule
from domain.obligation import Obligation
from domain.obligation_terms import Holder, ObligationKind
from domain.reader import Reader
from domain.standing import Standing
from projections.page_cursor import cursor_text, read_cursor
from projections.read_model import Recorded
from projections.script import script_of
from projections.shown_events import as_told


class RecordedDuty(NamedTuple):
    """One duty of a clinic as it is recorded, and how it stands on the day asked."""

    obligation_id: UUID
    clinic_id: UUID
    rule_id: str
    policy_version: int
    about: UUID
    item: str
    clock_start: date
    first_due: date
    """The due day as it was opened."""
    due_on: date
    """The due day by now: a later one where it was extended."""
    time_zone: str
    opened_by: str | None
    """None, as in `fulfilled_by` and `ended_by`, for a reader who is not shown the event."""
    status: str
    late_days: int
    """Days by which it was met late, or has been overdue up to the day asked."""
    fulfilled_on: date | None
    fulfilled_by: str | None
    ended_by: str | None
    ending: str | None
    positions: list[int]
    """Positions of its own events, in their order."""
    event_ids: list[str]
    """The same events by id, `<aggregate id>/<version>`."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return the events it rests on: what began, met and ended it, and its own."""
        grounds = (self.opened_by, self.fulfilled_by, self.ended_by)
        return (*(each for each in grounds if each), *self.event_ids)


class RecordedStep(NamedTuple):
    """How a clinic stood after its last assessment."""

    clinic_id: UUID
    step: str
    quarter: str
    assessed_on: date
    rule_ids: list[str]
    policy_version: int
    restored_by: str
    event_id: str
    position: int


class DutyPage(NamedTuple):
    """Duties in order of clinic and due day, and the cursor of the next page; None at the end."""

    duties: tuple[RecordedDuty, ...]
    next: str | None


class Decided(NamedTuple):
    """Up to where the clock has decided what is owed."""

    position: int
    """Everything up to here was looked at; 0 where no clock has decided anything."""
    at: datetime | None
    """The moment of its last whole tick; None where that is not known, as of the past."""


class ComplianceStatus:
    """The read model behind compliance answers."""

    name = "compliance_status"
    tables: tuple[str, ...] = ("duties", "duty_steps", "steps_of_standing", "first_decision")
    looks_at: tuple[type[RegistryEvent], ...] = (Obligation.Event, Standing.Event)

    def __init__(self) -> None:
        self.script = script_of(self.name)
        self._begun = False

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Add the rows of a batch; nothing that was written is ever changed or read."""
        ours = [each for each in batch if issubclass(each.kind, self.looks_at)]
        _copy(cursor, _COPY_DUTIES, [_duty(each) for each in ours])
        _copy(cursor, _COPY_STEPS, [_step(each) for each in ours])
        _copy(cursor, _COPY_STANDINGS, [_standing(each) for each in ours])
        if ours and not self._begun:
            cursor.execute(_BEGIN, {"position": ours[0].position})
            self._begun = True


def _copy(cursor: psycopg.Cursor[Any], statement: LiteralString, rows: Sequence[tuple[Any, ...] | None]) -> None:
    found = [row for row in rows if row is not None]
    if found:
        with cursor.copy(statement) as copy:
            for row in found:
                copy.write_row(row)


def _happened(recorded: Recorded) -> date:
    return last_day(PartialDate(recorded.occurred_on))


def _duty(recorded: Recorded) -> tuple[Any, ...] | None:
    event = recorded.event
    if not isinstance(event, Obligation.ObligationOpened) or recorded.clinic_id is None:
        return None
    if event.kind is not ObligationKind.duty or event.holder is not Holder.clinic:
        return None
    terms = event.terms
    return (
        recorded.aggregate_id, recorded.position, _happened(recorded), recorded.clinic_id, terms.rule_id,
        terms.policy_version, terms.about, terms.item, last_day(terms.clock_start), last_day(terms.due_on),
        terms.time_zone, terms.opened_by,
    )  # fmt: skip


def _step(recorded: Recorded) -> tuple[Any, ...] | None:
    event_id = f"{recorded.aggregate_id}/{recorded.version}"
    place = recorded.aggregate_id, recorded.position, event_id, _happened(recorded)
    match recorded.event:
        case Obligation.ObligationFulfilled(fulfilled_on=on, late_days=late, fulfilled_by=by):
            return (*place, "fulfilled", None, last_day(on), late, by, None)
        case Obligation.ObligationMissed():
            return (*place, "missed", None, None, None, None, None)
        case Obligation.ObligationExtended(due_on=due_on):
            return (*place, "extended", last_day(due_on), None, None, None, None)
        case Obligation.ObligationWaived(ended_by=by, ending=ending):
            why = ending.value if ending else None
            return (*place, "ended" if by else "waived", None, None, None, by, why)
        case _:
            return None


def _standing(recorded: Recorded) -> tuple[Any, ...] | None:
    event = recorded.event
    if not isinstance(event, Standing.StandingAssessed) or recorded.clinic_id is None:
        return None
    event_id = f"{recorded.aggregate_id}/{recorded.version}"
    return (
        recorded.clinic_id, recorded.position, event_id, _happened(recorded), event.quarter, event.step.value,
        list(event.rule_ids), event.policy_version, event.restored_by,
    )  # fmt: skip


_COPY_DUTIES: LiteralString = """
    COPY duties (obligation_id, position, happened_on, clinic_id, rule_id, policy_version, about, item, clock_start,
                 first_due, time_zone, opened_by) FROM STDIN
"""

_COPY_STEPS: LiteralString = """
    COPY duty_steps (obligation_id, position, event_id, happened_on, step, due_on, fulfilled_on, late_days, because_of,
                     ending) FROM STDIN
"""

_COPY_STANDINGS: LiteralString = """
    COPY steps_of_standing (clinic_id, position, event_id, assessed_on, quarter, step, rule_ids, policy_version,
                            restored_by) FROM STDIN
"""

_BEGIN: LiteralString = "INSERT INTO first_decision (position) VALUES (%(position)s) ON CONFLICT DO NOTHING"

_LIST: LiteralString = """
    SELECT obligation_id, clinic_id, rule_id, policy_version, about, item, clock_start, first_due, due_on, time_zone,
           opened_by, status, late_days, fulfilled_on, fulfilled_by, ended_by, ending, positions, event_ids
      FROM known_duties(%(as_of)s::bigint, %(happened_by)s::date, %(day)s::date)
     WHERE (%(clinic)s::uuid IS NULL OR clinic_id = %(clinic)s::uuid)
       AND (%(rule)s::text IS NULL OR rule_id = %(rule)s::text)
       AND (%(status)s::text IS NULL OR status = %(status)s::text)
       AND (%(after_clinic)s::uuid IS NULL
            OR (clinic_id, first_due, obligation_id)
               > (%(after_clinic)s::uuid, %(after_due)s::date, %(after_id)s::uuid))
     ORDER BY clinic_id, first_due, obligation_id
     LIMIT %(limit)s
"""

_STANDING: LiteralString = """
    SELECT clinic_id, step, quarter, assessed_on, rule_ids, policy_version, restored_by, event_id, position
      FROM steps_of_standing
     WHERE clinic_id = %(clinic)s
       AND (%(as_of)s::bigint IS NULL OR position <= %(as_of)s::bigint)
       AND (%(happened_by)s::date IS NULL OR assessed_on <= %(happened_by)s::date)
     ORDER BY position DESC
     LIMIT 1
"""

_DECIDED: LiteralString = """
    SELECT coalesce(greatest(
               (SELECT min(position) FROM first_decision WHERE %(as_of)s::bigint IS NULL OR position <= %(as_of)s),
               (SELECT max(position) FROM duties WHERE %(as_of)s::bigint IS NULL OR position <= %(as_of)s),
               (SELECT max(position) FROM duty_steps WHERE %(as_of)s::bigint IS NULL OR position <= %(as_of)s)), 0)
"""

_ZONE: LiteralString = """
    SELECT time_zone
      FROM duties
     WHERE clinic_id = %(clinic)s
       AND (%(as_of)s::bigint IS NULL OR position <= %(as_of)s::bigint)
     ORDER BY position DESC
     LIMIT 1
"""


def list_status(
    cursor: psycopg.Cursor[Any],
    day: date,
    *,
    reader: Reader,
    rule: Rule | None = None,
    status: RecordedStatus | None = None,
    clinic: UUID | None = None,
    as_of: int | None = None,
    happened_by: date | None = None,
    limit: int = 100,
    after: str | None = None,
) -> DutyPage:
    """Return recorded duties as of a day, page by page; `after` is the `next` of the page before.

    `as_of` is a position; `happened_by` leaves out what happened later on its own date. A clinic is given its own only.
    """
    last = read_cursor(after, tuple[UUID, date, UUID]) if after else (None, None, None)
    params = {
        "day": day, "rule": rule.value if rule else None, "status": status.value if status else None,
        "clinic": reader.party_to(clinic), "as_of": as_of, "happened_by": happened_by, "limit": limit + 1,
        "after_clinic": last[0], "after_due": last[1], "after_id": last[2],
    }  # fmt: skip
    found = [RecordedDuty(*row) for row in cursor.execute(_LIST, params).fetchall()]
    shown = tuple(as_told(cursor, found[:limit], ("opened_by", "fulfilled_by", "ended_by"), reader=reader))
    if len(found) <= limit or not shown:
        return DutyPage(shown, None)
    return DutyPage(shown, cursor_text((shown[-1].clinic_id, shown[-1].first_due, shown[-1].obligation_id)))


def standing_of(
    cursor: psycopg.Cursor[Any],
    clinic: UUID,
    *,
    reader: Reader,
    as_of: int | None = None,
    happened_by: date | None = None,
) -> RecordedStep | None:
    """Return how a clinic stands by its last assessment; None before the first, and for who is not told."""
    params = {"clinic": reader.party_to(clinic), "as_of": as_of, "happened_by": happened_by}
    row = cursor.execute(_STANDING, params).fetchone()
    return RecordedStep(*row) if row is not None else None


def decided(cursor: psycopg.Cursor[Any], *, reader: Reader, as_of: int | None = None) -> Decided:
    """Return up to where the clock has decided: now by its own place, as of the past by the last it had recorded."""
    del reader  # it is a place in the log, of which everybody is told how long it is, and says nothing of anybody
    row = cursor.execute(_DECIDED, {"as_of": as_of}).fetchone()
    recorded = int(row[0]) if row else 0
    place = cursor.execute("SELECT position, ticked_at FROM registry.clock").fetchone() if as_of is None else None
    return Decided(max(recorded, int(place[0])), place[1]) if place else Decided(recorded, None)


def clinic_day(
    cursor: psycopg.Cursor[Any], clinic: UUID, moment: datetime, *, reader: Reader, as_of: int | None = None
) -> date:
    """Return the day of a moment at a clinic; a duty runs until the end of its due day there, not in UTC.

    Who is not told of the clinic is given the day in UTC, as for a clinic that there is not.
    """
    row = cursor.execute(_ZONE, {"clinic": reader.party_to(clinic), "as_of": as_of}).fetchone()
    return local_day(moment, row[0] if row else "UTC")
