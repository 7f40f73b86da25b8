"""Three simulated years come to every event type and to every value of domain.md's tables."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from domain.catalogue import event_classes
from tests.way.installation import Installation
from tests.way.lived import AXES, Lived, lived

pytestmark = pytest.mark.timeout(900)

PLOT = ("--clinics", 40, "--years", 3, "--seed", 1, "--start", date(2023, 11, 1))

NOT_YET = {
    "LaboratoryIdentified": "a treatment cites a laboratory by name; none has a history of its own yet",
    "LaboratoryDetailsCorrected": "as above",
    "LaboratoryAttested": "as above",
    "LaboratoryVerified": "as above",
    "LaboratoryLapsed": "as above",
    "PublishedStudyRecorded": "the registers of published studies are not read yet",
    "PublishedStudyRevised": "as above",
    "AdverseEventNoticeDelivered": "a clinic is not told of another's report yet",
}
"""Events of domain.md that no command makes yet, with the reason."""


@pytest.fixture(scope="module")
def registry(way: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield a registry in which a society with its cast lived for three years."""
    folder: Path = tmp_path_factory.mktemp("lived") / "state"
    with way.beside(f"w_{secrets.token_hex(6)}", folder) as made:
        made.services.prepare()
        made.services.up()
        try:
            made.done("simulate", *PLOT)
            made.caught_up()
            yield made
        finally:
            made.services.stop()


@pytest.fixture(scope="module")
def found(registry: Installation) -> Lived:
    """Return what it came to."""
    return lived(registry)


def test_every_event_type_there_is_happened(found: Lived) -> None:
    assert found.missing_events() == set()


@pytest.mark.parametrize("axis", AXES)
def test_everything_a_table_of_the_domain_knows_came_to_be(found: Lived, axis: str) -> None:
    assert AXES[axis] - found.values[axis] == frozenset()
    assert found.values[axis] <= AXES[axis]


@pytest.mark.parametrize("name", NOT_YET)
def test_what_no_command_makes_yet_is_no_event_type_yet(name: str) -> None:
    assert name not in event_classes(), f"{name} is there by now: let a society live it, and take it off this list"


def test_a_suspended_clinic_that_improves_comes_back_to_good_standing(registry: Installation) -> None:
    steps: dict[str, list[str]] = {}
    for each in sorted(registry.done("standing", "--history"), key=lambda each: str(each["quarter"])):
        steps.setdefault(each["clinic_id"], []).append(each["step"])

    assert any("suspended" in of and "good_standing" in of[of.index("suspended") :] for of in steps.values())


def test_nothing_was_changed_and_all_read_models_agree(registry: Installation) -> None:
    assert registry.icms("verify").code == 0
