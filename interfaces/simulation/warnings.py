"""What the society learns from many reports together: signals, their review, and notices that warn everybody."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID

from application.safety_notices import PublishSafetyNotice, UpdateSafetyNotice, WithdrawSafetyNotice
from application.signals import DetectSignal, ReviewSignal
from domain.codes import Role
from domain.dates import day
from domain.safety_notice import NoticeAbout, NoticeContent, NoticeSubject
from domain.signal import SignalAbout, SignalBasis, SignalCount, SignalCounted, SignalOutcome, SignalSubject
from interfaces.simulation.agenda import Life
from interfaces.simulation.office import Office
from interfaces.simulation.society import document, some_days

_REPORTS = 3
_LOT = "LOT-7"


def warned(office: Office, chance: Random) -> Life:
    """See more reports than usual, warn of a lot, say more when more is known, and withdraw the warning."""
    society = office.society
    while len(society.reports) < _REPORTS:
        yield society.now + timedelta(days=20)
    signal = _detected(office, _LOT)
    yield society.now + some_days(chance, 2, 6)
    known = "Several patients had an infection of the joint after cells of this lot."
    published = office.safety(
        PublishSafetyNotice(content=_content(known), second_approver=office.first, shown_hash=document("notice", "1"))
    )
    if published is None or signal is None:
        return
    notice = published.aggregate_id
    reviewing = ReviewSignal(
        signal_id=signal, outcome=SignalOutcome.notice, reasons="The reports agree.", led_to=notice
    )
    office.safety(reviewing)
    yield society.now + some_days(chance, 30, 60)
    update = UpdateSafetyNotice(
        notice_id=notice,
        content=_content(f"{known} Its bottles were not sterile."),
        changed="The laboratory found the cause.",
        second_approver=office.first,
        shown_hash=document("notice", "2"),
    )
    office.safety(update)
    yield society.now + some_days(chance, 60, 120)
    withdrawal = WithdrawSafetyNotice(
        notice_id=notice,
        explanation="Everything of this lot was destroyed.",
        second_approver=office.first,
        shown_hash=document("notice", "3"),
    )
    office.safety(withdrawal)
    yield society.now + some_days(chance, 30, 60)
    again = _detected(office, "LOT-9")
    yield society.now + some_days(chance, 2, 9)
    if again is not None:
        office.safety(ReviewSignal(signal_id=again, outcome=SignalOutcome.no_action, reasons="One report, told twice."))


def _detected(office: Office, lot: str) -> UUID | None:
    """Detect a signal; no rule of the registry does so by itself yet."""
    society = office.society
    evidence = tuple(dict.fromkeys(society.reports[-_REPORTS:]))
    basis = SignalBasis(
        rule_id="lot-cluster",
        rule_version=1,
        subject=SignalSubject(about=SignalAbout.lot, name=lot),
        period=day(society.now.date()),
        counts=(SignalCount(counted=SignalCounted.adverse_events, number=len(evidence)),),
        evidence=evidence,
    )
    detected = society.do(DetectSignal(basis=basis), Role.system)
    return detected.aggregate_id if detected else None


def _content(known: str) -> NoticeContent:
    return NoticeContent(
        subject=NoticeSubject(about=NoticeAbout.lot, name=_LOT),
        title="Infections after cells of one lot",
        known=known,
        advice="Ask your clinic which lot you were given.",
    )
