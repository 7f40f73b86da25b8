"""A warning to everybody is approved by two without interest, says nothing of single records, and ends by two."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.appointments import DeclareInterest, RevokeRole
from application.permission import ConflictOfInterest, NotAnOfficer
from application.safety_notices import MEANING, PublishSafetyNotice, UpdateSafetyNotice, WithdrawSafetyNotice
from domain.chronology import ImpossibleDate
from domain.codes import Reason, Role, Sha256
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.officer import InterestKind
from domain.policy import Approval
from domain.safety_notice import (
    ApproversShownOther,
    NoticeAbout,
    NoticeAboutOther,
    NoticeContent,
    NoticeInForce,
    NoticeIsWithdrawn,
    NoticeNamesRecord,
    NoticeNotApprovedByTwo,
    NoticeReplacesItself,
    NoticeSubject,
    NoticeUnchanged,
    SafetyNotice,
)
from tests.application.society import Society
from tests.domain.clinics import SOME_HASH, act_on

LOT = NoticeSubject(about=NoticeAbout.lot, name="Lot 0815 of Exampleplast")
CONTENT = NoticeContent(
    subject=LOT,
    title="Do not use lot 0815",
    known="Sterility tests of this lot failed.",
    advice="Do not inject it; tell whoever received it.",
    countries=("DE", "CH"),
)


@pytest.fixture
def society() -> Society:
    return Society()


def how(society: Society, **changes: Any) -> dict[str, Any]:
    return {"shown_hash": SOME_HASH, "second_approver": society.officers[1], **changes}


def published(society: Society, content: NoticeContent = CONTENT, **changes: Any) -> UUID:
    command = PublishSafetyNotice(content=content, **how(society, **changes))
    return society.by(Role.safety_officer, command).aggregate_id


def updated(society: Society, notice: UUID, **content: Any) -> UpdateSafetyNotice:
    changed = dataclasses.replace(CONTENT, **content)
    return UpdateSafetyNotice(notice_id=notice, content=changed, changed="The advice.", **how(society))


def withdrawal(society: Society, notice: UUID, **changes: Any) -> WithdrawSafetyNotice:
    return WithdrawSafetyNotice(notice_id=notice, explanation="The tests were wrong.", **how(society, **changes))


def test_a_notice_is_published_updated_and_withdrawn(society: Society) -> None:
    notice = published(society)

    society.by(Role.safety_officer, updated(society, notice, advice="Send it back."))
    society.by(Role.safety_officer, withdrawal(society, notice))

    assert society.names_of(notice) == ["SafetyNoticePublished", "SafetyNoticeUpdated", "SafetyNoticeWithdrawn"]


def test_the_event_shows_both_approvals_and_no_person_or_clinic(society: Society) -> None:
    clinic = society.identified()

    notice = published(society, clinics=(clinic,))

    (event,) = society.store.events_of(notice)
    assert [(each.role, each.meaning, each.shown_hash) for each in event.approvals] == [
        (Role.safety_officer, MEANING, SOME_HASH)
    ] * 2
    context = event.context
    assert (context.actor_person, context.on_behalf_of, context.source, context.sealed, context.clinic_id) == (
        *(None, None, None, ()),
        None,
    )
    for hidden in (*society.officers, clinic):
        assert str(hidden) not in repr(event)


def test_a_notice_cannot_be_approved_by_one_or_by_who_may_not(society: Society) -> None:
    for second, refusal in (
        (society.officers[0], NoticeNotApprovedByTwo),
        (uuid4(), NotAnOfficer),
    ):
        with pytest.raises(refusal):
            published(society, second_approver=second)
    revoking = RevokeRole(officer_id=society.officers[1], role=Role.safety_officer, reason=Reason.other)
    society.by(Role.policy_officer, revoking)
    with pytest.raises(NotAnOfficer):
        published(society)
    with pytest.raises(NotPermitted):
        society.registrar(PublishSafetyNotice(content=CONTENT, **how(society)))


@pytest.mark.parametrize("interested", [0, 1])
def test_neither_approver_has_an_interest(society: Society, interested: int) -> None:
    clinic = society.identified()
    notice = published(society)
    declaring = DeclareInterest(clinic_id=clinic, kind=InterestKind.advises)
    society.do(declaring, Role.registrar, person=society.officers[interested])
    before = len(society.store.log)

    with pytest.raises(ConflictOfInterest, match=str(clinic)):
        society.by(Role.safety_officer, withdrawal(society, notice, clinics=(clinic,)))

    assert len(society.store.log) == before
    society.by(Role.safety_officer, withdrawal(society, notice))


def test_an_unknown_clinic_cannot_be_cleared_of_interests(society: Society) -> None:
    with pytest.raises(NotFound):
        published(society, clinics=(uuid4(),))


def test_two_notices_about_the_same_never_stand_beside_each_other(society: Society) -> None:
    notice = published(society)
    same = dataclasses.replace(CONTENT, subject=dataclasses.replace(LOT, name=" lot 0815  of EXAMPLEPLAST"))

    with pytest.raises(NoticeInForce, match=str(notice)):
        published(society, same)
    society.by(Role.safety_officer, withdrawal(society, notice))

    assert published(society, same) != notice


def test_a_repeat_gets_the_same_answer(society: Society) -> None:
    command = PublishSafetyNotice(content=CONTENT, **how(society))

    first = society.by(Role.safety_officer, command, key="notice")
    again = society.by(Role.safety_officer, command, key="notice")

    assert (again.repeat, again.aggregate_id) == (True, first.aggregate_id)


def test_a_withdrawn_notice_takes_nothing_more(society: Society) -> None:
    notice = published(society)
    society.by(Role.safety_officer, withdrawal(society, notice))

    for command in (updated(society, notice, advice="Send it back."), withdrawal(society, notice)):
        with pytest.raises(NoticeIsWithdrawn):
            society.by(Role.safety_officer, command)


def test_what_an_update_or_withdrawal_cannot_say_is_refused(society: Society) -> None:
    notice = published(society)
    other = dataclasses.replace(LOT, name="Lot 4711")

    for command, refusal in (
        (updated(society, notice), NoticeUnchanged),
        (updated(society, notice, subject=other), NoticeAboutOther),
        (withdrawal(society, notice, replaced_by=notice), NoticeReplacesItself),
        (withdrawal(society, notice, replaced_by=uuid4()), NotFound),
    ):
        with pytest.raises(refusal):
            society.by(Role.safety_officer, command)
    assert society.names_of(notice) == ["SafetyNoticePublished"]


@pytest.mark.parametrize("field", ["title", "known", "advice"])
def test_a_notice_tells_words_and_no_records(field: str) -> None:
    for record in (str(uuid4()), str(uuid4()).upper(), uuid4().hex):
        with pytest.raises(NoticeNamesRecord, match=field):
            dataclasses.replace(CONTENT, **{field: f"See {record}."})
    for wrong in (" ", "x" * 4001, "two\nlines"):
        with pytest.raises(InvalidInput):
            dataclasses.replace(CONTENT, **{field: wrong})


@pytest.mark.parametrize("countries", [("XX",), ("DE", "DE"), ("de",)])
def test_countries_are_codes(countries: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        dataclasses.replace(CONTENT, countries=countries)


def test_only_a_laboratory_has_a_laboratorys_id() -> None:
    for about in (NoticeAbout.lot, NoticeAbout.technique):
        with pytest.raises(InvalidInput):
            NoticeSubject(about=about, name="Something", laboratory_id=uuid4())
    known = uuid4()
    first, second = (
        NoticeSubject(about=NoticeAbout.laboratory, name=name, laboratory_id=known)
        for name in ("Lab A", "Laboratory A")
    )
    assert first.key == second.key


def approval(digest: str = SOME_HASH, at: datetime = datetime(2020, 1, 1, tzinfo=UTC)) -> Approval:
    return Approval(role=Role.safety_officer, approved_at=at, meaning=MEANING, shown_hash=Sha256(digest))


@pytest.mark.parametrize(
    ("approvals", "refusal"),
    [
        ((), NoticeNotApprovedByTwo),
        ((approval(),), NoticeNotApprovedByTwo),
        ((approval(), approval("0" * 64)), ApproversShownOther),
        ((approval(), approval(at=datetime(2999, 1, 1, tzinfo=UTC))), ImpossibleDate),
    ],
)
def test_approvals_are_two_of_the_same_text_and_past(approvals: tuple[Approval, ...], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        SafetyNotice.publish(act_on(), UUID(int=4), CONTENT, approvals)
