"""The journeys share one installation with a small simulated society in it; most of them only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.way.installation import Installation, whole_installation

CLINICS, YEARS, SEED = 20, 2, 5


@pytest.fixture(scope="session")
def way() -> Iterator[Installation]:
    """Yield a running installation in which a simulated society lived until yesterday; nothing else is going on."""
    with whole_installation() as installation:
        installation.done("simulate", "--clinics", CLINICS, "--years", YEARS, "--seed", SEED)
        installation.caught_up()
        yield installation
