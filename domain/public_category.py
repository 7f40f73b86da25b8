"""The category that participation and attestations give a clinic; what has none can have no entry from them.

Source: domain.md, table of public categories. What standings, expulsion and safety cases give comes from
`listing_condition` and `listing_safety`; all of them become public as entries only (`listing_category`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.participation import ParticipationState


class PublicCategory(StrEnum):
    """One category as participation and attestations give it."""

    participates = "participates"
    enrolled_not_yet_attested = "enrolled_not_yet_attested"
    enrolled_attestation_lapsed = "enrolled_attestation_lapsed"
    does_not_participate = "does_not_participate"
    invited_declined = "invited_declined"
    invited_no_reply = "invited_no_reply"
    withdrew = "withdrew"

    @property
    def adverse(self) -> bool:
        """Tell whether the entry may harm the clinic, so that it needs due process before it is public."""
        return self not in _NOT_ADVERSE


_NOT_ADVERSE = frozenset(
    {PublicCategory.participates, PublicCategory.enrolled_not_yet_attested, PublicCategory.withdrew}
)


class AttestationState(StrEnum):
    """Where a clinic's attestations to the guidelines of its registries stand, taken together."""

    not_yet = "not_yet"
    valid = "valid"
    lapsed = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationSummary:
    """The attestations of a clinic against the guidelines that apply to it."""

    state: AttestationState
    """All together."""
    missing: tuple[UUID, ...] = ()
    """Guidelines that apply and were never attested."""
    lapsed: tuple[UUID, ...] = ()
    """Guidelines whose attestation was recorded as lapsed and not renewed."""
    valid_until: date | None = None
    """The last day on which all of them are valid; given when the state is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineStanding:
    """The latest attestation of a clinic to one guideline."""

    valid_until: date
    """The last day on which it is valid."""
    lapsed: bool = False
    """Whether the lapse was recorded."""


def summarise_attestations(required: Iterable[UUID], attested: Mapping[UUID, GuidelineStanding]) -> AttestationSummary:
    """Judge the attestations together: one lapsed is lapsed, one missing is not yet, none at all is never valid.

    Where the clinic's registries ask for no guideline, what it attested to of its own accord is judged.
    """
    wanted = sorted(set(required) or set(attested))
    missing = tuple(guideline for guideline in wanted if guideline not in attested)
    lapsed = tuple(guideline for guideline in wanted if guideline in attested and attested[guideline].lapsed)
    if lapsed:
        return AttestationSummary(state=AttestationState.lapsed, missing=missing, lapsed=lapsed)
    if missing or not wanted:
        return AttestationSummary(state=AttestationState.not_yet, missing=missing)
    until = min(attested[guideline].valid_until for guideline in wanted)
    return AttestationSummary(state=AttestationState.valid, valid_until=until)


_ENROLLED = {
    AttestationState.valid: PublicCategory.participates,
    AttestationState.not_yet: PublicCategory.enrolled_not_yet_attested,
    AttestationState.lapsed: PublicCategory.enrolled_attestation_lapsed,
}

_OTHERS = {
    ParticipationState.not_participating: PublicCategory.does_not_participate,
    ParticipationState.declined: PublicCategory.invited_declined,
    ParticipationState.no_response: PublicCategory.invited_no_reply,
    ParticipationState.withdrawn: PublicCategory.withdrew,
}


def category_of(participation: ParticipationState, attestation: AttestationState) -> PublicCategory | None:
    """Return the category of a clinic, or None where it has no entry and no page."""
    if participation is ParticipationState.enrolled:
        return _ENROLLED[attestation]
    return _OTHERS.get(participation)
