"""What a crashed process leaves in its log shows where it failed, and nothing of what it held."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PASSWORD, PAYLOAD = "planted-password", "planted-patient"

CRASHES = {
    "logged": """
try:
    outer()
except Exception:
    structlog.get_logger().exception("worker_failed")
""",
    "uncaught": "outer()",
    "in a thread": """
thread = threading.Thread(target=outer)
thread.start()
thread.join()
""",
}

PROGRAM = """
import threading
import psycopg, structlog
from consumers.halting import InDoubt
from consumers.worker_log import log_to_stderr

def inner(password, payload):
    raise psycopg.errors.UniqueViolation(f"Key (state)=({payload.decode()}) exists, password={password}")

def outer():
    secret = {"password": PASSWORD, "event": PAYLOAD.encode()}
    try:
        inner(secret["password"], secret["event"])
    except psycopg.Error as error:
        error.add_note(secret["password"])
        try:
            raise InDoubt(problem="the broker said no") from error
        except InDoubt:
            raise ExceptionGroup(secret["password"], [KeyError(secret["event"])])

log_to_stderr("info")
"""


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_shows_where_and_neither_locals_nor_messages(crash: str) -> None:
    program = f"PASSWORD, PAYLOAD = {PASSWORD!r}, {PAYLOAD!r}\n{PROGRAM}\n{CRASHES[crash]}"

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False).stderr

    assert PASSWORD not in said
    assert PAYLOAD not in said
    shown = json.loads(said.splitlines()[-1])["exception"]
    assert [each["type"] for each in shown] == [
        "builtins.ExceptionGroup",
        "builtins.KeyError",
        "consumers.halting.InDoubt",
        "psycopg.errors.UniqueViolation",
    ]
    assert shown[-1]["stack"][-1].endswith(" inner")
    assert "the broker said no" in shown[-2]["message"]
