"""Says at the end of a run, where everybody looks, that the real extracts were not there to be tested with."""

from __future__ import annotations

import pytest

from tests.interfaces.importing.registries import DATA


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not (DATA / "ebmt4.csv").exists():
        terminalreporter.write_sep("!", f"NOT TESTED: imports of the real extracts; {DATA} is missing", yellow=True)
