"""A case about a clinic's safety: one history, whose events and decisions live in rooms of one idea each.

An event belongs to the case by standing in this list; `domain.safety_case_state` says from where each is possible.
"""

from __future__ import annotations

from domain import (
    safety_case_appeal,
    safety_case_concern,
    safety_case_decision,
    safety_case_notice,
    safety_case_panel,
    safety_case_publication,
)
from domain.safety_case_state import SafetyCaseEvent, SafetyCaseState


class SafetyCase(safety_case_concern.Concern, safety_case_appeal.CaseAppeal):
    """A case from the concern to its end; its id is random, what people tell in it is sealed under its key."""

    TOPIC = "SafetyCase"

    def __init__(self) -> None:
        # Called by name: the library makes dataclasses of the rooms, and gave them an __init__ that does nothing.
        SafetyCaseState.__init__(self)

    Event = SafetyCaseEvent

    ConcernRaised = safety_case_concern.ConcernRaised
    EvidenceAdded = safety_case_concern.EvidenceAdded
    CaseDismissed = safety_case_concern.CaseDismissed
    CaseReopened = safety_case_concern.CaseReopened

    PanelConvened = safety_case_panel.PanelConvened
    PanelInterestDeclared = safety_case_panel.PanelInterestDeclared
    VoteCast = safety_case_panel.VoteCast

    NoticeServed = safety_case_notice.NoticeServed
    NoticeDelivered = safety_case_notice.NoticeDelivered
    ClinicReplied = safety_case_notice.ClinicReplied
    ReplyPeriodLapsed = safety_case_notice.ReplyPeriodLapsed

    FindingDecided = safety_case_decision.FindingDecided
    FindingDelivered = safety_case_decision.FindingDelivered

    FindingPublished = safety_case_publication.FindingPublished
    InterimPublished = safety_case_publication.InterimPublished
    FindingLifted = safety_case_publication.FindingLifted

    AppealLodged = safety_case_appeal.AppealLodged
    StayGranted = safety_case_appeal.StayGranted
    StayEnded = safety_case_appeal.StayEnded
    AppealDecided = safety_case_appeal.AppealDecided
