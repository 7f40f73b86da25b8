"""No history makes a wrongful entry public: random ones are lived through the real application and judged by events.

`make test` lives a few; `pytest -m campaign tests/application/test_wrongful_entry.py` lives 10,000, or as many as
ICMS_WRONGFUL_HISTORIES says.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.application.entry_histories import LEFT_OUT, Histories
from tests.application.listed import ListingSociety
from tests.application.listed_lives import CONDITIONS
from tests.application.wrongful_entry import Judge

QUICK = settings(
    max_examples=60, stateful_step_count=25, derandomize=True, database=None, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_no_history_publishes_a_wrongful_entry() -> None:
    Histories.rightful = 0

    run_state_machine_as_test(Histories, settings=QUICK)

    assert Histories.rightful >= 15, "too few adverse entries became public for this to show anything"


def test_whatever_one_thing_is_left_out_no_wrongful_entry_is_public() -> None:
    rightful: Counter[str] = Counter()
    for kind, left_out in product(CONDITIONS, LEFT_OUT):
        society = Histories()
        society.begin(kind, left_out)
        rightful[left_out] += society.judge.rightful

    # Nobody approves who participates.
    whole = len(CONDITIONS) - len(("enrolled",))
    assert {each for each, count in rightful.items() if count == whole} == {"nothing", "nothing else", "nothing at all"}
    assert {each for each, count in rightful.items() if count == 0} == {
        *("second approval", "approvals", "preview", "interest", "withdrawal", "another proposer"),
    }
    # An interim measure alone waits neither for the proof of delivery nor for LI-30.
    assert {each for each, count in rightful.items() if count == len(("interim",))} == {"delivery", "days"}


@pytest.mark.campaign
@pytest.mark.timeout(0)
def test_no_history_of_ten_thousand_publishes_a_wrongful_entry() -> None:
    Histories.rightful, Histories.published = 0, set()
    histories = int(os.environ.get("ICMS_WRONGFUL_HISTORIES", "10000"))

    run_state_machine_as_test(Histories, settings=settings(QUICK, max_examples=histories, derandomize=False))

    found = f"{histories:,} histories, {Histories.rightful:,} adverse entries, all rightful"
    sys.stdout.write(f"{found}; categories: {', '.join(sorted(Histories.published))}\n")
    assert Histories.rightful >= histories // 2


def rightful_history() -> list[Any]:
    society = ListingSociety()
    society.published(society.silent())
    return society.store.log


def heard(log: list[Any]) -> int:
    judge = Judge()
    for event in log:
        judge.hear(event)
    return judge.rightful


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("ListingApproved", "two approvals"),
        ("ListingPreviewed", "without a preview"),
        ("ListingPreviewDelivered", "proved delivery"),
        ("InvitationLapsed", "participation"),
    ],
)
def test_the_judge_misses_what_is_missing(missing: str, said: str) -> None:
    log = rightful_history()
    assert heard(log) == 1
    log.remove(next(event for event in log if type(event).__name__ == missing))

    with pytest.raises(AssertionError, match=said):
        heard(log)
