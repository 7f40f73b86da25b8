"""Where there is no terminal, progress is told by tenths of the way."""

from __future__ import annotations

import pytest

from interfaces.cli import output


def test_a_longer_way_that_is_begun_is_told_by_its_own_tenths(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "_SILENCE", 0.0)
    with output.progress("rebuilding", None) as show:
        for done, total in [(15, 30), (30, 30), (31, 1_000), (150, 1_000), (160, 1_000), (200, 1_000)]:
            show(done, total)

    told = ["rebuilding: 15 of 30", "rebuilding: 30 of 30", "rebuilding: 150 of 1,000", "rebuilding: 200 of 1,000"]
    assert capsys.readouterr().err.splitlines() == told
