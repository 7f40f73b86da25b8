"""A safety case by the real command line: judged, published, shown by `icms safety-cases`, its shortcuts refused."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from interfaces.cli.exit_codes import ExitCode
from interfaces.cli.main import PARTS
from tests.interfaces.cli.command_tree import COMMANDS
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


def owed(journey: Journey, case: str, *words: object) -> list[tuple[str, bool]]:
    """Return what is owed in a case by its rule, and whether the event that opened it is named."""
    found = journey.read("obligations", "--about", case, *words)
    return sorted((each["rule_id"], each["opened_by"] is not None) for each in found)


def ticked(journey: Journey) -> None:
    journey.position = [journey.shell.done("clock", "tick")["head"] for _ in range(2)][-1]


def not_there(journey: Journey, *words: object) -> str:
    """Read something that is answered as if it were not there; return the answer without the id that was asked for."""
    answer = journey.shell.icms(*words, "--min-position", journey.position, "--json")
    assert answer.code == ExitCode.not_found, answer
    return answer.err.replace(str(words[1]), "ID")


@pytest.mark.timeout(300)
def test_a_case_is_the_societys_until_its_notice_tells_the_clinic(
    journey: Journey, clinic: str, panel: list[str]
) -> None:
    case, own = raised(journey, clinic), ("--reader", f"clinic:{clinic}")
    told(journey, case, panel)
    ticked(journey)

    for who in (own, ("--reader", f"clinic:{uuid4()}"), ("--reader", "public")):
        assert owed(journey, case, *who) == []
        assert journey.read("safety-cases", *who) == journey.read("safety-cases", "--by-clinic", *who) == []
        assert not_there(journey, "history", case, *who) == not_there(journey, "history", uuid4(), *who)
        assert case not in json.dumps(journey.read("history", clinic, *own))
    assert owed(journey, case) == owed(journey, case, "--reader", "auditor") == [("CA-180", True)]

    journey.step(
        "safety-case prove-notice-delivery", "safety_officer", case_id=case, channel="post", proof=PROOF,
        occurred_on=days_ago(2),
    )  # fmt: skip
    ticked(journey)

    assert owed(journey, case, *own) == [("RE-30", False)]
    assert owed(journey, case, "--reader", "public") == []
    assert "ObligationOpened" in {each["type"] for each in journey.read("history", clinic, *own)}


def test_why_tells_a_clinic_all_but_its_safety_axis_and_others_what_is_public(journey: Journey, clinic: str) -> None:
    own = ("--reader", f"clinic:{clinic}")

    told_by_society = [each["axis"] for each in journey.read("why", clinic)["axes"]]
    told_to_it = journey.read("why", clinic, *own)["axes"]

    assert "safety" in told_by_society
    assert [each["axis"] for each in told_to_it] == [each for each in told_by_society if each != "safety"]
    for who in (("--reader", f"clinic:{uuid4()}"), ("--reader", "public")):
        for words in (("why",), ("compliance",), ("history",)):
            assert not_there(journey, *words, clinic, *who) == not_there(journey, *words, uuid4(), *who)


def test_every_command_that_reads_about_clinics_says_for_whom() -> None:
    reading = {name for name in PARTS["Read it"] if name not in {"events", "subscribe"}}

    without = {name for name in reading if "reader" not in {each.name for each in COMMANDS[(name,)].params}}

    assert (len(reading), without) == (10, set())
