"""The command that adopts a policy version: approved by two officers, in force from a day to come, all in public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from application.command import Command, Desk
from application.permission import NotAnOfficer
from domain.codes import Role, Sha256
from domain.dates import PartialDate
from domain.officer import Officer
from domain.policy import POLICY_ID, Approval, Policy, PolicyNotApprovedByTwo, PolicyTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptPolicy(Command):
    """Adopt the next version of the policy; who gives the command is the first approver.

    The event is public and shows the approvers' role alone; that the second is another officer is checked here.
    """

    AGGREGATE: ClassVar[str] = "policy"
    VERB: ClassVar[str] = "adopt"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.policy_officer})

    effective_on: PartialDate
    """First day on which it is in force; after today."""
    terms: PolicyTerms
    """The whole version: rules, completeness_threshold_percent, small_cells_below."""
    shown_hash: Sha256
    """SHA-256 of what both approvers were shown."""
    second_approver: UUID
    """Person id of the second policy officer."""
    second_approved_at: datetime | None = None
    """When the second one approved, with its time zone; now if left out."""

    def run(self, desk: Desk) -> Policy:
        """Adopt it."""
        policy = desk.load(Policy, POLICY_ID)
        if self.second_approver == desk.request.actor.person:
            raise PolicyNotApprovedByTwo
        officer = desk.find(Officer, self.second_approver)
        if officer is None or Role.policy_officer not in officer.roles:
            raise NotAnOfficer(person=self.second_approver, role=Role.policy_officer)
        approvals = approved_by_two(desk.now, self.second_approved_at or desk.now, self.shown_hash)
        policy.adopt(desk.public_act(Policy.PolicyAdopted), self.effective_on, self.terms, approvals)
        return policy


def approved_by_two(
    first_at: datetime,
    second_at: datetime,
    shown_hash: Sha256,
    role: Role = Role.policy_officer,
    meaning: str = "approved",
) -> tuple[Approval, ...]:
    """Return the two approvals of what both were shown."""
    return tuple(
        Approval(role=role, approved_at=at, meaning=meaning, shown_hash=shown_hash) for at in (first_at, second_at)
    )
