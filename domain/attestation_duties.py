"""What a clinic owes for one guideline: to attest first (AT-30), to renew (AT-365), to follow a revision (AG-90).

Only duties that still ask for something are held here; one that was met or ended is handed out and never changes again.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.duties import Duty, Ending, Limits, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationFacts:
    """What the rules need to know of one clinic and one guideline."""

    clinic_id: UUID
    guideline_id: UUID
    renewal: Duty | None = None
    """The renewal that follows from the last attestation, owed or not; None before the first."""
    open: tuple[Duty, ...] = ()
    """Duties that were neither met nor ended."""


Outcome = tuple[AttestationFacts, tuple[Duty, ...]]
"""The facts afterwards, and the duties that were met or ended by it."""


def asked_first(facts: AttestationFacts, on: date, by: str, limits: Limits) -> AttestationFacts:
    """Return the facts after a registry of the clinic asks for the guideline: AT-30, or the renewal that still runs."""
    if facts.open:
        return facts
    if facts.renewal is not None and facts.renewal.due >= on:
        return dataclasses.replace(facts, open=(facts.renewal,))
    return dataclasses.replace(facts, open=(_duty(facts, Rule.at_30, "", on, by, limits),))


def asked_revision(facts: AttestationFacts, version: str, on: date, by: str, limits: Limits) -> AttestationFacts:
    """Return the facts after a revision: AG-90 for who attested before; for others AT-30 runs on."""
    if facts.renewal is None:
        return facts
    return dataclasses.replace(facts, open=(*facts.open, _duty(facts, Rule.ag_90, version, on, by, limits)))


def attested(facts: AttestationFacts, version: str, on: date, by: str, limits: Limits, *, owed: bool) -> Outcome:
    """Meet every open duty, for clinics attest to the newest version only, and open the renewal while it is owed."""
    met = tuple(dataclasses.replace(duty, fulfilled_on=on, fulfilled_by=by) for duty in facts.open)
    renewal = _duty(facts, Rule.at_365, version, on, by, limits)
    return dataclasses.replace(facts, renewal=renewal, open=(renewal,) if owed else ()), met


def no_longer_asked(facts: AttestationFacts, ending: Ending, on: date, by: str) -> Outcome:
    """End every open duty: the clinic left, or the guideline was retired."""
    ended = tuple(dataclasses.replace(duty, ended_on=on, ended_by=by, ending=ending) for duty in facts.open)
    return dataclasses.replace(facts, open=()), ended


def _duty(facts: AttestationFacts, rule: Rule, item: str, on: date, by: str, limits: Limits) -> Duty:
    return Duty(
        rule=rule,
        clinic_id=facts.clinic_id,
        about=facts.guideline_id,
        item=item,
        policy_version=limits.version,
        start=on,
        due=limits.due(rule, on),
        opened_by=by,
    )
