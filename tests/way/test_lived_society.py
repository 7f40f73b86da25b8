"""Three simulated years come to every event type and to every value of domain.md's tables."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.catalogue import event_classes
from domain.dates import last_day, quarter_end
from domain.determination import DeterminationKind
from domain.listing_category import ListingCategory
from domain.obligation import ObligationStatus
from infra.event_log import StoredRow
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


def test_every_category_was_shown_to_the_public_from_its_publication_on(registry: Installation) -> None:
    first: dict[str, StoredRow] = {}
    for row in of_type(registry, "ListingPublished"):
        first.setdefault(event_of(registry, row).entry.category.value, row)

    assert set(first) == AXES["public category"]
    for category, row in first.items():
        # The day is that of the position: what was shown then may be over by now.
        asked = ("listing", "--category", category)
        # A clinic that is found by a category is shown with all of its entries.
        shown, before = (
            {each["listing_id"] for each in registry.done(*asked, "--as-of", position) if each["category"] == category}
            for position in (row.position, row.position - 1)
        )
        assert shown - before == {str(row.originator_id)}, category


def test_the_public_is_shown_what_is_published_and_nothing_else(registry: Installation) -> None:
    shown = {(each["listing_id"], each["sentence"]) for each in registry.done("listing", "--limit", 1000)}
    today = datetime.now(UTC).date().isoformat()
    public = {
        (each["listing_id"], each["sentence"])
        for state in ("published", "disputed")
        for each in registry.done("listings", "--state", state)
        if each["shown_until"] is None or each["shown_until"] >= today
    }

    assert public
    assert shown == public


def test_an_interim_measure_is_public_while_it_protects(registry: Installation) -> None:
    """Sent to the clinic within days, it is public long before thirty days have passed, and ends with the measure."""
    measures = {f"{row.originator_id}/{row.originator_version}": row for row in of_type(registry, "InterimPublished")}
    waited = []
    for row in of_type(registry, "ListingPublished"):
        entry = event_of(registry, row).entry
        if entry.category is ListingCategory.interim:
            assert row.recorded_at.date() <= last_day(entry.shown_until)
            waited.append((row.recorded_at - measures[entry.condition].recorded_at).days)

    assert waited
    assert max(waited) < 30


def of_type(registry: Installation, name: str) -> list[StoredRow]:
    """Return the events of a type, in order."""
    with registry.bootstrap.log() as log:
        return [row for row in log.read(0, 1_000_000) if row.topic.partition(".")[0] == name]


def event_of(registry: Installation, row: StoredRow) -> Any:
    """Return what an event says."""
    return registry.bootstrap.codec.decode(row.topic, row.state, row.originator_id, row.originator_version)


@pytest.mark.parametrize("name", NOT_YET)
def test_what_no_command_makes_yet_is_no_event_type_yet(name: str) -> None:
    assert name not in event_classes(), f"{name} is there by now: let a society live it, and take it off this list"


def test_a_suspended_clinic_that_improves_comes_back_to_good_standing(registry: Installation) -> None:
    steps: dict[str, list[str]] = {}
    for each in sorted(registry.done("standing", "--history"), key=lambda each: str(each["quarter"])):
        steps.setdefault(each["clinic_id"], []).append(each["step"])

    assert any("suspended" in of and "good_standing" in of[of.index("suspended") :] for of in steps.values())


def test_an_entry_comes_in_question_with_the_standing_it_rests_on(registry: Installation) -> None:
    """The public reads of it on the entry until it is settled; each question is asked once and has its last day."""
    rows = of_type(registry, "DeterminationQuestioned")
    asked = [event_of(registry, row) for row in rows]
    standings = {(each.determination, each.changed_by) for each in asked if each.kind is DeterminationKind.standing}
    of_entries = [(row, each) for row, each in zip(rows, asked, strict=True) if each.kind is DeterminationKind.listing]
    assert of_entries
    published = {f"{row.originator_id}/{row.originator_version}": row for row in of_type(registry, "ListingPublished")}
    for row, each in of_entries:
        entry = event_of(registry, published[each.determination]).entry
        assert {(cited, each.changed_by) for cited in entry.evidence_ids} & standings
        told = registry.done("listing", "--category", entry.category.value, "--as-of", row.position)
        (said,) = (of for of in told if f"{of['listing_id']}" == each.determination.partition("/")[0])
        assert "" < str(said["questioned_on"] or "") <= each.context.occurred_on
    questions = [(each.determination, each.evidence, each.changed_by) for each in asked]
    assert len(set(questions)) == len(questions)
    owed = [
        each
        for status in ObligationStatus
        for each in registry.done("obligations", "--rule", "DQ-7", "--status", status.value, "--limit", 100_000)
    ]
    assert {each["clinic_id"] for each in owed} == {None}
    assert {each["about"] for each in owed} == {str(each.originator_id) for each in asked}
    assert len(owed) == len({each.originator_id for each in asked})


def test_nothing_was_changed_and_all_read_models_agree(registry: Installation) -> None:
    assert registry.icms("verify").code == 0


def test_the_two_clocks_differ_on_what_was_reported_late(registry: Installation) -> None:
    """A day after a death was to be reported it was missing, and nobody knew that it was owed: all answers say both."""
    late = registry.done("obligations", "--status", "late", "--rule", "AE-7", "--limit", 100_000)
    counted_in = {
        obligation: standing for standing in registry.done("standing", "--history") for obligation in standing["missed"]
    }
    reports = {str(row.originator_id): event_of(registry, row) for row in of_type(registry, "AdverseEventReported")}
    concealed = [each for each in late if each["obligation_id"] in counted_in and reports[each["about"]].content.death]
    death = max(concealed, key=lambda each: int(each["late_days"]))
    counted = counted_in[death["obligation_id"]]
    assert death["late_days"] >= 35
    clinic, about, due = death["clinic_id"], death["about"], date.fromisoformat(death["due_on"])
    day, asked = due + timedelta(days=1), ("obligations", "--about", about, "--rule", "AE-7")

    assert [each["status"] for each in registry.done(*asked, "--happened-by", day)] == ["missed"]
    assert registry.done(*asked, "--as-of", day) == []
    reported = ("history", clinic, "--type", "AdverseEventReported")
    assert about in {each["aggregate_id"] for each in registry.done(*reported, "--happened-by", day)}
    assert about not in {each["aggregate_id"] for each in registry.done(*reported, "--as-of", day)}
    ended_on = quarter_end(counted["quarter"])
    steps = {
        clock: [each["quarter"] for each in registry.done("standing", clinic, "--history", clock, ended_on)]
        for clock in ("--as-of", "--happened-by")
    }
    assert counted["quarter"] in steps["--happened-by"]
    assert counted["quarter"] not in steps["--as-of"]
