"""What each event of a safety case changes in the row that tells how it stands; no database in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.appeal import AppealOutcome
from domain.dates import end_of, last_day
from domain.safety_case import SafetyCase
from domain.safety_case_codes import CaseOutcome
from domain.safety_case_state import CaseState
from projections.read_model import Recorded


class CaseRow(NamedTuple):
    """One case as it stands from a position on."""

    case_id: UUID
    known_from: int
    clinic_id: UUID
    stage: str
    stage_since: datetime
    raised_at: datetime
    grounds: list[str]
    decide_by: date | None = None
    reply_until: date | None = None
    replies: int = 0
    late_replies: int = 0
    outcome: str | None = None
    remedy: str | None = None
    finding: str | None = None
    appeal_until: date | None = None
    preview_until: date | None = None
    under_appeal: bool = False
    published_at: datetime | None = None
    interim_ends_at: datetime | None = None


def folded(row: CaseRow | None, recorded: Recorded) -> CaseRow | None:
    """Return the row after an event; None where there is none."""
    if row is None:
        return _raised(recorded)
    match recorded.event:
        case SafetyCase.PanelConvened() as event:
            row = row._replace(decide_by=last_day(event.decide_by))
            return _at(row, recorded, CaseState.under_review) if row.stage == CaseState.raised else row
        case SafetyCase.NoticeServed() as event:
            grounds = [each.value for each in event.allegation.grounds]
            row = row._replace(grounds=grounds, reply_until=None)
            return _at(row, recorded, CaseState.notice_served)
        case SafetyCase.NoticeDelivered() as event:
            return row._replace(reply_until=last_day(event.reply_until))
        case SafetyCase.ClinicReplied() as event:
            row = row._replace(replies=row.replies + 1, late_replies=row.late_replies + event.late)
            return _at(row, recorded, CaseState.deciding) if row.stage == CaseState.notice_served else row
        case SafetyCase.ReplyPeriodLapsed():
            return _at(row, recorded, CaseState.deciding)
        case SafetyCase.CaseDismissed():
            return _over(row, recorded, CaseState.closed)
        case _:
            return _decided(row, recorded)


def _decided(row: CaseRow, recorded: Recorded) -> CaseRow:
    """Return the row after an event from the decision on."""
    match recorded.event:
        case SafetyCase.FindingDecided() as event:
            row = row._replace(
                outcome=event.outcome.value,
                remedy=event.finding.remedy.value,
                finding=event.evidence,
                grounds=[each.value for each in event.finding.grounds],
            )
            if event.outcome is CaseOutcome.substantiated:
                return _at(row, recorded, CaseState.decided)
            return _over(row, recorded, CaseState.closed)
        case SafetyCase.FindingDelivered() as event:
            until = last_day(event.appeal_until), last_day(event.preview_until)
            return row._replace(appeal_until=until[0], preview_until=until[1])
        case SafetyCase.FindingPublished():
            row = row._replace(published_at=recorded.recorded_at)
            return _over(row, recorded, CaseState.finding_published)
        case SafetyCase.InterimPublished() as event:
            return row._replace(interim_ends_at=end_of(event.ends_on, event.time_zone))
        case SafetyCase.FindingLifted():
            return _over(row._replace(under_appeal=False), recorded, CaseState.lifted)
        case SafetyCase.CaseReopened():
            return _at(_as_new(row), recorded, CaseState.under_review)
        case _:
            return _appealed(row, recorded)


def _appealed(row: CaseRow, recorded: Recorded) -> CaseRow:
    """Return the row after an event of an appeal."""
    match recorded.event:
        case SafetyCase.AppealLodged() as event:
            row = row._replace(under_appeal=True)
            return row if event.published else _at(row, recorded, CaseState.stayed)
        case SafetyCase.StayGranted():
            return _at(row, recorded, CaseState.stayed_on_appeal)
        case SafetyCase.StayEnded():
            return _at(row, recorded, CaseState.finding_published)
        case SafetyCase.AppealDecided() as event:
            row = row._replace(under_appeal=False)
            if event.outcome is not AppealOutcome.upheld:
                return _over(row, recorded, CaseState.lifted)
            back = CaseState.finding_published if row.published_at else CaseState.decided
            return row if row.stage == back else _at(row, recorded, back)
        case _:
            return row


def _raised(recorded: Recorded) -> CaseRow | None:
    event = recorded.event
    if not isinstance(event, SafetyCase.ConcernRaised) or recorded.clinic_id is None:
        return None
    return CaseRow(
        case_id=recorded.aggregate_id,
        known_from=recorded.position,
        clinic_id=recorded.clinic_id,
        stage=CaseState.raised.value,
        stage_since=recorded.recorded_at,
        raised_at=recorded.recorded_at,
        grounds=[each.value for each in event.grounds],
    )


def _at(row: CaseRow, recorded: Recorded, stage: CaseState) -> CaseRow:
    return row._replace(stage=stage.value, stage_since=recorded.recorded_at)


def _over(row: CaseRow, recorded: Recorded, stage: CaseState) -> CaseRow:
    """Return the row in a step that ends every interim measure."""
    return _at(row, recorded, stage)._replace(interim_ends_at=None)


def _as_new(row: CaseRow) -> CaseRow:
    """Return the row of a case that is reviewed from the beginning; an interim measure goes on beside it."""
    return CaseRow(
        case_id=row.case_id,
        known_from=row.known_from,
        clinic_id=row.clinic_id,
        stage=row.stage,
        stage_since=row.stage_since,
        raised_at=row.raised_at,
        grounds=row.grounds,
        interim_ends_at=row.interim_ends_at,
    )
