"""Commands about obligations: the clock opens, meets and misses them; only persons give more time or let off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.acting import person_subject, reason_parts
from application.command import Command, Desk
from application.obligation_keeping import miss
from domain.aggregate import Act, Aggregate
from domain.codes import Reason, Role
from domain.dates import PartialDate, last_day
from domain.errors import Refused
from domain.obligation import Obligation
from domain.obligation_terms import ObligationTerms
from domain.treatment import Treatment

BY_CLOCK = frozenset({Role.system})
BY_POLICY_OFFICER = frozenset({Role.policy_officer})


class ObligationExists(Refused):
    """The obligation {obligation} was opened before."""

    remedy = "Go on with it; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenObligation(Command):
    """Open an obligation when its clock starts; its id follows from its terms."""

    AGGREGATE: ClassVar[str] = "obligation"
    VERB: ClassVar[str] = "open"
    ROLES: ClassVar[frozenset[Role]] = BY_CLOCK
    CLI: ClassVar[bool] = False

    terms: ObligationTerms
    """What is owed: rule_id, policy_version, about, item, clock_start, due_on, time_zone, opened_by."""
    clinic_id: UUID | None = None
    """The clinic that it is of, or about."""

    def run(self, desk: Desk) -> Obligation:
        """Open it, once."""
        obligation_id = self.terms.id_for(self.clinic_id)
        if desk.find(Obligation, obligation_id) is not None:
            raise ObligationExists(obligation=obligation_id)
        opening = desk.act(
            Obligation.ObligationOpened, obligation_id, occurred_on=self.terms.clock_start, clinic_id=self.clinic_id
        )
        return Obligation.open(opening, self.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilObligation(Command):
    """Record that an obligation was met, in time or late."""

    AGGREGATE: ClassVar[str] = "obligation"
    VERB: ClassVar[str] = "fulfil"
    ROLES: ClassVar[frozenset[Role]] = BY_CLOCK
    CLI: ClassVar[bool] = False

    obligation_id: UUID
    """The obligation."""
    fulfilled_on: PartialDate
    """Day on which it was met."""
    fulfilled_by: str
    """Event that met it, `<aggregate id>/<version>`."""

    def run(self, desk: Desk) -> Obligation:
        """Record it."""
        obligation = desk.load(Obligation, self.obligation_id)
        meeting = desk.act(Obligation.ObligationFulfilled, obligation.id, occurred_on=self.fulfilled_on)
        obligation.fulfil(meeting, last_day(self.fulfilled_on), self.fulfilled_by)
        return obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class MissObligation(Command):
    """Record that an obligation's due day is over; a duty of the society that was missed is told to the public."""

    AGGREGATE: ClassVar[str] = "obligation"
    VERB: ClassVar[str] = "miss"
    ROLES: ClassVar[frozenset[Role]] = BY_CLOCK
    CLI: ClassVar[bool] = False

    obligation_id: UUID
    """The obligation."""

    def run(self, desk: Desk) -> Sequence[Aggregate]:
        """Record the miss, which happened on the due day, and with a missed follow-up what its treatment lacks."""
        obligation = desk.load(Obligation, self.obligation_id)
        miss(desk, obligation)
        treatment = _followed(desk, obligation)
        if treatment is None or obligation.terms is None or obligation.due_on is None:
            return (obligation,)
        months = int(obligation.terms.item.split()[0])
        missing = desk.act(Treatment.FollowUpMissed, treatment.id, occurred_on=obligation.due_on)
        treatment.miss_follow_up(missing, months, obligation.due_on, obligation.id)
        return (obligation, treatment)


def _followed(desk: Desk, obligation: Obligation) -> Treatment | None:
    """Return the treatment whose follow-up an obligation asks for, if it asks for one."""
    if obligation.terms is None or obligation.terms.rule_id != "FU-30":
        return None
    return desk.find(Treatment, obligation.terms.about)


@dataclass(frozen=True, slots=True, kw_only=True)
class _DecisionCommand(Command):
    """What a policy officer decides about an obligation."""

    obligation_id: UUID
    """The obligation."""
    reason: Reason
    """Why, as a code."""
    explanation: str
    """Why, in words; sealed."""

    def act(self, desk: Desk, event: type[Obligation.Event], obligation: Obligation) -> Act:
        """Return the act with its reason; the words are sealed under the key of who decides."""
        officer = person_subject(desk, None, str(desk.request.actor.person))
        return desk.act(event, obligation.id, reason=self.reason, parts=reason_parts(officer, self.explanation))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendObligation(_DecisionCommand):
    """Give the holder of an obligation more time."""

    AGGREGATE: ClassVar[str] = "obligation"
    VERB: ClassVar[str] = "extend"
    ROLES: ClassVar[frozenset[Role]] = BY_POLICY_OFFICER

    until: PartialDate
    """New due day, after the present one."""

    def run(self, desk: Desk) -> Obligation:
        """Record the extension."""
        obligation = desk.load(Obligation, self.obligation_id)
        obligation.extend(self.act(desk, Obligation.ObligationExtended, obligation), self.until)
        return obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveObligation(_DecisionCommand):
    """Let the holder of an obligation off before it is missed."""

    AGGREGATE: ClassVar[str] = "obligation"
    VERB: ClassVar[str] = "waive"
    ROLES: ClassVar[frozenset[Role]] = BY_POLICY_OFFICER

    def run(self, desk: Desk) -> Obligation:
        """Record that it is waived."""
        obligation = desk.load(Obligation, self.obligation_id)
        obligation.waive(self.act(desk, Obligation.ObligationWaived, obligation))
        return obligation
