"""A registry says what belongs in it and when patients are followed up; once closed it takes nothing new."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest

from domain.errors import InvalidInput
from domain.registry import (
    DEFAULT_REGISTRIES,
    DEFAULT_SCHEDULE,
    Registry,
    RegistryIsClosed,
    Scope,
    TimePoint,
    registry_id,
)
from domain.treatment_codes import CellOrigin, IndicationCategory, Route
from tests.domain.clinics import act_on

TERMS = dict(DEFAULT_REGISTRIES)["knee"]


def knee() -> Registry:
    return Registry.open(act_on(), "knee", TERMS)


def test_the_default_schedule_is_domain_mds() -> None:
    assert [(point.months, point.window_days) for point in DEFAULT_SCHEDULE] == [
        (3, 30), (6, 30), (12, 60), (24, 60), (36, 60), (48, 60), (60, 60), (120, 60), (240, 60),
    ]  # fmt: skip


def test_nine_registries_are_there_from_the_start() -> None:
    assert [code for code, _ in DEFAULT_REGISTRIES] == [
        "knee", "hip", "spine", "eye", "heart", "stroke", "lung", "autoimmune", "blood",
    ]  # fmt: skip
    assert all(terms.schedule == DEFAULT_SCHEDULE for _, terms in DEFAULT_REGISTRIES)


def test_a_transplant_of_donated_marrow_belongs_in_blood_alone() -> None:
    transplant = (IndicationCategory.haematologic, CellOrigin.bone_marrow, Route.intravenous)

    assert [code for code, terms in DEFAULT_REGISTRIES if terms.scope.fits(*transplant)] == ["blood"]


def test_an_empty_list_does_not_restrict_and_a_full_one_does() -> None:
    scope = Scope(indications=(IndicationCategory.ocular,))

    assert scope.fits(IndicationCategory.ocular, CellOrigin.adipose, Route.intravitreal)
    assert not scope.fits(IndicationCategory.renal, CellOrigin.adipose, Route.intravitreal)
    by_route = Scope(routes=(Route.topical,), origins=(CellOrigin.skin,))
    assert by_route.fits(IndicationCategory.wound, CellOrigin.skin, Route.topical)
    assert not by_route.fits(IndicationCategory.wound, CellOrigin.skin, Route.intravenous)
    assert not by_route.fits(IndicationCategory.wound, CellOrigin.adipose, Route.topical)


def test_every_process_finds_a_registry_by_its_short_code() -> None:
    assert knee().id == registry_id("knee") == UUID("4744c1d5-0555-59b3-b1df-c3d95222d2f1")


def test_a_revision_replaces_the_terms_whole() -> None:
    registry = knee()
    revised = dataclasses.replace(TERMS, form_version="2", schedule=DEFAULT_SCHEDULE[:2])

    registry.revise(act_on(), revised)

    assert registry.terms == revised


def test_a_closed_registry_takes_nothing_new() -> None:
    registry = knee()
    registry.close(act_on(), "joined with hip", registry_id("hip"))

    for deed in (
        registry.require_open,
        lambda: registry.revise(act_on(), TERMS),
        lambda: registry.close(act_on(), "x"),
    ):
        with pytest.raises(RegistryIsClosed):
            deed()


def test_a_closing_has_an_explanation_and_another_successor() -> None:
    with pytest.raises(InvalidInput, match="explanation"):
        knee().close(act_on(), " ")
    with pytest.raises(InvalidInput, match="successor"):
        knee().close(act_on(), "why", registry_id("knee"))


@pytest.mark.parametrize("code", ["", "k", "Knee", "9knee", "knee_2", "k" * 32])
def test_a_short_code_is_short_and_plain(code: str) -> None:
    with pytest.raises(InvalidInput, match="short_code"):
        Registry.open(act_on(), code, TERMS)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("form_version", ""),
        ("schedule", ()),
        ("schedule", (DEFAULT_SCHEDULE[1], DEFAULT_SCHEDULE[0])),
        ("schedule", (DEFAULT_SCHEDULE[0], DEFAULT_SCHEDULE[0])),
        ("guidelines", (UUID(int=1), UUID(int=1))),
    ],
)
def test_wrong_terms_cannot_be_held(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=field):
        dataclasses.replace(TERMS, **{field: value})


def test_a_time_point_lies_after_the_treatment() -> None:
    for months, window in ((0, 30), (3, -1)):
        with pytest.raises(InvalidInput):
            TimePoint(months=months, window_days=window)


@pytest.mark.parametrize(("months", "window_days"), [(0, 1), (1201, 1), (1, -1), (1, 3651)])
def test_no_time_point_leaves_the_calendar(months: int, window_days: int) -> None:
    TimePoint(months=1200, window_days=3650)

    with pytest.raises(InvalidInput, match="schedule"):
        TimePoint(months=months, window_days=window_days)
