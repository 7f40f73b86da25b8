"""Every read model made anew by a process with another clock: `python -m tests.way.replayed POSITION SECONDS`.

It prints the digest of each as JSON, by name. The registry is the one of the environment, the clock goes by so many
seconds behind or before the machine's.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import time_machine

from consumers.digest import digest
from consumers.replay import Replay
from infra.postgres import connect
from interfaces.bootstrap import Bootstrap
from projections.catalogue import READ_MODELS


def digests(bootstrap: Bootstrap, upto: int) -> dict[str, str]:
    """Return the digest of each read model at a position, by its name."""
    found: dict[str, str] = {}
    dsn = bootstrap.role_dsn("icms_projector")
    with connect(dsn) as connection, connect(dsn) as reading:
        for make in READ_MODELS:
            replay = Replay(connection, reading, make, bootstrap.codec)
            try:
                replay.advance(upto)
                with connection.cursor() as cursor:
                    found[make.name] = digest(cursor, replay.build.schema, make.tables)
            finally:
                replay.drop()
    return found


def main(upto: str, seconds: str) -> None:
    """Make all of them by a clock that goes wrong by so many seconds."""
    told = datetime.now(UTC) + timedelta(seconds=int(seconds))
    with time_machine.travel(told):
        found = digests(Bootstrap.from_environment(os.environ), int(upto))
        assert abs(datetime.now(UTC) - told) < timedelta(hours=1)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
