"""A clinic may appeal a finding once; people who had no part in it decide, and may stay it until then.

An appeal before publication (AP-30) holds the publication up; one after it leaves the finding published, unless a
stay is granted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from domain import safety_case_errors as refused
from domain.aggregate import Act
from domain.appeal import AppealOutcome
from domain.chronology import require_not_before
from domain.dates import last_day
from domain.errors import InvalidInput
from domain.safety_case_held import HeldFinding
from domain.safety_case_publication import Publication
from domain.safety_case_state import CaseState, SafetyCaseEvent, SafetyCaseState, require_reasons
from domain.signature import Signature, SignatureMeaning, require_signed


class AppealLodged(SafetyCaseEvent):
    """The clinic appealed; its words are sealed under the key of the case, the name of who appealed is sealed."""

    TOPIC = "AppealLodged.v1"

    finding: str
    """Id of the event of the finding: `<case id>/<version>`."""
    published: bool
    """Whether the finding was public by then, and so stays public."""

    def _remember(self, case: SafetyCaseState) -> None:
        held = case.finding
        assert held is not None
        held.appeal, held.appealed_on = self.evidence, self.context.occurred_on
        if not self.published:
            case.stage = CaseState.stayed


class StayGranted(SafetyCaseEvent):
    """A published finding is withheld until its appeal is decided."""

    TOPIC = "StayGranted.v1"

    appeal: str
    """Id of the event of the appeal: `<case id>/<version>`."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.stage = CaseState.stayed_on_appeal


class StayEnded(SafetyCaseEvent):
    """A finding is shown again while its appeal waits."""

    TOPIC = "StayEnded.v1"

    appeal: str
    """Id of the event of the appeal: `<case id>/<version>`."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.stage = CaseState.finding_published


class AppealDecided(SafetyCaseEvent):
    """People who had no part in the finding decided the appeal; the signer's name is sealed."""

    TOPIC = "AppealDecided.v1"

    appeal: str
    """Id of the event of the appeal: `<case id>/<version>`."""
    finding: str
    """Id of the event of the finding: `<case id>/<version>`."""
    outcome: AppealOutcome
    """Whether the finding stands (upheld) or not (overturned)."""
    heard_by: tuple[UUID, ...]
    """Person ids of those who heard it."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""
    signature: Signature
    """The signature of one of them, with the hash of what they were shown."""

    def _remember(self, case: SafetyCaseState) -> None:
        held = case.finding
        assert held is not None
        held.appeal_decided = self.evidence
        if self.outcome is not AppealOutcome.upheld:
            case.stage, case.interim = CaseState.lifted, None
        else:
            case.stage = CaseState.finding_published if held.published else CaseState.decided


class CaseAppeal(Publication):
    """Decisions about an appeal and the stay until it is decided."""

    def lodge_appeal(self, act: Act, today: date) -> None:
        """Appeal the finding, once: in time before its publication, or after it."""
        self.require_possible("AppealLodged")
        held = self.finding
        assert held is not None
        if held.delivered_on is None or held.appeal_until is None:
            raise refused.FindingNotDelivered(case=self.id)
        if held.appeal:
            raise refused.AppealAlreadyLodged(case=self.id, earlier=held.appeal)
        require_not_before("occurred_on", act.context.occurred_on, held.delivered_on, "the finding's delivery")
        made_on = min(last_day(act.context.occurred_on), today)
        if not held.published and made_on > last_day(held.appeal_until):
            raise refused.AppealPeriodOver(case=self.id, until=held.appeal_until)
        self.record(AppealLodged, act, finding=held.evidence, published=bool(held.published))

    def grant_stay(self, act: Act, reasons: tuple[str, ...]) -> None:
        """Withhold the published finding until its appeal is decided."""
        self.require_possible("StayGranted")
        held = self._appealed()
        self._require_other([act.context.actor_person])
        require_reasons(reasons)
        self.record(StayGranted, act, appeal=held.appeal, reasons=reasons)

    def end_stay(self, act: Act, reasons: tuple[str, ...]) -> None:
        """Show the finding again while its appeal waits."""
        self.require_possible("StayEnded")
        held = self._appealed()
        self._require_other([act.context.actor_person])
        require_reasons(reasons)
        self.record(StayEnded, act, appeal=held.appeal, reasons=reasons)

    def decide_appeal(
        self,
        act: Act,
        outcome: AppealOutcome,
        heard_by: tuple[UUID, ...],
        reasons: tuple[str, ...],
        signature: Signature,
    ) -> None:
        """Decide the appeal that waits, by people none of whom was on the first panel or approved the finding."""
        self.require_possible("AppealDecided")
        held = self._appealed()
        if outcome is AppealOutcome.unrecognised:
            raise InvalidInput(field="outcome", problem="is not in the code list")
        if not heard_by or len(set(heard_by)) != len(heard_by):
            raise InvalidInput(field="heard_by", problem="needs at least one person, each once")
        self._require_other([*heard_by, act.context.actor_person])
        if act.context.actor_person not in heard_by:
            raise refused.NotAmongTheHearers(person=act.context.actor_person)
        require_reasons(reasons)
        require_signed(signature, SignatureMeaning.approved, act)
        self.record(
            AppealDecided,
            act,
            appeal=held.appeal,
            finding=held.evidence,
            outcome=outcome,
            heard_by=heard_by,
            reasons=reasons,
            signature=signature,
        )

    def _appealed(self) -> HeldFinding:
        held = self.finding
        if held is None or not held.appeal or held.appeal_decided:
            raise refused.NoAppealPending(case=self.id)
        return held

    def _require_other(self, persons: Iterable[UUID | None]) -> None:
        """Refuse everybody who had a part in the finding."""
        persons = list(persons)
        approvers = self.finding.approvers if self.finding else frozenset()
        for person in persons:
            if person in self.judges | approvers:
                raise refused.AppealHeardByFirstPanel(person=person, case=self.id)
        self.require_impartial(persons)
