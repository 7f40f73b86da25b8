"""A finding becomes public by two signed acts of two persons, after preview and appeal; an interim measure before it.

The first approval is the signature under the finding, the second the signature of who publishes. An interim measure
is in force up to the end of its last day (IT-30), and then no longer, without anybody's doing.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain import safety_case_errors as refused
from domain.aggregate import Act
from domain.dates import PartialDate, day, last_day
from domain.policy import PolicyVersion
from domain.safety_case_codes import FindingApproval, Ground
from domain.safety_case_concern import require_grounds
from domain.safety_case_decision import Decision
from domain.safety_case_held import HeldInterim
from domain.safety_case_state import CaseState, SafetyCaseEvent, SafetyCaseState, require_reasons
from domain.signature import Signature, SignatureMeaning, require_signed


class FindingPublished(SafetyCaseEvent):
    """A second person approved the finding's publication, after preview and appeal; the signer's name is sealed."""

    TOPIC = "FindingPublished.v1"

    finding: str
    """Id of the event of the finding: `<case id>/<version>`."""
    delivery: str
    """Id of the event that proved its delivery: `<case id>/<version>`."""
    appeal_until: PartialDate
    """Last day on which it could be appealed before publication."""
    preview_until: PartialDate
    """Last day of the preview."""
    approvals: tuple[FindingApproval, ...]
    """The two approvals: the signature under the finding, and this one."""
    signature: Signature
    """The second approver's signature, with the hash of what they were shown."""

    def _remember(self, case: SafetyCaseState) -> None:
        held = case.finding
        assert held is not None
        held.published = self.evidence
        held.approvers = frozenset(each.approver for each in self.approvals)
        case.stage, case.interim = CaseState.finding_published, None


class InterimPublished(SafetyCaseEvent):
    """A second officer made an interim measure public until a day, renewed it, or set it an earlier last day."""

    TOPIC = "InterimPublished.v1"

    grounds: tuple[Ground, ...]
    """Grounds of the urgency."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic and the public, without names of persons."""
    policy_version: int
    """Version of the policy, in force on the day of publication."""
    ends_on: PartialDate
    """Last day on which it is in force (IT-30)."""
    time_zone: str
    """IANA time zone in which that day ends."""
    first_step: str
    """Id of the event of the first officer: the panel convened, or the measure before: `<case id>/<version>`."""
    signature: Signature
    """The second officer's signature, with the hash of what they were shown; the name is sealed."""
    replaces: str | None = None
    """Id of the event of the measure that this one renews or ends: `<case id>/<version>`."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.interim = HeldInterim(self.evidence, self.context.actor_person, self.ends_on)


class FindingLifted(SafetyCaseEvent):
    """A published finding was lifted; the signer's name is sealed."""

    TOPIC = "FindingLifted.v1"

    finding: str
    """Id of the event of the finding: `<case id>/<version>`."""
    reasons: tuple[str, ...]
    """Why, as told to the clinic and the public, without names of persons."""
    signature: Signature
    """The signature, with the hash of what the signer was shown."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.stage, case.interim = CaseState.lifted, None


class Publication(Decision):
    """Decisions about what of a case is public."""

    def publish(self, act: Act, today: date, signature: Signature) -> None:
        """Publish the finding, by somebody else than who signed it, when preview and appeal are over."""
        self.require_possible("FindingPublished")
        held = self.finding
        assert held is not None
        if held.delivered_on is None or held.preview_until is None:
            raise refused.FindingNotDelivered(case=self.id)
        if today <= last_day(held.preview_until):
            raise refused.PreviewPeriodRuns(case=self.id, until=held.preview_until)
        self.require_appeal_over(today)
        second = act.context.actor_person
        self.require_impartial([second])
        if second == held.signed_by:
            raise refused.PublisherIsNotSecondApprover(person=second, case=self.id)
        require_signed(signature, SignatureMeaning.approved, act)
        signed = (
            (held.signed_by, held.evidence, held.signed),
            (second, f"{self.id}/{self.version + 1}", signature),
        )
        approvals = tuple(
            FindingApproval(approver=who, act=event, approved_at=each.signed_at, shown_hash=each.shown_hash)
            for who, event, each in signed
            if who is not None
        )
        self.record(
            FindingPublished,
            act,
            finding=held.evidence,
            delivery=held.delivery,
            appeal_until=held.appeal_until,
            preview_until=held.preview_until,
            approvals=approvals,
            signature=signature,
        )

    def publish_interim(
        self,
        act: Act,
        content: tuple[tuple[Ground, ...], tuple[str, ...]],
        when: tuple[date, str],
        policy: PolicyVersion,
        signature: Signature,
    ) -> None:
        """Make an interim measure public: its grounds and reasons, today at the clinic and its time zone."""
        self.require_possible("InterimPublished")
        if self.interim_in_force(when[0]):
            raise refused.InterimInForce(case=self.id, until=self.interim.ends_on if self.interim else "")
        if not self.panel.members:
            raise refused.PanelNotConvened(case=self.id)
        self._set_interim(act, content, when, policy, signature)

    def renew_interim(
        self,
        act: Act,
        content: tuple[tuple[Ground, ...], tuple[str, ...]],
        when: tuple[date, str],
        policy: PolicyVersion,
        signature: Signature,
    ) -> None:
        """Renew the interim measure in force, by another officer than who published it last."""
        self._require_interim(when[0])
        self._set_interim(act, content, when, policy, signature)

    def end_interim(
        self,
        act: Act,
        content: tuple[tuple[Ground, ...], tuple[str, ...]],
        when: tuple[date, str],
        policy: PolicyVersion,
        signature: Signature,
    ) -> None:
        """Let the interim measure in force end with this day; one officer suffices for what favours the clinic."""
        self._require_interim(when[0])
        self._set_interim(act, content, when, policy, signature, ending=True)

    def _require_interim(self, today: date) -> None:
        self.require_possible("InterimPublished")
        if not self.interim_in_force(today):
            raise refused.NoInterimInForce(case=self.id)

    def _set_interim(
        self,
        act: Act,
        content: tuple[tuple[Ground, ...], tuple[str, ...]],
        when: tuple[date, str],
        policy: PolicyVersion,
        signature: Signature,
        *,
        ending: bool = False,
    ) -> None:
        (grounds, reasons), (today, time_zone) = content, when
        in_force = self.interim if self.interim_in_force(today) else None
        first = in_force.published_by if in_force else self.panel.convened_by
        second = act.context.actor_person
        self.require_impartial([second])
        if second == first and not ending:
            raise refused.InterimNeedsSecondOfficer(person=second)
        require_grounds(grounds)
        require_reasons(reasons)
        require_signed(signature, SignatureMeaning.approved, act)
        days = 0 if ending else policy.rule("IT-30").limit
        self.record(
            InterimPublished,
            act.replace(occurred_on=day(today)),
            grounds=grounds,
            reasons=reasons,
            policy_version=policy.number,
            ends_on=day(today + timedelta(days)),
            time_zone=time_zone,
            replaces=in_force.evidence if in_force else None,
            first_step=in_force.evidence if in_force else self.panel.convened,
            signature=signature,
        )

    def lift(self, act: Act, reasons: tuple[str, ...], signature: Signature) -> None:
        """Lift the published finding."""
        self.require_possible("FindingLifted")
        held = self.finding
        assert held is not None
        self.require_impartial([act.context.actor_person])
        require_reasons(reasons)
        require_signed(signature, SignatureMeaning.approved, act)
        self.record(FindingLifted, act, finding=held.evidence, reasons=reasons, signature=signature)
