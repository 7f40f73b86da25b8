"""A log over which no clock has ticked: nobody says that nothing is due."""

from __future__ import annotations

import secrets
from pathlib import Path

from interfaces.cli.exit_codes import ExitCode
from tests.way.installation import Installation


def test_where_no_clock_has_ticked_nobody_says_that_nothing_is_due(way: Installation, tmp_path: Path) -> None:
    with way.beside(f"w_{secrets.token_hex(6)}", tmp_path / "state") as registry:
        registry.services.prepare()
        registry.done("simulate", "--clinics", 4, "--years", 1, "--seed", 3, "--start", "2024-09-01", "--no-clock")
        registry.done("rebuild", "--switch")
        assert not registry.done("obligations")
        clinic = registry.done("events", "tail", "--type", "ClinicEnrolled", "--limit", 1)[0]["clinic_id"]

        for words in (("compliance",), ("compliance", clinic), ("compliance", clinic, "--as-of", registry.head)):
            answer = registry.icms(*words, "--json")
            assert (answer.code, "ClockNotStarted" in answer.err) == (ExitCode.refused, True)
        assert registry.done("compliance", clinic, "--figures")["figures"]["reports_due"] > 0
        (data,) = (each for each in registry.done("why", clinic)["axes"] if each["axis"] == "data")
        assert (data["rules"], data["would_change"]) == ([], "The clock ticks: it has not decided yet what is overdue.")
