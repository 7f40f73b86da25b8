"""The public categories in words and shapes; none is a mark of approval, and none is told by colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from domain.listing_category import PUBLIC_ORDER, ListingCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """How one public category is shown."""

    code: str
    label: str
    meaning: str
    shape: str
    """Name of a drawing in marks.html; no two categories share one."""
    tone: str
    """member, notice, grave or plain: the colour that goes with the shape."""
    of_safety: bool = False
    """It comes from a safety case and stands beside what is said of the participation."""


PARTICIPATES = ListingCategory.participates.value
"""The category that is withheld while the listing is not up to date."""

WITHHELD = Category(
    code="withheld",
    label="Category withheld",
    meaning="The listing is not up to date, so it makes no statement on this clinic’s participation.",
    shape="veil",
    tone="plain",
)
"""Stands in the place of *participates* while that may not be stated."""

_UNKNOWN = Category(
    code=ListingCategory.unrecognised.value,
    label="Another category",
    meaning="A category that this version of the page has no words for; its sentence says what is meant.",
    shape="bar",
    tone="plain",
)

_SHAPES = {
    ListingCategory.finding_published: ("diamond", "grave"),
    ListingCategory.interim: ("triangle", "grave"),
    ListingCategory.stayed_on_appeal: ("pause", "notice"),
    ListingCategory.finding_lifted: ("diamond-open", "plain"),
    ListingCategory.participates: ("disc", "member"),
    ListingCategory.not_yet_attested: ("ring", "member"),
    ListingCategory.suspended: ("ring-barred", "notice"),
    ListingCategory.attestation_lapsed: ("ring-dashed", "notice"),
    ListingCategory.does_not_participate: ("square", "notice"),
    ListingCategory.declined: ("slash", "notice"),
    ListingCategory.no_reply: ("dots", "notice"),
    ListingCategory.withdrew: ("arrow", "plain"),
    ListingCategory.expelled: ("arrow-out", "notice"),
}

_MEANINGS = {
    ListingCategory.finding_published: "A panel of the society decided a safety case about this clinic and gave the "
    "ground. The clinic was heard before and could appeal; its publication took two officers.",
    ListingCategory.interim: "While a safety case is open, two officers of the society put a measure in force to "
    "protect patients. Nothing is decided, and it ends by itself on its last day.",
    ListingCategory.stayed_on_appeal: "A published finding is not in force while an appeal against it is heard.",
    ListingCategory.finding_lifted: "A published finding no longer holds. It stays visible for two years, and then not "
    "at all.",
    ListingCategory.participates: "Enrolled, not suspended, and its statement on every guideline that applies is "
    "valid. It does not mean that a treatment is safe or that it works.",
    ListingCategory.not_yet_attested: "Enrolled; the clinic has not yet stated how it meets every guideline that "
    "applies. This is neutral.",
    ListingCategory.suspended: "Enrolled, and suspended for duties that it missed: reports or follow-up did not arrive "
    "in time. It must still report.",
    ListingCategory.attestation_lapsed: "Enrolled; the clinic’s statement on a guideline passed its last valid day and "
    "was not renewed.",
    ListingCategory.does_not_participate: "The clinic accepted or enrolled, and then neither an application nor data "
    "arrived in time.",
    ListingCategory.declined: "The clinic answered the society’s invitation and declined.",
    ListingCategory.no_reply: "Delivery of the invitation and two reminders is proved; no reply was received in time.",
    ListingCategory.withdrew: "The clinic left the registry by its own decision.",
    ListingCategory.expelled: "The society ended the clinic’s membership after a decided safety case.",
}


def _shown(category: ListingCategory) -> Category:
    label = category.label[0].upper() + category.label[1:]
    shape, tone = _SHAPES[category]
    return Category(
        code=category.value,
        label=label,
        meaning=_MEANINGS[category],
        shape=shape,
        tone=tone,
        of_safety=category.of_safety,
    )


CATEGORIES = tuple(_shown(category) for category in PUBLIC_ORDER)
"""Every public category, in the order in which they are offered."""

_BY_CODE = {shown.code: shown for shown in (*CATEGORIES, WITHHELD, _UNKNOWN)}


def category(code: str) -> Category:
    """Return how a category is shown; raise KeyError for a code that has no words, which a test excludes."""
    return _BY_CODE[code]
