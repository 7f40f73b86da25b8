"""The whole stack as people have it: in a folder with a space, killed, suspended, interrupted, its port taken."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from infra.stack.ports import is_free
from infra.stack.state_files import make_folder, read_json
from interfaces.cli.exit_codes import ExitCode
from interfaces.services import Services
from tests.interfaces.cli.conftest import FOUNDERS
from tests.interfaces.cli.shell import Shell
from tests.shared_stack import state_dir

pytestmark = pytest.mark.timeout(240)
PROCESSES = ["postgresql", "kafka-1", "supervisor", "relay", "projector", "clock", "web"]


@pytest.fixture(scope="module")
def whole(kafka_jars: Path) -> Iterator[Shell]:
    """Yield a shell for an embedded stack of its own that was never started."""
    folder = make_folder(state_dir()) / f"a whole stack {os.getpid()}"
    make_folder(folder)
    (folder / "kafka-jars").symlink_to(kafka_jars, target_is_directory=True)
    shell = Shell({"ICMS_STATE_DIR": str(folder)})
    try:
        yield shell
    finally:
        Services(shell.bootstrap, lambda _: None).stop()
        shutil.rmtree(folder)


def status(shell: Shell) -> dict[str, dict[str, Any]]:
    answer = shell.icms("status", "--json")
    return {each["name"]: each for each in answer.json["processes"]}


def pids(shell: Shell) -> dict[str, int]:
    return {name: each["pid"] for name, each in status(shell).items()}


def left_running(shell: Shell) -> list[str]:
    """Return the command lines of processes that work in the stack's folder."""
    folder = shell.environment["ICMS_STATE_DIR"]
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if any(folder in word for word in words) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(words)[:200])
        except psutil.Error:
            continue
    return found


def test_whole_life_of_a_stack(whole: Shell) -> None:
    never_started(whole)
    interrupted_while_it_starts(whole)
    started(whole)
    started_again_in_no_time(whole)
    killed_and_started_again(whole)
    moved_to_another_port(whole)
    suspended(whole)
    stopped(whole)


def never_started(whole: Shell) -> None:
    assert [(name, each["running"]) for name, each in status(whole).items()] == [(name, False) for name in PROCESSES]
    assert whole.done("stop") == {"stopped": True}


def interrupted_while_it_starts(whole: Shell) -> None:
    with whole.process("up") as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        while b"Kafka" not in said:
            said = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == ExitCode.interrupted
    assert b"Traceback" not in err
    whole.done("stop")
    assert left_running(whole) == []


def started(whole: Shell) -> None:
    address = whole.done("up")["address"]
    whole.done("init", *FOUNDERS)
    position = whole.done("init", *FOUNDERS)["last_position"]

    assert address.startswith("http://127.0.0.1:")
    # A read waits for two seconds; nine read models that are just made may take longer on a busy machine.
    waited = time.monotonic() + 60
    while any(each["lag"] for each in status(whole).values()) and time.monotonic() < waited:
        time.sleep(0.1)
    assert whole.done("listing", "--min-position", position) == []
    found = status(whole)
    assert list(found) == PROCESSES
    assert all(each["running"] and each["pid"] and each["last_error"] is None for each in found.values())
    assert [found[name]["position"] for name in ("postgresql", "relay", "projector")] == [position] * 3
    assert whole.icms("status").code == ExitCode.done


def started_again_in_no_time(whole: Shell) -> None:
    before = pids(whole), whole.done("up")["address"]

    after = pids(whole), whole.done("up")["address"]

    assert after == before


def killed_and_started_again(whole: Shell) -> None:
    address = whole.done("up")["address"]
    for pid in pids(whole).values():
        # The supervisor takes its workers along.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    dead, waited = status(whole), time.monotonic() + 20
    while any(each["running"] for each in dead.values()) and time.monotonic() < waited:
        time.sleep(0.1)
        dead = status(whole)

    again = whole.done("up")["address"]

    assert [each["running"] for each in dead.values()] == [False] * len(PROCESSES)
    assert again == address
    assert whole.done("events", "count")
    assert whole.done("verify")["passed"]


def moved_to_another_port(whole: Shell) -> None:
    address = whole.done("up")["address"]
    os.kill(pids(whole)["supervisor"], signal.SIGKILL)
    port = read_json(Path(whole.environment["ICMS_STATE_DIR"]) / "web.port")
    waited = time.monotonic() + 20
    while not is_free(port) and time.monotonic() < waited:
        time.sleep(0.05)
    with HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler) as stranger:
        Thread(target=stranger.serve_forever, daemon=True).start()

        assert whole.done("up")["address"] != address

        stranger.shutdown()


def suspended(whole: Shell) -> None:
    found = pids(whole)
    for name in ("postgresql", "kafka-1", "relay"):
        os.kill(found[name], signal.SIGSTOP)
    for child in psutil.Process(found["postgresql"]).children():
        child.suspend()
    try:
        began = time.monotonic()
        answer = whole.icms("status", "--json")
        seconds = time.monotonic() - began
    finally:
        for child in psutil.Process(found["postgresql"]).children():
            child.resume()
        for name in ("postgresql", "kafka-1", "relay"):
            os.kill(found[name], signal.SIGCONT)

    errors = {each["name"]: each["last_error"] for each in answer.json["processes"]}
    assert answer.code == ExitCode.unavailable
    assert seconds < 8
    assert all("suspended" in errors[name] for name in ("postgresql", "kafka-1", "relay"))


def stopped(whole: Shell) -> None:
    for _ in range(2):
        whole.done("stop")
        assert left_running(whole) == []
    assert whole.icms("history", "00000000-0000-4000-8000-000000000000").code == ExitCode.unavailable


def test_own_servers_are_in_the_status_too(registry: Shell) -> None:
    found = status(registry)

    assert list(found) == ["postgresql", "kafka", "supervisor", "relay", "projector", "clock", "web"]
    assert all(each["running"] for each in found.values())
    assert registry.icms("status").code == ExitCode.done


def test_own_servers_that_are_away_say_why(registry: Shell) -> None:
    away = registry.with_(
        ICMS_DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none", ICMS_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:2"
    )

    answer = away.icms("status", "--json")

    errors = {each["name"]: each["last_error"] for each in answer.json["processes"]}
    assert answer.code == ExitCode.unavailable
    assert "127.0.0.1:1" in errors["postgresql"]
    assert "127.0.0.1:2" in errors["kafka"]


def test_rights_go_to_the_names_that_are_configured(registry: Shell) -> None:
    registry.done("init", *FOUNDERS, "--simulated")

    # The auditor's user is called otherwise here; the projector and verify read the topics as that user.
    verified = registry.done("verify")

    assert verified["passed"]
    assert len(verified["topics"]) == 2


def test_page_of_somebody_else_at_the_port_asked_for_is_not_taken_for_ours(registry: Shell) -> None:
    before = pids(registry)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as stranger:
        Thread(target=stranger.serve_forever, daemon=True).start()

        answer = registry.with_(ICMS_WEB_PORT=str(stranger.server_port)).icms("up")

        stranger.shutdown()
    assert answer.code == ExitCode.unavailable
    assert "PortTaken" in answer.err
    assert pids(registry) == before


def test_options_of_workers_are_private(registry: Shell) -> None:
    workers = registry.bootstrap.settings.state_dir / "workers"

    assert {each.stat().st_mode & 0o077 for each in workers.iterdir()} == {0}


@pytest.mark.timeout(200)
def test_demonstration_shows_what_to_try_and_each_of_it_works(registry: Shell) -> None:
    with registry.process("demo", "--clinics", 2, "--years", 0.5, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or "Ctrl-C stops everything" not in lines[-1]:
            line = process.stdout.readline().decode()
            assert line, process.communicate()
            lines.append(line.rstrip())
        suggested = [pair for pair in pairwise(lines) if "icms " in pair[1]]
        commands = [(command.strip(), "until Ctrl-C" in words) for words, command in suggested]
        answers = [_tried(registry, command, endless=endless) for command, endless in commands]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert len(commands) >= 8
    assert [answer for answer in answers if answer[0] not in (0, 130)] == []
    assert process.returncode == ExitCode.done, err
    assert not any(each["running"] for name, each in status(registry).items() if name in ("relay", "projector", "web"))
    registry.done("up")


def _tried(shell: Shell, command: str, *, endless: bool) -> tuple[int, str]:
    """Run a suggested command as a person would, at the checkout's root."""
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        ["bash", "-c", f"exec env {command}"],
        cwd=root,
        env=shell.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        if endless:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return process.returncode, f"{command}: {out.decode()[-500:]} {err.decode()}"
