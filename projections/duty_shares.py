"""The duties of each clinic follow from its own events and the rulebook, so clinics' accounts can be made in shares.

Two things could join clinics: an aggregate whose events are of several clinics, and an event about another clinic's
treatment. Neither is ruled out here: before a batch is folded the store is asked, and where there is one the shares are
given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.adverse_event import AdverseEvent
from domain.clinic_state import ClinicEvent
from domain.treatment import Treatment
from projections.read_model import Recorded
from projections.share import Share, ShareCrossed

_ELSEWHERE: LiteralString = """
SELECT originator_id
  FROM registry.events
 WHERE originator_id = ANY (%(touched)s)
   AND clinic_id IS NOT NULL
   AND get_byte(uuid_send(clinic_id), 15) %% %(of)s <> %(number)s
 LIMIT 1
"""


def of_share(cursor: psycopg.Cursor[Any], share: Share, batch: Sequence[Recorded]) -> list[Recorded]:
    """Return the events of a batch that a share folds: its clinics' and the rulebook's.

    Raises: ShareCrossed if one of them needs another share's accounts
    """
    ours: list[Recorded] = []
    touched: set[UUID] = set()
    for each in batch:
        if each.kind is Treatment.TreatmentSubmitted and each.clinic_id is not None:
            # What begins here speaks of nothing else, and there are more of these than of all others.
            ours.append(each)
        elif _is_ours(share, each):
            ours.append(each)
            touched.update(_touched(each))
    if touched:
        asked = {"touched": sorted(touched), "of": share.of, "number": share.number}
        if cursor.execute(_ELSEWHERE, asked).fetchone() is not None:
            raise ShareCrossed
    return ours


def _is_ours(share: Share, recorded: Recorded) -> bool:
    kind, clinic_id = recorded.kind, recorded.clinic_id
    if issubclass(kind, (Treatment.Event, AdverseEvent.Event)):
        return clinic_id is not None
    if issubclass(kind, ClinicEvent):
        if clinic_id not in (None, recorded.aggregate_id):
            raise ShareCrossed
        return share.holds(recorded.aggregate_id)
    # What is everybody's reaches every share only as an event of no clinic.
    if clinic_id is not None:
        raise ShareCrossed
    return True


def _touched(recorded: Recorded) -> list[UUID]:
    """Return the aggregates of which an event may need accounts, those that can only be its own clinic's aside."""
    match recorded.event:
        case Treatment.FollowUpRecorded(follow_up=follow_up):
            return [recorded.aggregate_id, *follow_up.serves]
        case Treatment.TreatmentCorrected(follow_up=follow_up):
            return [recorded.aggregate_id, *(follow_up.serves if follow_up else ())]
        case (
            AdverseEvent.AdverseEventReported(content=content)
            | AdverseEvent.AdverseEventSupplemented(content=content)
            | AdverseEvent.AdverseEventNoticeDelivered(content=content)
        ):
            return [recorded.aggregate_id, *content.treatments]
        case Treatment.Event() | AdverseEvent.Event():
            return [recorded.aggregate_id]
        case _:
            return []
