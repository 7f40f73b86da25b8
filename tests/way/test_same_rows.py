"""Row 21 of the failure table: the same events make the same rows, under any seed of hashes, clock and time zone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from consumers import builds
from consumers.digest import digest
from infra.postgres import connect
from projections.catalogue import READ_MODELS
from tests.way.installation import Installation

REPOSITORY = Path(__file__).resolve().parents[2]
ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Chatham")
DECADE = 10 * 366 * 86_400


def made_anew(way: Installation, upto: int, hashes: int, zone: str, seconds: int) -> dict[str, str]:
    """Let another process make every read model anew, and return their digests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ICMS_")}
    other = {"PYTHONHASHSEED": str(hashes), "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-m", "tests.way.replayed", str(upto), str(seconds)],
        cwd=REPOSITORY, env={**kept, **way.environment, **other}, stdout=subprocess.PIPE, timeout=200, check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_read_model_has_the_same_rows_under_another_hash_seed_clock_and_time_zone(
    way: Installation, seed: int
) -> None:
    chance = random.Random(seed)
    upto = way.caught_up()
    with connect(way.bootstrap.role_dsn("icms_projector")) as connection, connection.cursor() as cursor:
        live = {}
        for make in READ_MODELS:
            build = builds.current(connection, make.name)
            assert build is not None
            assert build.position == upto
            live[make.name] = digest(cursor, build.schema, make.tables)

    behind, ahead = chance.randrange(-DECADE, -86_400), chance.randrange(86_400, DECADE)
    for seconds in (behind, ahead):
        other = made_anew(way, upto, chance.randrange(1, 2**32), chance.choice(ZONES), seconds)
        differing = {name for name in live if live[name] != other[name]}
        assert differing == set(), (seconds, upto)
