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
    def approved(self) -> bool:
        """Tell whether officers approve the entry itself; an interim measure has its two officers already."""
        return self.adverse and self is not ListingCategory.interim

    @property
    def previewed(self) -> bool:
        """Tell whether the clinic is sent the entry before the public sees it."""
        return self.adverse

    @property
    def waits_for_preview(self) -> bool:
        """Tell whether the public sees it only after LI-30; an interim measure protects patients from its first day."""
        return self.adverse and self is not ListingCategory.interim

    @property
    def of_safety(self) -> bool:
        """Tell whether it comes from a safety case and stands beside the participation."""
        return self in _OF_SAFETY

    @property
    def enrolled(self) -> bool:
        """Tell whether it says that the clinic is enrolled."""
        return self in _ENROLLED

    @property
    def reviewed(self) -> bool:
        """Tell whether its entry is reviewed or withdrawn after RV-365."""
        return self in _REVIEWED

    @property
    def label(self) -> str:
        """Return the words of domain.md for it."""
        return _LABELS.get(self, "another category")

    @property
    def gravity(self) -> int:
        """Return its place among the entries of one clinic: what concerns safety first, the gravest at 0."""
        return PUBLIC_ORDER.index(self) if self in PUBLIC_ORDER else len(PUBLIC_ORDER)


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

_ENROLLED = frozenset(
    {
        ListingCategory.participates,
        ListingCategory.not_yet_attested,
        ListingCategory.suspended,
        ListingCategory.attestation_lapsed,
    }
)

_REVIEWED = frozenset({ListingCategory.no_reply, ListingCategory.declined, ListingCategory.does_not_participate})

_LABELS: Mapping[ListingCategory, str] = MappingProxyType(
    {
        ListingCategory.finding_published: "finding published",
        ListingCategory.interim: "interim measure in force",
        ListingCategory.stayed_on_appeal: "finding stayed on appeal",
        ListingCategory.finding_lifted: "finding lifted",
        ListingCategory.participates: "participates",
        ListingCategory.not_yet_attested: "enrolled, not yet attested",
        ListingCategory.suspended: "enrolled, suspended",
        ListingCategory.attestation_lapsed: "enrolled, attestation lapsed",
        ListingCategory.does_not_participate: "does not participate",
        ListingCategory.declined: "invited, declined",
        ListingCategory.no_reply: "invited, no reply",
        ListingCategory.withdrew: "withdrew",
        ListingCategory.expelled: "expelled",
    }
)

PUBLIC_ORDER: tuple[ListingCategory, ...] = tuple(_LABELS)
"""Every category that a reader can meet, in the order in which they are offered and in which a clinic's stand."""

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
