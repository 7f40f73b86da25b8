"""The categories are those of domain.md's table, and adverse are all but four."""

from __future__ import annotations

from domain.listing_category import CATEGORY_OF, PUBLIC_ORDER, ListingCategory
from domain.public_category import PublicCategory

NOT_ADVERSE = {"participates", "not_yet_attested", "withdrew", "finding_lifted"}
BESIDE = {"finding_published", "interim", "stayed_on_appeal", "finding_lifted"}
REVIEWED = {"does_not_participate", "declined", "no_reply"}


def test_adverse_are_all_but_four() -> None:
    known = set(ListingCategory) - {ListingCategory.unrecognised}

    assert len(known) == 13
    assert {each.value for each in known if not each.adverse} == NOT_ADVERSE
    assert {each.value for each in known if each.of_safety} == BESIDE
    assert {each.value for each in known if each.reviewed} == REVIEWED
    adverse = {each for each in known if each.adverse}
    assert {each for each in known if each.previewed} == adverse
    assert {each for each in known if each.approved} == adverse - {ListingCategory.interim}
    assert {each for each in known if each.waits_for_preview} == adverse - {ListingCategory.interim}


def test_every_category_has_words_and_its_place() -> None:
    known = [each for each in ListingCategory if each is not ListingCategory.unrecognised]

    assert set(PUBLIC_ORDER) == set(known)
    assert len({each.label for each in known}) == len(known)
    safety = [each for each in PUBLIC_ORDER if each.of_safety]
    assert PUBLIC_ORDER[: len(safety)] == tuple(safety)
    assert ListingCategory.unrecognised.gravity == len(PUBLIC_ORDER)


def test_a_category_that_is_not_known_yet_counts_as_adverse() -> None:
    assert ListingCategory.unrecognised.adverse


def test_every_category_of_participation_and_attestation_has_its_code_and_harms_as_much() -> None:
    assert set(CATEGORY_OF) == set(PublicCategory)
    assert all(listed.adverse is public.adverse for public, listed in CATEGORY_OF.items())
