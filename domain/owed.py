"""What an obligation should be by what is known now: to be opened, or met, or without its ground.

Whoever keeps obligations compares this with what was recorded and records the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.dates import PartialDate, day
from domain.duties import Duty
from domain.obligation_terms import ObligationEnding, ObligationTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One obligation by the rules, and what became of it by the facts."""

    terms: ObligationTerms
    """What is owed; its number is left to what was recorded."""
    clinic_id: UUID | None
    """The clinic that it is of, or about."""
    changed_by: str
    """Event because of which it looks like this, `<aggregate id>/<version>`."""
    fulfilled_on: PartialDate | None = None
    """Day on which it was met."""
    fulfilled_by: str | None = None
    """Event that met it."""
    ending: ObligationEnding | None = None
    """Why its ground went away."""
    ended_by: str | None = None
    """Event that took its ground away."""
    if_open: bool = False
    """Whether it is only settled where it was opened, never opened for the sake of being settled."""

    @property
    def settled_by(self) -> str:
        """Return the event that settles it; empty while it asks for something."""
        return self.fulfilled_by or self.ended_by or ""


def owed_for(duty: Duty, time_zone: str, changed_by: str, item: str | None = None) -> Owed:
    """Return what a duty of a clinic means as an obligation."""
    ended = duty.ending is not None and duty.fulfilled_on is None
    return Owed(
        terms=ObligationTerms(
            rule_id=duty.rule.value,
            policy_version=duty.policy_version,
            about=duty.about,
            item=duty.item if item is None else item,
            clock_start=day(duty.start),
            due_on=day(max(duty.due, duty.start)),
            time_zone=time_zone,
            opened_by=duty.opened_by,
        ),
        clinic_id=duty.clinic_id,
        changed_by=changed_by,
        fulfilled_on=day(duty.fulfilled_on) if duty.fulfilled_on else None,
        fulfilled_by=duty.fulfilled_by if duty.fulfilled_on else None,
        # What ended after its due day was missed first, and stays missed.
        ending=ObligationEnding(duty.ending.value) if ended and duty.ending and duty.ended_in_time else None,
        ended_by=duty.ended_by if ended and duty.ended_in_time else None,
    )
