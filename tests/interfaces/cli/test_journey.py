"""A clinic's whole way by the real command line, one process per step, each read back by the position it was given."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.registry import registry_id
from interfaces.cli.exit_codes import ExitCode
from tests.interfaces.cli.conftest import FOUNDERS
from tests.interfaces.cli.shell import Shell

PAPER = ("--source-channel", "paper", "--source-reference", "F-1")
NURSE = "A nurse of the journey"
DIGEST = "ab" * 32


def days_ago(days: int) -> str:
    return str((datetime.now(UTC) - timedelta(days=days)).date())


class Journey:
    """Steps that somebody takes, with what was answered."""

    def __init__(self, shell: Shell, officer: str) -> None:
        self.shell = shell
        self.officer = officer
        self.position = 0

    @property
    def other_officer(self) -> str:
        """Return the founder who judges what the first one entered."""
        officers: list[str] = self.shell.done("init", *FOUNDERS, "--simulated")["officers"]
        return officers[1]

    def step(self, words: str, role: str, /, by: str | None = None, **fields: Any) -> dict[str, Any]:
        """Record something as a process of its own, its fields as JSON from standard input; return the receipt."""
        arguments = [*words.split(), "--as", f"{by or self.officer}:{role}", *PAPER, "--input", "-", "--json"]
        with self.shell.process(*arguments, stdin=-1) as process:
            out, err = process.communicate(json.dumps(fields).encode(), timeout=60)
        assert process.returncode == 0, f"{words}: {err.decode()}"
        receipt: dict[str, Any] = json.loads(out)
        assert receipt["last_position"] > self.position
        self.position = receipt["last_position"]
        return receipt

    def read(self, *words: object) -> Any:
        """Read something as it is after the last step."""
        return self.shell.done(*words, "--min-position", self.position)


@pytest.fixture(scope="module")
def journey(registry: Shell, officer: str) -> Journey:
    return Journey(registry, officer)


@pytest.mark.timeout(200)
def test_clinic_goes_from_found_to_a_closed_adverse_event(journey: Journey) -> None:
    clinic = enrolled_clinic(journey)
    attested(journey, clinic)
    treatment = treated(journey, clinic)
    adverse_event = judged(journey, clinic, treatment)

    types = [event["type"] for event in journey.read("history", clinic)]
    assert types == [
        *("ClinicIdentified", "ClinicInvited", "InvitationDelivered", "InvitationAccepted"),
        *("ParticipationAgreementSigned", "EnrolmentRequested", "ClinicEnrolled", "GuidelineAttested"),
        *("TreatmentSubmitted", "FollowUpRecorded", "AdverseEventReported", "QueryRaised"),
        *("AdverseEventAssessed", "AdverseEventClosed"),
    ]
    told = [event["type"] for event in journey.read("history", adverse_event)]
    assert told == ["AdverseEventReported", "AdverseEventAssessed", "AdverseEventClosed"]
    own = ("--reader", f"clinic:{clinic}")
    assert sealed(journey, adverse_event) - sealed(journey, adverse_event, *own) == {"ReporterIdentity"}
    assert sealed(journey, adverse_event, *own)
    (query,) = journey.read("queries", clinic, "--waits-for", "clinic")
    assert (query["about_id"], query["state"]) == (adverse_event, "open")
    journey.step("query answer", "registrar", query_id=query["query_id"], answer="It is not known.")
    (answered,) = journey.read("queries", "--waits-for", "society", "--about", adverse_event)
    assert answered["state"] == "answered"
    journey.step("query close", "safety_officer", query_id=query["query_id"], resolution="explained")
    assert journey.read("queries", clinic) == []
    axes = {axis["axis"]: axis for axis in journey.read("why", clinic)["axes"]}
    assert {name: axis["value"] for name, axis in axes.items() if name != "data"} == {
        "participation": "enrolled",
        "standing": "no determination yet",
        "safety": "none",
        "verification": "self_attested",
        "listing": "no entry",
    }
    (enrolling,) = axes["participation"]["evidence"]
    assert (enrolling["type"], enrolling["position"] > 0) == ("ClinicEnrolled", True)
    assert journey.read("listing", "--search", "journey") == []
    journey.step("listing propose", "registrar", clinic_id=clinic)
    (entry,) = journey.read("listings", "--clinic", clinic, "--state", "published")
    (shown,) = journey.read("listing", "--search", "journey")
    assert (shown["name"], shown["listing_id"]) == ("Clinic of the journey", entry["listing_id"])
    assert shown["sentence"] == entry["sentence"]
    (listed,) = [each for each in journey.read("why", clinic)["axes"] if each["axis"] == "listing"]
    assert (listed["about"], listed["value"]) == (entry["listing_id"], f"published: {shown['label']}")
    assert "ListingPublished" in {each["type"] for each in listed["evidence"]}
    (public,) = journey.read("why", clinic, "--reader", "public")["axes"]
    assert (public["about"], public["value"]) == (listed["about"], listed["value"])
    assert {each["type"] for each in public["evidence"]} == {"ListingPublished"}
    assert {each["type"] for each in journey.read("history", clinic, "--reader", "public")} == {"ListingPublished"}
    assert journey.read("events", "tail", "--clinic", clinic, "--limit", 1)[0]["position"] == journey.position
    # The second tick looks at everything that the first one recorded.
    journey.position = [journey.shell.done("clock", "tick")["head"] for _ in range(2)][-1]
    duties = journey.read("compliance", clinic)["duties"]
    assert {duty["clinic_id"] for duty in duties} == {clinic}
    assert ("AE-15", "fulfilled") in {(duty["rule"], duty["status"]) for duty in duties}
    assert journey.shell.done("verify")["passed"]
    assert all(built["comparison"]["equal"] for built in journey.shell.done("rebuild"))


def sealed(journey: Journey, identity: str, *words: object) -> set[str]:
    """Return the kinds of sealed parts in a history, all of them opened."""
    return {part["schema"] for each in journey.read("history", identity, "--unseal", *words) for part in each["sealed"]}


def enrolled_clinic(journey: Journey) -> str:
    found = journey.step(
        "clinic identify", "registrar", legal_name="Clinic of the journey", country="DE", time_zone="Europe/Berlin",
        found_in="website", website="https://journey.example", occurred_on=days_ago(60),
    )  # fmt: skip
    clinic: str = found["aggregate_id"]
    letter = {"version": "1", "text_hash": DIGEST, "language": "en", "sender": "society"}
    sending = {"channel": "post", "address": "1 Journey Street", "address_source": "website"}
    journey.step(
        "clinic invite", "registrar", clinic_id=clinic, letter=letter, sendings=[sending], occurred_on=days_ago(50)
    )
    proof = {"kind": "post_signature", "document_hash": DIGEST}
    journey.step(
        "clinic prove-delivery", "registrar", clinic_id=clinic, channel="post", proof=proof, occurred_on=days_ago(48)
    )
    journey.step("clinic accept-invitation", "registrar", clinic_id=clinic, occurred_on=days_ago(40))
    journey.step(
        "clinic sign-agreement", "registrar", clinic_id=clinic, **signed(39), agreement_version="1",
        authority="medical_director", consent_to_tracking=True, consent_to_publication=True,
    )  # fmt: skip
    journey.step(
        "clinic request-enrolment", "registrar", clinic_id=clinic, registries=["knee"], occurred_on=days_ago(38)
    )
    journey.step("clinic enrol", "registrar", clinic_id=clinic, registries=["knee"], occurred_on=days_ago(30))
    return clinic


def attested(journey: Journey, clinic: str) -> None:
    item = {"item_id": "asepsis", "text": "Asepsis", "critical": True, "evidence_required": False}
    content = {
        "title": "Asepsis", "version": "1", "language": "en", "document_hash": DIGEST, "effective_on": days_ago(70),
        "items": [item],
    }  # fmt: skip
    guideline = journey.step("guideline publish", "guideline_editor", kind="clinical", content=content)["aggregate_id"]
    journey.step(
        "clinic attest", "registrar", clinic_id=clinic, **signed(20), guideline_id=guideline, guideline_version="1",
        items=[{"item_id": "asepsis", "answer": "met"}], valid_until=days_ago(-300),
    )  # fmt: skip


def treated(journey: Journey, clinic: str) -> str:
    submitted = journey.step(
        "treatment submit", "registrar", clinic_id=clinic, registry_id=str(registry_id("knee")), own_reference="T-1",
        performed_on=days_ago(15), patient_pseudonym="P-1", indication={"category": "musculoskeletal_knee"},
        donor={"kind": "autologous"}, origin={"tissue": "bone_marrow"}, product_kind="cells",
        delivery={"route": "intra_articular"},
    )  # fmt: skip
    treatment: str = submitted["aggregate_id"]
    journey.step(
        "treatment record-follow-up", "registrar", treatment_id=treatment, result="completed",
        contact={"date": days_ago(8)}, mode="visit",
    )  # fmt: skip
    return treatment


def judged(journey: Journey, clinic: str, treatment: str) -> str:
    reported = journey.step(
        "adverse-event report", "registrar", clinic_id=clinic, treatments=[treatment], verbatim_term="swollen knee",
        onset=days_ago(10), first_awareness=days_ago(4), received=days_ago(2), serious="yes",
        seriousness=["hospitalisation"], reporter="clinic", grade="not a grade", reporter_name=NURSE,
    )  # fmt: skip
    assert "grade" in {remark["field"] for remark in reported["remarks"]}
    adverse_event: str = reported["aggregate_id"]
    causality = {"factor": "delivery", "causality": "possible", "method": "who_umc"}
    journey.step(
        "adverse-event assess", "safety_officer", adverse_event_id=adverse_event, causalities=[causality],
        serious="yes", seriousness=["hospitalisation"], by=journey.other_officer,
    )  # fmt: skip
    journey.step("adverse-event close", "safety_officer", adverse_event_id=adverse_event)
    return adverse_event


def signed(days: int) -> dict[str, str]:
    """Return who signed what, so many days ago."""
    on = days_ago(days)
    return {
        "signer": "Signer of the journey", "signer_function": "director", "shown_hash": DIGEST,
        "signed_at": f"{on}T12:00:00Z", "occurred_on": on,
    }  # fmt: skip


def test_same_key_takes_effect_once_and_another_request_with_it_is_refused(journey: Journey) -> None:
    shell = journey.shell
    words = ("clinic", "identify", "--as", f"{journey.officer}:registrar", "--key", "the same", "--country", "FR")
    more = ("--time-zone", "Europe/Paris", "--found-in", "website", "--legal-name")

    first = shell.done(*words, *more, "Clinic given twice")
    second = shell.done(*words, *more, "Clinic given twice")
    other = shell.icms(*words, *more, "Another clinic")

    named = ("aggregate_id", "version", "first_position", "last_position")
    assert [first[name] for name in named] == [second[name] for name in named]
    assert (first["repeat"], second["repeat"]) == (False, True)
    assert other.code == ExitCode.conflict


def test_nested_fields_are_options_and_options_win_over_the_document(journey: Journey) -> None:
    document = {"legal_name": "In the document", "country": "DE", "time_zone": "Europe/Berlin", "found_in": "website"}
    site = json.dumps([{"address": "1 Option Street"}])

    receipt = journey.shell.done(
        "clinic", "identify", "--as", f"{journey.officer}:registrar", "--input", "-", "--legal-name", "As an option",
        "--sites", site, "--laboratories", "One", "--laboratories", "Two", stdin=json.dumps(document),
    )  # fmt: skip

    identified = journey.shell.done("events", "tail", "--clinic", receipt["aggregate_id"])[0]["what"]
    details = identified["details"]
    assert details["legal_name"] == "As an option"
    assert details["country"] == "DE"
    assert [each["address"] for each in details["sites"]] == ["1 Option Street"]
    assert details["laboratories"] == ["One", "Two"]


def test_unsealed_history_shows_what_was_sealed(journey: Journey) -> None:
    receipt = journey.shell.done(
        "clinic", "identify", "--as", f"{journey.officer}:registrar", "--legal-name", "Clinic with a director",
        "--country", "IT", "--time-zone", "Europe/Rome", "--found-in", "website", "--medical-director", "A director",
    )  # fmt: skip
    clinic = receipt["aggregate_id"]

    sealed = journey.shell.done("history", clinic, "--min-position", receipt["last_position"])
    opened = journey.shell.done("history", clinic, "--unseal", "--min-position", receipt["last_position"])

    assert "A director" not in json.dumps(sealed)
    assert [part["content"] for part in opened[0]["sealed"]] == [{"name": "A director"}]


@pytest.mark.timeout(120)
def test_a_safety_notice_is_published_by_two_and_shown_to_everybody(journey: Journey) -> None:
    approved = {"shown_hash": DIGEST, "second_approver": journey.other_officer}
    subject = {"about": "lot", "name": "Lot 0815 of the journey"}
    content = {"subject": subject, "title": "Do not use it", "known": "It is not sterile.", "advice": "Send it back."}
    published = journey.step("safety-notice publish", "safety_officer", content=content, **approved)
    notice, position = published["aggregate_id"], journey.position
    (shown,) = journey.read("safety-notices", "--about", "lot")
    assert (shown["notice_id"], shown["state"], shown["advice"]) == (notice, "in_force", "Send it back.")

    journey.step(
        "safety-notice withdraw", "safety_officer", notice_id=notice, explanation="It was sterile.", **approved
    )

    assert journey.read("safety-notices") == []
    assert [each["state"] for each in journey.read("safety-notices", "--as-of", position)] == ["in_force"]
    assert [each["state"] for each in journey.read("safety-notices", "--withdrawn")] == ["withdrawn"]
