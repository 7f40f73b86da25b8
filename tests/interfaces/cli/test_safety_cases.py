"""A safety case by the real command line: judged, published, shown by `icms safety-cases`, its shortcuts refused."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from interfaces.cli.exit_codes import ExitCode
from tests.interfaces.cli.shell import Shell
from tests.interfaces.cli.test_journey import DIGEST, PAPER, Journey, days_ago

GROUNDS = ["patient_safety"]
SCOPES = [{"kind": "technique", "technique": "intrathecal injection"}]
LETTER = {"version": "2026-1", "text_hash": DIGEST, "language": "en", "sender": "Registry office"}
POST = {"channel": "post", "address": "1 Clinic Road", "address_source": "licence register"}
PROOF = {"kind": "post_signature", "document_hash": DIGEST}
SIGNED = {"signer": "Signer of the case", "shown_hash": DIGEST}
WHY = ["patients are in danger"]


@pytest.fixture(scope="module")
def journey(registry: Shell, officer: str) -> Journey:
    return Journey(registry, officer)


@pytest.fixture(scope="module")
def clinic(journey: Journey) -> str:
    receipt = journey.step(
        "clinic identify",
        "registrar",
        legal_name="Clinic of the case",
        country="FR",
        time_zone="Europe/Paris",
        found_in="patient",
    )
    clinic: str = receipt["aggregate_id"]
    return clinic


@pytest.fixture(scope="module")
def panel(journey: Journey) -> list[str]:
    members = [
        journey.step("officer appoint", "policy_officer", name=f"Member {each}")["aggregate_id"] for each in "ABC"
    ]
    for member in members:
        journey.step(
            "officer grant-role", "policy_officer", officer_id=member, role="auditor",
            second_grantor=journey.other_officer,
        )  # fmt: skip
    return members


def refused(journey: Journey, words: str, role: str, by: str, **fields: Any) -> str:
    """Try something and return the name of its refusal."""
    arguments = [*words.split(), "--as", f"{by}:{role}", *PAPER, "--input", "-", "--json"]
    with journey.shell.process(*arguments, stdin=-1) as process:
        _, err = process.communicate(json.dumps(fields).encode(), timeout=60)
    assert process.returncode == ExitCode.refused, err.decode()
    name: str = json.loads(err)["error"]
    return name


def raised(journey: Journey, clinic: str) -> str:
    receipt = journey.step(
        "safety-case raise-concern", "reporter", by=str(uuid4()), clinic_id=clinic, grounds=GROUNDS,
        concern="What a patient told.", occurred_on=days_ago(120),
    )  # fmt: skip
    case: str = receipt["aggregate_id"]
    journey.step(
        "safety-case add-evidence", "safety_officer", case_id=case, kind="document", says="A leaflet.",
        document_hash=DIGEST, occurred_on=days_ago(119),
    )  # fmt: skip
    return case


def told(journey: Journey, case: str, panel: list[str]) -> None:
    journey.step("safety-case convene-panel", "safety_officer", case_id=case, members=panel, occurred_on=days_ago(118))
    allegation = {"grounds": GROUNDS, "evidence_ids": [f"{case}/2"], "scopes": SCOPES}
    journey.step(
        "safety-case serve-notice", "safety_officer", case_id=case, allegation=allegation, letter=LETTER,
        sendings=[POST], occurred_on=days_ago(117),
    )  # fmt: skip


def voted(journey: Journey, case: str, panel: list[str]) -> None:
    journey.step(
        "safety-case prove-notice-delivery", "safety_officer", case_id=case, channel="post", proof=PROOF,
        occurred_on=days_ago(110),
    )  # fmt: skip
    assert (
        refused(
            journey,
            "safety-case vote",
            "auditor",
            panel[0],
            case_id=case,
            choice="substantiated",
            reasoning="x",
            **SIGNED,
        )
        == "ReplyPeriodRuns"
    )
    journey.step("safety-case lapse-reply-period", "system", by=str(uuid4()), case_id=case)
    for member in panel:
        journey.step(
            "safety-case vote", "auditor", by=member, case_id=case, choice="substantiated", reasoning="It was shown.",
            occurred_on=days_ago(45), **SIGNED,
        )  # fmt: skip


def decided(journey: Journey, case: str, panel: list[str]) -> None:
    finding = {
        "grounds": GROUNDS, "evidence_ids": [f"{case}/2"], "scopes": SCOPES, "remedy": "cessation", "reasons": WHY
    }  # fmt: skip
    journey.step(
        "safety-case decide-finding", "auditor", by=panel[0], case_id=case, finding=finding, occurred_on=days_ago(40),
        **SIGNED,
    )  # fmt: skip
    publishing = {"case_id": case, **SIGNED}
    second = journey.other_officer
    assert refused(journey, "safety-case publish-finding", "safety_officer", second, **publishing) == (
        "FindingNotDelivered"
    )
    journey.step(
        "safety-case prove-finding-delivery", "safety_officer", case_id=case, letter=LETTER, sending=POST, proof=PROOF,
        occurred_on=days_ago(35),
    )  # fmt: skip
    journey.step("safety-case publish-finding", "safety_officer", by=second, **publishing)


def listed(journey: Journey, *words: object) -> list[tuple[str, str]]:
    """Return cases by state."""
    return [(each["case_id"], each["state"]) for each in journey.read("safety-cases", *words)]


@pytest.mark.timeout(300)
def test_a_case_from_a_concern_to_its_publication(journey: Journey, clinic: str, panel: list[str]) -> None:
    case = raised(journey, clinic)
    first = journey.position
    told(journey, case, panel)
    voted(journey, case, panel)
    decided(journey, case, panel)

    assert listed(journey, "--clinic", clinic) == [(case, "finding_published")]
    assert listed(journey, "--clinic", clinic, "--as-of", first) == [(case, "raised")]
    assert listed(journey, "--clinic", clinic, "--state", "closed") == []
    (row,) = journey.read("safety-cases", "--clinic", clinic)
    assert (row["remedy"], row["grounds"], row["under_appeal"]) == ("cessation", GROUNDS, False)
    (axis,) = journey.read("safety-cases", "--clinic", clinic, "--by-clinic")
    assert (axis["safety"], axis["cases"]) == ("finding_published", [case])
    shown = journey.shell.icms("safety-cases", "--clinic", clinic)
    assert "finding_published" in shown.out.replace("\n", "")

    axes = {each["axis"]: each for each in journey.read("why", clinic)["axes"]}
    assert (axes["safety"]["value"], axes["safety"]["evidence"][0]["type"]) == ("finding_published", "FindingPublished")

    told_types = [event["type"] for event in journey.read("history", case)]
    assert told_types == [
        *("ConcernRaised", "EvidenceAdded", "PanelConvened", "NoticeServed", "NoticeDelivered", "ReplyPeriodLapsed"),
        *("VoteCast", "VoteCast", "VoteCast", "FindingDecided", "FindingDelivered", "FindingPublished"),
    ]


@pytest.mark.timeout(200)
def test_an_interim_measure_shows_while_it_is_in_force(journey: Journey, clinic: str, panel: list[str]) -> None:
    case = raised(journey, clinic)
    journey.step("safety-case convene-panel", "safety_officer", case_id=case, members=panel)
    before = journey.position
    measure = {"case_id": case, "grounds": GROUNDS, "reasons": WHY, **SIGNED}
    assert refused(journey, "safety-case publish-interim", "safety_officer", journey.officer, **measure) == (
        "InterimNeedsSecondOfficer"
    )

    journey.step("safety-case publish-interim", "safety_officer", by=journey.other_officer, **measure)

    assert (case, "interim") in listed(journey, "--clinic", clinic)
    assert (case, "under_review") in listed(journey, "--clinic", clinic, "--as-of", before)
