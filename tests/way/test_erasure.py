"""With a subject's key destroyed, everything still replays and verifies, and its fields show as erased."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from application.reports import ReportAdverseEvent
from domain.patient import TreatmentWords
from projections.catalogue import READ_MODELS
from tests.erasing import erase
from tests.way.installation import Installation
from tests.way.society import Member, a_member


@dataclass(frozen=True)
class Forgotten:
    """A patient whose key was destroyed, and one beside them whose key was not."""

    member: Member
    treatment: str
    neighbour: str
    report: str
    pseudonym: str
    before: list[dict[str, Any]]


@pytest.fixture(scope="module")
def forgotten(way: Installation) -> Forgotten:
    member = a_member(way)
    first = member.submission(words=TreatmentWords(diagnosis="to be forgotten", comment="this too"))
    second = member.submission()
    treated, neighbour = member.do(first, second)
    report = ReportAdverseEvent(
        clinic_id=str(member.clinic_id),
        treatments=(str(treated.aggregate_id),),
        verbatim_term="an event to be forgotten",
        reporter_name="Somebody who reports",
    )
    (reported,) = member.do(report)
    way.caught_up()
    before = way.done("history", treated.aggregate_id, "--unseal")
    erase(way.bootstrap.owner_dsn, UUID(before[0]["sealed"][0]["subject"]))
    return Forgotten(
        member,
        str(treated.aggregate_id),
        str(neighbour.aggregate_id),
        str(reported.aggregate_id),
        str(first.patient_pseudonym),
        before,
    )


def states(way: Installation, identity: str) -> dict[str, str]:
    """Return the state of each sealed part in a history, by its schema."""
    history = way.done("history", identity, "--unseal")
    return {part["schema"]: part["state"] for entry in history for part in entry["sealed"]}


def test_history_replays_and_shows_the_subjects_parts_as_erased(way: Installation, forgotten: Forgotten) -> None:
    after = way.done("history", forgotten.treatment, "--unseal")

    assert [part["state"] for part in forgotten.before[0]["sealed"]] == ["opened"] * 3
    assert [part["state"] for part in after[0]["sealed"]] == ["erased"] * 3
    assert all("content" not in part for part in after[0]["sealed"])
    assert [{**entry, "sealed": None} for entry in after] == [{**entry, "sealed": None} for entry in forgotten.before]
    shown = way.icms("history", forgotten.treatment, "--unseal").out
    assert "erased" in shown
    assert "forgotten" not in shown


def test_nobody_elses_parts_are_touched(way: Installation, forgotten: Forgotten) -> None:
    assert set(states(way, forgotten.neighbour).values()) == {"opened"}
    assert states(way, forgotten.report) == {"AdverseEventWords": "erased", "ReporterIdentity": "opened"}


def test_new_data_for_the_subject_are_refused_and_nothing_is_recorded(
    way: Installation, forgotten: Forgotten, tmp_path: Path
) -> None:
    head = way.head

    answer = forgotten.member.submit(tmp_path, forgotten.member.submission(patient_pseudonym=forgotten.pseudonym))

    assert (answer.code, json.loads(answer.err)["error"]) == (5, "SubjectErased"), answer.err
    assert forgotten.pseudonym not in answer.err
    assert way.head == head


def test_read_models_rebuild_equal_and_everything_verifies(way: Installation, forgotten: Forgotten) -> None:
    rebuilt = way.done("rebuild", "--switch")
    verified = way.done("verify")

    assert {each["name"] for each in rebuilt} == {make.name for make in READ_MODELS}
    assert all(each["switched"] and not each["comparison"]["examples"] for each in rebuilt)
    assert all(each["comparison"]["only_live"] == each["comparison"]["only_new"] == 0 for each in rebuilt)
    assert verified["passed"] is True
    assert verified["events"] == way.head
