"""The record of the clock beside what the rules make of the accounts: duty by duty, on one day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from domain.compliance import JudgedDuty
from domain.duties import DutyStatus, RecordedStatus, Rule
from projections import compliance_status, duty_accounts
from projections.compliance_status import RecordedDuty
from projections.live import reading
from tests.way.installation import Installation

Key = tuple[UUID, str, UUID, str]
"""Clinic, rule, subject and item."""

EVERYTHING = 1_000_000
BY_A_PERSON = frozenset({RecordedStatus.waived, RecordedStatus.extended})
"""Statuses that a person decides; no rule gives them."""

_MET = frozenset({"fulfilled", "fulfilled_late"})
_DECLARED = ", treatment "
_CORRECTING = ["TreatmentCorrected.v1", "AdverseEventSupplemented.v1"]
_CORRECTED = "SELECT DISTINCT originator_id FROM registry.events WHERE topic = ANY (%(types)s)"
_RECORDED_AS = {DutyStatus.overdue: "missed"}
_TO_BE_RECORDED = frozenset(
    {DutyStatus.open, DutyStatus.overdue, DutyStatus.fulfilled, DutyStatus.fulfilled_late},
)


class Stand(NamedTuple):
    """How a duty stands."""

    status: str
    due: date
    late_days: int


class Agreement(NamedTuple):
    """Every duty by the record, by the accounts, and where the two differ."""

    recorded: dict[Key, Stand]
    by_accounts: dict[Key, Stand]
    differing: dict[Key, tuple[Stand | None, Stand | None]]


def agreement(registry: Installation, day: date) -> Agreement:
    """Compare the two read models at the same position."""
    with registry.bootstrap.reader() as connection:
        with reading(connection, "compliance_status", registry.head) as (cursor, _):
            found = compliance_status.list_status(cursor, day, limit=EVERYTHING).duties
        with reading(connection, "duty_accounts", registry.head) as (cursor, _):
            judged = duty_accounts.list_status(cursor, day, limit=EVERYTHING).duties
        rows = connection.execute(_CORRECTED, {"types": _CORRECTING}).fetchall()
    corrected = {row[0] for row in rows}
    recorded, by_accounts, asked = by_record(found), by_rules(judged), to_be_recorded(judged)
    differing = {
        key: (recorded.get(key), by_accounts.get(key))
        for key in {*recorded, *asked}
        if not _agree(key, recorded.get(key), by_accounts.get(key), key[2] in corrected)
    }
    return Agreement(recorded, by_accounts, differing)


def _agree(key: Key, recorded: Stand | None, by_accounts: Stand | None, corrected: bool) -> bool:
    """Say whether both tell the same; where they may differ, the difference itself is a rule of the domain."""
    if recorded is None:
        return False
    if recorded.status in BY_A_PERSON:
        return True
    if by_accounts is None:
        # What lost its ground is gone from the accounts, as is a treatment that was declared first and has come since.
        return recorded.status == "ended" or (_DECLARED in key[3] and recorded.status in _MET)
    if corrected and recorded.status in _MET:
        # What was met stays met as it was, however the date is corrected later that had started its clock.
        return by_accounts.status in _MET
    return recorded == by_accounts


def by_record(found: Iterable[RecordedDuty]) -> dict[Key, Stand]:
    """Return each duty as it was recorded last; it was opened again where its clock had been corrected."""
    last: dict[Key, Any] = {}
    for each in sorted(found, key=lambda duty: duty.positions[0]):
        last[each.clinic_id, each.rule_id, each.about, each.item] = each
    return {key: Stand(each.status, each.due_on, each.late_days) for key, each in last.items()}


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
