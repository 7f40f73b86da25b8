"""Time passes in a simulation by the registry's own clock, and a killed one comes to the same events all the same."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consumers.clock_keeper import CLOCK_ID
from domain.codes import Via
from infra import crash_points
from interfaces.cli.exit_codes import ExitCode, exit_code
from interfaces.simulation.history import Plot
from interfaces.simulation.passing_time import TimeStandsStill
from interfaces.simulation.run import simulate_society
from tests.way.installation import Installation
from tests.way.test_simulation import rows_of, without_ciphertext, without_hashes

PLOT = Plot(clinics=10, years=1.2, seed=7, start=date(2024, 2, 1))
LAPSES = {"InvitationLapsed", "ParticipationLapsed", "AttestationLapsed", "VerificationExpired", "FollowUpMissed"}
BY_TIME = {*LAPSES, "ObligationOpened", "ObligationFulfilled", "ObligationMissed", "StandingAssessed"}
KILLED = ("clock.before_cursor:40", "clock.between_steps:3", "clock.between_steps:5", "clock.before_cursor:12")


def simulated(registry: Installation, crash_point: str = "") -> int:
    """Tell the plot in a process of its own, which may be told where to die; return how it ended."""
    program = (
        "import os, sys; from infra import crash_points; from interfaces.cli.main import run; "
        f"crash_points.arm(os.environ); sys.exit(run({['simulate', *PLOT.options.split()]!r}))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ICMS_")}
    told = {crash_points.VARIABLE: crash_point} if crash_point else {}
    environment = {**kept, **registry.environment, **told}
    return subprocess.run([sys.executable, "-c", program], env=environment, timeout=300, check=False).returncode


@pytest.fixture(scope="module")
def told_whole(way: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield a registry in which a society lived without an interruption."""
    folder = tmp_path_factory.mktemp("whole") / "state"
    with way.beside(f"w_{secrets.token_hex(6)}", folder) as registry:
        registry.services.prepare()
        registry.services.up()
        try:
            assert simulated(registry) == 0
        finally:
            registry.services.stop()
        yield registry


def test_killed_in_the_middle_of_ticks_it_comes_to_the_same_events(
    way: Installation, told_whole: Installation, tmp_path: Path
) -> None:
    with way.beside(f"w_{secrets.token_hex(6)}", tmp_path / "state") as registry:
        registry.services.prepare()
        registry.services.up()
        try:
            heads = []
            for point in KILLED:
                assert simulated(registry, point) == -signal.SIGKILL
                heads.append(registry.head)
            assert simulated(registry) == 0
        finally:
            registry.services.stop()
        whole, rows = rows_of(told_whole), rows_of(registry)

        assert 0 < heads[0] < heads[-1] < len(whole)
        assert heads == sorted(set(heads))
        assert [row.topic for row in rows] == [row.topic for row in whole]
        assert [without_hashes(row) for row in rows] == [without_hashes(row) for row in whole]
        for row, other in zip(rows, whole, strict=True):
            assert without_ciphertext(registry, row) == without_ciphertext(told_whole, other)


def test_what_falls_due_is_recorded_by_the_clock_and_by_nobody_else(told_whole: Installation) -> None:
    found: Counter[str] = Counter()
    for row in rows_of(told_whole):
        name = row.topic.partition(".")[0]
        if name in BY_TIME:
            event: Any = without_ciphertext(told_whole, row)
            assert (event.context.actor_person, event.context.via) == (CLOCK_ID, Via.clock), row
            found[name] += 1

    assert {"InvitationLapsed", "FollowUpMissed", "ObligationMissed", "StandingAssessed"} <= set(found)


def test_what_fell_due_is_recorded_within_a_week(told_whole: Installation) -> None:
    missed = [row for row in rows_of(told_whole) if row.topic == "ObligationMissed.v1"]

    # A duty that becomes known by a late report alone was missed long before.
    waited = sorted((row.recorded_at.date() - date.fromisoformat(str(row.occurred_on))).days for row in missed)
    assert len(waited) > 5
    assert (waited[0] >= 0, waited[len(waited) * 3 // 4] <= 8) == (True, True), waited


def test_time_goes_forwards(told_whole: Installation) -> None:
    times = [row.recorded_at for row in rows_of(told_whole)]

    assert times == sorted(times)


def test_told_again_when_it_is_finished_it_asks_nobody(told_whole: Installation) -> None:
    """No relay and no projector runs: a finished plot decides nothing."""
    before = rows_of(told_whole)

    again = told_whole.done("simulate", *PLOT.options.split())

    assert again["new_events"] == 0
    assert rows_of(told_whole) == before


def test_without_relay_and_projector_it_stops_and_says_what_to_start(way: Installation, tmp_path: Path) -> None:
    with way.beside(f"w_{secrets.token_hex(6)}", tmp_path / "state") as registry:
        registry.services.prepare()

        with pytest.raises(TimeStandsStill) as refused:
            simulate_society(registry.bootstrap, PLOT, lambda _done, _days: None, patience=0.3)

        assert exit_code(refused.value) is ExitCode.unavailable
        assert "icms up" in refused.value.remedy
        assert registry.head < 200
