"""What is counted is counted once, and what is listed stays short."""

from __future__ import annotations

import dataclasses

from interfaces.importing.row_answer import MOST_LISTED, RowAnswer, RowRefusal, Summary


def test_a_summary_counts_everything_and_lists_a_bounded_part() -> None:
    summary = Summary(("TreatmentSubmitted",))
    refusal = run_refusal()

    for number in range(MOST_LISTED + 5):
        summary.add(dataclasses.replace(refusal, row=number))

    found = summary.as_object()
    assert found["refused"] == MOST_LISTED + 5
    assert (len(found["refusals"]), found["refusals_left_out"]) == (MOST_LISTED, 5)
    assert found["counts"] == {"TreatmentSubmitted": 0}


def run_refusal() -> RowAnswer:
    return RowAnswer(row=1, line=2, refusals=(RowRefusal(rule=None, column="a", reason="is wrong"),))
