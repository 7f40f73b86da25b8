"""An entry's hash is that of exactly what is shown, so that it can be taken again by anybody."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest

from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from tests.domain.clinics import CLINIC

ENTRY = ListingEntry(
    clinic_id=CLINIC,
    category=ListingCategory.declined,
    sentence="Invited 3 March 2026, declined 4 March 2026",
    source="The clinic's reply to the society's invitation",
    since=PartialDate("2026-03-04"),
    condition=f"{CLINIC}/3",
    evidence_ids=(f"{CLINIC}/2", f"{CLINIC}/3"),
    own_words="Nein – danke.",
)


def test_the_hash_is_that_of_one_json_object_with_sorted_keys() -> None:
    content = {
        "category": "declined",
        "clinic_id": str(CLINIC),
        "condition": f"{CLINIC}/3",
        "evidence_ids": [f"{CLINIC}/2", f"{CLINIC}/3"],
        "own_words": "Nein – danke.",
        "sentence": ENTRY.sentence,
        "since": "2026-03-04",
        "source": ENTRY.source,
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)

    assert ENTRY.shown_hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {"sentence": "Declined"},
        {"category": ListingCategory.no_reply},
        {"since": PartialDate("2026-03")},
        {"own_words": None},
        {"evidence_ids": ()},
        {"source": "Elsewhere"},
        {"condition": f"{CLINIC}/4"},
    ],
)
def test_whatever_is_changed_changes_the_hash(changed: dict[str, object]) -> None:
    assert dataclasses.replace(ENTRY, **changed).shown_hash != ENTRY.shown_hash  # type: ignore[arg-type]


def test_until_when_it_is_shown_is_no_part_of_what_it_says() -> None:
    assert dataclasses.replace(ENTRY, shown_until=PartialDate("2027-01-01")).shown_hash == ENTRY.shown_hash


def test_an_entry_says_something_that_an_event_gave() -> None:
    for missing in ("sentence", "condition"):
        with pytest.raises(InvalidInput):
            dataclasses.replace(ENTRY, **{missing: ""})  # type: ignore[arg-type]
