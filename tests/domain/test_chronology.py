"""What happened lies in the past and after what it follows, by the calendar of the place."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from domain.chronology import ImpossibleDate, require_moment_past, require_not_before, require_past
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.personal import ClinicContact, CorrectionWords, MedicalDirector, OfficerName, SignerName
from domain.signature import Signature, SignatureMeaning
from tests.domain.clinics import SOME_HASH, act_on

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "utc_hour", "text", "possible"),
    [
        ("UTC", 12, "2026-03-03", True),
        ("UTC", 12, "2026-03-04", False),
        ("Pacific/Auckland", 12, "2026-03-04", True),
        ("Pacific/Auckland", 10, "2026-03-04", False),
        ("America/Los_Angeles", 2, "2026-03-03", False),
        ("UTC", 12, "2026-03", True),
        ("UTC", 12, "2026", True),
        ("UTC", 12, "2026-03-01/2026-03-03", True),
        ("UTC", 12, "2026-03-01/2026-03-04", False),
        ("UTC", 12, "2024-01-01/2040", False),
        ("UTC", 12, "2024/2200", False),
        ("UTC", 12, "2027", False),
    ],
)
def test_the_day_is_the_places_day(zone: str, utc_hour: int, text: str, possible: bool) -> None:
    act = dataclasses.replace(act_on(text), recorded_at=NOON.replace(hour=utc_hour))

    if possible:
        require_past(act, zone)
    else:
        with pytest.raises(ImpossibleDate):
            require_past(act, zone)


def test_only_a_date_that_can_lie_in_no_way_after_the_other_is_refused() -> None:
    require_not_before("x", PartialDate("2026-03"), PartialDate("2026-03-31"), "the other")
    require_not_before("x", PartialDate("2026-03-01"), PartialDate("2026"), "the other")

    with pytest.raises(ImpossibleDate):
        require_not_before("x", PartialDate("2026-02"), PartialDate("2026-03-01"), "the other")


def test_a_moment_has_a_zone_and_lies_in_the_past() -> None:
    require_moment_past("x", NOON, act_on())

    for moment in (NOON + timedelta(seconds=1), NOON.replace(tzinfo=None)):
        with pytest.raises(ImpossibleDate):
            require_moment_past("x", moment, act_on())


def test_a_signature_without_zone_or_hash_cannot_be_held() -> None:
    for signed_at, shown in ((NOON.replace(tzinfo=None), SOME_HASH), (NOON, "nothing")):
        with pytest.raises(InvalidInput):
            Signature(signed_at=signed_at, meaning=SignatureMeaning.agreed, shown_hash=shown)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", [OfficerName, SignerName, MedicalDirector, ClinicContact])
def test_a_name_is_not_empty(part: type) -> None:
    for name in ("", "  ", "x" * 201):
        with pytest.raises(InvalidInput, match="name"):
            part(name=name)
    with pytest.raises(InvalidInput, match="words"):
        CorrectionWords(words="")
