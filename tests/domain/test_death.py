from __future__ import annotations

from typing import Any

import pytest

from domain.adverse_event_codes import Action, Outcome, Seriousness, SuspectFactor
from domain.adverse_event_content import (
    AdverseEventContent,
    Death,
    Grading,
    is_fatal,
    is_fatal_or_life_threatening,
    is_serious,
    lacking,
)
from domain.codes import Missing, YesNo
from domain.content import MissingField
from domain.dates import DaysText, PartialDate
from domain.death import contradictions
from domain.timing import Timing


def content(**fields: Any) -> AdverseEventContent:
    return AdverseEventContent(**fields)


def days(number: str) -> Timing:
    return Timing(days_after_treatment=DaysText(number))


DEAD: dict[str, Any] = {
    "grading": Grading(grade=5), "seriousness": (Seriousness.death,), "outcome": Outcome.fatal, "serious": YesNo.yes
}  # fmt: skip


@pytest.mark.parametrize("said", [{"grading": DEAD["grading"]}, {"seriousness": DEAD["seriousness"]},
                                  {"outcome": Outcome.fatal}, {"death": Death()}])  # fmt: skip
def test_any_sign_of_death_makes_it_fatal_and_serious(said: dict[str, Any]) -> None:
    assert is_fatal(content(**said))
    assert is_fatal_or_life_threatening(content(**said))
    assert is_serious(content(**said))
    assert contradictions(content(**said)) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"grading": Grading(grade=4)}, "grade"),
        ({"outcome": Outcome.recovered}, "outcome"),
        ({"seriousness": (Seriousness.hospitalisation,)}, "seriousness"),
        ({"serious": YesNo.no}, "serious"),
    ],
)
def test_who_says_death_and_denies_it_is_told(change: dict[str, Any], field: str) -> None:
    assert contradictions(content(**DEAD)) == ()

    assert field in [name for name, _ in contradictions(content(**(DEAD | change)))]


def test_nothing_else_follows_from_a_grade() -> None:
    grave = content(grading=Grading(grade=4), outcome=Outcome.recovered)

    assert not is_serious(grave)
    assert not is_fatal_or_life_threatening(grave)
    assert contradictions(grave) == ()
    assert contradictions(content(grading=Grading(grade=1), seriousness=(Seriousness.hospitalisation,))) == ()


def test_classes_of_seriousness() -> None:
    assert is_fatal_or_life_threatening(content(seriousness=(Seriousness.life_threatening,)))
    assert not is_fatal_or_life_threatening(content(seriousness=(Seriousness.disability,)))
    assert is_serious(content(seriousness=(Seriousness.unrecognised,)))
    assert is_serious(content(serious=YesNo.yes))
    assert not is_serious(content(serious=YesNo.no))
    assert not is_serious(content())


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"onset": days("200"), "death": Death(on=days("168"))}, "onset"),
        ({"onset": days("20"), "ended": days("19")}, "ended"),
        ({"onset": days("20"), "first_awareness": PartialDate("1984-03-01")}, "first_awareness"),
        (
            {"first_awareness": PartialDate("1990-02"), "latest_information": PartialDate("1990-01")},
            "latest_information",
        ),
    ],
)
def test_dates_out_of_order_are_told(fields: dict[str, Any], name: str) -> None:
    assert [field for field, _ in contradictions(content(**fields), PartialDate("1984-03-01"))] == [name]


def test_an_interval_contradicts_only_when_it_cannot_be_otherwise() -> None:
    fields: dict[str, Any] = {"onset": days("200"), "death": Death(on=days("168"))}

    assert contradictions(content(**fields), PartialDate("1984/1989")) == ()
    assert contradictions(content(**fields)) == ()


def test_completion_asks_for_each_field_or_its_reason() -> None:
    assert lacking(content(), ()) == ("grade", "seriousness", "outcome", "suspect_factors", "actions")
    complete = content(
        grading=Grading(grade=2), serious=YesNo.no, outcome=Outcome.recovered,
        suspect_factors=(SuspectFactor.cells,), actions=(Action.none,),
    )  # fmt: skip
    assert lacking(complete, ()) == ()
    strange = content(
        outcome=Outcome.unrecognised, actions=(Action.unrecognised,), seriousness=(Seriousness.unrecognised,)
    )
    assert {"outcome", "actions", "seriousness"} <= set(lacking(strange, ()))
    excused = tuple(
        MissingField(field=field, why=Missing.unknown) for field in ("grading", "seriousness", "outcome", "actions")
    )
    assert lacking(content(), excused) == ("suspect_factors",)
    assert "outcome" in lacking(content(), (MissingField(field="outcome", why=Missing.unrecognised),))
