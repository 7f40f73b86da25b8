from __future__ import annotations

from uuid import UUID

import pytest

from domain.codes import Missing, YesNo
from domain.content import (
    MissingField,
    changed_paths,
    check_missing,
    field_paths,
    merged,
    refuse_unrecognised,
    without,
)
from domain.dates import DaysText, PartialDate
from domain.errors import InvalidInput
from domain.held import FieldChange, Held
from domain.product import Characteristics, Donor, Origin, ReleaseTest
from domain.timing import Timing
from domain.treatment_codes import (
    CellOrigin,
    DonorKind,
    IndicationCategory,
    ProductKind,
    ReleaseVerdict,
    Route,
)
from domain.treatment_content import Consent, Delivery, Indication, TreatmentContent

CONTENT = TreatmentContent(
    registry_id=UUID(int=1),
    patient=UUID(int=2),
    performed_on=PartialDate("2026-02"),
    indication=Indication(category=IndicationCategory.ocular),
    donor=Donor(kind=DonorKind.autologous),
    origin=Origin(tissue=CellOrigin.adipose),
    product_kind=ProductKind.cells,
    delivery=Delivery(route=Route.retrobulbar),
    characteristics=Characteristics(viability_percent=90.0),
)


def test_reasons_name_fields_that_exist_and_are_empty() -> None:
    check_missing(CONTENT, (MissingField(field="consent.given_on", why=Missing.refused),))
    check_missing(CONTENT, (MissingField(field="characteristics.sterility.tested_on", why=Missing.unknown),))

    for field, why in (
        ("characteristics.viability_percent", Missing.unknown),
        ("nothing", Missing.unknown),
        ("consent", Missing.unrecognised),
    ):
        with pytest.raises(InvalidInput):
            check_missing(CONTENT, (MissingField(field=field, why=why),))
    with pytest.raises(InvalidInput):
        check_missing(CONTENT, (MissingField(field="consent", why=Missing.refused),) * 2)


def test_every_section_is_reached_by_its_paths() -> None:
    paths = field_paths(TreatmentContent)

    assert {"donor.eligibility", "processing.steps", "characteristics.endotoxin.endotoxin_eu_per_ml"} <= paths
    assert {"baseline.score", "delivery.anatomical_site.code", "indication.code.version"} <= paths


def test_merging_keeps_what_is_not_said_again() -> None:
    new = Characteristics(sterility=ReleaseTest(verdict=ReleaseVerdict.passed))

    result = merged(CONTENT.characteristics, new)

    assert result == Characteristics(viability_percent=90.0, sterility=new.sterility)


def test_a_statement_that_is_whole_replaces_the_old_one() -> None:
    old, new = Timing(date=PartialDate("2026")), Timing(days_after_treatment=DaysText("3"))

    assert merged(old, new) == new


def test_changes_are_named_by_path_and_whole_sections_by_theirs() -> None:
    new = merged(CONTENT, CONTENT)
    new = without(new, "characteristics.viability_percent")

    assert changed_paths(CONTENT, CONTENT) == ()
    assert changed_paths(CONTENT, new) == ("characteristics.viability_percent",)
    assert changed_paths(CONTENT, without(CONTENT, "characteristics")) == ("characteristics",)
    with pytest.raises(InvalidInput):
        without(CONTENT, "donor.kind")


def test_a_change_names_the_event_that_holds_the_old_value() -> None:
    held = Held("a").after("b", (FieldChange(field="consent.given_on", held_by=1),), 4)
    held = held.after("c", (FieldChange(field="donor", held_by=1),), 6)

    assert [held.holder(path) for path in ("consent", "consent.given_on", "consent.minor", "donor.kind")] == [
        4,
        4,
        1,
        6,
    ]
    assert held.latest == 6
    assert held.versions == {1, 4, 6}


def test_unrecognised_is_never_written_by_people() -> None:
    refuse_unrecognised(CONTENT)

    with pytest.raises(InvalidInput, match=r"consent\.minor"):
        refuse_unrecognised(merged(Consent(), Consent(minor=YesNo.unrecognised)), "consent")
