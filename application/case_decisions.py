"""Commands by which a safety case is decided and made public: votes, finding, delivery, publication, interim, end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from application.case_acts import (
    BY_MEMBER,
    BY_SAFETY,
    CaseCommand,
    SignedCaseCommand,
    clinic_of,
    interested,
    judging,
    today,
    version_on,
    words,
)
from application.command import Desk
from application.permission import ConflictOfInterest
from domain.codes import Role
from domain.letters import Letter, Proof, Sending
from domain.policy import PolicyVersion
from domain.safety_case import SafetyCase
from domain.safety_case_codes import Finding, Ground, VoteChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote(SignedCaseCommand):
    """Vote as a member of a safety case's panel."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "vote"
    ROLES: ClassVar[frozenset[Role]] = BY_MEMBER
    DECIDES: ClassVar[bool] = True

    choice: VoteChoice
    """How one votes."""
    reasoning: str
    """Why, in words; sealed under the key of the case."""
    replies_shown: tuple[str, ...] = ()
    """Ids of the clinic's replies that one was shown, late ones too: `<case id>/<version>`."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the vote."""
        case = desk.load(SafetyCase, self.case_id)
        parts = [*words(desk, case.id, self.reasoning), self.signer_part(desk)]
        voting = judging(desk, case, SafetyCase.VoteCast, self, parts=parts)
        case.vote(voting, self.choice, self.replies_shown, self.signature(desk))
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideFinding(SignedCaseCommand):
    """Record what the panel decided by its votes, as a member of it; this signature is the first approval."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "decide-finding"
    ROLES: ClassVar[frozenset[Role]] = BY_MEMBER
    DECIDES: ClassVar[bool] = True

    finding: Finding
    """What was found: grounds, guideline_items, evidence_ids, scopes, remedy, reasons."""
    replies_shown: tuple[str, ...] = ()
    """Ids of the clinic's replies that one was shown, late ones too: `<case id>/<version>`."""

    def run(self, desk: Desk) -> SafetyCase:
        """Count the votes of members who have no interest by now, and record the finding."""
        case = desk.load(SafetyCase, self.case_id)
        deciding = judging(desk, case, SafetyCase.FindingDecided, self, parts=[self.signer_part(desk)])
        bound = interested(desk, case, case.panel.members)
        case.decide(deciding, self.finding, self.replies_shown, bound, self.signature(desk))
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveFindingDelivery(CaseCommand):
    """Record what proves that a finding arrived."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "prove-finding-delivery"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    letter: Letter
    """What was sent: version, text_hash, language, sender."""
    sending: Sending
    """By which way: channel, address, address_source."""
    proof: Proof
    """What proves that it arrived: kind, document_hash."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the proof; AP-30 and LI-30 run from that day, under the policy in force on it."""
        case = desk.load(SafetyCase, self.case_id)
        proving = judging(desk, case, SafetyCase.FindingDelivered, self)
        version = version_on(desk, proving.context.occurred_on)
        case.prove_finding_delivery(proving, self.letter, self.sending, self.proof, version)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishFinding(SignedCaseCommand):
    """Publish a finding as its second approver, when preview and appeal are over."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "publish-finding"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    def run(self, desk: Desk) -> SafetyCase:
        """Publish it, if the first approver has no interest by now either."""
        case = desk.load(SafetyCase, self.case_id)
        publishing = judging(desk, case, SafetyCase.FindingPublished, self, parts=[self.signer_part(desk)])
        case.publish(publishing, today(desk, case), self.signature(desk))
        first = case.finding.signed_by if case.finding else None
        if first is not None and interested(desk, case, [first]):
            raise ConflictOfInterest(person=first, clinic=case.clinic_id)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class _InterimCommand(SignedCaseCommand):
    """A command about an interim measure; it takes effect today."""

    grounds: tuple[Ground, ...]
    """Grounds of the urgency."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic and the public, without names of persons."""

    def _publish(self, desk: Desk, change: Callable[..., None]) -> SafetyCase:
        """Change the interim measure of the case, signed, from today on."""
        case = desk.load(SafetyCase, self.case_id)
        acting = judging(desk, case, SafetyCase.InterimPublished, self, parts=[self.signer_part(desk)])
        when = today(desk, case), clinic_of(desk, case).time_zone
        change(case, acting, self.content, when, self.policy(desk, case), self.signature(desk))
        return case

    @property
    def content(self) -> tuple[tuple[Ground, ...], tuple[str, ...]]:
        """Return what is published."""
        return self.grounds, self.reasons

    def policy(self, desk: Desk, case: SafetyCase) -> PolicyVersion:
        """Return the policy version in force today."""
        return version_on(desk, judging(desk, case, SafetyCase.InterimPublished, self).context.occurred_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishInterim(_InterimCommand):
    """Make an interim measure public as its second officer; it ends by itself."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "publish-interim"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    def run(self, desk: Desk) -> SafetyCase:
        """Publish it up to its last day (IT-30)."""
        return self._publish(desk, SafetyCase.publish_interim)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewInterim(_InterimCommand):
    """Renew the interim measure in force, by another officer than who published it last."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "renew-interim"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    def run(self, desk: Desk) -> SafetyCase:
        """Publish it again up to a new last day."""
        return self._publish(desk, SafetyCase.renew_interim)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndInterim(_InterimCommand):
    """Let the interim measure in force end with this day."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "end-interim"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    def run(self, desk: Desk) -> SafetyCase:
        """Publish it again with today as its last day."""
        return self._publish(desk, SafetyCase.end_interim)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftFinding(SignedCaseCommand):
    """Lift a published finding."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "lift"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    reasons: tuple[str, ...]
    """Why, as told to the clinic and the public, without names of persons."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record it."""
        case = desk.load(SafetyCase, self.case_id)
        lifting = judging(desk, case, SafetyCase.FindingLifted, self, parts=[self.signer_part(desk)])
        case.lift(lifting, self.reasons, self.signature(desk))
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCase(CaseCommand):
    """Review a safety case again that was over, or decided and not yet published."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "reopen"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    reasons: tuple[str, ...]
    """Why, without names of persons."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record it; a new panel is convened and a new notice served."""
        case = desk.load(SafetyCase, self.case_id)
        case.reopen(judging(desk, case, SafetyCase.CaseReopened, self), self.reasons)
        return case
