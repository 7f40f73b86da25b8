"""What readers see is words: dates, codes and categories, and links that cannot run anything."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from domain.dates import PartialDate
from domain.listing_category import PUBLIC_ORDER, ListingCategory
from interfaces.web.categories import CATEGORIES, WITHHELD, category
from interfaces.web.words import code_in_words, date_in_words, verification_in_words, web_link


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-03", "3 March 2026"),
        ("2026-03", "March 2026"),
        ("2026", "2026"),
        ("1985/1989", "1985 to 1989"),
        ("2026-03-03/2026-04", "3 March 2026 to April 2026"),
    ],
)
def test_dates_are_read_aloud_as_precise_as_they_are(text: str, words: str) -> None:
    assert date_in_words(PartialDate(text)) == words


def test_codes_become_words() -> None:
    assert code_in_words("bone_marrow") == "bone marrow"
    assert code_in_words("intra_articular") == "intra-articular"
    assert code_in_words("svf_enzymatic") == "SVF enzymatic"
    assert verification_in_words("inspected") == "Inspected by the society"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://clinic.example/a", True),
        ("HTTP://clinic.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//clinic.example", False),
        ("clinic.example", False),
        ("https://", False),
        ("https://[broken", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(address: str | None, link: bool) -> None:
    assert (web_link(address) is not None) is link


def test_every_public_category_has_words_and_a_shape_of_its_own() -> None:
    drawings = (files("interfaces.web") / "templates" / "marks.html").read_text()
    known = [code for code in ListingCategory if code is not ListingCategory.unrecognised]

    assert [shown.code for shown in CATEGORIES] == [code.value for code in PUBLIC_ORDER]
    assert set(PUBLIC_ORDER) == set(known)
    everything = (*CATEGORIES, WITHHELD, category("unrecognised"))
    shapes = [shown.shape for shown in everything]
    assert len(set(shapes)) == len(shapes)
    assert set(re.findall(r'shape == "([\w-]+)"', drawings)) == set(shapes)
    for code in known:
        assert category(code.value).meaning
        assert category(code.value).label.casefold() == code.label
    assert [shown.of_safety for shown in CATEGORIES] == [code.of_safety for code in PUBLIC_ORDER]


def test_no_category_says_more_than_the_facts() -> None:
    for shown in (*CATEGORIES, WITHHELD):
        text = f"{shown.label} {shown.meaning}".casefold()
        assert not re.search(r"\b(unsafe|dangerous|trusted|approved|certified|recommended|best|bad)\b", text)
