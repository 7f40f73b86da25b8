"""Version 1 of the society's policy: the table of duties of domain.md as data.

Adopted once, when a society is founded; later versions are adopted by command and never edit this one.
"""

from __future__ import annotations

from domain.policy import LimitUnit, PolicyTerms, Rule, RuleKind


def _duty(rule_id: str, what: str, days: int) -> Rule:
    return Rule(rule_id=rule_id, kind=RuleKind.duty, what=what, limit=days)


def _right(rule_id: str, what: str, days: int) -> Rule:
    return Rule(rule_id=rule_id, kind=RuleKind.right, what=what, limit=days)


def _wait(rule_id: str, what: str, days: int, reminders: tuple[int, ...] = ()) -> Rule:
    return Rule(rule_id=rule_id, kind=RuleKind.wait, what=what, limit=days, reminders=reminders)


def _society(rule_id: str, what: str, days: int) -> Rule:
    return Rule(rule_id=rule_id, kind=RuleKind.society_duty, what=what, limit=days)


FIRST_POLICY = PolicyTerms(
    rules=(
        _duty("AE-7", "report a fatal or life-threatening event", 7),
        _duty("AE-7C", "complete the report of a fatal or life-threatening event", 15),
        _duty("AE-15", "report another serious event", 15),
        _duty("AE-90", "report a non-serious event", 90),
        _duty("TX-30", "submit a treatment after the procedure", 30),
        _duty("TC-30", "declare the quarter's treatments and refusals of consent by registry", 30),
        _duty("FU-30", "record a follow-up after its window closes", 30),
        _duty("AT-30", "attest to the guidelines for the first time", 30),
        _duty("AT-365", "renew an attestation", 365),
        _duty("AG-90", "attest to a revised guideline", 90),
        _wait("IN-90", "reply to an invitation, from proved delivery", 90, reminders=(30, 60)),
        _right("RE-30", "reply to a notice, from proved delivery", 30),
        _right("AP-30", "appeal a finding, from proved delivery", 30),
        _wait("LI-30", "preview before an adverse entry is public", 30),
        _wait("PL-90", "request enrolment after accepting an invitation", 90),
        Rule(
            rule_id="PL-2Q",
            kind=RuleKind.wait,
            what="submit data or a nil declaration",
            limit=2,
            unit=LimitUnit.quarters,
        ),
        _wait("RV-365", "review of an entry", 365),
        _wait("IT-30", "end of an interim measure", 30),
        _society("EN-60", "decide an enrolment, from its request", 60),
        _society("AS-30", "assess a serious event, from its receipt", 30),
        _society("DI-14", "answer a dispute about an entry", 14),
        _society("CA-180", "decide a safety case, from the convening of its panel", 180),
        _society("WD-2", "correct an entry, from the late reply", 2),
        _society("DQ-7", "settle a questioned determination", 7),
    ),
    completeness_threshold_percent=90,
    small_cells_below=5,
)
"""The limits with which the society begins."""
