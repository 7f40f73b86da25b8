"""Every event type says whether it corrects, voids or nullifies what somebody may have decided on."""

from __future__ import annotations

import dataclasses

from domain.adverse_event_content import AdverseEventContent
from domain.catalogue import event_classes
from domain.evidence import CHANGING, UNCHANGING
from domain.evidence_reports import DEVELOPING, OWED_FOR


def test_every_event_type_stands_in_one_of_the_two_tables() -> None:
    """A new type is not in them until somebody has thought about it."""
    assert not set(CHANGING) & UNCHANGING
    assert set(CHANGING) | UNCHANGING == set(event_classes())


def test_the_fields_of_reports_that_are_told_apart_are_fields_of_reports() -> None:
    fields = {each.name for each in dataclasses.fields(AdverseEventContent)}

    assert fields >= DEVELOPING | OWED_FOR
    assert not DEVELOPING & OWED_FOR
