"""What the record gives for an entry is what the public pages derive from the log: same category, words and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import psycopg
import pytest

from domain.clinic_state import ClinicEvent
from domain.guideline import Guideline
from domain.listing_category import CATEGORY_OF
from domain.listing_condition import participation_condition
from domain.registry import Registry
from projections.public_listing import PublicListing, clinic_page
from tests.projections.history import apply_in_batches, build, society, uid

SCHEMAS = count()
EARLY = date(2020, 1, 1)
"""A day on which no attestation has ended: what the pages leave out later is not what is compared."""


@pytest.fixture
def cursor(fresh_database: str) -> Iterator[psycopg.Cursor[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection, connection.cursor() as opened:
        yield opened


@pytest.mark.parametrize("seed", range(6))
def test_the_record_gives_what_the_pages_derive(cursor: psycopg.Cursor[Any], seed: int) -> None:
    history = society(seed, events=200)
    model = PublicListing()
    build(cursor, model, f"build_{next(SCHEMAS)}")
    apply_in_batches(cursor, model, history.log)
    compared = 0
    for position in range(10, len(history.log) + 1, 7):
        for number in range(4):
            clinic = uid(f"clinic {number}")
            known = [each for each in history.log[:position] if _concerns(each, clinic)]

            found = participation_condition(clinic, [each.event for each in known])

            page = clinic_page(cursor, clinic, day=EARLY, simulated=True, as_of=position)
            assert (found is None) == (page is None)
            if found is None or page is None:
                continue
            shown, derived = page.entry, found.entry
            assert CATEGORY_OF[shown.category] is derived.category
            assert (shown.sentence, shown.source, shown.since) == (derived.sentence, derived.source, derived.since)
            assert (page.own_words or None) == derived.own_words
            assert (shown.shown_until and shown.shown_until.isoformat()) == derived.shown_until
            compared += 1
    assert compared > 20


def _concerns(recorded: Any, clinic: Any) -> bool:
    if issubclass(recorded.kind, ClinicEvent):
        return bool(recorded.aggregate_id == clinic)
    return issubclass(recorded.kind, (Registry.Event, Guideline.Event))
