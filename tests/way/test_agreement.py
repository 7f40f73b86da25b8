"""A society that lives by the registry's own clock: its record and what the rules make of its records are the same."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from interfaces.clock import tick
from tests.way.agreement import Agreement, agreement
from tests.way.installation import Installation

PLOT = ("--clinics", 12, "--years", 2, "--seed", 5, "--start", date(2024, 9, 1))


class Lived(NamedTuple):
    """A registry, and the last day of its society."""

    registry: Installation
    day: date


@pytest.fixture(scope="module")
def lived(way: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Yield a registry in which a society lived for two years and the clock ticked on the noon after."""
    folder: Path = tmp_path_factory.mktemp("agreed") / "state"
    with way.beside(f"w_{secrets.token_hex(6)}", folder) as made:
        made.services.prepare()
        made.services.up()
        try:
            made.done("simulate", *PLOT)
            made.caught_up()
            with made.bootstrap.reader() as connection:
                row = connection.execute("SELECT max(recorded_at) FROM registry.events").fetchone()
            assert row is not None
            day = row[0].date() + timedelta(days=1)
            tick(made.bootstrap, datetime.combine(day, time(12), UTC))
            made.caught_up()
            yield Lived(made, day)
        finally:
            made.services.stop()


@pytest.fixture(scope="module")
def agreed(lived: Lived) -> Agreement:
    """Return both answers about the last day."""
    return agreement(lived.registry, lived.day)


def test_both_say_the_same_about_every_duty(agreed: Agreement) -> None:
    assert not agreed.differing, "\n".join(f"{key}: {both}" for key, both in sorted(agreed.differing.items()))


def test_there_is_enough_to_agree_about(agreed: Agreement) -> None:
    statuses = Counter(each.status for each in agreed.recorded.values())
    rules = {rule for _, rule, _, _ in agreed.recorded}

    assert len(agreed.recorded) > 500
    assert set(statuses) >= {"open", "missed", "fulfilled", "fulfilled_late", "ended"}
    assert rules >= {"AE-7", "AE-7C", "AE-15", "AE-90", "TX-30", "TC-30", "FU-30", "AT-30", "AT-365"}


def test_the_answer_tells_policy_positions_standing_and_up_to_where_it_is_decided(lived: Lived) -> None:
    registry, day = lived
    standing = next(each for each in registry.done("standing") if each["step"] != "good_standing")

    found = registry.done("compliance", standing["clinic_id"], "--day", day)

    assert found["decided"]["position"] > 0
    assert found["decided"]["at"].startswith(day.isoformat())
    assert (found["standing"]["step"], found["standing"]["rule_ids"]) == (standing["step"], standing["rule_ids"])
    for duty in found["duties"]:
        assert duty["policy_version"] >= 1
        positions = [
            each["position"] for each in duty["evidence"] if each["event_id"].startswith(duty["obligation_id"])
        ]
        assert positions == sorted(positions) != []
    missed = registry.done("compliance", standing["clinic_id"], "--day", day, "--status", "missed")["duties"]
    assert missed == [each for each in found["duties"] if each["status"] == "missed"]
    first = found["duties"][0]["evidence"][-1]["position"]
    earlier = registry.done("compliance", standing["clinic_id"], "--day", day, "--as-of", first)
    assert earlier["decided"]["position"] <= first
    assert earlier["standing"] is None
    assert len(earlier["duties"]) < len(found["duties"])
