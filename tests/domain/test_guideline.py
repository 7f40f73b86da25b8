"""A guideline's versions never change, and clinics attest to the newest."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from domain.chronology import ImpossibleDate
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.guideline import (
    Guideline,
    GuidelineIsRetired,
    GuidelineItem,
    GuidelineKind,
    GuidelineStage,
    GuidelineVersionNotCurrent,
    VersionAlreadyPublished,
)
from tests.domain.clinics import GUIDELINE, OTHER, VERSION, act_on

SECOND = dataclasses.replace(VERSION, version="2", effective_on=PartialDate("2026-07-01"))


def published() -> Guideline:
    return Guideline.publish(act_on(), GUIDELINE, GuidelineKind.laboratory, GuidelineStage.processing, VERSION)


def test_a_revision_adds_a_version_and_keeps_the_old_one() -> None:
    guideline = published()

    guideline.revise(act_on(), SECOND)

    assert list(guideline.versions) == ["1", "2"]
    assert guideline.versions["1"] == VERSION
    assert guideline.version_to_attest("2") == SECOND
    for version in ("1", "3"):
        with pytest.raises(GuidelineVersionNotCurrent):
            guideline.version_to_attest(version)


def test_a_version_is_published_once_and_not_before_its_predecessor() -> None:
    guideline = published()

    with pytest.raises(VersionAlreadyPublished):
        guideline.revise(act_on(), VERSION)
    with pytest.raises(ImpossibleDate):
        guideline.revise(act_on(), dataclasses.replace(SECOND, effective_on=PartialDate("2025-12-31")))


def test_a_retired_guideline_is_not_attested_revised_or_retired() -> None:
    guideline = published()
    guideline.retire(act_on(), "replaced", OTHER)

    for deed in (
        lambda: guideline.version_to_attest("1"),
        lambda: guideline.revise(act_on(), SECOND),
        lambda: guideline.retire(act_on(), "again"),
    ):
        with pytest.raises(GuidelineIsRetired):
            deed()


def test_a_retirement_has_an_explanation_and_another_successor() -> None:
    with pytest.raises(InvalidInput, match="explanation"):
        published().retire(act_on(), "")
    with pytest.raises(InvalidInput, match="successor"):
        published().retire(act_on(), "why", GUIDELINE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("version", ""),
        ("language", ""),
        ("document_hash", "ab"),
        ("effective_on", "2026-07"),
        ("effective_on", "soon"),
        ("items", ()),
        ("items", (VERSION.items[0], VERSION.items[0])),
    ],
)
def test_wrong_versions_cannot_be_held(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=field):
        dataclasses.replace(VERSION, **{field: value})


def test_an_item_has_an_id_and_a_text_and_a_guideline_a_known_kind() -> None:
    with pytest.raises(InvalidInput):
        GuidelineItem(item_id=" ", text="x", critical=True, evidence_required=True)
    with pytest.raises(InvalidInput):
        GuidelineItem(item_id="x", text="", critical=True, evidence_required=True)
    with pytest.raises(InvalidInput, match="kind"):
        Guideline.publish(act_on(), GUIDELINE, GuidelineKind.unrecognised, None, VERSION)
    with pytest.raises(InvalidInput, match="kind"):
        Guideline.publish(act_on(), GUIDELINE, GuidelineKind.ethics, GuidelineStage.unrecognised, VERSION)
