"""The panel's votes make the outcome; whoever signs the finding only says on what it rests.

A finding rests on what the clinic could reply to: grounds and evidence of its notice, and its own replies. Its
proved delivery starts the right to appeal (AP-30) and the preview (LI-30), both on that day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from domain import safety_case_errors as refused
from domain.aggregate import Act
from domain.chronology import require_not_before
from domain.dates import PartialDate, day, last_day
from domain.letters import Letter, Proof, Sending
from domain.policy import PolicyVersion
from domain.safety_case_codes import CaseOutcome, CountedVote, Finding, Remedy, VoteChoice
from domain.safety_case_concern import require_grounds
from domain.safety_case_held import HeldFinding
from domain.safety_case_notice import Notice, require_scopes
from domain.safety_case_panel import FEWEST_VOTES, Panel
from domain.safety_case_state import CaseState, SafetyCaseEvent, SafetyCaseState, require_reasons
from domain.signature import Signature, SignatureMeaning, require_signed


class FindingDecided(SafetyCaseEvent):
    """The panel decided by vote; the name of the member who signed is sealed. `ClinicExpelled` cites this event."""

    TOPIC = "FindingDecided.v1"

    outcome: CaseOutcome
    """What more than half of the counted votes say; substantiated by no tie."""
    votes: tuple[CountedVote, ...]
    """The votes counted: those of members without an interest."""
    quorum: int
    """How many of them were needed."""
    finding: Finding
    """What was found, as told to the clinic."""
    replies: tuple[str, ...]
    """Ids of the clinic's replies, all of them shown to who decided: `<case id>/<version>`."""
    late_replies: tuple[str, ...]
    """Those of them that came late."""
    signature: Signature
    """The signature of a member of the panel, with the hash of what the member was shown; the first approval."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.finding = HeldFinding(
            self.finding,
            self.evidence,
            self.context.occurred_on,
            self.outcome,
            self.context.actor_person,
            self.signature,
        )
        substantiated = self.outcome is CaseOutcome.substantiated
        case.stage = CaseState.decided if substantiated else CaseState.closed
        case.interim = case.interim if substantiated else None


class FindingDelivered(SafetyCaseEvent):
    """It was proved that the finding reached the clinic; AP-30 and LI-30 run from that day."""

    TOPIC = "FindingDelivered.v1"

    finding: str
    """Id of the event of the finding: `<case id>/<version>`."""
    letter: Letter
    """What was sent."""
    sending: Sending
    """By which way."""
    proof: Proof
    """What proves it."""
    policy_version: int
    """Version of the policy, in force on the day of delivery."""
    appeal_until: PartialDate
    """Last day for an appeal before publication (AP-30)."""
    preview_until: PartialDate
    """Last day of the preview (LI-30)."""

    def _remember(self, case: SafetyCaseState) -> None:
        held = case.finding
        assert held is not None
        held.delivered_on, held.delivery = self.context.occurred_on, self.evidence
        held.appeal_until, held.preview_until = self.appeal_until, self.preview_until


class Decision(Panel, Notice):
    """Decisions about the finding and its delivery."""

    def decide(
        self,
        act: Act,
        finding: Finding,
        replies_shown: tuple[str, ...],
        interested: Collection[UUID],
        signature: Signature,
    ) -> None:
        """Count the votes and record the finding; `interested` are members found to have an interest by now."""
        self.require_possible("FindingDecided")
        member = self._member(act)
        if member not in self.free(interested):
            raise refused.PanelMemberHasInterest(person=member)
        votes, quorum = self._counted(interested)
        yes = sum(each.choice is VoteChoice.substantiated for each in votes)
        outcome = CaseOutcome.substantiated if 2 * yes > len(votes) else CaseOutcome.not_substantiated
        self._require_founded(finding, outcome)
        self.require_shown(replies_shown)
        require_signed(signature, SignatureMeaning.approved, act)
        self.record(
            FindingDecided,
            act,
            outcome=outcome,
            votes=votes,
            quorum=quorum,
            finding=finding,
            replies=self.replies,
            late_replies=self.late_replies,
            signature=signature,
        )

    def _counted(self, interested: Collection[UUID]) -> tuple[tuple[CountedVote, ...], int]:
        """Return the votes of members without an interest, and how many are needed: the majority of these members."""
        free = self.free(interested)
        quorum = max(len(free) // 2 + 1, FEWEST_VOTES)
        cast = [(each, self.panel.votes[each]) for each in free if each in self.panel.votes]
        if len(cast) < quorum:
            raise refused.QuorumNotReached(case=self.id, votes=len(cast), quorum=quorum)
        return tuple(CountedVote(member=each, choice=held.choice, vote=held.evidence) for each, held in cast), quorum

    def _require_founded(self, finding: Finding, outcome: CaseOutcome) -> None:
        """Refuse what the clinic could not reply to, and a remedy without a finding."""
        assert self.notice is not None
        allegation = self.notice.allegation
        require_grounds(finding.grounds)
        require_scopes(finding.scopes)
        require_reasons(finding.reasons)
        if beyond := [each.value for each in finding.grounds if each not in allegation.grounds]:
            raise refused.GroundNotInNotice(grounds=", ".join(beyond))
        self.require_known(finding.evidence_ids)
        told = allegation.evidence_ids + self.replies
        if untold := [each for each in finding.evidence_ids if each not in told]:
            raise refused.EvidenceNotInNotice(evidence=", ".join(untold))
        if outcome is not CaseOutcome.substantiated and finding.remedy is not Remedy.none:
            raise refused.RemedyWithoutFinding

    def prove_finding_delivery(
        self, act: Act, letter: Letter, sending: Sending, proof: Proof, policy: PolicyVersion
    ) -> None:
        """Record what proves that the finding arrived; appeal and preview run from that day."""
        self.require_possible("FindingDelivered")
        held = self.finding
        assert held is not None
        if held.delivered_on is not None:
            raise refused.FindingAlreadyDelivered(case=self.id)
        require_not_before("occurred_on", act.context.occurred_on, held.on, "the finding")
        delivered = last_day(act.context.occurred_on)
        self.record(
            FindingDelivered,
            act,
            finding=held.evidence,
            letter=letter,
            sending=sending,
            proof=proof,
            policy_version=policy.number,
            appeal_until=day(delivered + timedelta(policy.rule("AP-30").limit)),
            preview_until=day(delivered + timedelta(policy.rule("LI-30").limit)),
        )

    def require_appeal_over(self, today: date) -> None:
        """Refuse what has to wait until the finding can no longer be appealed, or its appeal was decided."""
        held = self.finding
        assert held is not None
        if held.delivered_on is None or held.appeal_until is None:
            raise refused.FindingNotDelivered(case=self.id)
        if not held.appeal_decided and today <= last_day(held.appeal_until):
            raise refused.AppealPeriodRuns(case=self.id, until=held.appeal_until)
