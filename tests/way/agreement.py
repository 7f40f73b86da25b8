"""The record of the clock beside what the rules make of the accounts: duty by duty, on one day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from domain.compliance import JudgedDuty
from domain.duties import DutyStatus, RecordedStatus, Rule
from domain.reader import OFFICER
from projections import compliance_status, duty_accounts
from projections.compliance_status import RecordedDuty
from projections.live import reading
from tests.way.installation import Installation

Key = tuple[UUID, str, UUID, str]
"""Clinic, rule, subject and item."""

EVERYTHING = 1_000_000

_MET = frozenset({"fulfilled", "fulfilled_late"})
_DECLARED = ", treatment "
_RECORDED_AS = {DutyStatus.overdue: "missed"}
_TO_BE_RECORDED = frozenset(
    {DutyStatus.open, DutyStatus.overdue, DutyStatus.fulfilled, DutyStatus.fulfilled_late},
)


class Stand(NamedTuple):
    """How a duty stands."""

    status: str
    due: date
    late_days: int
    extended: bool = False
    """Whether a person gave more time; `due` is the day without it."""


class Agreement(NamedTuple):
    """Every duty by the record, by the accounts, and where the two differ."""

    recorded: dict[Key, Stand]
    by_accounts: dict[Key, Stand]
    differing: dict[Key, tuple[Stand | None, Stand | None]]


def agreement(registry: Installation, day: date) -> Agreement:
    """Compare the two read models at the same position."""
    with registry.bootstrap.reader() as connection:
        with reading(connection, "compliance_status", registry.head) as (cursor, _):
            found = compliance_status.list_status(cursor, day, reader=OFFICER, limit=EVERYTHING).duties
        with reading(connection, "duty_accounts", registry.head) as (cursor, _):
            judged = duty_accounts.list_status(cursor, day, reader=OFFICER, limit=EVERYTHING).duties
    recorded, by_accounts, asked = by_record(found), by_rules(judged), to_be_recorded(judged)
    differing = {
        key: (recorded.get(key), by_accounts.get(key))
        for key in {*recorded, *asked}
        if not _agree(key, recorded.get(key), by_accounts.get(key))
    }
    return Agreement(recorded, by_accounts, differing)


def _agree(key: Key, recorded: Stand | None, by_accounts: Stand | None) -> bool:
    """Say whether both tell the same; where they may differ, a person decided, or nothing is owed any more."""
    if recorded is None or recorded.status == RecordedStatus.waived:
        return recorded is not None
    if by_accounts is None:
        # What lost its ground is gone from the accounts, as is a treatment that was declared first and has come since.
        return recorded.status == "ended" or (_DECLARED in key[3] and recorded.status in _MET)
    if recorded.extended:
        # More time changes whether it is late, and nothing else.
        met = (recorded.status in _MET, recorded.due) == (by_accounts.status in _MET, by_accounts.due)
        return met or recorded.status == by_accounts.status == "ended"
    return recorded == by_accounts


def by_record(found: Iterable[RecordedDuty]) -> dict[Key, Stand]:
    """Return each duty as it was recorded last; it was opened again where its clock had been corrected."""
    last: dict[Key, Any] = {}
    for each in sorted(found, key=lambda duty: duty.positions[0]):
        last[each.clinic_id, each.rule_id, each.about, each.item] = each
    return {
        key: Stand(each.status, each.first_due, each.late_days, each.due_on != each.first_due)
        for key, each in last.items()
    }


def by_rules(judged: Iterable[JudgedDuty]) -> dict[Key, Stand]:
    """Return each duty as the rules have it; of two under one name the one opened last."""
    return {
        _key(each): Stand(_RECORDED_AS.get(each.status, each.status.value), each.duty.due, each.late_days)
        for each in sorted(judged, key=lambda each: each.duty.start)
    }


def to_be_recorded(judged: Iterable[JudgedDuty]) -> set[Key]:
    """Return the duties that the clock records: of a treatment's open follow-ups the next alone."""
    asked: set[Key] = set()
    waiting: set[UUID] = set()
    for each in sorted(judged, key=lambda each: each.duty.due):
        if each.status not in _TO_BE_RECORDED:
            continue
        if each.duty.rule is Rule.fu_30 and each.status is DutyStatus.open:
            if each.duty.about in waiting:
                continue
            waiting.add(each.duty.about)
        asked.add(_key(each))
    return asked


def _key(judged: JudgedDuty) -> Key:
    duty = judged.duty
    return duty.clinic_id, duty.rule.value, duty.about, duty.item.partition(" of ")[0]
