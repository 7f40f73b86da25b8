"""Time as an input on a whole installation: what fell due is recorded once, in order, and never before it is known."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from application.case_decisions import PublishInterim
from application.command import Actor, Command, Request
from application.listing_disputes import AnswerDispute, DisputeListing, DisputeOutcome
from application.listing_reviews import PreviewListing
from application.listings import WithdrawListing
from application.safety_cases import ConvenePanel, RaiseConcern
from application.treatments import VoidTreatment
from consumers import builds
from consumers.policy_trial import adopted_outcomes
from consumers.replay import Replay
from domain.aggregate import Source
from domain.codes import Channel, Reason, Role, Via
from domain.letters import InvitationChannel, Sending
from domain.listing_state import DisputeGround, WithdrawalCause
from domain.safety_case_codes import Ground
from infra import crash_points
from infra.postgres import connect
from interfaces.cli.exit_codes import ExitCode
from interfaces.clock import clock_of, tick
from interfaces.founding import officer_ids
from interfaces.simulation.due_process import letter
from interfaces.simulation.society import document
from projections.catalogue import READ_MODELS
from projections.live import ReadModelBehind, reading
from tests.campaign.verdict import Verdict
from tests.campaign.view_judge import judge_view
from tests.infra.told import require_as_told
from tests.way.agreement import agreement
from tests.way.installation import Installation

CLINICS = 8
RANDOM_KILLS = 3
MOMENT = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""Noon in London: the same day at every clinic."""


@pytest.fixture(scope="module")
def society(way: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield a registry of its own, with its processes, in which a society lived and no clock has ticked yet."""
    folder = tmp_path_factory.mktemp("clock") / "state"
    with way.beside(f"w_{secrets.token_hex(6)}", folder) as registry:
        registry.services.prepare()
        registry.done("simulate", "--clinics", CLINICS, "--years", 2, "--seed", 8, "--start", "2024-09-01",
                      "--no-clock")  # fmt: skip
        registry.services.up()
        registry.caught_up()
        yield registry
        registry.services.stop()


@pytest.fixture(scope="module")
def ticked(society: Installation, seed: int) -> Any:
    """Let two clocks tick at once, as after an outage of two years, after some that were killed."""
    chance = random.Random(seed)
    # A quarter after the other falls due, and the clock dies in the middle of each, if it is not too quick.
    quarters = [MOMENT - timedelta(days=91 * number) for number in range(RANDOM_KILLS, 0, -1)]
    killed = [killed_after(society, each, chance.randrange(1, 40)) for each in quarters]
    assert any(killed)
    for point in ("clock.before_cursor", "clock.between_steps:3"):
        assert killed_at(society, point) == -signal.SIGKILL
    with ThreadPoolExecutor(2) as pool:
        both = [each.result() for each in [pool.submit(tick, society.bootstrap, MOMENT) for _ in range(2)]]
    society.caught_up()
    return both


def killed_at(society: Installation, point: str) -> int:
    """Let a clock tick that dies at a point; return how it ended."""
    return ticking(society, {crash_points.VARIABLE: point}).wait(120)


def killed_after(society: Installation, moment: datetime, events: int) -> bool:
    """Let a clock tick, kill it as soon as it has recorded that many events, and say whether it was still at work."""
    head = society.head
    process = ticking(society, {}, moment)
    with society.bootstrap.log() as log:
        while process.poll() is None and log.head() < head + events:
            pass
    process.kill()
    return process.wait(120) == -signal.SIGKILL


def ticking(society: Installation, told: dict[str, str], moment: datetime = MOMENT) -> subprocess.Popen[bytes]:
    """Start a process in which a clock ticks once."""
    program = (
        "import os; from datetime import datetime; from infra import crash_points; from interfaces.bootstrap import "
        "Bootstrap; from interfaces.clock import tick; crash_points.arm(os.environ); "
        f"tick(Bootstrap.from_environment(os.environ), datetime.fromisoformat('{moment.isoformat()}'))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ICMS_")}
    return subprocess.Popen([sys.executable, "-c", program], env={**kept, **society.environment, **told})


def obligations(society: Installation) -> list[tuple[Any, ...]]:
    with society.bootstrap.reader() as connection, reading(connection, "obligations") as (cursor, _):
        return cursor.execute(
            "SELECT rule_id, about, item, status, due_on, fulfilled_on, obligation_id, opened_by, clinic_id "
            "FROM known_obligations(NULL, NULL) ORDER BY rule_id, about, item, known_from"
        ).fetchall()


def test_two_clocks_at_once_record_everything_once(society: Installation, ticked: Any) -> None:
    counted = Counter((*row[:3], *row[-2:]) for row in obligations(society))

    assert ticked[0].events + ticked[1].events > 0
    assert (len(counted) > 100, max(counted.values())) == (True, 1)
    again = tick(society.bootstrap, MOMENT)
    assert (again.events, again.missed, again.lapsed) == (0, 0, 0)


@pytest.mark.usefixtures("ticked")
def test_killed_clocks_and_two_at_once_lose_and_double_nothing(society: Installation) -> None:
    require_as_told(society.bootstrap.owner_dsn, ())
    assert agreement(society, MOMENT.date()).differing == {}
    for model in ("obligations", "standings"):
        require_replayed(society, model)


def require_replayed(society: Installation, model: str) -> None:
    """Assert that a read model holds what a fresh replay of the store makes."""
    society.caught_up()
    verdict = Verdict()
    make = next(each for each in READ_MODELS if each.name == model)
    dsn = society.bootstrap.role_dsn("icms_projector")
    with connect(dsn) as connection, connect(dsn) as read, society.owner() as owner:
        live = builds.current(owner, model)
        assert live is not None
        replay = Replay(connection, read, make, society.bootstrap.codec)
        replay.advance(live.position)
        judge_view(owner, live.schema, replay.build.schema, verdict)
        replay.drop()
    assert verdict.clean, str(verdict)


@pytest.mark.usefixtures("ticked")
def test_misses_are_recorded_in_the_order_of_their_due_days(society: Installation) -> None:
    with society.bootstrap.reader() as connection:
        rows = connection.execute(
            "SELECT occurred_on FROM registry.events WHERE topic = 'FollowUpMissed.v1' ORDER BY position"
        ).fetchall()

    days = [row[0] for row in rows]
    assert len(days) > 5
    assert days == sorted(days)


@pytest.mark.usefixtures("ticked")
def test_the_record_and_the_accounts_agree_duty_by_duty(society: Installation) -> None:
    """What the clock recorded, and what the rules make of the clinics' records, say the same about every duty."""
    found = agreement(society, MOMENT.date())

    assert found.differing == {}
    statuses = Counter(each.status for each in found.recorded.values())
    assert set(statuses) >= {"open", "missed", "fulfilled", "fulfilled_late"}
    assert len(found.recorded) > 300


@pytest.mark.usefixtures("ticked")
def test_each_quarter_of_each_enrolled_clinic_is_assessed_once(society: Installation) -> None:
    society.caught_up()
    found = society.done("standing", "--history")

    quarters = Counter((each["clinic_id"], each["quarter"]) for each in found)
    assert max(quarters.values()) == 1
    assert {each["step"] for each in found} >= {"good_standing", "first_warning", "suspended"}
    for each in found:
        assert bool(each["missed"] or each["overdue"]) == bool(each["evidence_ids"])
        assert each["restored_by"]
    last = society.done("standing", found[0]["clinic_id"])
    of_clinic = [each["quarter"] for each in found if each["clinic_id"] == last[0]["clinic_id"]]
    assert [each["quarter"] for each in last] == [max(of_clinic)]
    axes = {each["axis"]: each for each in society.done("why", last[0]["clinic_id"])["axes"]}
    assert (axes["standing"]["value"], axes["standing"]["would_change"]) == (last[0]["step"], last[0]["restored_by"])


@pytest.mark.usefixtures("ticked")
def test_the_trial_of_the_policy_in_force_says_what_the_clock_recorded(society: Installation) -> None:
    """The folds that a draft is tried with, and the record of the clock, say the same of every clinic."""
    society.caught_up()
    recorded = {each["clinic_id"]: each["step"] for each in society.done("standing")}
    steps = {(each["clinic_id"], each["quarter"]): each["step"] for each in society.done("standing", "--history")}
    tried = {}
    with society.bootstrap.reader() as connection:
        outcomes = dict(adopted_outcomes(connection, society.bootstrap.codec, MOMENT))
    for clinic_id, outcome in outcomes.items():
        tried.update({(str(clinic_id), each.name): each.step.value for each in outcome.quarters})

    assert len(recorded) >= 3
    assert tried == steps
    assert {str(each): outcome.standing for each, outcome in outcomes.items() if str(each) in recorded} == {
        each: step if outcomes[UUID(each)].standing != "not_rated" else "not_rated" for each, step in recorded.items()
    }


@pytest.mark.usefixtures("ticked")
def test_a_draft_says_who_would_stand_otherwise_and_why_and_records_nothing(
    society: Installation, tmp_path: Path
) -> None:
    head = society.caught_up()
    draft = society.done("policy", "adopt", "--example")
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(draft))
    assert society.done("policy", "try", file, "--now", MOMENT.isoformat()) == []
    for rule in draft["terms"]["rules"]:
        rule["limit"] = {"FU-30": 1, "TX-30": 2, "IN-90": 2000}.get(rule["rule_id"], rule["limit"])
    file.write_text(json.dumps(draft["terms"]))

    changes = society.done("policy", "try", file, "--now", MOMENT.isoformat())

    assert {each["axis"] for each in changes} == {"standing", "category"}
    assert all(each["before"] != each["after"] or each["quarters"] for each in changes)
    reasons = {reason["position"]: reason["event"] for each in changes for reason in each["because"]}
    with society.bootstrap.log() as log:
        rows = [log.row(position) for position in reasons]
    assert {row.position: f"{row.originator_id}/{row.originator_version}" for row in rows if row} == reasons
    assert all(each["because"] for each in changes if each["axis"] == "category")
    del draft["terms"]["rules"][0]
    file.write_text(json.dumps(draft))
    assert "PolicyIncomplete" in society.icms("policy", "try", file).err
    assert society.head == head


@pytest.mark.usefixtures("ticked")
def test_two_suspended_quarters_propose_expulsion_once(society: Installation) -> None:
    suspended = Counter(each["clinic_id"] for each in society.done("standing", "--history", "--step", "suspended"))
    cases = Counter(each["clinic_id"] for each in society.done("safety-cases"))

    assert max(suspended.values()) >= 2
    assert set(cases) <= {clinic for clinic, count in suspended.items() if count >= 2}
    assert set(cases.values()) == {1}


@pytest.mark.usefixtures("ticked")
def test_the_two_clocks_differ_on_what_was_reported_late(society: Installation) -> None:
    """On the day after its last day a late report was missing already, and nobody knew yet that it was owed."""
    found = obligations(society)
    alone = Counter(row[:2] for row in found)
    rule, about, _, _, due_on, met_on, *_ = next(
        row for row in found if row[3] == "late" and alone[row[:2]] == 1 and (row[5] - row[4]).days > 1
    )
    asked = ("obligations", "--about", about, "--rule", rule)
    next_day = due_on + timedelta(days=1)

    assert society.done(*asked, "--status", "missed", "--happened-by", next_day)
    assert not society.done(*asked, "--status", "late", "--happened-by", next_day)
    assert society.done(*asked, "--status", "late", "--happened-by", met_on)
    for status in ("open", "missed", "late"):
        assert not society.done(*asked, "--status", status, "--as-of", next_day)


@pytest.mark.usefixtures("ticked")
def test_entries_follow_the_record_by_rule_and_none_that_harms_is_public(society: Installation) -> None:
    society.caught_up()
    entries = society.done("listings")

    assert len({each["clinic_id"] for each in entries}) == len(entries) > 3
    for each in entries:
        assert each["state"] == ("proposed" if each["adverse"] else "published"), each
    published = {(each["listing_id"], each["category"]) for each in entries if each["state"] == "published"}
    assert {(each["listing_id"], each["category"]) for each in society.done("listing")} == published
    assert published


@pytest.mark.usefixtures("ticked")
def test_a_standing_whose_evidence_is_voided_is_questioned_once_and_to_be_settled(society: Installation) -> None:
    society.caught_up()
    cited = {each for standing in society.done("standing", "--history") for each in standing["missed"]}
    about = {row[6]: row[1] for row in obligations(society) if row[0] == "FU-30"}
    treatment = next(about[UUID(each)] for each in sorted(cited) if UUID(each) in about)
    with society.bootstrap.reader() as connection:
        officer = officer_ids(connection)[0]
    voiding = VoidTreatment(treatment_id=treatment, reason=Reason.not_performed, explanation="Never took place.")
    with society.bootstrap.writer() as handler:
        source = Source(channel=Channel.paper)
        actor = Actor(person=UUID(str(officer)), role=Role.registrar)
        handler.execute(voiding, Request(actor=actor, key="void", via=Via.cli, source=source))
    society.caught_up()

    # One clock is killed after it asked, and two go on at once.
    assert killed_at(society, "clock.before_cursor") == -signal.SIGKILL
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(tick, society.bootstrap, MOMENT) for _ in range(2)]:
            done.result()
    society.caught_up()
    told = []
    for _ in range(2):
        tick(society.bootstrap, MOMENT)
        society.caught_up()
        with society.bootstrap.reader() as connection:
            found = connection.execute(
                "SELECT count(*) FROM registry.events WHERE topic = 'DeterminationQuestioned.v1'"
            ).fetchone()
        told.append(found[0] if found else 0)
    # Each quarter that rests on it is a determination of its own, and is questioned once.
    assert told[0] == told[1] >= 1
    assert [row[3] for row in obligations(society) if row[0] == "DQ-7"] == ["open"] * told[0]


@pytest.mark.usefixtures("ticked")
def test_who_took_part_is_listed_again_when_a_measure_runs_out_that_has_no_entry(society: Installation) -> None:
    """Its entry was withdrawn in error, and another followed; that was withdrawn after a dispute, and none did."""
    society.caught_up()
    taking_part = society.done("listings", "--category", "participates", "--state", "published")
    clinic = UUID(max(taking_part, key=lambda each: str(each["shown_until"]))["clinic_id"])
    with society.bootstrap.reader() as connection:
        officers = [UUID(str(each)) for each in officer_ids(connection)]
    signed: dict[str, Any] = {"signer": "Safety office", "shown_hash": document("measure")}
    measure: dict[str, Any] = {"grounds": (Ground.patient_safety,), "reasons": ("Patients may be harmed.",)}

    def act(command: Command, person: int, role: Role = Role.safety_officer) -> UUID:
        request = Request(
            actor=Actor(person=officers[person], role=role), key=f"measure {secrets.token_hex(6)}", via=Via.cli,
            source=Source(channel=Channel.paper),
        )  # fmt: skip
        with society.bootstrap.writer() as handler:
            done = handler.execute(command, request).aggregate_id
        society.caught_up()
        return done

    def states(category: str, now: datetime = MOMENT) -> list[str]:
        tick(society.bootstrap, now)
        society.caught_up()
        asked = ("listings", "--clinic", clinic, "--category", category)
        found = [*society.done(*asked), *society.done(*asked, "--state", "withdrawn")]
        return [str(each["state"]) for each in sorted(found, key=lambda each: str(each["proposed_at"]))]

    def last() -> UUID:
        found = society.done("listings", "--clinic", clinic, "--category", "interim")
        return UUID(max(found, key=lambda each: str(each["proposed_at"]))["listing_id"])

    case_id = act(RaiseConcern(clinic_id=clinic, grounds=measure["grounds"], concern="Harm."), 1)
    act(ConvenePanel(case_id=case_id, members=tuple(officers[2:5])), 5)
    act(PublishInterim(case_id=case_id, **measure, **signed), 6)
    assert states("interim") == ["proposed"]
    assert states("participates") == ["withdrawn"]
    act(WithdrawListing(listing_id=last(), cause=WithdrawalCause.in_error), 7)
    assert states("interim") == ["withdrawn", "proposed"]
    sending = Sending(channel=InvitationChannel.post, address="1 Harbour Road", address_source="its website")
    act(PreviewListing(listing_id=last(), letter=letter("preview"), sendings=(sending,)), 7, Role.registrar)
    assert states("interim") == ["withdrawn", "published"]
    act(DisputeListing(listing_id=last(), ground=DisputeGround.other, statement="We stopped."), 0, Role.registrar)
    act(AnswerDispute(listing_id=last(), outcome=DisputeOutcome.withdrawn, answer="We look again."), 7)
    assert states("interim") == ["withdrawn", "withdrawn"]
    assert states("participates") == ["withdrawn"]
    (runs,) = (each for each in society.done("obligations", "--about", case_id, "--rule", "IT-30"))

    after = datetime.combine(date.fromisoformat(runs["due_on"]), time_of_day(12), UTC) + timedelta(days=2)

    assert states("participates", after) == ["withdrawn", "published"]
    assert states("interim", after) == ["withdrawn", "withdrawn"]


@pytest.mark.usefixtures("ticked")
def test_what_is_not_relayed_yet_never_becomes_a_miss(society: Installation) -> None:
    """Reports are committed while relay and projector stand still; the clock waits instead of deciding without them."""
    later = datetime(2027, 11, 1, tzinfo=UTC)
    society.services.stop()
    try:
        with society.bootstrap.reader() as connection:
            officer = officer_ids(connection)[0]
        recorded = society.done("clinic", "identify", "--legal-name", "Late", "--country", "DE", "--time-zone",
                                "Europe/Berlin", "--found-in", "website", "--as", f"{officer}:registrar")  # fmt: skip
        before = society.head
        with clock_of(society.bootstrap, later, patience=0.5) as clock, pytest.raises(ReadModelBehind):
            clock.tick(later)
        assert society.head == before >= recorded["last_position"]
    finally:
        society.services.up()
    society.caught_up()

    assert tick(society.bootstrap, later).missed > 0


def test_the_command_says_what_is_wrong_with_its_moment(society: Installation) -> None:
    assert society.icms("clock", "tick", "--now", "2026-04-01").code == ExitCode.usage
    assert society.icms("clock", "tick", "--now", "soon").code == ExitCode.usage


def test_a_real_store_ticks_by_itself_and_is_told_no_time(way: Installation, tmp_path: Path) -> None:
    """A clinic asks to be enrolled; the running service opens EN-60 without anybody saying what time it is."""
    with way.beside(f"w_{secrets.token_hex(6)}", tmp_path / "state") as registry:
        registry.services.prepare()
        officers = registry.done("init", "--officer", "First officer", "--officer", "Second officer")["officers"]
        by = ("--as", f"{officers[0]}:registrar")
        clinic = registry.done("clinic", "identify", "--legal-name", "Asking", "--country", "DE", "--time-zone",
                               "Europe/Berlin", "--found-in", "website", *by)["aggregate_id"]  # fmt: skip
        registry.services.up()
        try:
            registry.done("clinic", "request-enrolment", "--clinic-id", clinic, "--registries", "knee",
                          "--source-channel", "paper", *by)  # fmt: skip
            registry.caught_up()
            deadline = time.monotonic() + 90
            while not (found := registry.done("obligations", clinic)):
                assert time.monotonic() < deadline, "the clock did not tick within a minute and a half"
                time.sleep(0.5)
            ahead = registry.icms("clock", "tick", "--now", "2126-01-01T00:00:00Z")
        finally:
            registry.services.stop()

    assert [(each["rule_id"], each["holder"], each["status"]) for each in found] == [("EN-60", "society", "open")]
    assert ahead.code == ExitCode.refused
    assert "MomentAhead" in ahead.err
