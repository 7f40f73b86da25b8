"""The embedded PostgreSQL keeps what was committed through every kind of end, and lets in only who has the password."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.stack import postgres_home
from infra.stack.ports import LOOPBACK
from infra.stack.postgres_server import PostgresServer
from infra.stack.refusals import DiskTooFull, SecretLost, ServerDidNotStart


@pytest.fixture
def server(module_scratch: Path) -> Iterator[PostgresServer]:
    made = PostgresServer(module_scratch / "var")
    yield made
    made.stop()


def put(dsn: str, word: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (word,))


def has(dsn: str, word: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT 1 FROM kept WHERE word = %s", (word,)).fetchone() is not None


def test_starting_twice_gives_the_same_server(server: PostgresServer) -> None:
    first = server.start()
    pid = server.pid()

    assert server.start() == first
    assert server.pid() == pid


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")
def test_root_in_a_container_sees_the_server_although_it_may_not_trace_others(server: PostgresServer) -> None:
    server.start()
    data = server.data_folder()
    assert data is not None
    told = f"""
from pathlib import Path
from infra.stack import postgres_home
from infra.stack.postgres_server import PostgresServer
server = PostgresServer(Path({str(server.state_dir)!r}))
print(server.pid(), server.start() == {server.dsn()!r})
postgres_home.end_leftovers(Path({str(data)!r}))
"""
    seen = untraced(told)

    assert seen.split() == [str(server.pid()), "True"]
    assert (data / "postmaster.pid").exists()
    untraced(told.replace("print(", "server.stop(); print("))
    assert server.running()


def untraced(code: str) -> str:
    """Run Python as root without CAP_SYS_PTRACE, as containers do."""
    without = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"]
    return subprocess.check_output([*without, sys.executable, "-c", code], text=True)


def test_it_does_not_run_as_root_and_listens_to_loopback_only(server: PostgresServer) -> None:
    server.start()
    main = psutil.Process(server.pid())

    assert main.uids().effective != 0
    assert {connection.laddr.ip for connection in main.net_connections() if connection.status == "LISTEN"} == {LOOPBACK}


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_what_was_committed_survives_a_stop(server: PostgresServer, mode: str) -> None:
    put(server.start(), f"before a {mode} stop")

    server.stop("fast" if mode == "fast" else "immediate")

    assert not server.running()
    assert has(server.start(), f"before a {mode} stop")


def test_what_was_committed_survives_kill_9_twice_in_a_row(server: PostgresServer) -> None:
    for word in ("first kill", "second kill"):
        put(server.start(), word)
        pid = server.pid()
        assert pid is not None

        os.kill(pid, signal.SIGKILL)

        assert has(server.start(), word)
        assert server.pid() != pid


def test_a_pid_file_that_names_somebody_else_does_not_hinder(server: PostgresServer) -> None:
    server.start()
    server.stop()
    data = server.data_folder()
    assert data is not None
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    server.start()

    assert server.running()


def test_another_port_is_chosen_when_ours_is_taken(server: PostgresServer) -> None:
    before = server.start()
    server.stop()
    port = psycopg.conninfo.conninfo_to_dict(before)["port"]
    with socket.create_server((LOOPBACK, int(str(port)))):
        after = server.start()

        assert after != before
        put(after, "at another port")


def test_a_wrong_password_is_refused(server: PostgresServer) -> None:
    dsn = psycopg.conninfo.make_conninfo(server.start(), password="wrong")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn)


def test_passwords_are_for_the_owner_of_the_files_only(server: PostgresServer) -> None:
    server.start()

    assert (server.state_dir / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_lost_password_is_said_and_the_data_stay(server: PostgresServer) -> None:
    server.start()
    server.stop()
    secrets = server.state_dir / "secrets.json"
    kept = secrets.read_text()
    secrets.unlink()

    with pytest.raises(SecretLost):
        server.start()

    secrets.write_text(kept)
    secrets.chmod(0o600)
    server.start()


def test_a_start_that_was_killed_while_making_the_data_begins_anew(scratch: Path) -> None:
    server = PostgresServer(scratch / "var")
    (scratch / "var" / "postgres" / "data.new").mkdir(parents=True)
    (scratch / "var" / "postgres" / "data.new" / "half").write_text("done")

    server.start()

    server.stop()


def test_broken_data_are_refused_with_postgresqls_own_words(scratch: Path) -> None:
    server = PostgresServer(scratch / "var")
    server.start()
    server.stop()
    data = server.data_folder()
    assert data is not None
    (data / "global" / "pg_control").unlink()

    with pytest.raises(ServerDidNotStart, match="pg_control"):
        server.start()


def test_a_full_disk_is_refused_before_anything_is_made(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_home, "require_space", refuse_space)

    with pytest.raises(DiskTooFull):
        PostgresServer(scratch / "var").start()

    assert not (scratch / "var" / "postgres" / "data").exists()


def refuse_space(path: Path) -> None:
    raise DiskTooFull(free_mb=1, path=path, needed_mb=1024)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL under another account")
def test_a_folder_that_the_servers_account_cannot_reach_is_worked_around(scratch: Path) -> None:
    closed = scratch / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "var")

    put(server.start(), "elsewhere")

    data = server.data_folder()
    assert data is not None
    assert not data.is_relative_to(scratch)
    assert closed.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert has(server.start(), "elsewhere")
    shutil.rmtree(closed / "var")
    PostgresServer(closed / "var").start()
    assert (data.parent / "data.before-1" / "PG_VERSION").exists()
    server.stop()
    shutil.rmtree(data.parent)
