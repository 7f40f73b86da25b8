"""What follows from each clinic's records by the rules: the accounts that the clock decides on, and their figures.

Only facts and due days are stored; "overdue" follows from the day asked. Quarters that nobody declared have no row:
they are found for the day asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.aggregate import RegistryEvent
from domain.compliance import Accounts, Compliance, JudgedDuty, Submitted, in_order, judge, judged_duties
from domain.dates import local_day
from domain.declaration_duties import ClinicFacts
from domain.duties import DutyStatus, Rule
from domain.errors import InvalidInput
from domain.reader import Reader
from projections.duty_cases import NEEDS
from projections.duty_fold import LOOKED_AT, accounts_of, fold, keys_needed, looked_at, step
from projections.duty_ledger import Ledger
from projections.duty_rows import Facts, Held, decode_facts
from projections.duty_rulebook import Rulebook, read_lines, read_rulebook, write_lines
from projections.duty_shares import of_share
from projections.page_cursor import cursor_text, read_cursor
from projections.read_model import Fields, Recorded
from projections.script import script_of
from projections.share import Share

Decode = Callable[[str, bytes, UUID, int], RegistryEvent]
"""Turn a stored row (topic, state, aggregate id, version) into its event; the codec of `infra` gives one."""


class DutyAccounts:
    """The read model behind compliance answers."""

    name = "duty_accounts"
    tables: tuple[str, ...] = ("accounts", "earlier_accounts", "rulebook")
    looks_at: tuple[type[RegistryEvent], ...] = LOOKED_AT
    needs: Mapping[type[RegistryEvent], Fields] = NEEDS

    def __init__(self, share: Share | None = None) -> None:
        self.script = script_of("duty_accounts")
        self._share = share
        self._rulebook: Rulebook | None = None
        self._carried: dict[str, Held] = {}

    def in_share(self, share: Share) -> DutyAccounts:
        """Return an instance that makes the accounts of a share of the clinics, and the whole rulebook."""
        return DutyAccounts(share)

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        """Fold a batch: one statement to read the accounts it touches, one to write each table."""
        if self._rulebook is None:
            # As of here: another share may have written of what comes later.
            self._rulebook = read_rulebook(cursor, batch[0].position - 1)
        needed = looked_at(batch)
        if self._share is not None:
            needed = of_share(cursor, self._share, needed)
        ledger = Ledger(cursor, self._carried, self._share)
        ledger.fetch(keys_needed(needed))
        lines = [line for recorded in needed if (line := step(ledger, self._rulebook, recorded)) is not None]
        ledger.write()
        if lines:
            write_lines(cursor, lines)
        self._carried = ledger.carry(_CLINICS_CARRIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """Judged duties in order of clinic and due day, and the cursor of the next page; None at the end."""

    duties: tuple[JudgedDuty, ...]
    next: str | None


_OF_CLINIC: LiteralString = """
SELECT kind, facts
  FROM known_accounts(%(as_of)s)
 WHERE clinic_id = %(clinic_id)s
 ORDER BY key
"""

_CLINIC_ACCOUNT: LiteralString = """
SELECT kind, facts
  FROM known_accounts(%(as_of)s)
 WHERE clinic_id = %(clinic_id)s
   AND kind = 'clinic'
"""

_EVENTS_OF_CLINIC: LiteralString = """
SELECT position, topic, originator_id, originator_version, clinic_id, recorded_at, occurred_on, disclosure, state
  FROM registry.events
 WHERE clinic_id = %(clinic_id)s
   AND (%(as_of)s::bigint IS NULL OR position <= %(as_of)s)
 ORDER BY position
"""

_CLINICS: LiteralString = """
SELECT clinic_id
  FROM known_accounts(%(as_of)s)
 WHERE kind = 'clinic'
   AND (%(from_clinic)s::uuid IS NULL OR clinic_id >= %(from_clinic)s)
   AND (%(clinic)s::uuid IS NULL OR clinic_id = %(clinic)s)
 ORDER BY clinic_id
 LIMIT %(clinics)s
"""

_CANDIDATES: LiteralString = """
SELECT clinic_id, kind, facts
  FROM known_accounts(%(as_of)s)
 WHERE clinic_id = ANY (%(clinics)s)
   AND (NOT %(overdue)s
        OR first_due < %(day)s::date AND (settled_on IS NULL OR settled_on > %(day)s::date)
        OR kind IN ('clinic', 'declaration'))
 ORDER BY clinic_id, key
"""

_SUBMITTED: LiteralString = """
SELECT clinic_id, registry_id, quarter, count(*)
  FROM known_accounts(%(as_of)s)
 WHERE clinic_id = ANY (%(clinics)s)
   AND quarter IS NOT NULL
 GROUP BY clinic_id, registry_id, quarter
"""

_CLINICS_AT_ONCE = 50
_CLINICS_CARRIED = 5000


def clinic_status(
    cursor: psycopg.Cursor[Any],
    clinic_id: UUID,
    day: date,
    *,
    reader: Reader,
    as_of: int | None = None,
    happened_by: date | None = None,
    decode: Decode | None = None,
) -> Compliance | None:
    """Return all duties of a clinic as of a day with their summary and figures; None for an unknown clinic.

    For a reader who is not told of it, a clinic is unknown.

    `as_of` is a position. `happened_by` leaves out what happened later on its own date; it folds the clinic's events
    anew and needs `decode`.
    """
    clinic_id = reader.party_of(clinic_id)
    if happened_by is not None:
        return _replayed(cursor, clinic_id, day, as_of, happened_by, decode)
    rows = cursor.execute(_OF_CLINIC, {"clinic_id": clinic_id, "as_of": as_of}).fetchall()
    accounts = accounts_of(decode_facts(kind, text) for kind, text in rows)
    return None if accounts is None else judge(accounts, read_rulebook(cursor, as_of).limits_on, day)


def clinic_day(
    cursor: psycopg.Cursor[Any], clinic_id: UUID, moment: datetime, *, reader: Reader, as_of: int | None = None
) -> date:
    """Return the day of a moment at a clinic; a duty runs until the end of its due day there, not in UTC.

    Who is not told of the clinic is given the day in UTC, as for a clinic that there is not.
    """
    params = {"clinic_id": reader.party_of(clinic_id), "as_of": as_of}
    rows = cursor.execute(_CLINIC_ACCOUNT, params).fetchall()
    found = [facts for kind, text in rows if isinstance(facts := decode_facts(kind, text), ClinicFacts)]
    return local_day(moment, found[0].time_zone if found else "UTC")


def replay_status(
    cursor: psycopg.Cursor[Any],
    clinic_id: UUID,
    day: date,
    *,
    reader: Reader,
    decode: Decode,
    as_of: int | None = None,
) -> Compliance | None:
    """Return the same from the clinic's events alone, without its stored accounts."""
    return _replayed(cursor, reader.party_of(clinic_id), day, as_of, None, decode)


def overdue(
    cursor: psycopg.Cursor[Any],
    day: date,
    *,
    reader: Reader,
    rule: Rule | None = None,
    clinic: UUID | None = None,
    as_of: int | None = None,
    limit: int = 100,
    after: str | None = None,
) -> StatusPage:
    """Return the duties that are overdue on a day."""
    asked: dict[str, Any] = {"rule": rule, "clinic": clinic, "as_of": as_of, "limit": limit, "after": after}
    return list_status(cursor, day, reader=reader, status=DutyStatus.overdue, **asked)


def list_status(
    cursor: psycopg.Cursor[Any],
    day: date,
    *,
    reader: Reader,
    rule: Rule | None = None,
    status: DutyStatus | None = None,
    clinic: UUID | None = None,
    as_of: int | None = None,
    limit: int = 100,
    after: str | None = None,
) -> StatusPage:
    """Return duties as of a day, page by page; `after` is the `next` of the page before.

    A clinic is given its own only.
    """
    last = None if after is None else _last_of_page(after)
    wanted: list[JudgedDuty] = []
    for judged in _all_judged(cursor, day, status, reader.party_to(clinic), as_of, last[0] if last else None):
        if (rule is not None and judged.duty.rule is not rule) or (status is not None and judged.status is not status):
            continue
        if last is not None and (judged.duty.clinic_id, in_order(judged)) <= last:
            continue
        wanted.append(judged)
        if len(wanted) > limit:
            break
    shown = tuple(wanted[:limit])
    following = cursor_text((shown[-1].duty.clinic_id, in_order(shown[-1]))) if len(wanted) > limit and shown else None
    return StatusPage(duties=shown, next=following)


def _all_judged(
    cursor: psycopg.Cursor[Any],
    day: date,
    status: DutyStatus | None,
    clinic: UUID | None,
    as_of: int | None,
    from_clinic: UUID | None,
) -> Iterator[JudgedDuty]:
    """Yield the duties of some clinics at a time, in order of clinic and due day."""
    limits_on = read_rulebook(cursor, as_of).limits_on
    filters = {"day": day, "as_of": as_of, "clinic": clinic, "overdue": status is DutyStatus.overdue}
    while True:
        params = {**filters, "from_clinic": from_clinic, "clinics": _CLINICS_AT_ONCE + 1}
        clinics = [row[0] for row in cursor.execute(_CLINICS, params).fetchall()]
        some = clinics[:_CLINICS_AT_ONCE]
        submitted = _submitted(cursor, some, as_of)
        for accounts in _candidates(cursor, {**filters, "clinics": some}):
            counted = submitted.get(accounts.clinic.clinic_id, {})
            yield from sorted(judged_duties(accounts, counted, limits_on, day), key=in_order)
        if len(clinics) <= _CLINICS_AT_ONCE:
            return
        from_clinic = clinics[-1]


def _candidates(cursor: psycopg.Cursor[Any], params: dict[str, Any]) -> Iterator[Accounts]:
    found: dict[UUID, list[Facts]] = {}
    for clinic_id, kind, text in cursor.execute(_CANDIDATES, params).fetchall():
        found.setdefault(clinic_id, []).append(decode_facts(kind, text))
    for clinic_id in sorted(found):
        accounts = accounts_of(found[clinic_id])
        if accounts is not None:
            yield accounts


def _submitted(cursor: psycopg.Cursor[Any], clinics: list[UUID], as_of: int | None) -> dict[UUID, Submitted]:
    counts: dict[UUID, dict[tuple[UUID, str], int]] = {}
    rows = cursor.execute(_SUBMITTED, {"clinics": clinics, "as_of": as_of}).fetchall()
    for clinic_id, registry_id, quarter, number in rows:
        counts.setdefault(clinic_id, {})[registry_id, quarter] = number
    return dict(counts)


def _last_of_page(after: str) -> tuple[UUID, tuple[str, ...]]:
    clinic_id, order = read_cursor(after, tuple[UUID, tuple[str, ...]])
    return clinic_id, order


def _replayed(
    cursor: psycopg.Cursor[Any],
    clinic_id: UUID,
    day: date,
    as_of: int | None,
    happened_by: date | None,
    decode: Decode | None,
) -> Compliance | None:
    if decode is None:
        raise InvalidInput(field="decode", problem="an answer by what had happened needs the events decoded")
    rows = cursor.execute(_EVENTS_OF_CLINIC, {"clinic_id": clinic_id, "as_of": as_of}, binary=True).fetchall()
    ledger, rulebook = fold(_recorded(rows, decode), read_lines(cursor, as_of), happened_by)
    accounts = accounts_of(each for each in ledger.accounts() if each.clinic_id == clinic_id)
    return None if accounts is None else judge(accounts, rulebook.limits_on, day)


def _recorded(rows: Iterable[Sequence[Any]], decode: Decode) -> Iterator[Recorded]:
    for position, topic, aggregate_id, version, clinic_id, recorded_at, occurred_on, disclosure, state in rows:
        columns = position, topic, aggregate_id, version, clinic_id, recorded_at, occurred_on, disclosure, state
        yield Recorded(*columns, decode)
