"""Row A4: against message-db's write_message, called by the pgbench that comes with the embedded PostgreSQL.

message-db comes from its npm package into a scratch database; nothing of it is kept in the project.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.appending import saving, stored_bytes
from bench.ground import Ground
from bench.row import Contest

PACKAGE = "@eventide/message-db@1.3.1"
SECONDS = 2
# Without its extension pgcrypto: gen_random_uuid has been PostgreSQL's own since version 13.
_ORDER = (
    "roles/message-store.sql", "schema/message-store.sql", "tables/messages.sql",
    "types/message.sql", "functions/*.sql", "indexes/*.sql",
)  # fmt: skip
_WRITE = """\
SELECT message_store.write_message(
    gen_random_uuid()::varchar, 'note-' || gen_random_uuid(), 'NoteTaken',
    jsonb_build_object('text', repeat('x', {size}))
);
"""


def against_message_store(threads: int) -> Callable[[Ground], Any]:
    """Return the contest with message-db at so many clients."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        with ground.scratch() as scratch, ground.event_store(scratch) as store, ground.database() as dsn:
            install(ground, dsn)
            script = ground.folder / "write-message.sql"
            script.write_text(_WRITE.format(size=len(stored_bytes(ground.codec))))
            yield Contest(saving(store, threads), lambda: pgbench(ground.programs, dsn, script, threads))

    return prepare


def lacks_npm(state: Path) -> str | None:
    """Say what is missing where message-db was not fetched yet and cannot be."""
    if (state / "message-db" / "package").exists() or shutil.which("npm"):
        return None
    return "message-db is fetched with npm, and there is no npm on this machine"


def install(ground: Ground, dsn: str) -> None:
    """Fetch message-db once and install it into a database."""
    folder = _fetched(ground.folder)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for pattern in _ORDER:
            for file in sorted(folder.glob(pattern)):
                connection.execute("SET search_path = message_store, public")
                connection.execute(file.read_bytes())


def _fetched(state: Path) -> Path:
    folder = state / "message-db"
    if not (folder / "package").exists():
        npm = shutil.which("npm")
        assert npm is not None, "it was there when the run began"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [npm, "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True, check=True
        )
        with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package" / "database"


def pgbench(programs: Path, dsn: str, script: Path, clients: int) -> float:
    """Return the transactions per second of pgbench with so many clients."""
    parts = conninfo_to_dict(dsn)
    command = [
        str(programs / "pgbench"), "-n", "-M", "prepared", "-T", str(SECONDS), "-c", str(clients),
        "-j", "2", "-f", str(script), "-h", str(parts["host"]), "-p", str(parts["port"]), "-U", str(parts["user"]),
        str(parts["dbname"]),
    ]  # fmt: skip
    environment = {"PGPASSWORD": str(parts["password"]), "PGOPTIONS": "-c search_path=message_store,public"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1))
