"""Who reads is said in one word, or as a clinic with its id."""

from __future__ import annotations

import pytest

from domain.errors import InvalidInput
from domain.reader import AUDITOR, NOBODY, OFFICER, PUBLIC, ReaderKind, clinic, reader_of
from tests.projections.history import uid

OTHER = uid("another")


def test_a_reader_is_written_as_one_word_or_a_clinic_with_its_id() -> None:
    assert [reader_of(each) for each in ("public", "officer", "auditor")] == [PUBLIC, OFFICER, AUDITOR]
    assert reader_of(f"clinic:{OTHER}") == clinic(OTHER)
    for wrong in ("", "clinic", f"public:{OTHER}", "clinic:nobody", "everybody", f"clinic:{NOBODY}"):
        with pytest.raises(InvalidInput):
            reader_of(wrong)
    assert {each.value for each in ReaderKind} == {"public", "clinic", "officer", "auditor"}


def test_what_is_party_is_of_the_clinic_that_asks_and_of_nobody_for_the_public() -> None:
    own, other = uid("concerned"), OTHER

    assert [clinic(own).party_to(each) for each in (None, own, other)] == [own, own, NOBODY]
    assert [PUBLIC.party_to(each) for each in (None, own)] == [NOBODY, NOBODY]
    for reader in (OFFICER, AUDITOR):
        assert [reader.party_to(each) for each in (None, own)] == [None, own]
    seen = [[reader.sees(each, own) for each in ("public", "party", "restricted")] for reader in (
        PUBLIC, clinic(own), clinic(other), OFFICER, AUDITOR
    )]  # fmt: skip
    assert seen == [[True, False, False], [True, True, False], [True, False, False], [True] * 3, [True] * 3]
    assert not clinic(own).sees("party", None)
