"""Every event tried on a case in every state: it happens where the table has it, and is refused by its name elsewhere.

The table was read against domain.md's due process, cell by cell; a change of the state machine shows here.
"""

from __future__ import annotations

from datetime import date

import pytest

from domain.errors import RegistryError
from domain.safety_case_state import SOURCES, CaseState
from tests.domain.cases import IN_STATE, TRY, on

TABLE: dict[str, dict[str, str]] = {
    "ConcernRaised": {
        "CaseAlreadyRaised": (
            "raised under_review interim notice_served notice_delivered deciding voted "
            "decided delivered stayed finding_published appealed stayed_on_appeal lifted closed"
        ),
    },
    "EvidenceAdded": {
        "stays": (
            "raised under_review interim notice_served notice_delivered deciding "
            "voted decided delivered stayed finding_published appealed stayed_on_appeal"
        ),
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "PanelConvened": {
        "to under_review": "raised",
        "stays": "under_review interim notice_served notice_delivered deciding",
        "PanelComplete": "voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "PanelInterestDeclared": {
        "PanelNotConvened": "raised",
        "stays": "under_review interim notice_served notice_delivered deciding voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "CaseDismissed": {
        "to closed": "raised under_review interim",
        "NoticeAlreadyServed": "notice_served notice_delivered deciding voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "NoticeServed": {
        "PanelNotConvened": "raised",
        "to notice_served": "under_review interim deciding",
        "NoticeAlreadyServed": "notice_served notice_delivered",
        "VotesAlreadyCast": "voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "NoticeDelivered": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "stays": "notice_served",
        "NoticeAlreadyDelivered": "notice_delivered deciding voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "ClinicReplied": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "to deciding": "notice_served notice_delivered",
        "stays": "deciding voted decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "ReplyPeriodLapsed": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "ReplyPeriodEnded": "deciding voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "VoteCast": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "stays": "deciding voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "FindingDecided": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "QuorumNotReached": "deciding",
        "to decided": "voted",
        "CaseIsDecided": "decided delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "FindingDelivered": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "FindingNotDecided": "deciding voted",
        "stays": "decided",
        "FindingAlreadyDelivered": "delivered stayed finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "FindingPublished": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "FindingNotDecided": "deciding voted",
        "FindingNotDelivered": "decided",
        "PreviewPeriodRuns": "delivered",
        "AppealNotDecided": "stayed",
        "FindingAlreadyPublished": "finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "InterimPublished": {
        "PanelNotConvened": "raised",
        "stays": "under_review notice_served notice_delivered deciding voted decided delivered stayed",
        "InterimInForce": "interim",
        "FindingAlreadyPublished": "finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "AppealLodged": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "FindingNotDecided": "deciding voted",
        "FindingNotDelivered": "decided",
        "to stayed": "delivered",
        "AppealAlreadyLodged": "stayed appealed stayed_on_appeal",
        "stays": "finding_published",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "StayGranted": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "FindingNotDecided": "deciding voted",
        "FindingNotPublished": "decided delivered stayed",
        "NoAppealPending": "finding_published",
        "to stayed_on_appeal": "appealed",
        "StayAlreadyGranted": "stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "StayEnded": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "FindingNotDecided": "deciding voted",
        "FindingNotPublished": "decided delivered stayed",
        "NotStayed": "finding_published appealed",
        "to finding_published": "stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "AppealDecided": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "FindingNotDecided": "deciding voted",
        "NoAppealPending": "decided delivered finding_published",
        "to decided": "stayed",
        "stays": "appealed",
        "to finding_published": "stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "FindingLifted": {
        "PanelNotConvened": "raised",
        "NoticeNotServed": "under_review interim",
        "NoticeNotDelivered": "notice_served",
        "ReplyPeriodRuns": "notice_delivered",
        "FindingNotDecided": "deciding voted",
        "FindingNotPublished": "decided delivered stayed",
        "to lifted": "finding_published appealed stayed_on_appeal",
        "FindingIsLifted": "lifted",
        "CaseIsClosed": "closed",
    },
    "CaseReopened": {
        "CaseStillOpen": (
            "raised under_review interim notice_served notice_delivered "
            "deciding voted stayed finding_published appealed stayed_on_appeal"
        ),
        "to under_review": "decided delivered lifted closed",
    },
}
"""What each event comes to, by the states it is tried in: a step, or the name of the refusal."""

CELLS = [
    (event, state, result) for event, row in TABLE.items() for result, states in row.items() for state in states.split()
]


@pytest.mark.parametrize(("event", "state", "result"), CELLS, ids=[f"{event} {state}" for event, state, _ in CELLS])
def test_each_cell(event: str, state: str, result: str) -> None:
    make, days = IN_STATE[state]
    case = make()
    before, version = case.stage, case.version

    if result == "stays" or result.startswith("to "):
        TRY[event](case, days)

        assert type(case.pending_events[-1]).__name__ == event
        assert case.stage == (before if result == "stays" else result.removeprefix("to "))
        return

    with pytest.raises(RegistryError) as refusal:
        TRY[event](case, days)
    assert (refusal.value.name, case.version, case.stage) == (result, version, before)
    assert str(case.id) in str(refusal.value)


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(TRY) == set(SOURCES)
    for event, row in TABLE.items():
        assert sorted(state for states in row.values() for state in states.split()) == sorted(IN_STATE), event
    assert {make().state(make_day(state)) for state, (make, _) in IN_STATE.items()} == set(CaseState)


def make_day(state: str) -> date:
    return on(IN_STATE[state][1])
