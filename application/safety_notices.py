"""Commands by which the society warns everybody: each approved by two safety officers, neither of them interested."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from application.command import Command, Desk
from application.permission import NotAnOfficer, require_no_interest
from application.policies import approved_by_two
from domain.clinic import Clinic
from domain.codes import Role, Sha256
from domain.officer import Officer
from domain.policy import Approval
from domain.public_ids import public_id
from domain.safety_notice import NoticeContent, NoticeInForce, NoticeNotApprovedByTwo, NoticeSubject, SafetyNotice

BY_SAFETY = frozenset({Role.safety_officer})
MEANING = "approved, without an interest in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCommand(Command):
    """A command about a safety notice; who gives it is the first approver, and the event shows roles alone."""

    shown_hash: Sha256
    """SHA-256 of what both approvers were shown."""
    second_approver: UUID
    """Person id of the second safety officer."""
    second_approved_at: datetime | None = None
    """When the second one approved, with its time zone; now if left out."""
    clinics: tuple[UUID, ...] = ()
    """Clinics known to work with it: no approver may have an interest in one; they are not published."""

    def approvals(self, desk: Desk) -> tuple[Approval, ...]:
        """Return both approvals; refuse one person alone, who is no safety officer, and who has an interest."""
        first = desk.request.actor.person
        if self.second_approver == first:
            raise NoticeNotApprovedByTwo
        second = desk.find(Officer, self.second_approver)
        if second is None or Role.safety_officer not in second.roles:
            raise NotAnOfficer(person=self.second_approver, role=Role.safety_officer)
        clinics = [desk.load(Clinic, clinic_id).id for clinic_id in self.clinics]
        for person in (first, self.second_approver):
            require_no_interest(desk.store, person, clinics)
        approved_at = self.second_approved_at or desk.now
        return approved_by_two(desk.now, approved_at, self.shown_hash, Role.safety_officer, MEANING)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSafetyNotice(NoticeCommand):
    """Publish a notice about a technique, a laboratory or a lot."""

    AGGREGATE: ClassVar[str] = "safety-notice"
    VERB: ClassVar[str] = "publish"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY

    content: NoticeContent
    """The whole notice: subject, title, known, advice, language, countries."""

    def run(self, desk: Desk) -> SafetyNotice:
        """Publish it, unless one about the same is in force."""
        notice_id = _free_id(desk, self.content.subject)
        approvals = self.approvals(desk)
        publishing = desk.public_act(SafetyNotice.SafetyNoticePublished)
        return SafetyNotice.publish(publishing, notice_id, self.content, approvals)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSafetyNotice(NoticeCommand):
    """Replace what a safety notice says, whole."""

    AGGREGATE: ClassVar[str] = "safety-notice"
    VERB: ClassVar[str] = "update"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY

    notice_id: UUID
    """The notice."""
    content: NoticeContent
    """The whole notice as it will be: subject, title, known, advice, language, countries."""
    changed: str
    """What is new, and why, as told to the public."""

    def run(self, desk: Desk) -> SafetyNotice:
        """Update it."""
        notice = desk.load(SafetyNotice, self.notice_id)
        approvals = self.approvals(desk)
        notice.update(desk.public_act(SafetyNotice.SafetyNoticeUpdated), self.content, self.changed, approvals)
        return notice


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSafetyNotice(NoticeCommand):
    """Withdraw a safety notice; it stays to be read with the reason."""

    AGGREGATE: ClassVar[str] = "safety-notice"
    VERB: ClassVar[str] = "withdraw"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY

    notice_id: UUID
    """The notice."""
    explanation: str
    """Why, as told to the public."""
    replaced_by: UUID | None = None
    """The notice that takes its place."""

    def run(self, desk: Desk) -> SafetyNotice:
        """Withdraw it."""
        notice = desk.load(SafetyNotice, self.notice_id)
        if self.replaced_by is not None:
            desk.load(SafetyNotice, self.replaced_by)
        approvals = self.approvals(desk)
        withdrawing = desk.public_act(SafetyNotice.SafetyNoticeWithdrawn)
        notice.withdraw(withdrawing, self.explanation, approvals, self.replaced_by)
        return notice


def _free_id(desk: Desk, subject: NoticeSubject) -> UUID:
    """Return the id of the next notice about this; it follows from the subject, so that two never stand beside."""
    for number in itertools.count(1):
        notice_id = public_id("safety-notice", f"{subject.key}/{number}")
        earlier = desk.find(SafetyNotice, notice_id)
        if earlier is None:
            break
        if not earlier.withdrawn:
            raise NoticeInForce(notice=notice_id)
    return notice_id
