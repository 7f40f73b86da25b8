"""Details that cannot be right cannot be held; two records of one clinic share a key however they are written."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest

from domain.clinic_details import Licence, MatchKind, Service, Site, web_domain
from domain.countries import COUNTRY_CODES
from domain.errors import InvalidInput
from domain.treatment_codes import IndicationCategory, Route
from tests.domain.clinics import DETAILS

SITE = UUID(int=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_name", " "),
        ("legal_name", "x" * 501),
        ("country", "de"),
        ("country", "XX"),
        ("country", "UK"),
        ("time_zone", "Berlin"),
        ("time_zone", ""),
        ("time_zone", "../etc/passwd"),
        ("trading_names", ("",)),
        ("laboratories", (" ",)),
        ("website", "klinik.example"),
        ("website", "ftp://klinik.example"),
        ("website", "https://"),
        ("website", "https://[bad"),
        ("sites", (Site(site_id=SITE, address="A"), Site(site_id=SITE, address="B"))),
    ],
)
def test_wrong_details_cannot_be_held(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=field):
        dataclasses.replace(DETAILS, **{field: value})


@pytest.mark.parametrize("field", ["country", "time_zone", "website"])
def test_no_message_repeats_what_was_written(field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        dataclasses.replace(DETAILS, **{field: "Anna Becker"})

    assert "Becker" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Licence(number="", issuer="Kammer"),
        lambda: Licence(number="1", issuer=" "),
        lambda: Site(site_id=SITE, address=""),
        lambda: Service(indication=IndicationCategory.unrecognised),
        lambda: Service(route=Route.unrecognised),
    ],
)
def test_wrong_parts_cannot_be_held(make: Any) -> None:
    with pytest.raises(InvalidInput):
        make()


def test_there_are_249_countries() -> None:
    assert len(COUNTRY_CODES) == 249
    assert {"DE", "JP", "ZA", "AX"} <= COUNTRY_CODES


def test_one_clinic_written_in_two_ways_has_equal_keys() -> None:
    one = dataclasses.replace(
        DETAILS,
        website="https://www.Klinik.example/start",
        licences=(Licence(number="AB-12 3", issuer="Ärztekammer Berlin"),),
        sites=(Site(site_id=SITE, address="Am Fluß 1, 10115 Berlin"),),
    )
    other = dataclasses.replace(
        DETAILS,
        legal_name="Something else",
        website="http://klinik.example",
        licences=(Licence(number="ab123", issuer="ärztekammer BERLIN"),),
        sites=(Site(site_id=UUID(int=2), address="am fluss 1 10115 berlin"),),
    )

    assert one.match_keys() == other.match_keys()
    assert [key.kind for key in one.match_keys()] == [MatchKind.licence, MatchKind.web_domain, MatchKind.address]


def test_equal_addresses_in_two_countries_are_two() -> None:
    site = Site(site_id=SITE, address="Main Street 1")
    here = dataclasses.replace(DETAILS, sites=(site,))
    there = dataclasses.replace(DETAILS, country="US", sites=(site,))

    assert not set(here.match_keys()) & set(there.match_keys())


def test_a_web_domain_is_the_host_without_www() -> None:
    assert web_domain("https://WWW.Klinik.example./team?x=1") == "klinik.example"
