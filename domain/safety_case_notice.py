"""The clinic is told what is alleged and on which evidence, and has RE-30 days from proved delivery to reply.

A reply, however late, is recorded: a late one is marked, and shown to everybody who decides.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain import safety_case_errors as refused
from domain.aggregate import Act
from domain.chronology import require_not_before
from domain.dates import PartialDate, day, last_day
from domain.errors import InvalidInput
from domain.letters import InvitationChannel, Letter, Proof, Sending
from domain.policy import PolicyVersion
from domain.safety_case_codes import Allegation, CaseScope
from domain.safety_case_concern import require_grounds
from domain.safety_case_held import HeldNotice
from domain.safety_case_state import CaseState, SafetyCaseEvent, SafetyCaseState


class NoticeServed(SafetyCaseEvent):
    """The clinic was told what is alleged and on which evidence."""

    TOPIC = "NoticeServed.v1"

    allegation: Allegation
    """What is alleged."""
    letter: Letter
    """What was sent."""
    sendings: tuple[Sending, ...]
    """By which ways, at least one."""

    def _remember(self, case: SafetyCaseState) -> None:
        channels = frozenset(sending.channel.value for sending in self.sendings)
        case.notice = HeldNotice(self.allegation, self.evidence, self.context.occurred_on, channels)
        case.stage = CaseState.notice_served


class NoticeDelivered(SafetyCaseEvent):
    """It was proved that the notice reached the clinic; RE-30 runs from that day."""

    TOPIC = "NoticeDelivered.v1"

    notice: str
    """Id of the event of the notice: `<case id>/<version>`."""
    channel: InvitationChannel
    """By which of its ways."""
    proof: Proof
    """What proves it."""
    policy_version: int
    """Version of the policy, in force on the day of delivery."""
    reply_until: PartialDate
    """Last day for a reply (RE-30)."""

    def _remember(self, case: SafetyCaseState) -> None:
        notice = case.notice
        assert notice is not None
        notice.delivered_on, notice.delivery = self.context.occurred_on, self.evidence
        notice.policy_version, notice.reply_until = self.policy_version, self.reply_until


class ClinicReplied(SafetyCaseEvent):
    """The clinic replied; its words are sealed under the key of the case, the name of who replied is sealed."""

    TOPIC = "ClinicReplied.v1"

    notice: str
    """Id of the event of the notice: `<case id>/<version>`."""
    late: bool
    """Whether it came after the last day for it, or after the period had lapsed."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.replies = (*case.replies, self.evidence)
        if self.late:
            case.late_replies = (*case.late_replies, self.evidence)
        if case.stage is CaseState.notice_served:
            case.stage = CaseState.deciding


class ReplyPeriodLapsed(SafetyCaseEvent):
    """No reply came in the time there was for it; happened at the end of its last day."""

    TOPIC = "ReplyPeriodLapsed.v1"

    rule: str
    """Rule id: `RE-30`."""
    policy_version: int
    """Version of the policy, in force on the day of delivery."""
    delivered_on: PartialDate
    """Date of the proved delivery, from which the time ran."""
    due_on: PartialDate
    """Last day for a reply."""
    evidence_ids: tuple[str, ...]
    """Events of the notice and of its delivery: `<case id>/<version>`."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.stage = CaseState.deciding


class Notice(SafetyCaseState):
    """Decisions about the notice and the reply to it."""

    def serve_notice(self, act: Act, allegation: Allegation, letter: Letter, sendings: tuple[Sending, ...]) -> None:
        """Serve the notice; a further one, before anybody votes, tells of new evidence and starts the clock anew."""
        self.require_possible("NoticeServed")
        if not self.panel.members:
            raise refused.PanelNotConvened(case=self.id)
        if self.panel.votes:
            raise refused.VotesAlreadyCast(case=self.id)
        self.require_impartial([act.context.actor_person])
        require_grounds(allegation.grounds)
        require_scopes(allegation.scopes)
        self.require_known(allegation.evidence_ids)
        channels = [sending.channel for sending in sendings]
        if not channels or len(set(channels)) != len(channels):
            raise InvalidInput(field="sendings", problem="needs at least one way, each once")
        self.record(NoticeServed, act, allegation=allegation, letter=letter, sendings=sendings)

    def require_known(self, evidence_ids: tuple[str, ...]) -> None:
        """Refuse evidence that is none, doubled, or not of this case."""
        if not evidence_ids or len(set(evidence_ids)) != len(evidence_ids):
            raise InvalidInput(field="evidence_ids", problem="needs at least one, each once")
        if unknown := [each for each in evidence_ids if each not in self.evidence + self.replies]:
            raise refused.EvidenceUnknown(case=self.id, evidence=", ".join(unknown))

    def prove_notice_delivery(self, act: Act, channel: InvitationChannel, proof: Proof, policy: PolicyVersion) -> None:
        """Record what proves that the notice arrived; the time for a reply runs from that day."""
        self.require_possible("NoticeDelivered")
        notice = self.notice
        assert notice is not None
        if notice.delivered_on is not None:
            raise refused.NoticeAlreadyDelivered(case=self.id)
        if channel.value not in notice.channels:
            sent = ", ".join(sorted(notice.channels))
            raise InvalidInput(field="channel", problem=f"the notice was not sent by {channel}, but by {sent}")
        require_not_before("occurred_on", act.context.occurred_on, notice.on, "the notice")
        self.record(
            NoticeDelivered,
            act,
            notice=notice.evidence,
            channel=channel,
            proof=proof,
            policy_version=policy.number,
            reply_until=day(last_day(act.context.occurred_on) + timedelta(policy.rule("RE-30").limit)),
        )

    def reply(self, act: Act, today: date) -> None:
        """Record the clinic's reply, however late; a reply to a notice proves that the notice arrived."""
        self.require_possible("ClinicReplied")
        notice = self.notice
        assert notice is not None
        require_not_before("occurred_on", act.context.occurred_on, notice.on, "the notice")
        until = notice.reply_until
        late = until is not None and min(last_day(act.context.occurred_on), today) > last_day(until)
        self.record(ClinicReplied, act, notice=notice.evidence, late=late or self.finding is not None)

    def lapse_reply_period(self, act: Act, today: date) -> None:
        """Record that no reply came, on a day after the last one for it."""
        self.require_possible("ReplyPeriodLapsed")
        notice = self.notice
        if notice is None or notice.delivered_on is None or notice.reply_until is None:
            raise refused.NoticeNotDelivered(case=self.id)
        due_on = last_day(notice.reply_until)
        if today <= due_on:
            raise refused.ReplyPeriodRuns(case=self.id, until=notice.reply_until)
        self.record(
            ReplyPeriodLapsed,
            act.replace(occurred_on=day(due_on)),
            rule="RE-30",
            policy_version=notice.policy_version,
            delivered_on=notice.delivered_on,
            due_on=day(due_on),
            evidence_ids=(notice.evidence, notice.delivery),
        )


def require_scopes(scopes: tuple[CaseScope, ...]) -> None:
    """Refuse a scope that names nothing, or the same twice."""
    if not scopes or len(set(scopes)) != len(scopes):
        raise InvalidInput(field="scopes", problem="needs at least one, each once")
