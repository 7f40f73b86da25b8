"""A public entry about one clinic under one condition, from its proposal to its end.

A category is public by this aggregate's ListingPublished alone. What is true before and after publication is kept in
two rooms; the entry's content follows from the record (`domain.listing_condition`).
"""

from __future__ import annotations

from domain import listing_preparation, listing_publication
from domain.listing_state import ListedState, ListingEvent


class Listing(listing_preparation.Preparation, listing_publication.Publication):
    """One public entry; another condition, or the same one come back, is another entry."""

    TOPIC = "Listing"

    def __init__(self) -> None:
        # Called by name: the library makes dataclasses of the rooms, and gave them an __init__ that does nothing.
        ListedState.__init__(self)

    Event = ListingEvent

    ListingProposed = listing_preparation.ListingProposed
    ListingApproved = listing_preparation.ListingApproved
    ListingPreviewed = listing_preparation.ListingPreviewed
    ListingPreviewDelivered = listing_preparation.ListingPreviewDelivered

    ListingPublished = listing_publication.ListingPublished
    ListingDisputed = listing_publication.ListingDisputed
    ListingCorrected = listing_publication.ListingCorrected
    ListingWithdrawn = listing_publication.ListingWithdrawn
