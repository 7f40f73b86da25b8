"""Where a safety case stands, which event is possible there, and the name of every other event's refusal.

One table says from where each event starts (domain.md, Due process); none can be skipped. An interim measure runs
beside the steps and ends by itself with its last day, so that no event has to be waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from eventsourcing.domain import CanMutateAggregate

from domain import safety_case_errors as refused
from domain.aggregate import Act, Aggregate, RegistryEvent
from domain.chronology import require_not_before
from domain.clinic_state import event_id
from domain.codes import Role
from domain.dates import PartialDate, last_day
from domain.errors import InvalidInput, Refused
from domain.obligation_terms import exact_day
from domain.safety_case_held import HeldFinding, HeldInterim, HeldNotice, HeldPanel


class CaseState(StrEnum):
    """Where a case stands; `interim` shows over the step that it runs beside."""

    raised = "raised"
    under_review = "under_review"
    notice_served = "notice_served"
    deciding = "deciding"
    decided = "decided"
    stayed = "stayed"
    finding_published = "finding_published"
    stayed_on_appeal = "stayed_on_appeal"
    interim = "interim"
    lifted = "lifted"
    closed = "closed"


STEPS: tuple[CaseState, ...] = (
    CaseState.raised,
    CaseState.under_review,
    CaseState.notice_served,
    CaseState.deciding,
    CaseState.decided,
    CaseState.stayed,
    CaseState.finding_published,
    CaseState.stayed_on_appeal,
)
"""The steps in their order; lifted and closed end them."""

BESIDE_INTERIM = frozenset(STEPS[1:6])
"""Steps beside which an interim measure can be in force: under review, and no finding published."""


def _words(states: str) -> frozenset[CaseState]:
    return frozenset(CaseState(word) for word in states.split())


_OPEN = frozenset(STEPS)

SOURCES: Mapping[str, frozenset[CaseState]] = MappingProxyType(
    {
        "ConcernRaised": frozenset(),
        "EvidenceAdded": _OPEN,
        "PanelConvened": _words("raised under_review notice_served deciding"),
        "PanelInterestDeclared": _words("under_review notice_served deciding"),
        "CaseDismissed": _words("raised under_review"),
        "NoticeServed": _words("under_review deciding"),
        "NoticeDelivered": _words("notice_served"),
        "ClinicReplied": _words("notice_served deciding decided stayed finding_published stayed_on_appeal"),
        "ReplyPeriodLapsed": _words("notice_served"),
        "VoteCast": _words("deciding"),
        "FindingDecided": _words("deciding"),
        "FindingDelivered": _words("decided"),
        "FindingPublished": _words("decided"),
        "InterimPublished": BESIDE_INTERIM,
        "AppealLodged": _words("decided finding_published"),
        "StayGranted": _words("finding_published"),
        "StayEnded": _words("stayed_on_appeal"),
        "AppealDecided": _words("stayed finding_published stayed_on_appeal"),
        "FindingLifted": _words("finding_published stayed_on_appeal"),
        "CaseReopened": _words("closed lifted decided"),
    }
)
"""Steps in which each event is possible."""

ASIDE = frozenset({"EvidenceAdded", "PanelInterestDeclared"})
"""Events that are no steps; they are dated as they can be."""

DATED_APART = frozenset({"NoticeDelivered", "ClinicReplied", "ReplyPeriodLapsed", "FindingDelivered", "AppealLodged"})
"""Steps that may become known late; each checks by itself what its day follows."""

_LACKING: Mapping[CaseState, type[Refused]] = MappingProxyType(
    {
        CaseState.raised: refused.PanelNotConvened,
        CaseState.under_review: refused.NoticeNotServed,
        CaseState.deciding: refused.FindingNotDecided,
        CaseState.decided: refused.FindingNotPublished,
        CaseState.stayed: refused.FindingNotPublished,
    }
)
"""What a case lacks in a step for an event that starts later; for a served notice `served` says it."""

_PASSED: Mapping[tuple[str, CaseState], type[Refused]] = MappingProxyType(
    {
        ("CaseDismissed", CaseState.notice_served): refused.NoticeAlreadyServed,
        ("CaseDismissed", CaseState.deciding): refused.NoticeAlreadyServed,
        ("NoticeServed", CaseState.notice_served): refused.NoticeAlreadyServed,
        ("NoticeDelivered", CaseState.deciding): refused.NoticeAlreadyDelivered,
        ("ReplyPeriodLapsed", CaseState.deciding): refused.ReplyPeriodEnded,
        ("FindingDelivered", CaseState.stayed): refused.FindingAlreadyDelivered,
        ("FindingDelivered", CaseState.finding_published): refused.FindingAlreadyDelivered,
        ("FindingDelivered", CaseState.stayed_on_appeal): refused.FindingAlreadyDelivered,
        ("FindingPublished", CaseState.stayed): refused.AppealNotDecided,
        ("FindingPublished", CaseState.finding_published): refused.FindingAlreadyPublished,
        ("FindingPublished", CaseState.stayed_on_appeal): refused.FindingAlreadyPublished,
        ("InterimPublished", CaseState.finding_published): refused.FindingAlreadyPublished,
        ("InterimPublished", CaseState.stayed_on_appeal): refused.FindingAlreadyPublished,
        ("AppealLodged", CaseState.stayed): refused.AppealAlreadyLodged,
        ("AppealLodged", CaseState.stayed_on_appeal): refused.AppealAlreadyLodged,
        ("StayGranted", CaseState.stayed_on_appeal): refused.StayAlreadyGranted,
    }
)
"""What is behind a case in a step; where nothing is said it is decided."""

_NOT_YET: Mapping[tuple[str, CaseState], type[Refused]] = MappingProxyType(
    {
        ("StayEnded", CaseState.finding_published): refused.NotStayed,
        ("AppealDecided", CaseState.decided): refused.NoAppealPending,
    }
)
"""Where an event that starts later lacks something of its own."""


def refusal(event: str, stage: CaseState, *, delivered: bool) -> type[Refused] | None:
    """Return by which name an event is refused in a step; None where it is possible."""
    if event == "ConcernRaised":
        return refused.CaseAlreadyRaised
    sources = SOURCES[event]
    if stage in sources:
        return None
    if event == "CaseReopened":
        return refused.CaseStillOpen
    if stage is CaseState.closed:
        return refused.CaseIsClosed
    if stage is CaseState.lifted:
        return refused.FindingIsLifted
    earliest = min(STEPS.index(each) for each in sources)
    if STEPS.index(stage) > earliest:
        return _PASSED.get((event, stage), refused.CaseIsDecided)
    if (named := _NOT_YET.get((event, stage))) is not None:
        return named
    if stage is CaseState.notice_served:
        return refused.ReplyPeriodRuns if delivered else refused.NoticeNotDelivered
    return _LACKING.get(stage, refused.FindingNotPublished)


SAFETY_ORDER: tuple[CaseState, ...] = (
    CaseState.finding_published,
    CaseState.interim,
    CaseState.stayed_on_appeal,
    CaseState.deciding,
    CaseState.notice_served,
    CaseState.under_review,
    CaseState.lifted,
)
"""The safety axis, the gravest first (domain.md, Status); what is not in it counts as none."""

NO_CASE = "none"


def gravest(states: Iterable[CaseState]) -> str:
    """Return where a clinic stands on the safety axis, from the states of its cases."""
    counted = {CaseState.deciding if each in _AS_DECIDING else each for each in states}
    return next((each.value for each in SAFETY_ORDER if each in counted), NO_CASE)


_AS_DECIDING = _words("decided stayed")


class SafetyCaseState(Aggregate):
    """The attributes of a case; changed by its events alone."""

    def __init__(self) -> None:
        self.clinic_id: UUID | None = None
        self.stage = CaseState.raised
        self.raised_by: UUID | None = None
        self.moved_on: PartialDate | None = None
        """Day of the newest step; none lies before it."""
        self.clinic_people: frozenset[UUID] = frozenset()
        self.evidence: tuple[str, ...] = ()
        self.panel = HeldPanel()
        self.judges: frozenset[UUID] = frozenset()
        """Everybody who ever sat on a panel of this case."""
        self.notice: HeldNotice | None = None
        self.replies: tuple[str, ...] = ()
        self.late_replies: tuple[str, ...] = ()
        self.finding: HeldFinding | None = None
        self.interim: HeldInterim | None = None

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic concerned."""
        return self.clinic_id

    def state(self, today: date) -> CaseState:
        """Return where the case stands on a day at the clinic."""
        return CaseState.interim if self.interim_in_force(today) else self.stage

    def interim_in_force(self, today: date) -> bool:
        """Tell whether an interim measure is in force on a day at the clinic."""
        if self.interim is None or self.stage not in BESIDE_INTERIM:
            return False
        return today <= last_day(self.interim.ends_on)

    def record(self, event_class: type[CanMutateAggregate[UUID]], act: Act, **content: Any) -> None:
        """Record a further event if the table allows it, on a day, and a step on none before the step before it."""
        name = event_class.__name__
        self.require_possible(name)
        if name not in ASIDE:
            exact_day(act.context.occurred_on, "occurred_on")
        if name not in ASIDE | DATED_APART and self.moved_on is not None:
            require_not_before("occurred_on", act.context.occurred_on, self.moved_on, "the step before it")
        super().record(event_class, act, **content)

    def require_possible(self, event: str) -> None:
        """Refuse an event by the name of what it lacks, or of what is behind the case."""
        delivered = self.notice is not None and self.notice.delivered_on is not None
        error = refusal(event, self.stage, delivered=delivered)
        if error is not None:
            until = self.notice.reply_until if self.notice else None
            raise error(case=self.id, until=until, earlier=self.finding.appeal if self.finding else "")

    def require_impartial(self, persons: Iterable[UUID | None]) -> None:
        """Refuse who raised the concern, and who ever spoke for the clinic in this case."""
        for person in persons:
            if person is None or person in self.clinic_people:
                raise refused.PanelMemberHasInterest(person=person)
            if person == self.raised_by:
                raise refused.RaiserDoesNotDecide(person=person)


class SafetyCaseEvent(RegistryEvent):
    """An event of a safety case."""

    @property
    def evidence(self) -> str:
        """Return the id under which this event is cited."""
        return event_id(self.originator_id, self.originator_version)

    def apply(self, case: SafetyCaseState) -> None:
        """Note who speaks for the clinic, then remember what later decisions need."""
        if self.context.actor_role is Role.clinic and self.context.actor_person is not None:
            case.clinic_people |= {self.context.actor_person}
        if type(self).__name__ not in ASIDE:
            on = self.context.occurred_on
            case.moved_on = on if case.moved_on is None else max(on, case.moved_on, key=last_day)
        self._remember(case)

    def _remember(self, case: SafetyCaseState) -> None:
        """Change what the case knows; most events have something."""


def require_reasons(reasons: Sequence[str]) -> None:
    """Refuse a decision without reasons."""
    if not reasons or any(not reason.strip() for reason in reasons):
        raise InvalidInput(field="reasons", problem="needs at least one, none empty")
