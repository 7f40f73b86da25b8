"""A panel of at least three without an interest in the clinic judges a case; each member has one vote.

It may grow, never lose a member, and after the first vote it grows only where too few are left without an interest:
nobody chooses the judges by how they vote.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from domain import safety_case_errors as refused
from domain.aggregate import Act
from domain.dates import PartialDate, day, last_day
from domain.errors import InvalidInput
from domain.policy import PolicyVersion
from domain.safety_case_codes import VoteChoice
from domain.safety_case_held import HeldVote
from domain.safety_case_state import CaseState, SafetyCaseEvent, SafetyCaseState
from domain.signature import Signature, SignatureMeaning, require_signed

SMALLEST_PANEL = 3
FEWEST_VOTES = 2
"""One person alone never decides, however many of a panel have an interest."""


class PanelConvened(SafetyCaseEvent):
    """A panel was convened, or got further members; CA-180 runs from its first convening."""

    TOPIC = "PanelConvened.v1"

    members: tuple[UUID, ...]
    """Person ids of all members."""
    policy_version: int
    """Version of the policy, in force on the day the panel was first convened."""
    decide_by: PartialDate
    """Day by which the society decides (CA-180)."""

    def _remember(self, case: SafetyCaseState) -> None:
        panel = case.panel
        panel.members = self.members
        case.judges |= set(self.members)
        if panel.on is None:
            panel.on, panel.convened, panel.convened_by = (
                self.context.occurred_on,
                self.evidence,
                self.context.actor_person,
            )
        if case.stage is CaseState.raised:
            case.stage = CaseState.under_review


class PanelInterestDeclared(SafetyCaseEvent):
    """A member of the panel declared an interest, and counts no longer."""

    TOPIC = "PanelInterestDeclared.v1"

    member: UUID
    """Person id of the member."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.panel.interested |= {self.member}


class VoteCast(SafetyCaseEvent):
    """A member of the panel voted; the reasoning is sealed under the key of the case, the name is sealed."""

    TOPIC = "VoteCast.v1"

    choice: VoteChoice
    """How the member votes."""
    replies_shown: tuple[str, ...]
    """Ids of the clinic's replies that the member was shown, late ones too: `<case id>/<version>`."""
    signature: Signature
    """The signature, with the hash of what the member was shown."""

    def _remember(self, case: SafetyCaseState) -> None:
        assert self.context.actor_person is not None
        case.panel.votes[self.context.actor_person] = HeldVote(self.choice, self.evidence)


class Panel(SafetyCaseState):
    """Decisions about who judges, and how each of them votes."""

    def convene(self, act: Act, members: tuple[UUID, ...], interested: Collection[UUID], policy: PolicyVersion) -> None:
        """Convene the panel, or let it grow; `interested` are those with an interest or who act for the clinic."""
        self.require_possible("PanelConvened")
        panel = self.panel
        if len(set(members)) != len(members):
            raise InvalidInput(field="members", problem="names somebody twice")
        for person in panel.members:
            if person not in members:
                raise refused.PanelMemberDropped(person=person, case=self.id)
        added = [each for each in members if each not in panel.members]
        self.require_impartial([act.context.actor_person, *added])
        for person in added:
            self._require_fresh(person, interested)
        apart = panel.interested | self.clinic_people | set(interested)
        free = [each for each in members if each not in apart]
        if len(free) < SMALLEST_PANEL:
            raise refused.PanelTooSmall(members=len(free))
        if panel.votes and len(self.free(interested)) >= SMALLEST_PANEL:
            raise refused.PanelComplete(case=self.id)
        began = last_day(panel.on or act.context.occurred_on)
        decide_by = day(began + timedelta(policy.rule("CA-180").limit))
        self.record(PanelConvened, act, members=members, policy_version=policy.number, decide_by=decide_by)

    def _require_fresh(self, person: UUID, interested: Collection[UUID]) -> None:
        """Refuse who has an interest, and who judged the case before it was reopened."""
        if person in interested:
            raise refused.PanelMemberHasInterest(person=person)
        if person in self.judges:
            raise refused.AppealHeardByFirstPanel(person=person, case=self.id)

    def declare_panel_interest(self, act: Act) -> None:
        """Let a member say that they have an interest."""
        self.require_possible("PanelInterestDeclared")
        member = self._member(act)
        if member in self.panel.interested:
            raise refused.InterestAlreadyTold(person=member, case=self.id)
        self.record(PanelInterestDeclared, act, member=member)

    def vote(self, act: Act, choice: VoteChoice, replies_shown: tuple[str, ...], signature: Signature) -> None:
        """Cast the vote of who acts."""
        self.require_possible("VoteCast")
        member = self._member(act)
        if member not in self.free():
            raise refused.PanelMemberHasInterest(person=member)
        if member in self.panel.votes:
            raise refused.VoteAlreadyCast(person=member, case=self.id)
        if choice is VoteChoice.unrecognised:
            raise InvalidInput(field="choice", problem="is not in the code list")
        self.require_shown(replies_shown)
        require_signed(signature, SignatureMeaning.approved, act)
        self.record(VoteCast, act, choice=choice, replies_shown=replies_shown, signature=signature)

    def require_shown(self, replies_shown: Collection[str]) -> None:
        """Refuse who was not shown every reply, or names one that there is not."""
        if unseen := [each for each in self.replies if each not in replies_shown]:
            raise refused.RepliesNotShown(replies=", ".join(unseen))
        if set(replies_shown) - set(self.replies):
            raise InvalidInput(field="replies_shown", problem="names what is no reply in this case")

    def free(self, interested: Collection[UUID] = ()) -> tuple[UUID, ...]:
        """Return the members who have no interest, and never spoke for the clinic in this case."""
        return self.panel.independent(self.clinic_people | set(interested))

    def _member(self, act: Act) -> UUID:
        """Return who acts, a member of the panel."""
        person = act.context.actor_person
        if person is None or person not in self.panel.members:
            raise refused.NotOnThePanel(person=person, case=self.id)
        return person
