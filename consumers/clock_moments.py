"""After which days something lapses by itself: noted when it is known, looked up when a day is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from application.attestations import LapseAttestation
from application.command import Command, CommandHandler
from application.enrolments import LapseParticipation
from application.invitations import LapseInvitation
from application.safety_cases import LapseReplyPeriod
from application.verifications import ExpireVerification
from domain.clinic import Clinic
from domain.clinic_waits import Lapse, Moment
from domain.dates import last_day
from domain.safety_case import SafetyCase
from domain.safety_case_state import CaseState


class Moments:
    """The table of what lapses; it follows from the log and is noted anew with every change."""

    def __init__(self, handler: CommandHandler, connection: psycopg.Connection[Any]) -> None:
        self._handler, self._connection = handler, connection

    def note(self, clinic: Clinic, found: Sequence[Moment]) -> None:
        """Remember after which days something of a clinic lapses, in place of what was remembered."""
        noted = set(self._connection.execute(_NOTED, (clinic.id,)).fetchall())
        if noted == {(each.lapse.value, each.item, each.due_on, clinic.time_zone) for each in found}:
            return
        with self._connection.transaction():
            self._connection.execute(_FORGET, (clinic.id,))
            for each in found:
                self._connection.execute(_NOTE, (clinic.id, each.lapse.value, each.item, each.due_on, clinic.time_zone))

    def note_case(self, case: SafetyCase) -> None:
        """Remember after which day the time for a reply in a safety case is over, while it runs."""
        with self._connection.transaction():
            self._connection.execute(_FORGET_REPLY, (str(case.id),))
            until = case.notice.reply_until if case.notice else None
            if case.stage is CaseState.notice_served and until is not None and case.clinic_id is not None:
                clinic = self._handler.store.load(Clinic, case.clinic_id)
                zone = clinic.time_zone if clinic else "UTC"
                self._connection.execute(
                    _NOTE, (case.clinic_id, Lapse.reply.value, str(case.id), last_day(until), zone)
                )

    def over(self, moment: datetime) -> Iterator[tuple[date, str, Command]]:
        """Yield what lapsed by a moment: its last day, a key that tells it from all others, and the command."""
        for clinic_id, lapse, item, due_on in self._connection.execute(_OVER, {"moment": moment}).fetchall():
            yield due_on, f"lapse/{clinic_id}/{lapse}/{item}/{due_on}", _lapsing(clinic_id, Lapse(lapse), item)


def _lapsing(clinic_id: UUID, lapse: Lapse, item: str) -> Command:
    match lapse:
        case Lapse.invitation:
            return LapseInvitation(clinic_id=clinic_id)
        case Lapse.participation:
            return LapseParticipation(clinic_id=clinic_id)
        case Lapse.attestation:
            return LapseAttestation(clinic_id=clinic_id, guideline_id=UUID(item))
        case Lapse.verification:
            return ExpireVerification(clinic_id=clinic_id, inspection=item)
        case Lapse.reply:
            return LapseReplyPeriod(case_id=UUID(item))


_NOTED: LiteralString = """
    SELECT lapse, item, due_on, time_zone
      FROM registry.clock_moments
     WHERE clinic_id = %s
       AND lapse <> 'reply'
"""

_FORGET: LiteralString = "DELETE FROM registry.clock_moments WHERE clinic_id = %s AND lapse <> 'reply'"

_FORGET_REPLY: LiteralString = "DELETE FROM registry.clock_moments WHERE lapse = 'reply' AND item = %s"

_NOTE: LiteralString = """
    INSERT INTO registry.clock_moments (clinic_id, lapse, item, due_on, time_zone)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (clinic_id, lapse, item) DO UPDATE SET due_on = excluded.due_on, time_zone = excluded.time_zone
"""

_OVER: LiteralString = """
    SELECT clinic_id, lapse, item, due_on
      FROM registry.clock_moments
     WHERE due_on < (%(moment)s::timestamptz AT TIME ZONE 'Etc/GMT-14')::date
       AND due_on < (%(moment)s::timestamptz AT TIME ZONE time_zone)::date
     ORDER BY due_on, clinic_id
"""
