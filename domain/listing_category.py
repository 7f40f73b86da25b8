"""The categories in which a clinic may stand in public: all of domain.md's table, as a code that events carry.

A category says what happened, never how good a clinic is. Participation has one at a time; what safety cases found
stands beside it, whatever the participation.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.codes import Code
from domain.public_category import PublicCategory


class ListingCategory(Code):
    """One public category."""

    unrecognised = "unrecognised"
    participates = "participates"
    not_yet_attested = "not_yet_attested"
    suspended = "suspended"
    attestation_lapsed = "attestation_lapsed"
    does_not_participate = "does_not_participate"
    declined = "declined"
    no_reply = "no_reply"
    withdrew = "withdrew"
    expelled = "expelled"
    finding_published = "finding_published"
    interim = "interim"
    stayed_on_appeal = "stayed_on_appeal"
    finding_lifted = "finding_lifted"

    @property
    def adverse(self) -> bool:
        """Tell whether the entry may harm the clinic, so that it needs due process before it is public."""
        return self not in _NOT_ADVERSE

    @property
    def previewed(self) -> bool:
        """Tell whether the clinic sees the entry for LI-30 before the public does; domain.md excepts no adverse one."""
        return self.adverse

    @property
    def of_safety(self) -> bool:
        """Tell whether it comes from a safety case and stands beside the participation."""
        return self in _OF_SAFETY

    @property
    def reviewed(self) -> bool:
        """Tell whether its entry is reviewed or withdrawn after RV-365."""
        return self in _REVIEWED


_NOT_ADVERSE = frozenset(
    {
        ListingCategory.participates,
        ListingCategory.not_yet_attested,
        ListingCategory.withdrew,
        ListingCategory.finding_lifted,
    }
)

_OF_SAFETY = frozenset(
    {
        ListingCategory.finding_published,
        ListingCategory.interim,
        ListingCategory.stayed_on_appeal,
        ListingCategory.finding_lifted,
    }
)

_REVIEWED = frozenset({ListingCategory.no_reply, ListingCategory.declined, ListingCategory.does_not_participate})

CATEGORY_OF: Mapping[PublicCategory, ListingCategory] = MappingProxyType(
    {
        PublicCategory.participates: ListingCategory.participates,
        PublicCategory.enrolled_not_yet_attested: ListingCategory.not_yet_attested,
        PublicCategory.enrolled_attestation_lapsed: ListingCategory.attestation_lapsed,
        PublicCategory.does_not_participate: ListingCategory.does_not_participate,
        PublicCategory.invited_declined: ListingCategory.declined,
        PublicCategory.invited_no_reply: ListingCategory.no_reply,
        PublicCategory.withdrew: ListingCategory.withdrew,
    }
)
"""The category of each kind that follows from participation and attestations alone."""
