"""What a case determined is questioned as long as it holds, or the public may still read of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from domain.appeal import AppealOutcome
from domain.clinic_state import event_id
from domain.grounds import case_grounds
from domain.safety_case import SafetyCase
from tests.domain.cases import (
    APPEAL_PANEL,
    GROUNDS,
    LEADER,
    PANEL,
    POLICY,
    SECOND,
    THIRD,
    UNFOUNDED,
    WHY,
    VoteChoice,
    appealed,
    by,
    decided,
    delivered,
    interim,
    lifted,
    on,
    publish_interim,
    published,
    signed,
    stayed,
    voted,
)


def standing(case: SafetyCase) -> list[str]:
    """Return the types of what a case determined and what still holds, in order."""
    events = {event_id(each.originator_id, each.originator_version): each for each in case.pending_events}
    return [type(events[each.determination]).__name__ for each in case_grounds(case.pending_events)]


def measured(case: SafetyCase, days: int) -> SafetyCase:
    """Let an interim measure be in force beside what a case decided."""
    publish_interim(case, days)
    return case


def decide_appeal(case: SafetyCase, days: int, outcome: AppealOutcome) -> SafetyCase:
    case.decide_appeal(by(APPEAL_PANEL[0], days), outcome, APPEAL_PANEL, WHY, signed(days))
    return case


def test_a_measure_that_is_in_force_rests_on_its_evidence_after_its_case_was_reopened() -> None:
    case = measured(decided(), 39)
    assert standing(case) == ["FindingDecided", "InterimPublished"]

    case.reopen(by(THIRD, 40), WHY)

    assert case.interim_in_force(on(40))
    assert standing(case) == ["InterimPublished"]


def test_what_was_overturned_or_superseded_is_questioned_no_more() -> None:
    for case in (measured(stayed(), 51), appealed()):
        assert "FindingDecided" in standing(decide_appeal(case, 73, AppealOutcome.upheld))
    for case in (measured(stayed(), 51), appealed()):
        assert standing(decide_appeal(case, 73, AppealOutcome.overturned)) == []


def test_a_measure_is_questioned_by_its_newest_renewal() -> None:
    case = interim()
    case.renew_interim(by(LEADER, 20), (GROUNDS, WHY), (on(20), "UTC"), POLICY, signed(20))

    (renewed,) = case_grounds(case.pending_events)

    assert renewed.determination == f"{case.id}/{case.version}"
    assert renewed.until == datetime.combine(on(51), time(), UTC)


def test_a_measure_ends_with_its_day_and_with_what_ends_it() -> None:
    dismissed = interim()
    dismissed.dismiss(by(LEADER, 3), WHY)
    assert standing(dismissed) == []

    public = measured(delivered(), 45)
    public.publish(by(SECOND, 71), on(71), signed(71))
    assert standing(public) == ["FindingDecided"]

    unfounded = measured(voted(VoteChoice.not_substantiated), 37)
    unfounded.decide(by(PANEL[0], 38), UNFOUNDED, (), (), signed(38))
    assert standing(unfounded) == ["FindingDecided"]

    anew = interim()
    publish_interim(anew, 32)
    (measure,) = case_grounds(anew.pending_events)
    assert measure.determination == f"{anew.id}/{anew.version}"


def test_a_lifted_finding_is_questioned_as_long_as_the_public_reads_of_it() -> None:
    (finding,) = case_grounds(published().pending_events)
    (shown,) = case_grounds(lifted().pending_events)

    assert finding.until is None
    assert shown.until == datetime(on(80).year + 2, on(80).month, on(80).day, tzinfo=UTC) + timedelta(1)
