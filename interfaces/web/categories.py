"""The public categories in words and shapes; none is a mark of approval, and none is told by colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from domain.public_category import PublicCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """How one public category is shown."""

    code: str
    label: str
    meaning: str
    shape: str
    """Name of a drawing in marks.html; no two categories share one."""
    tone: str
    """member, notice or plain: the colour that goes with the shape."""
    adverse: bool = False
    """It may harm the clinic; until entries have due process, only a simulated store shows it."""


def _shown(category: PublicCategory, *, meaning: str, shape: str, tone: str) -> Category:
    label = category.label[0].upper() + category.label[1:]
    return Category(code=category.value, label=label, meaning=meaning, shape=shape, tone=tone, adverse=category.adverse)


PARTICIPATES = PublicCategory.participates.value
"""The category that is withheld while the listing is not up to date."""

ENROLLED = frozenset(
    category.value
    for category in (
        PublicCategory.participates,
        PublicCategory.enrolled_not_yet_attested,
        PublicCategory.enrolled_attestation_lapsed,
    )
)
"""Categories of clinics that are enrolled now."""

WITHHELD = Category(
    code="withheld",
    label="Category withheld",
    meaning="The listing is not up to date, so it makes no statement on this clinic’s participation.",
    shape="veil",
    tone="plain",
)
"""Stands in the place of *participates* while that may not be stated."""

CATEGORIES = (
    _shown(
        PublicCategory.participates,
        meaning="Enrolled, not suspended, and its statement on every guideline that applies is valid. "
        "It does not mean that a treatment is safe or that it works.",
        shape="disc",
        tone="member",
    ),
    _shown(
        PublicCategory.enrolled_not_yet_attested,
        meaning="Enrolled; the clinic has not yet stated how it meets every guideline that applies. This is neutral.",
        shape="ring",
        tone="member",
    ),
    _shown(
        PublicCategory.enrolled_attestation_lapsed,
        meaning="Enrolled; the clinic’s statement on a guideline passed its last valid day and was not renewed.",
        shape="ring-dashed",
        tone="notice",
    ),
    _shown(
        PublicCategory.does_not_participate,
        meaning="The clinic accepted or enrolled, and then neither an application nor data arrived in time.",
        shape="square",
        tone="notice",
    ),
    _shown(
        PublicCategory.invited_declined,
        meaning="The clinic answered the society’s invitation and declined.",
        shape="slash",
        tone="notice",
    ),
    _shown(
        PublicCategory.invited_no_reply,
        meaning="Delivery of the invitation and two reminders is proved; no reply was received in time.",
        shape="dots",
        tone="notice",
    ),
    _shown(
        PublicCategory.withdrew,
        meaning="The clinic left the registry by its own decision.",
        shape="arrow",
        tone="plain",
    ),
)
"""Every public category, in the order in which they are offered."""

_BY_CODE = {shown.code: shown for shown in (*CATEGORIES, WITHHELD)}


def category(code: str) -> Category:
    """Return how a category is shown; raise KeyError for a code that has no words, which a test excludes."""
    return _BY_CODE[code]


def offered(*, simulated: bool) -> tuple[Category, ...]:
    """Return the categories that this store's listing can have."""
    return tuple(shown for shown in CATEGORIES if simulated or not shown.adverse)
